"""CQL2 filters: reading them, and what they imply about columns of the database.

The cql2 library evaluates; whether a document is CQL2 JSON at all is decided here, by the grammar of OGC 21-065r2. The
library's own check agrees but takes 35 ms for a small filter, and minutes for a few comparisons inside each other.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import cql2

from reconciler.sandbox.moments import from_text

#: Deeper documents, and texts with more words that may nest, are refused: the library's recursion has no limit.
MAX_DEPTH, MAX_NESTING_WORDS = 64, 200
_NESTING_WORD = re.compile(r"[(=<>]|-(?!\d)|\b(?:not|between|like|in|is)\b", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)
#: Properties that are columns of the table of items.
_COLUMNS = {"id": "id", "collection": "collection_id", "job_id": "job_id", "up42-system:job_id": "job_id"}


class _Kind(Enum):
    TEXT = auto()
    NUMBER = auto()
    TRUTH = auto()
    PREDICATE = auto()
    INSTANT = auto()
    INTERVAL = auto()
    SPATIAL = auto()
    ARRAY = auto()
    FUNCTION = auto()
    PROPERTY = auto()


_ANY = frozenset(_Kind)
_REFERENCE = frozenset({_Kind.FUNCTION, _Kind.PROPERTY})
_SCALAR = _REFERENCE | {_Kind.TEXT, _Kind.NUMBER, _Kind.TRUTH, _Kind.INSTANT}
_CONDITION = frozenset({_Kind.TRUTH, _Kind.PREDICATE, _Kind.FUNCTION})
_NUMERIC = _REFERENCE | {_Kind.NUMBER}
_CHARACTER = _REFERENCE | {_Kind.TEXT}


@dataclass(frozen=True)
class _Operator:
    """How many operands of which kinds, and what comes of them."""

    least: int
    most: float
    operands: frozenset[_Kind]
    result: _Kind = _Kind.PREDICATE


_TIMES = (
    *("after", "before", "contains", "disjoint", "during", "equals", "finishedBy", "finishes", "intersects"),
    *("meets", "metBy", "overlappedBy", "overlaps", "startedBy", "starts"),
)
_PLACES = ("contains", "crosses", "disjoint", "equals", "intersects", "overlaps", "touches", "within")
_ARRAYS = ("containedBy", "contains", "equals", "overlaps")
_OPERATORS = {
    **dict.fromkeys(("and", "or"), _Operator(2, float("inf"), _CONDITION)),
    "not": _Operator(1, 1, _CONDITION),
    **dict.fromkeys(("=", "<>", "<", ">", "<=", ">="), _Operator(2, 2, _SCALAR)),
    "between": _Operator(3, 3, _NUMERIC),
    "isNull": _Operator(1, 1, _ANY - {_Kind.ARRAY}),
    **{f"s_{word}": _Operator(2, 2, _REFERENCE | {_Kind.SPATIAL}) for word in _PLACES},
    **{f"t_{word}": _Operator(2, 2, _REFERENCE | {_Kind.INSTANT, _Kind.INTERVAL}) for word in _TIMES},
    **{f"a_{word}": _Operator(2, 2, _REFERENCE | {_Kind.ARRAY}) for word in _ARRAYS},
    **dict.fromkeys(("+", "-", "*", "/", "^", "%", "div"), _Operator(2, 2, _NUMERIC, _Kind.NUMBER)),
    **dict.fromkeys(("casei", "accenti"), _Operator(1, 1, _CHARACTER, _Kind.TEXT)),
}
_FUNCTION = _Operator(0, float("inf"), _ANY, _Kind.FUNCTION)
#: How deep the positions of each geometry lie, and how many the innermost list has at least.
_COORDINATES = {
    "Point": (0, 0),
    "MultiPoint": (1, 0),
    "LineString": (1, 2),
    "MultiLineString": (2, 2),
    "Polygon": (2, 4),
    "MultiPolygon": (3, 4),
}


def read(document: Any) -> cql2.Expr:
    """A filter in CQL2 JSON, ready to be matched.

    Raises:
        ValueError: it is no CQL2 JSON, or nested deeper than MAX_DEPTH.
    """
    if _is_too_deep(document):
        raise ValueError("too deep")
    expression = _expression(cql2.Expr, document)
    if _kind(expression.to_json()) not in _CONDITION:  # as the library writes it: moments with an offset in UTC
        raise ValueError("no CQL2 JSON")
    return expression


def from_cql_text(text: str) -> Any:
    """A filter in CQL2 text as CQL2 JSON.

    Raises:
        ValueError: it is no CQL2 text, or may nest deeper than the library's parser bears.
    """
    if len(_NESTING_WORD.findall(text)) > MAX_NESTING_WORDS:
        raise ValueError("too long a CQL2 text")
    return _expression(cql2.parse_text, text).to_json()


def intersects(geometry: Any) -> cql2.Expr:
    """A test of items against one GeoJSON geometry.

    Raises:
        ValueError: it is no geometry.
    """
    if not is_geometry(geometry):
        raise ValueError("no GeoJSON geometry")
    return _expression(cql2.Expr, {"op": "s_intersects", "args": [{"property": "geometry"}, geometry]})


def holds(test: cql2.Expr, item: dict[str, Any]) -> bool:
    """Whether an item matches; a property that it does not have, or a comparison of unlike kinds, is no match."""
    try:
        return bool(test.matches(item))
    except Exception:  # noqa: BLE001 - cql2 raises bare Exception where nothing can be said
        return False


def implied(document: Any) -> Iterator[tuple[str, list[str]]]:
    """Columns of the table of items, each with texts of which every match has one.

    They come from `=` and `in` at the top of a filter, or inside an `and` there.
    """
    match document:
        case {"op": "and", "args": list(parts)}:
            for part in parts:
                yield from implied(part)
        case {"op": "=", "args": [{"property": str(name)}, str(text)]} if name in _COLUMNS:
            yield _COLUMNS[name], [text]
        case {"op": "=", "args": [str(text), {"property": str(name)}]} if name in _COLUMNS:
            yield _COLUMNS[name], [text]
        case {"op": "in", "args": [{"property": str(name)}, list(texts)]} if name in _COLUMNS:
            if all(isinstance(text, str) for text in texts):
                yield _COLUMNS[name], texts


def is_geometry(value: Any) -> bool:
    """Whether a value is a GeoJSON geometry; a collection may not hold another one."""
    match value:
        case {"type": "GeometryCollection", "geometries": list(parts)}:
            return all(_is_simple_geometry(part) for part in parts)
    return _is_simple_geometry(value)


def _expression(make: Callable[[Any], cql2.Expr], source: Any) -> cql2.Expr:
    try:
        return make(source)
    except Exception as error:  # what cql2 raises has no common class below Exception
        raise ValueError("no CQL2") from error


def _is_too_deep(document: Any) -> bool:
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for value in level
            for inner in (value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
        ]
        if not level:
            return False
    return True


def _kind(value: Any) -> _Kind | None:
    """What a part of a filter is; None for what is nothing."""
    match value:
        case bool():
            return _Kind.TRUTH
        case int() | float():
            return _Kind.NUMBER if _is_number(value) else None
        case str():
            return _Kind.TEXT
        case list():
            return _Kind.ARRAY if all(map(_kind, value)) else None
        case {"op": str(name), "args": list(operands)}:
            return _operation(name, operands)
        case {"property": str()}:
            return _Kind.PROPERTY
    return _literal(value)


def _literal(value: Any) -> _Kind | None:
    match value:
        case {"date": date}:
            return _Kind.INSTANT if _is_date(date) else None
        case {"timestamp": timestamp}:
            return _Kind.INSTANT if _is_timestamp(timestamp) else None
        case {"interval": [start, end]}:
            return _Kind.INTERVAL if _is_bound(start) and _is_bound(end) else None
        case {"bbox": list(box)} if "type" not in value:
            return _Kind.SPATIAL if len(box) in {4, 6} and all(map(_is_number, box)) else None
    return _Kind.SPATIAL if is_geometry(value) else None


def _operation(name: str, operands: list[Any]) -> _Kind | None:
    match name, operands:
        case "like", [text, pattern]:
            fits = _kind(text) in _CHARACTER and _is_pattern(pattern)
            return _Kind.PREDICATE if fits else None
        case "in", [scalar, list(options)]:
            return _Kind.PREDICATE if all(_kind(part) in _SCALAR for part in (scalar, *options)) else None
        case "like" | "in", _:
            return None
    operator = _OPERATORS.get(name, _FUNCTION)
    if not operator.least <= len(operands) <= operator.most:
        return None
    return operator.result if all(_kind(operand) in operator.operands for operand in operands) else None


def _is_pattern(value: Any) -> bool:
    match value:
        case {"op": "casei" | "accenti", "args": [inner]}:
            return _is_pattern(inner)
    return isinstance(value, str)


def _is_date(value: Any) -> bool:
    return isinstance(value, str) and bool(_DATE.fullmatch(value)) and _succeeds(dt.date.fromisoformat, value)


def _is_timestamp(value: Any) -> bool:
    return isinstance(value, str) and bool(_TIMESTAMP.fullmatch(value)) and _succeeds(from_text, value)


def _is_bound(value: Any) -> bool:
    return value == ".." or _is_date(value) or _is_timestamp(value) or _kind(value) in _REFERENCE


def _is_simple_geometry(value: Any) -> bool:
    match value:
        case {"type": str(name), "coordinates": coordinates} if name in _COORDINATES:
            return _are_positions(coordinates, *_COORDINATES[name])
    return False


def _are_positions(value: Any, depth: int, least: int) -> bool:
    if not isinstance(value, list):
        return False
    if depth == 0:
        return len(value) >= 2 and all(map(_is_number, value))
    return (depth > 1 or len(value) >= least) and all(_are_positions(part, depth - 1, least) for part in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf


def _succeeds(read_text: Callable[[str], Any], text: str) -> bool:
    try:
        read_text(text)
    except ValueError:
        return False
    return True
