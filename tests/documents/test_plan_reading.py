import copy
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.documents.digest import digest, plan_id
from reconciler.documents.plan import plan_digest, plan_json
from reconciler.documents.plan_reading import parse_plan, plan_from_json
from reconciler.documents.saving import check_savable
from reconciler.documents.values import document_text
from reconciler.errors import PlanFileInvalid, PlanNotSavable
from reconciler.model.job import Item, Job, Quote
from reconciler.model.output import Delivery, Output
from reconciler.model.plan import Action, Change, FieldChange, Plan, Reason, Verdict
from reconciler.model.problem import Position
from tests.documents.plans import NOON, PLACE, WHOLE_PLANS, plans

ITEM = "https://api.up42.com/v2/assets/stac/collections/21c0/items/23e4"


def output(name="uk", to=f"{PLACE}/outputs/uk", **fields):
    given_fields = {
        "title": "UK",
        "inputs": {"item": ITEM},
        "delivery": Delivery(to),
        "position": Position("a.yaml", 3, 5),
    }
    return Output(name, "pansharpening", **{**given_fields, **fields})


def create(**fields):
    return Change(output(**fields), Action.CREATE, Reason("create_because_missing", "no job"), quote=Quote(63, "area"))


def plan(*changes, **fields):
    given_fields = {"made_at": NOON, "api_url": "https://api.up42.com", "workspace_id": "7d7d", "place": PLACE}
    return Plan(changes or (create(),), **{**given_fields, **fields})


def written(value):
    """The document as a program reads it from the file."""
    return json.loads(document_text(plan_json(value)))


def signed_again(document):
    """The document with the digest of what it says now."""
    document["plan_digest"] = digest(document)
    document["plan_id"] = plan_id(document["plan_digest"], document["timestamp"])
    return document


@WHOLE_PLANS
@given(plans())
def test_a_plan_comes_back_from_its_json_as_it_was(made):
    """Every field that an apply could need, of every plan, through the bytes of the file."""
    data = document_text(plan_json(made)).encode()

    assert plan_from_json(parse_plan(data), place=PLACE) == made


@WHOLE_PLANS
@given(plans())
def test_what_comes_back_can_be_saved_again(made):
    """No plan of these is refused, and its file has the same digest wherever it is written again."""
    check_savable(made)

    assert plan_digest(plan_from_json(written(made), place="/elsewhere")) == plan_digest(made)


def test_what_a_saved_plan_does_not_keep():
    """Items and most facts of a job are looked at again by the apply; the rest of the plan is unharmed."""
    full = Job("11aa", "pansharpening", "captured", NOON, title="UK", inputs={"item": ITEM}, credits=63, hold_id="h")
    download = Change(output(), Action.DOWNLOAD, Reason("r", "text"), job=full, items=(Item("i", "c", ITEM),))

    kept = plan_from_json(written(plan(download)), place=PLACE).changes[0]

    assert kept == replace(download, items=(), job=Job("11aa", "pansharpening", "captured", NOON, credits=63))


@pytest.mark.parametrize(
    ("to", "place", "saved", "elsewhere"),
    [
        ("/srv/imagery/outputs/uk", "/srv/imagery", "./outputs/uk", "/home/ci/outputs/uk"),
        ("/srv/imagery", "/srv/imagery", ".", "/home/ci"),
        ("/srv/imagery2/uk", "/srv/imagery", "/srv/imagery2/uk", "/srv/imagery2/uk"),
        ("/outputs/uk", "/", "./outputs/uk", "/home/ci/outputs/uk"),
        ("/srv/imagery/../uk", "/srv/imagery", "/srv/imagery/../uk", "/srv/imagery/../uk"),
        ("s3://bucket/uk", "/srv/imagery", "s3://bucket/uk", "s3://bucket/uk"),
        ("/srv/imagery/s3://x", "/srv/imagery", "./s3://x", "/home/ci/s3://x"),
        ("/srv/imagery/uk", "", "/srv/imagery/uk", "/srv/imagery/uk"),
    ],
)
def test_a_destination_below_the_place_goes_with_it(to, place, saved, elsewhere):
    """A plan that is made on one machine delivers to the same folder of the project on another."""
    document = written(plan(create(to=to), place=place))

    assert document["target_changes"][0]["delivery"]["to"] == saved
    assert document["target_changes"][0]["destination"] == to
    assert plan_from_json(document, place="/home/ci").changes[0].output.delivery.to == elsewhere


def test_without_a_place_destinations_stay_relative():
    """A plan that is only shown never invents a path at the root."""
    assert plan_from_json(written(plan()), place="").changes[0].output.delivery.to == "./outputs/uk"


def test_references_to_outputs_that_are_not_there_yet_are_listed_by_path():
    """Terraform's after_unknown: which inputs the plan does not know."""
    inputs = {"a": {"fromOutput": "x"}, "list": [{"b": [1, {"fromOutput": "y", "role": "data"}]}], "item": ITEM}
    waiting = replace(create(inputs=inputs), waits_for=("x", "y"))

    assert written(plan(waiting))["target_changes"][0]["change"]["after_unknown"] == ["a", "list[0].b[1]"]
    assert written(plan(create(inputs=inputs)))["target_changes"][0]["change"]["after_unknown"] == []


