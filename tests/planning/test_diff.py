"""Differences between inputs: each field by its name."""

import pytest

from reconciler.model.output import Json
from reconciler.model.plan import FieldChange
from reconciler.planning import diff


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({"a": 1}, {"a": 1}, [], id="nothing"),
        pytest.param({"s": 2}, {"s": 5}, [("s", 2, 5)], id="a value"),
        pytest.param({"s": 2}, {"s": "2"}, [("s", 2, "2")], id="a type"),
        pytest.param(
            {"w": [{"b": "red", "n": 1}]},
            {"w": [{"b": "red", "n": 2}, {"b": "nir"}]},
            [("w[0].n", 1, 2), ("w[1]", None, {"b": "nir"})],
            id="inside lists",
        ),
        pytest.param(
            {"a": 1, "b": 2, "item": "y"},
            {"item": "x", "s": 5, "list": [1]},
            [("a", 1, None), ("b", 2, None), ("item", "y", "x"), ("list", None, [1]), ("s", None, 5)],
            id="documents that share few keys",
        ),
        pytest.param({}, {"s": 5}, [("s", None, 5)], id="all of it"),
    ],
)
def test_differences_field_by_field(before: dict[str, Json], after: dict[str, Json], expected: list[object]) -> None:
    """Sorted by path; a side that has nothing there is None. However little two documents share, fields are named."""
    assert list(diff.field_changes(before, after)) == [FieldChange(*entry) for entry in expected]  # type: ignore[misc]
