"""Checking inputs against what a process publishes."""

from typing import Any

import pytest

from reconciler.model.job import InputDescription, Process
from reconciler.model.output import Delivery, Output
from reconciler.model.problem import Position
from reconciler.planning import inputs

API = "https://api.up42.com"
ITEM = "/v2/assets/stac/collections/21c0/items/23e4"
SCHEMAS: dict[str, tuple[bool, dict[str, Any]]] = {
    "title": (True, {"type": "string", "minLength": 1, "maxLength": 250}),
    "item": (True, {"type": "string"}),
    "sensitivity": (False, {"type": "integer", "minimum": 1, "maximum": 10}),
    "broken": (False, {"type": "no such type"}),
    "lost": (False, {"$ref": "https://nowhere.example/schema"}),
}
PROCESS = Process(
    "pansharpening",
    "Pansharpening",
    inputs={
        name: InputDescription(name, name, required=required, schema=schema)
        for name, (required, schema) in SCHEMAS.items()
    },
)


def output(values: dict[str, Any], title: str = "A title") -> Output:
    return Output("uk", "pansharpening", title, values, Delivery("/out"), Position("m.yaml", 1, 1))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({"item": ITEM}, [], id="fine"),
        pytest.param({"item": f"{API}{ITEM}"}, [], id="absolute link on the API host"),
        pytest.param({}, ["input item is missing"], id="missing"),
        pytest.param({"item": None}, ["input item is missing"], id="null is missing"),
        pytest.param({"item": ITEM, "sensitivty": 3}, ["input sensitivty", "did you mean sensitivity"], id="typo"),
        pytest.param({"item": ITEM, "sensitivity": 11}, ["input sensitivity: 11 has to be at most 10"], id="range"),
        pytest.param({"item": ITEM, "sensitivity": "x"}, ["'x' has to be of type integer"], id="type"),
        pytest.param({"sensitivity": 0}, ["item is missing", "at least 1"], id="all at once"),
        pytest.param({"item": f"https://api.sa.up42.com{ITEM}"}, ["at api.sa.up42.com"], id="another host"),
        pytest.param({"item": ITEM, "broken": 1}, [], id="a schema that is none is passed over"),
        pytest.param({"item": ITEM, "lost": 1}, [], id="a reference that leads nowhere is passed over"),
    ],
)
def test_problems(values: dict[str, Any], expected: list[str]) -> None:
    """Each problem is one sentence that names the input."""
    found = inputs.foreign_links(output(values), API) + inputs.problems(output(values), PROCESS)
    text = " | ".join(reason.text for reason in found)

    assert all(part in text for part in expected)
    assert bool(text) == bool(expected)


def test_a_process_without_published_inputs_is_not_checked() -> None:
    """The service has the last word where it publishes nothing."""
    assert inputs.problems(output({"anything": 1}), Process("p", "P")) == ()


def test_item_links_are_sent_absolute_and_nulls_not_at_all() -> None:
    """The service's own examples use absolute links."""
    wanted = output({"item": ITEM, "items": [ITEM, "text"], "sensitivity": None, "nested": {"item": ITEM}})

    assert inputs.submitted(wanted, API) == {
        "title": "A title",
        "item": f"{API}{ITEM}",
        "items": [f"{API}{ITEM}", "text"],
        "nested": {"item": f"{API}{ITEM}"},
    }
