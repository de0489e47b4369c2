import copy
import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reconciler
from reconciler.documents.values import link, plain, time_text
from reconciler.errors import Refused
from reconciler.model.explanation import Explanation
from reconciler.model.job import Asset, Eula, InputDescription, InputError, Item, Process, Quote
from reconciler.model.outcome import OutcomeKind
from reconciler.model.plan import Action, FieldChange
from reconciler.model.spending import Ledger, Sums
from reconciler.model.status import StatusRow
from reconciler.views.human import plan_text
from reconciler.views.machine import (
    apply_json,
    claims_json,
    document_text,
    eulas_json,
    explain_json,
    items_json,
    jobs_json,
    ledger_json,
    plan_json,
    processes_json,
    status_json,
    validate_json,
)
from tests.documents.plans import WHOLE_PLANS, plans

LABELS = {"team": "coastal", "docs": "https://ann:secret@docs.example/"}
SIGNED = "https://ann:secret@storage.example/a.tif?X-Signature=secret&token=secret"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)


def documents(make):
    """One document of each kind, with every optional field filled in and a signed link wherever one could come in."""
    job = make.job(
        workspace_id="7d7d",
        title="UK",
        inputs={"item": SIGNED, "b": 1, "a": float("nan")},
        updated=make.noon,
        started=make.noon,
        finished=make.noon,
        collection_url=SIGNED,
        errors=(InputError("MissingPanchromaticAsset", f"no band in {SIGNED}"),),
        credits=63,
        hold_id="h",
        consumption_id="c",
    )
    replaced = make.change(
        Action.REPLACE,
        name="ships",
        output=make.output("ships", labels={"team": "coastal", "area": "uk"}, inputs={"item": SIGNED, "z": [1, 2.5]}),
        reason=f"inputs changed: {SIGNED}",
        quote=Quote(None, "area", float("inf"), "SQ_KM"),
        job=job,
        field_changes=(FieldChange("item", SIGNED, None), FieldChange("sensitivity", 2, 5)),
        newer_than=make.noon,
        same_work_as="other",
        saved_credits=3,
        notes=(f"see {SIGNED}",),
    )
    outcomes = [
        make.outcome(
            created=True, job_id="j", quoted_credits=63, charged_credits=63, destination=SIGNED, files=(make.file(),)
        ),
        make.outcome(OutcomeKind.FAILED, "b", detail=f"GET {SIGNED} answered 500."),
    ]
    row = StatusRow("uk", "pansharpening", "complete", SIGNED, SIGNED, "j", "captured", 63, 1, 2)
    item = Item(
        "i",
        "c",
        SIGNED,
        (Asset("k", SIGNED, "t", "image/tiff", ("data",), 5, "12ab"),),
        {"datetime": "2024-06-14T10:00:00Z", "link": SIGNED},
        (1.0, 2.0, 3.0, 4.0),
        {"type": "Point", "coordinates": (1.0, 2.0)},
    )
    inputs = {"item": InputDescription("item", "Item", True, {"type": "string", "default": SIGNED}, "STAC item")}
    process = Process("p", "P", f"See {SIGNED}", "1", inputs, "4136", 4.0, "SQ_KM", {"provider": ["x"], "docs": SIGNED})
    eula = Eula("4136", "Trees", True, "79a4", SIGNED, f"See {SIGNED}", make.noon, make.noon)
    every_action = [make.change(action, f"o-{action.value}", quote=Quote(5, "none")) for action in Action]
    plan = make.plan(replaced, *every_action, project="acme", notes=(f"note {SIGNED}",))
    return {
        "plan": plan_json(plan),
        "apply": apply_json(outcomes, plan, error=Refused(f"No {SIGNED}", hint="Stop.")),
        "validate": validate_json([make.problem(hint=SIGNED)], [make.output()], notes=["passed over"]),
        "status": status_json([row, StatusRow("b", "p", "missing", "/out/b")]),
        "claims": claims_json(
            [
                make.claim(
                    posting_at=make.noon, job_id="j", known_jobs=frozenset({"b", "a"}), quoted_credits=63, labels=LABELS
                )
            ]
        ),
        "processes": processes_json([process, Process("q", "Q")]),
        "eulas": eulas_json([eula, Eula("5000", "Ships", False)]),
        "items": items_json([item, Item("i", "c", "h")]),
        "jobs": jobs_json([job, make.job()]),
        "explain": explain_json(make.explanation(job=job, text=SIGNED)),
        "ledger": ledger_json(make.ledger(name=SIGNED), "7d7d"),
    }


@WHOLE_PLANS
@given(made=plans())
def test_every_plan_follows_its_schema(check_document, made):
    """Whatever a plan holds, no field is missing or undocumented."""
    check_document("plan", plan_json(made))


