"""Whether a document is a filter in CQL2 JSON, by the grammar of OGC 21-065r2, in time that grows with its length."""

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from reconciler.sandbox.moments import from_text

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)


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


def is_filter(document: Any) -> bool:
    """Whether a document, moments in UTC, is a condition. Moments that do not exist make it none."""
    return _kind(document) in _CONDITION


def is_geometry(value: Any) -> bool:
    """Whether a value is a GeoJSON geometry; a collection may not hold another one."""
    match value:
        case {"type": "GeometryCollection", "geometries": list(parts)}:
            return all(_is_simple_geometry(part) for part in parts)
    return _is_simple_geometry(value)


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
