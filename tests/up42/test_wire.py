import contextlib
import datetime as dt
import json
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.job import InputError, Quote
from reconciler.up42 import stac, wire, wire_account
from reconciler.web.fields import Unreadable

CAPTURED = {
    "processID": "pansharpening",
    "jobID": "68567134-27ad-7bd7-4b65-d61adb11fc78",
    "accountID": "69353acb-f942-423f-8f32-11d6d67caa77",
    "workspaceID": "7d7d0000-f942-423f-8f32-11d6d67caa77",
    "type": "process",
    "definition": {"inputs": {"title": "UK", "item": "https://api.up42.com/v2/x", "greyWeights": None}},
    "status": "CAPTURED",
    "created": "2024-06-05T13:12:48.124568Z",
    "updated": "2024-06-05T13:13:27.430000001Z",
    "started": "2024-06-05T13:12:56Z",
    "finished": "2024-06-05T13:13:27.32Z",
    "results": {"collection": "https://api.up42.com/v2/assets/stac/collections/21c0", "errors": None},
    "creditConsumption": {"credits": 63.0, "holdID": "hold-1", "consumptionID": "charge-1"},
}
DEFAULTS = wire.JobDefaults(dt.datetime(2024, 1, 1, tzinfo=dt.UTC), "pansharpening")
NAMES = [
    "jobID",
    "processID",
    "status",
    "created",
    "definition",
    "inputs",
    "results",
    "errors",
    "name",
    "message",
    "creditConsumption",
    "credits",
    "id",
    "title",
    "jobs",
    "links",
    "rel",
    "href",
    "body",
    "merge",
    "method",
    "additionalParameters",
    "parameters",
    "value",
    "price",
    "minOccurs",
    "totalCredits",
    "totalSize",
    "features",
    "assets",
    "collection",
    "properties",
    "bbox",
    "content",
    "totalPages",
    "available",
    "schema-error",
    "error",
    "code",
    "detail",
    "isAccepted",
    "remainingCredits",
    "spendLimit",
    "roles",
    "file:size",
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=20,
)
#: Arbitrary JSON under the names that the readers look at.
named_values = st.recursive(
    json_values,
    lambda children: st.dictionaries(
        st.sampled_from(NAMES),
        children,
    ),
    max_leaves=20,
)


def test_a_full_job_is_read():
    """Every documented field of a job arrives, the title apart from the inputs."""
    job = wire.job(CAPTURED)

    assert (job.job_id, job.process_id, job.status) == (CAPTURED["jobID"], "pansharpening", "captured")
    assert job.workspace_id == CAPTURED["workspaceID"]
    assert job.title == "UK"
    assert job.inputs == {"item": "https://api.up42.com/v2/x", "greyWeights": None}
    assert job.created == dt.datetime(2024, 6, 5, 13, 12, 48, 124_568, tzinfo=dt.UTC)
    assert job.updated == dt.datetime(2024, 6, 5, 13, 13, 27, 430_000, tzinfo=dt.UTC)
    assert job.finished == dt.datetime(2024, 6, 5, 13, 13, 27, 320_000, tzinfo=dt.UTC)
    assert job.collection_url == "https://api.up42.com/v2/assets/stac/collections/21c0"
    assert (job.credits, job.hold_id, job.consumption_id) == (63, "hold-1", "charge-1")
    assert job.errors == ()


def test_an_invalid_job_has_its_errors():
    """The reasons of an invalid job are kept by name, and what it never got is None."""
    value = CAPTURED | {
        "status": "invalid",
        "results": {"errors": [{"name": "GreyWeightBandsNotUnique", "message": "Not unique.", "extra": 1}]},
        "creditConsumption": None,
        "workspaceID": None,
        "started": None,
    }
    job = wire.job(value)

    assert job.errors == (InputError("GreyWeightBandsNotUnique", "Not unique."),)
    assert (job.credits, job.collection_url, job.workspace_id, job.started) == (None, None, None, None)


def test_an_unknown_status_is_kept():
    """A word that nobody knew is data."""
    assert wire.job(CAPTURED | {"status": "Teleported"}).status == "teleported"