INVALID_BYTES = {
    "not UTF-8": (b"\xff\xfe{}", "it is not UTF-8"),
    "empty": (b"", "it is not JSON"),
    "not JSON": (b"{", "it is not JSON"),
    "byte order mark": (b"\xef\xbb\xbf{}", "it is not JSON"),
    "no object": (b"[]", "it is not an object"),
    "a text": (b'"plan"', "it is not an object"),
    "null": (b"null", "it is not an object"),
    "no version": (b"{}", "format_version is missing"),
    "no text as version": (b'{"format_version": 1}', "format_version is not a text"),
    "no number as version": (b'{"format_version": "one"}', "format_version is not a version"),
    "huge version": (b'{"format_version": "1' + b"0" * 5000 + b'.0"}', "format_version is not a version"),
    "another document": (b'{"format_version": "1.0"}', "observed is missing"),
    "deep lists": (b"[" * 100_000 + b"]" * 100_000, "nests too deeply|nests deeper"),
    "deep objects": (b'{"a":' * 5000 + b"1" + b"}" * 5000, "nests too deeply|nests deeper"),
    "deeper than any of ours": (b"[" * 100 + b"]" * 100, "it nests deeper than 64 levels"),
    "huge integer": (b'{"a": 1' + b"0" * 5000 + b"}", "it is not JSON"),
    "NaN": (b'{"a": NaN}', "it holds a number that is not finite"),
    "Infinity": (b'{"a": -Infinity}', "it holds a number that is not finite"),
    "beyond float": (b'{"a": 1e999}', "it holds a number that is not finite"),
    "a name twice": (b'{"a": [{"b": 1, "b": 1}]}', "it gives a name twice in one object"),
}


@pytest.mark.parametrize(("data", "clause"), INVALID_BYTES.values(), ids=INVALID_BYTES)
def test_bytes_that_are_no_plan_are_refused_in_one_sentence(data, clause):
    """Whatever a file holds, the error is ours, says what is wrong and what to do."""
    with pytest.raises(PlanFileInvalid, match=rf"^The plan file cannot be used: .*({clause})[^.]*\.$") as caught:
        plan_from_json(parse_plan(data), place=PLACE)

    assert "reconciler plan --out" in caught.value.hint


JUNK = [None, True, -1, 0, 1.5, 2**70, "", "junk", "2024-99-99T00:00:00Z", [], [1], ["junk"], {}, {"junk": 1}]


@st.composite
def broken_documents(draw):
    """A plan, and its document with one value anywhere in it removed or replaced, the digest made right again."""
    made = draw(plans(max_outputs=2))
    document = written(made)
    holder = document
    while True:
        key = draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
        if not isinstance(holder[key], dict | list) or not holder[key] or draw(st.booleans()):
            break
        holder = holder[key]
    if draw(st.booleans()):
        del holder[key]
    else:
        holder[key] = copy.deepcopy(draw(st.sampled_from(JUNK)))
    return made, document


@WHOLE_PLANS
@given(broken_documents())
def test_whatever_is_broken_is_refused_or_was_for_display_only(case):
    """No change to a document raises another error, and none gets an apply to do what was not saved."""
    made, document = case
    try:
        read = plan_from_json(document, place=PLACE)
    except PlanFileInvalid:
        return

    assert plan_digest(read) == plan_digest(made)


@WHOLE_PLANS
@given(broken_documents())
def test_a_document_with_a_right_digest_is_still_checked_field_by_field(case):
    """Somebody may write plan files by hand: what is read has the types of the model, so it can be written again."""
    _, document = case
    try:
        read = plan_from_json(signed_again(document), place=PLACE)
    except (PlanFileInvalid, LookupError, TypeError):  # the last two: a digest cannot be made for it at all
        return

    assert plan_from_json(written(read), place=PLACE) == read


def edited(path, value):
    document = written(plan(create(), Change(output("zoo"), Action.WAIT, Reason("r", "t"), same_work_as="uk")))
    *parents, last = path
    holder = document
    for step in parents:
        holder = holder[step]
    holder[last] = value
    return document


FIRST = ("target_changes", 0)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*FIRST, "inputs"), {"item": ITEM + "5"}),
        ((*FIRST, "cost", "credits"), 62),
        ((*FIRST, "delivery", "to"), "/etc"),
        ((*FIRST, "title"), "Other"),
        ((*FIRST, "newer_than"), "2024-01-01T00:00:00Z"),
        ((*FIRST, "known_jobs"), ["11aa"]),
        (("observed", "workspace_id"), "other"),
        (("api_url",), "https://api.example"),
        (("source", "digest"), "sha256:0"),
        (("cost", "ceiling"), 10_000),
        (("target_changes",), []),
        (("plan_digest",), "sha256:" + "0" * 64),
        (("plan_id",), "0" * 12),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_a_plan_that_was_changed_after_it_was_saved_is_refused(path, value):
    """What an apply would act on cannot be edited without a word."""
    with pytest.raises(PlanFileInvalid, match="it was changed after it was saved"):
        plan_from_json(edited(path, value), place=PLACE)


