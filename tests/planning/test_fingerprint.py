"""The fingerprint: the same for every spelling of the same work, another one for anything else."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.job import InputDescription, Process
from reconciler.planning.fingerprint import canonical_inputs, fingerprint, item_path

ITEM = "/v2/assets/stac/collections/21c0/items/23e4"
INPUTS = {"item": ITEM, "greyWeights": [{"band": "red", "weight": 0.4}], "sensitivity": 5}
PROCESS = Process(
    "pansharpening",
    "Pansharpening",
    inputs={
        "sensitivity": InputDescription("sensitivity", "", required=False, schema={"type": "integer", "default": 2}),
        "options": InputDescription(
            "options",
            "",
            required=False,
            schema={"type": "object", "properties": {"mode": {"type": "string", "default": "fast"}}},
        ),
    },
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
documents = st.dictionaries(
    st.text(max_size=8).filter(lambda key: key != "title"),
    st.recursive(
        scalars,
        lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
        max_leaves=12,
    ),
    max_size=5,
)


def of(inputs: dict[str, Any], **more: Any) -> str:
    return fingerprint(
        more.get("process_id", "pansharpening"), more.get("workspace_id", "w1"), inputs, more.get("process", PROCESS)
    )


def shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: shuffled(value[key], chance) for key in keys}
    if isinstance(value, list):
        return [shuffled(entry, chance) for entry in value]
    return value


def in_other_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: in_other_numbers(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [in_other_numbers(entry) for entry in value]
    if isinstance(value, int) and not isinstance(value, bool) and int(float(value)) == value:
        return float(value)
    return value


def test_it_names_its_version() -> None:
    """A fingerprint is `fp1:` and 64 hex digits."""
    version, _, digest = of(INPUTS).partition(":")

    assert version == "fp1"
    assert len(digest) == 64
    assert int(digest, 16) >= 0


def test_it_is_the_same_on_every_machine_and_day() -> None:
    """The value for a fixed document never changes: it stands in receipts."""
    assert of(INPUTS) == "fp1:b7c4f65b8815a3616cdb94b467ed2349d30f5ba29f3b8fee0df5a2d4db94bacb"


@given(documents, st.randoms(use_true_random=False))
def test_key_order_does_not_matter(inputs: dict[str, Any], chance: random.Random) -> None:
    """Keys in another order, at any depth, are the same work."""
    assert of(inputs) == of(shuffled(inputs, chance))


@given(documents)
def test_the_form_of_a_number_does_not_matter(inputs: dict[str, Any]) -> None:
    """1 and 1.0 are the same work, at any depth."""
    assert of(inputs) == of(in_other_numbers(inputs))


@given(documents, st.text())
def test_a_title_does_not_matter(inputs: dict[str, Any], title: str) -> None:
    """The title is for people."""
    assert of(inputs) == of({**inputs, "title": title})


@given(documents)
def test_the_canonical_form_is_stable(inputs: dict[str, Any]) -> None:
    """Canonical inputs are their own canonical form."""
    canonical = canonical_inputs(inputs, PROCESS)

    assert canonical_inputs(canonical, PROCESS) == canonical


@given(documents, documents)
def test_anything_else_matters(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Two documents have one fingerprint only if their canonical forms are equal."""
    same = repr(shuffled_none(canonical_inputs(one, PROCESS))) == repr(shuffled_none(canonical_inputs(other, PROCESS)))

    assert (of(one) == of(other)) == same


def shuffled_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shuffled_none(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [shuffled_none(entry) for entry in value]
    return value


@pytest.mark.parametrize(
    "link",
    [
        pytest.param(f"https://api.up42.com{ITEM}", id="absolute"),
        pytest.param(f"http://127.0.0.1:8042{ITEM}", id="another host"),
        pytest.param(f"https://api.sa.up42.com{ITEM}/", id="trailing slash"),
        pytest.param("/v2/assets/stac/collections/%32%31c0/items/23e4", id="percent-encoded"),
    ],
)
def test_the_host_of_an_item_link_does_not_matter(link: str) -> None:
    """An item link counts by its path, alone or in a list."""
    assert of({"item": link}) == of({"item": ITEM})
    assert of({"items": [link, "x"]}) == of({"items": [ITEM, "x"]})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{ITEM}?token=1", id="query"),
        pytest.param(f"ftp://api.up42.com{ITEM}", id="scheme"),
        pytest.param(f"https://api.up42.com/x{ITEM}", id="longer path"),
        pytest.param(f"{ITEM}/more", id="deeper path"),
        pytest.param(f"{ITEM}\n", id="control character"),
        pytest.param("https://[::1", id="no URL at all"),
        pytest.param(f"host{ITEM}", id="no scheme"),
    ],
)
def test_other_text_is_no_item_link(text: str) -> None:
    """What is not exactly an item link is text, and counts as it stands."""
    assert item_path(text) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({"a": 1}, {"a": 2}, id="value"),
        pytest.param({"a": 1}, {"b": 1}, id="name"),
        pytest.param({"a": 1}, {"a": "1"}, id="type"),
        pytest.param({"a": 1}, {"a": True}, id="boolean"),
        pytest.param({"a": 0}, {"a": False}, id="false and zero"),
        pytest.param({"a": [1, 2]}, {"a": [2, 1]}, id="list order"),
        pytest.param({"a": [None]}, {"a": []}, id="null in a list"),
        pytest.param({"a": {}}, {}, id="empty object"),
        pytest.param({"a": "x"}, {"a": "X"}, id="case"),
        pytest.param({"a": "x"}, {"a": "x "}, id="space"),
        pytest.param({"item": ITEM}, {"item": f"{ITEM}0"}, id="item"),
    ],
)
def test_other_work_has_another_fingerprint(one: dict[str, Any], other: dict[str, Any]) -> None:
    """What the pixels may depend on counts."""
    assert of(one) != of(other)


def test_process_and_workspace_matter() -> None:
    """The same inputs for another process, or in another workspace, are other work."""
    assert len({of(INPUTS), of(INPUTS, process_id="upsampling-ns"), of(INPUTS, workspace_id="w2")}) == 3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({"sensitivity": 2}, {}, id="default"),
        pytest.param({"sensitivity": 2.0}, {}, id="default in another form"),
        pytest.param({"sensitivity": None}, {}, id="null"),
        pytest.param({"options": {"mode": "fast"}}, {"options": {}}, id="default of a property"),
        pytest.param({"options": {"mode": None, "x": 1}}, {"options": {"x": 1}}, id="null property"),
    ],
)
def test_nulls_and_published_defaults_do_not_matter(one: dict[str, Any], other: dict[str, Any]) -> None:
    """What the process would assume anyway is the same work written out or not."""
    assert of(one) == of(other)


def test_a_default_of_another_type_is_none() -> None:
    """True is not the default 1, although Python says so."""
    schema = {"type": "integer", "default": 1}
    process = Process("p", "P", inputs={"n": InputDescription("n", "", required=False, schema=schema)})

    assert of({"n": True}, process=process) != of({}, process=process)
    assert of({"n": 1}, process=process) == of({}, process=process)