@pytest.mark.parametrize(
    "change",
    [{"definition": None}, {"definition": {}}, {"definition": []}, {"definition": {"inputs": None}}],
    ids=["null", "empty", "list", "null-inputs"],
)
def test_a_definition_that_did_not_come_back_is_none(change):
    """No definition is not the same as no inputs."""
    assert wire.job(CAPTURED | change).inputs is None


@pytest.mark.parametrize("key", ["definition", "results", "creditConsumption", "updated", "finished", "workspaceID"])
def test_a_job_may_lack_what_only_informs(key):
    """A missing key that nothing depends on does not spoil the job."""
    assert wire.job({name: value for name, value in CAPTURED.items() if name != key}).job_id == CAPTURED["jobID"]


@pytest.mark.parametrize("key", ["jobID", "processID", "status", "created"])
def test_a_listed_job_must_say_what_it_is(key):
    """A job that cannot be placed is an error, since it could be the one that must not be paid twice."""
    with pytest.raises(Unreadable):
        wire.jobs({"jobs": [CAPTURED | {key: None}]})


def test_a_created_job_needs_only_its_id():
    """The answer to an execution is a job as soon as it has an id."""
    job = wire.job({"jobID": "1", "created": 17}, DEFAULTS)

    assert (job.job_id, job.process_id, job.status, job.created) == ("1", "pansharpening", "created", DEFAULTS.created)
    assert job.inputs is None


@pytest.mark.parametrize("value", [{"jobs": [CAPTURED]}, [CAPTURED]], ids=["wrapped", "bare"])
def test_both_shapes_of_a_listing_are_read(value):
    """Whether a listing is wrapped is not settled, so both are read."""
    assert [job.job_id for job in wire.jobs(value)] == [CAPTURED["jobID"]]


def test_a_process_is_read():
    """Inputs, EULA and price come from where the service puts them; further parameters are kept."""
    process = wire.process(
        {
            "id": "coregistration-simularity",
            "title": "Coregistration",
            "description": "Aligns.",
            "inputs": {
                "title": {"title": "Title", "minOccurs": 1, "maxOccurs": 1, "schema": {"type": "string"}},
                "weights": {"title": "Weights", "minOccurs": 0},
                "bare": {},
            },
            "additionalParameters": {
                "parameters": [
                    {"name": "eula-id", "value": ["4136a5db"]},
                    {"name": "price", "value": [{"credits": 50, "unit": "SQ_KM"}]},
                    {"name": "provider", "value": ["Simularity"]},
                    "odd",
                ]
            },
        }
    )

    assert (process.process_id, process.title, process.version) == ("coregistration-simularity", "Coregistration", "")
    assert {name: one.required for name, one in process.inputs.items()} == {
        "title": True,
        "weights": False,
        "bare": True,
    }
    assert process.inputs["title"].schema == {"type": "string"}
    assert (process.eula_id, process.price_credits, process.price_unit) == ("4136a5db", 50, "SQ_KM")
    assert process.parameters["provider"] == ["Simularity"]