@pytest.mark.parametrize(
    ("path", "value", "clause"),
    [
        ((*FIRST, "fingerprint"), "fp1:../../../etc", "fingerprint is not a fingerprint"),
        ((*FIRST, "fingerprint"), "fp1:" + "AB" * 32, "fingerprint is not a fingerprint"),
        ((*FIRST, "address"), "../uk", "address is not the name of an output"),
        ((*FIRST, "address"), "zoo", "it names an output twice"),
        ((*FIRST, "delivery", "to"), "./../../etc", "to is not below the plan's place"),
        ((*FIRST, "change", "actions"), ["destroy"], "actions is not an action that this version knows"),
        ((*FIRST, "paid"), False, "paid is not what its actions say"),
        ((*FIRST, "cost", "credits"), -63, "credits is not a whole number from 0"),
        ((*FIRST, "cost", "credits"), 63.0, "credits is not a whole number"),
        ((*FIRST, "cost", "credits"), 2**63, "credits is not a whole number"),
        ((*FIRST, "cost", "size"), float("nan"), "size is not a finite number"),
        ((*FIRST, "cost", "status"), "unknown", "status is not what its credits say"),
        ((*FIRST, "priority"), True, "priority is not a whole number"),
        ((*FIRST, "range", "start", "line"), 0, "line is not a whole number from 1"),
        ((*FIRST, "labels"), {"team": 1}, "labels is not an object of texts"),
        ((*FIRST, "change", "before"), {"a": 1}, "after is not about the same fields as before"),
        (("target_changes", 1, "same_work_as"), "nobody", "waits for the work of one that is not in it"),
        (("timestamp",), "2024-06-14T12:40:03", "timestamp is not a time with a zone"),
        (("timestamp",), "0001-01-01T00:00:00+23:00", "timestamp is not a time"),
        (("timestamp",), "2024-06-14T12:40:04Z", "observed.at is not the timestamp"),
        (("checks",), [{"address": "a", "status": "maybe"}], "status is not a status that this version knows"),
    ],
    ids=str,
)
def test_a_plan_that_no_apply_could_trust_is_refused_whatever_its_digest(path, value, clause):
    """A hand-made digest opens no way to another folder, a negative price, or a place in the state store."""
    with pytest.raises(PlanFileInvalid, match=clause):
        plan_from_json(signed_again(edited(path, value)), place=PLACE)


def test_a_newer_minor_version_is_read_and_what_it_adds_is_passed_over():
    """A minor step only adds fields."""
    document = {**written(plan()), "format_version": "1.99", "novelty": 1}

    assert plan_from_json(document, place=PLACE) == plan()


def test_another_major_version_is_named():
    """The sentence says which format was found and which can be read."""
    with pytest.raises(PlanFileInvalid, match=r"its format 2\.3 is of another version of reconciler"):
        plan_from_json({**written(plan()), "format_version": "2.3"}, place=PLACE)


@pytest.mark.parametrize(
    "fields",
    [
        {"inputs": {"item": "https://host/item?X-Signature=secret"}},
        {"inputs": {"deep": [{"link": "see https://ann:secret@host/item"}]}},
        {"inputs": {"weight": float("nan")}},
        {"inputs": {"weight": float("-inf")}},
        {"inputs": {"text": "\ud83d\ude00"}},
        {"inputs": {"number": 10**5000}},
        {"title": "https://host/?token=secret"},
        {"to": "s3://key:secret@bucket/uk"},
        {"delivery": Delivery("/srv/uk", name="https://host/?x=secret")},
    ],
    ids=["query", "credentials", "nan", "inf", "surrogates", "huge", "title", "destination", "file name"],
)
def test_a_plan_that_would_come_back_altered_is_not_saved(fields):
    """Neither is a secret written down, nor is something else bought than was planned."""
    with pytest.raises(PlanNotSavable, match="output uk has a value that no file keeps") as caught:
        check_savable(plan(create(**fields)))

    assert "secret" not in str(caught.value)


def test_queries_of_links_for_people_do_not_keep_a_plan_from_being_saved():
    """They are cut: nothing acts on them."""
    signed = "https://host/item?token=secret"
    change = replace(create(), field_changes=(FieldChange("item", signed, ITEM),), notes=(f"see {signed}",))

    check_savable(plan(change))

    assert "secret" not in document_text(plan_json(plan(change)))


def test_a_failed_check_comes_back_as_one():
    """An apply refuses what a policy refused when it was planned."""
    document = edited(
        ("checks",), [{"address": "a/b", "status": "fail", "text": "t", "problems": [{"message": "m"}], "outputs": []}]
    )

    assert plan_from_json(signed_again(document), place=PLACE).failed_checks[0].verdict is Verdict.FAIL
