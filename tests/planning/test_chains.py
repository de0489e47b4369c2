"""Outputs made from other outputs: what each waits for, which item it gets, and what holds it up."""

import datetime as dt
import itertools

import pytest

from reconciler.model.chain import Reference, depends_on, references, with_links
from reconciler.model.job import Asset, Item
from reconciler.model.output import Delivery, Output
from reconciler.model.plan import Action, Change, Reason
from reconciler.model.problem import Position
from reconciler.model.receipt import Receipt, ReceiptAsset, ReceiptItem, ReceiptJob, ReceiptStatus
from reconciler.planning import chains

NOW = dt.datetime(2026, 6, 14, 12, 40, tzinfo=dt.UTC)
LINK = "/v2/assets/stac/collections/c/items/"


def output(name, *upstream, **inputs):
    made_from = [{"fromOutput": other} for other in upstream]
    given = {"items": made_from} if made_from else {"item": f"{LINK}{name}"}
    return Output(name, "process", name, {**given, **inputs}, Delivery(f"/out/{name}"), Position("a.yaml", 1, 1))


def change(action, name, *upstream, waits_for=()):
    return Change(output(name, *upstream), action, Reason("code", "why"), waits_for=tuple(waits_for))


def item(name, *assets, title=""):
    return Item(name, "c", f"{LINK}{name}", assets, {"title": title} if title else {})


DATA = Asset("data.tif", "", "Pixels", "", ("data",))
META = Asset("meta.json", "", "About", "", ("metadata",))


def test_references_are_found_at_any_depth_each_once_in_order():
    inputs = {
        "a": {"fromOutput": "x"},
        "b": [{"fromOutput": "y", "role": "data"}, {"deep": {"fromOutput": "x"}}],
        "c": {"fromOutput": 3},
    }
    assert references(inputs) == (Reference("x"), Reference("y", role="data"))


def test_links_take_the_place_of_references_and_of_nothing_else():
    inputs = {"a": {"fromOutput": "x"}, "b": [1, {"fromOutput": "y"}], "c": {"d": 2}}
    links = {Reference("x"): "/x"}
    assert with_links(inputs, links.get) == {"a": "/x", "b": [1, {"fromOutput": "y"}], "c": {"d": 2}}


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        (Reference("up", role="data"), "pixels"),
        (Reference("up", asset="meta.json"), "about"),
        (Reference("up", title="Pixels"), "pixels"),
        (Reference("up", title="The other"), "about"),
        (Reference("up"), "up has 2 result items: choose one by role, asset or title"),
        (Reference("up", role="thumbnail"), "up has no result item with role thumbnail: correct role, asset or title"),
        (Reference("up", role="data", asset="meta.json"), "up has no result item with role data, asset meta.json"),
    ],
)
def test_one_of_several_result_items_is_chosen_by_role_asset_or_title(reference, found):
    chosen = chains.chosen(reference, [item("pixels", DATA), item("about", META, title="The other")])
    assert chosen.item_id == found if isinstance(chosen, Item) else chosen.text.startswith(found)


@pytest.mark.parametrize("action", [Action.CREATE, Action.REPLACE, Action.WAIT, Action.UNRESOLVED])
def test_an_output_waits_for_one_whose_items_are_not_there_yet(action):
    found = chains.resolved(output("b", "a"), {"a": change(action, "a")}, {})
    assert found == chains.Waits(("a",))


@pytest.mark.parametrize("action", [Action.BLOCKED, Action.DEFERRED])
def test_an_output_is_blocked_behind_one_that_is_held_up(action):
    found = chains.resolved(output("b", "a"), {"a": change(action, "a")}, {})
    assert isinstance(found, Reason)
    assert found.text == f"waits for a, which is {action}"


@pytest.mark.parametrize("action", [Action.UNCHANGED, Action.DOWNLOAD])
def test_an_output_is_blocked_where_the_results_of_a_finished_one_cannot_be_found(action):
    found = chains.resolved(output("b", "a"), {"a": change(action, "a")}, {})
    assert isinstance(found, Reason)
    assert "cannot be found in storage" in found.text


def test_known_items_become_the_links_of_the_inputs():
    found = chains.resolved(output("b", "a", n=3), {}, {"a": (item("result", DATA),)})
    assert isinstance(found, Output)
    assert found.inputs == {"items": [f"{LINK}result"], "n": 3}


def test_an_output_with_one_known_and_one_unknown_source_waits_for_the_unknown_one_alone():
    changes = {"a": change(Action.UNCHANGED, "a"), "b": change(Action.CREATE, "b")}
    assert chains.resolved(output("c", "a", "b"), changes, {"a": (item("x"),)}) == chains.Waits(("b",))


def test_what_waits_for_a_deferred_output_is_blocked_at_any_depth():
    changes = [
        change(Action.DEFERRED, "a"),
        change(Action.CREATE, "c", "b", waits_for=["b"]),
        change(Action.CREATE, "b", "a", waits_for=["a"]),
        change(Action.CREATE, "z"),
    ]
    settled = chains.after_allotment(changes)
    assert [(one.output.name, one.action) for one in settled] == [
        ("a", Action.DEFERRED),
        ("c", Action.BLOCKED),
        ("b", Action.BLOCKED),
        ("z", Action.CREATE),
    ]
    assert settled[1].reason.text == "waits for b, which is blocked"


def test_a_chain_of_a_thousand_outputs_is_gone_through_without_recursion():
    names = [f"o{number:04d}" for number in range(1000)]
    pairs = itertools.pairwise(names)
    chain = [change(Action.CREATE, after, before, waits_for=[before]) for before, after in pairs]
    changes = [change(Action.BLOCKED, names[0]), *reversed(chain)]
    assert {one.action for one in chains.after_allotment(changes)} == {Action.BLOCKED}


def test_a_replacement_lists_all_that_depend_on_it():
    changes = [
        change(Action.REPLACE, "a"),
        change(Action.REPLACE, "b", "a", waits_for=["a"]),
        change(Action.CREATE, "c", "b", waits_for=["b"]),
    ]
    notes = {one.output.name: one.notes for one in chains.after_allotment(changes)}
    assert notes == {
        "a": ("b, c are made from it, and paid for anew",),
        "b": ("c is made from it, and paid for anew",),
        "c": (),
    }


def test_a_selection_brings_along_what_it_is_made_from():
    outputs = [output("a"), output("b", "a"), output("c", "b"), output("d")]
    assert [one.name for one in chains.with_upstream([outputs[2]], outputs)] == ["a", "b", "c"]


def test_a_receipt_tells_the_items_that_others_are_made_from():
    receipt = Receipt(
        ReceiptStatus.COMPLETE,
        "https://api.up42.com",
        "w",
        None,
        "a",
        "fp1:0",
        "process",
        {},
        ReceiptJob("j", "captured", NOW, settled=True),
        (ReceiptAsset("i1", "data.tif", ("data",), "Pixels"), ReceiptAsset("i2", "meta.json", ("metadata",))),
        NOW,
        items=(ReceiptItem("i1", f"{LINK}i1", "One"), ReceiptItem("i2", f"{LINK}i2")),
    )
    found = chains.chosen(Reference("a", role="data", title="One"), chains.receipt_items(receipt))
    assert isinstance(found, Item)
    assert found.href == f"{LINK}i1"


def test_stand_ins_take_the_place_of_unknown_links():
    assert depends_on(chains.stood_in(output("b", "a"))) == ()
