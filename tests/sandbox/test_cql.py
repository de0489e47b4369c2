import json

import cql2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.sandbox.searching import cql

PROPERTY = {"property": "gsd"}
POINT = {"type": "Point", "coordinates": [1, 2]}
TIME = {"timestamp": "2024-01-31T10:00:00Z"}
CALL = {"op": "shout", "args": ["a", PROPERTY, 3]}
#: Operands that fit each operator.
FITTING = {
    "and": [{"op": "=", "args": [PROPERTY, 1]}, True],
    "or": [CALL, False, {"op": "isNull", "args": [PROPERTY]}],
    "not": [{"op": "<", "args": [PROPERTY, TIME]}],
    "=": [PROPERTY, "text"],
    ">=": [{"op": "casei", "args": ["text"]}, {"date": "2024-01-31"}],
    "between": [PROPERTY, 1, {"op": "+", "args": [1, PROPERTY]}],
    "in": [PROPERTY, ["a", 1, True]],
    "like": [{"op": "accenti", "args": [PROPERTY]}, {"op": "casei", "args": ["a%"]}],
    "isNull": [POINT],
    "casei": ["text"],
    "div": [PROPERTY, 2],
    "s_within": [PROPERTY, {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}],
    "s_equals": [{"bbox": [1, 2, 3, 4]}, {"type": "GeometryCollection", "geometries": [POINT, POINT]}],
    "t_during": [TIME, {"interval": ["2024-01-31", ".."]}],
    "a_contains": [PROPERTY, ["a", [1], POINT]],
    "shout": [],
}
#: Operands of every kind, and what is none.
OTHERS = [
    *("text", 5, 1.5, True, None, [], ["a"], {}, PROPERTY, {"property": 5}, POINT, {"type": "Point"}, {"op": "="}),
    *({"date": "2024"}, TIME, {"timestamp": "2024-01-31T10:00:00+02:00"}, {"timestamp": "now"}, {"bbox": [1]}, CALL),
    *({"interval": [".."]}, {"interval": ["2024-01-31T10:00:00", {"property": "datetime"}]}, {"interval": ["", ".."]}),
    *({"type": "LineString", "coordinates": [[1, 2]]}, {"op": "+", "args": [1, 2]}, {"op": "=", "args": [1, 2]}),
]


@st.composite
def documents(draw):
    """Operations that fit, most of them with one operand changed, taken away or added."""
    op = draw(st.sampled_from(sorted(FITTING)))
    operands, other = list(FITTING[op]), draw(st.sampled_from(OTHERS))
    match draw(st.sampled_from(["keep", "change", "change", "drop", "add", "alone"])), bool(operands):
        case "change", True:
            operands[draw(st.integers(0, len(operands) - 1))] = other
        case "drop", True:
            operands.pop()
        case "add", _:
            operands.append(other)
        case "alone", _:
            return other
    return {"op": op, "args": operands}


def accepted(check, document):
    try:
        check(document)
    except Exception:  # noqa: BLE001 - cql2 raises bare Exception for what it cannot read
        return False
    return True


@settings(max_examples=40, deadline=None, derandomize=True)
@given(documents())
def test_what_is_a_filter_is_what_the_library_says(document):
    """A document is taken exactly where the library's own check takes it."""
    assert accepted(cql.read, document) == accepted(lambda it: cql2.Expr(it).validate(), document), json.dumps(document)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(
            {"op": "=", "args": [{"property": "datetime"}, {"timestamp": "2024-13-01T00:00:00Z"}]}, id="month"
        ),
        pytest.param({"op": "=", "args": [{"property": "gsd"}, 10**400]}, id="number"),
        pytest.param({"op": "=", "args": [{"property": "gsd"}, float("inf")]}, id="infinite"),
    ],
)
def test_values_that_no_item_can_have_are_no_filter(document):
    """A moment that does not exist, or a number without end, is refused, where the library says yes or stumbles."""
    assert not accepted(cql.read, document)


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda inner: {"op": "not", "args": [inner]}, id="not"),
        pytest.param(lambda inner: {"op": "=", "args": [{"property": "a"}, inner]}, id="comparison"),
        pytest.param(lambda inner: [inner], id="array"),
    ],
)
def test_deep_documents_are_refused_at_once(wrap):
    """A filter of 900 levels, for which the library's own check takes minutes, is refused without it."""
    document = {"op": "isNull", "args": [{"property": "a"}]}
    for _ in range(900):
        document = wrap(document)

    assert not accepted(cql.read, document)


@pytest.mark.parametrize(
    "text", ["(" * 20_000 + "a=1" + ")" * 20_000, "NOT " * 20_000 + "a=1", "a=" + "-" * 20_000 + "1", "a=" * 20_000]
)
def test_deep_texts_are_refused(text):
    """A text that would overflow the parser's stack, and end the process, is refused."""
    assert not accepted(cql.from_cql_text, text)


def test_a_long_outline_is_no_deep_text():
    """An outline of a thousand negative coordinates is read."""
    ring = ", ".join(f"-{number / 100} -3.5" for number in range(1000))

    assert cql.from_cql_text(f"S_INTERSECTS(geometry, POLYGON(({ring})))")["op"] == "s_intersects"