KINDS = ["plan", "apply", "validate", "status", "claims", "processes", "eulas", "items", "jobs", "explain", "ledger"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_document_follows_its_schema_and_none_of_its_fields_is_undocumented(make, check_document, kind):
    """The schema made strict (nothing missing, nothing more) accepts the document."""
    check_document(kind, documents(make)[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_empty_documents_follow_their_schemas(make, check_document, kind):
    """Nothing declared, nothing found: still a whole document."""
    empty = {
        "plan": plan_json(make.plan(balance_credits=None)),
        "apply": apply_json([], make.plan()),
        "validate": validate_json([], []),
        "status": status_json([]),
        "claims": claims_json([]),
        "processes": processes_json([]),
        "eulas": eulas_json([]),
        "items": items_json([]),
        "jobs": jobs_json([]),
        "explain": explain_json(Explanation(make.change(), {})),
        "ledger": ledger_json(Ledger("output", {}, Sums(), Sums()), "7d7d"),
    }

    check_document(kind, empty[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_no_document_holds_a_secret_of_a_link(make, kind):
    """Signed links lose their query, and links lose their password, wherever the text comes from."""
    assert "secret" not in document_text(documents(make)[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_documents_say_their_version_first(make, kind):
    """A reader can refuse what it does not know before it reads on."""
    assert list(documents(make)[kind].items())[:2] == [
        ("format_version", "1.0"),
        ("tool_version", reconciler.__version__),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_knows_every_field_of_its_document(make, check_document, kind):
    """The check above would see a field that is added without a word in the schema."""
    document = copy.deepcopy(documents(make)[kind])
    document["undocumented"] = 1

    with pytest.raises(Exception, match="undocumented"):
        check_document(kind, document)


def test_the_contracts_plan_says_in_json_what_its_text_says(make):
    """Names, processes, prices and reasons of every line, and every number of the two summary lines."""
    plan = make.contract_plan()
    document = plan_json(plan)
    lines = plan_text(plan, show_unchanged=False, colour=False).splitlines()
    by_name = {line[4:].split()[0]: line for line in lines[:4]}

    for change in document["target_changes"]:
        if change["address"] in by_name:
            line = by_name[change["address"]]
            assert change["process_id"] in line
            assert line.endswith(change["reason"])
            assert change["cost"] is None or f" {change['cost']['credits']} credits" in line
    summary, cost = document["summary"], document["cost"]
    assert lines[-2] == (
        f"Plan: {summary['create']} to create, {summary['replace']} to replace, {summary['wait']} to wait for, "
        f"{summary['download']} to download, {summary['blocked']} blocked, {summary['unchanged']} unchanged."
    )
    assert lines[-1] == (
        f"Cost: {cost['total']} {cost['unit']} ({cost['known_count']} quoted, {cost['unknown_count']} unknown) "
        f"of {cost['balance']:,} available. Reuse saves {cost['saved_by_reuse']} credits."
    )
    assert cost["by_process"] == {"pansharpening": 63}
    assert cost["balance_after"] == 937


def test_a_planned_change_in_full(make):
    """Every field of a replacement that programs rely on."""
    change = documents(make)["plan"]["target_changes"][0]

    assert change["change"] == {
        "actions": ["forget", "create"],
        "before": {"item": "https://storage.example/a.tif", "sensitivity": 2},
        "after": {"item": None, "sensitivity": 5},
        "after_unknown": [],
    }
    assert change["cost"] == {"credits": None, "strategy": "area", "size": None, "unit": "SQ_KM", "status": "unknown"}
    assert change["job"]["id"] == "6856aaaa-0000-4000-8000-000000000001"
    assert change["newer_than"] == "2024-06-14T12:40:03Z"
    assert list(change["labels"]) == ["area", "team"]
    assert change["range"] == {"filename": "manifests/coast.yaml", "start": {"line": 3, "column": 5}}


@pytest.mark.parametrize(
    ("action", "actions", "paid", "price"),
    [
        (Action.CREATE, ["create"], True, "known"),
        (Action.REPLACE, ["forget", "create"], True, "known"),
        (Action.WAIT, ["wait"], False, "free"),
        (Action.DOWNLOAD, ["download"], False, "free"),
        (Action.BLOCKED, ["blocked"], False, None),
        (Action.DEFERRED, ["deferred"], False, "known"),
        (Action.UNRESOLVED, ["resolve"], True, "known"),
        (Action.UNCHANGED, ["no-op"], False, "free"),
    ],
    ids=lambda value: value.value if isinstance(value, Action) else "",
)
def test_each_action_says_whether_money_is_involved(make, action, actions, paid, price):
    """`create` in the list of actions, or `paid`, is all that a guard has to look for."""
    document = plan_json(make.plan(make.change(action, quote=Quote(5))))
    change = document["target_changes"][0]

    assert change["change"]["actions"] == actions
    assert change["paid"] is paid
    assert (None if change["cost"] is None else change["cost"]["status"]) == price


@pytest.mark.parametrize(
    ("action", "applyable", "complete"),
    [
        (Action.CREATE, True, True),
        (Action.DOWNLOAD, True, True),
        (Action.UNCHANGED, False, True),
        (Action.BLOCKED, False, False),
        (Action.DEFERRED, False, False),
        (Action.UNRESOLVED, True, False),
    ],
    ids=lambda value: value.value if isinstance(value, Action) else "",
)
def test_whether_there_is_something_to_apply_and_whether_it_is_all(make, action, applyable, complete):
    """A plan of blocked outputs only has nothing to apply, and is not the whole wish."""
    document = plan_json(make.plan(make.change(action, quote=Quote(5))))

    assert (document["applyable"], document["complete"]) == (applyable, complete)


def test_a_receipt_to_settle_is_something_to_apply(make):
    """Nothing is paid or downloaded, and still the receipt has to be written."""
    assert plan_json(make.plan(make.change(Action.UNCHANGED, settles_receipt=True)))["applyable"] is True


@pytest.mark.parametrize(
    ("quote", "balance"), [(Quote(None), 1000), (Quote(63), None)], ids=["unknown price", "unknown balance"]
)
def test_the_balance_after_is_null_where_it_is_not_certain(make, quote, balance):
    """A number that could be wrong is not given."""
    cost = plan_json(make.plan(make.change(quote=quote), balance_credits=balance))["cost"]

    assert cost["balance_after"] is None


def test_an_apply_counts_credits_of_its_own_jobs_only(make):
    """Unknown charges are counted apart, never as 0."""
    outcomes = [
        make.outcome(name="a", created=True, quoted_credits=63, charged_credits=63),
        make.outcome(OutcomeKind.PENDING, "b", created=True, quoted_credits=21),
        make.outcome(OutcomeKind.COMPLETE, "c", charged_credits=500),
    ]
    document = apply_json(outcomes, make.plan())

    assert document["cost"] == {
        "unit": "credits",
        "quoted": 84,
        "quotes_unknown_count": 0,
        "charged": 63,
        "charges_unknown_count": 1,
    }
    assert document["summary"]["created"] == 2
    assert document["complete"] is False


def test_an_apply_that_an_error_ended_is_not_complete(make):
    """Even if every outcome that is there is fine."""
    document = apply_json([make.outcome()], make.plan(), error=Refused("No.", hint="Ask."))

    assert document["complete"] is False
    assert document["diagnostics"][0]["summary"] == "No."


def test_a_document_is_the_same_whatever_the_order_of_its_maps(make):
    """Two runs over the same values print the same bytes."""
    one = make.change(output=make.output(labels={"a": "1", "b": "2"}, inputs={"x": {"p": 1, "q": 2}, "y": 1}))
    two = make.change(output=make.output(labels={"b": "2", "a": "1"}, inputs={"y": 1, "x": {"q": 2, "p": 1}}))

    assert document_text(plan_json(make.plan(one))) == document_text(plan_json(make.plan(two)))


@given(JSON)
def test_document_text_is_visible_ascii_and_keeps_the_values(value):
    """No control character, no CI command, and a JSON reader gets back what was put in."""
    text = document_text({"value": plain(value)})

    assert all(" " <= character <= "~" or character == "\n" for character in text)
    assert "##" not in text
    assert json.loads(text) == {"value": json.loads(json.dumps(plain(value)))}


def test_commands_of_ci_runners_are_taken_apart_in_document_text():
    """`##[…]` counts anywhere in a line of a log."""
    text = document_text({"title": "###[error]\x7f\x9b"})

    assert "##" not in text
    assert json.loads(text) == {"title": "###[error]\x7f\x9b"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://host/a?b=c", "https://host/a"),
        ("https://user:pass@host:8443/a#part", "https://host:8443/a#part"),
        ("s3://bucket/key with ?signature=x", "s3://bucket/key with ?signature=x"),
        ("see https://host/a?b=c and http://x?y", "see https://host/a and http://x"),
        ("/v2/assets/stac/items/1", "/v2/assets/stac/items/1"),
        ("what?", "what?"),
        ("a@b", "a@b"),
        ("http://[broken?x=y", "http://[broken"),
    ],
    ids=["query", "password", "space ends it", "in a sentence", "path", "no link", "mail", "broken"],
)
def test_what_is_left_of_a_link(text, expected):
    """Where it leads stays, who may follow it goes."""
    assert link(text) == expected


def test_times_are_utc_with_microseconds_only_where_there_are_some():
    """RFC 3339 with a Z, whatever zone the value came in."""
    berlin = timezone(timedelta(hours=2))

    assert time_text(datetime(2024, 6, 14, 14, 40, 3, tzinfo=berlin)) == "2024-06-14T12:40:03Z"
    assert time_text(datetime(2024, 6, 14, 14, 40, 3, 968272, tzinfo=berlin)) == "2024-06-14T12:40:03.968272Z"
    assert time_text(None) is None