def test_a_process_may_name_no_eula_and_no_price():
    """A summary with an id alone is a process."""
    process = wire.process({"id": "x"})

    assert (process.title, process.eula_id, process.price_credits, process.inputs) == ("x", None, None, {})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            {"pricingStrategy": "area", "totalCredits": 63, "totalSize": 15.8, "unit": "SQ_KM"},
            Quote(63, "area", 15.8, "SQ_KM"),
        ),
        ({"pricingStrategy": "none", "totalCredits": 0}, Quote(0, "none")),
        ({"pricingStrategy": "discount", "totalCredits": -1}, Quote(None, "discount")),
        ({"pricingStrategy": "barter", "totalCredits": 6.5}, Quote(None, "barter")),
        ({}, Quote(None)),
    ],
    ids=["area", "free", "negative", "fraction", "empty"],
)
def test_prices_are_read(value, expected):
    """A price is whole credits, 0 included, or unknown; the strategy's word is kept."""
    assert wire.quote(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(
            {"title": "Unprocessable Entity", "errors": [{"name": "MissingPanchromaticAsset", "message": "No pan."}]},
            [("MissingPanchromaticAsset", "No pan.")],
            id="semantic",
        ),
        pytest.param(
            {"title": "Bad Request", "status": 400, "schema-error": "data.inputs must contain ['item'] properties"},
            [("InvalidSchema", "data.inputs must contain ['item'] properties")],
            id="schema",
        ),
        pytest.param({"code": "Nope", "message": "No."}, [("Nope", "No.")], id="basic"),
        pytest.param(
            {"data": None, "error": {"code": "UNAUTHORIZED", "message": "Expired."}},
            [("UNAUTHORIZED", "Expired.")],
            id="legacy",
        ),
        pytest.param({"title": "Bad Request", "detail": "Why."}, [("Bad Request", "Why.")], id="problem"),
        pytest.param({"errors": ["just words"]}, [("Unnamed", "just words")], id="words"),
        pytest.param(
            {"errors": [{"name": "A", "message": 5}]}, [("A", '{"name": "A", "message": 5}')], id="odd-message"
        ),
        pytest.param({"errors": []}, [], id="none"),
        pytest.param(None, [], id="null"),
        pytest.param("text", [], id="text"),
    ],
)
def test_reasons_are_found_in_every_documented_shape(value, expected):
    """Error bodies of all families give their reasons by name."""
    assert [(one.name, one.message) for one in wire.reasons(value)] == expected


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ([{"rel": "self", "href": "/a"}, {"rel": "next", "href": "/b"}], wire.NextLink("/b")),
        ([{"rel": "NEXT", "href": "/b", "method": "post"}], wire.NextLink("/b", "POST")),
        (
            [{"rel": "next", "href": "/b", "body": {"token": "t"}, "merge": True}],
            wire.NextLink("/b", "POST", {"token": "t"}, merge=True),
        ),
        ([{"rel": "next"}], None),
        (["next"], None),
        (None, None),
        ([], None),
    ],
    ids=["get", "case", "body", "no-href", "no-object", "null", "empty"],
)
def test_next_links_are_found(links, expected):
    """A next link is found among others, whatever else the list holds."""
    assert wire.next_link({"links": links}) == expected


def test_a_body_is_plain_json():
    """Frozen mappings and tuples are written as JSON, other scripts as themselves."""
    inputs = MappingProxyType({"title": "Côte", "greyWeights": (MappingProxyType({"band": "red", "weight": 0.4}),)})

    body = wire.encode(wire.inputs_body(inputs))

    assert json.loads(body) == {"inputs": {"title": "Côte", "greyWeights": [{"band": "red", "weight": 0.4}]}}
    assert "Côte".encode() in body


@pytest.mark.parametrize("value", [float("inf"), float("nan"), {1, 2}], ids=["inf", "nan", "set"])
def test_what_json_cannot_hold_is_not_sent(value):
    """A request body is JSON or an error."""
    with pytest.raises(Unreadable):
        wire.encode({"inputs": {"x": value}})


@given(inputs=st.dictionaries(st.text(), json_values))
def test_inputs_survive_the_way_to_the_service_and_back(inputs):
    """What is sent and echoed as a definition is what was meant, the title apart."""
    echoed = json.loads(wire.encode(wire.inputs_body(inputs)))
    job = wire.job({"jobID": "1", "definition": echoed}, DEFAULTS)

    assert job.inputs == {name: value for name, value in inputs.items() if name != "title"}


READERS = [
    wire.job,
    wire.jobs,
    wire.process,
    wire.processes,
    wire.quote,
    wire.reasons,
    wire.explanation,
    wire.next_link,
    lambda value: wire.job(value, DEFAULTS),
    wire_account.eula,
    wire_account.budget,
    wire_account.balance,
    wire_account.enforcement,
    wire_account.spring_page,
    stac.landing,
    stac.collection,
    stac.collections,
    stac.item,
    stac.items,
]


@given(value=json_values | named_values)
def test_any_json_is_read_or_unreadable(value):
    """Whatever the service answers, a reader returns a value or raises its own error."""
    for read in READERS:
        try:
            read(value)
        except Unreadable as error:
            assert str(error).endswith(".")  # noqa: PT017 - either outcome is fine, the error has to be a sentence


@given(change=st.dictionaries(st.sampled_from(sorted(CAPTURED)), json_values))
def test_a_job_with_odd_fields_is_read_or_unreadable(change):
    """Any field of a job may turn into anything without another error than the reader's own."""
    with contextlib.suppress(Unreadable):
        assert wire.job(CAPTURED | change).created.tzinfo is dt.UTC
