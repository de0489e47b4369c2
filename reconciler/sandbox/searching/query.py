"""Reading the body of an item search (up42-api.md section 8.4): what SQL can decide, and what is left for cql2."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import cql2

from reconciler.sandbox.errors import basic_error
from reconciler.sandbox.moments import from_text
from reconciler.sandbox.searching import cql

#: Section 8.4 has limits from 1 to 10,000; a greater one is read as that, as STAC demands.
MAX_LIMIT, DEFAULT_LIMIT = 10_000, 10
_IN_LIST = " IN (SELECT value FROM json_each(?))"
_KNOWN = frozenset(
    {"collections", "ids", "datetime", "sortby", "limit", "page", "filter", "filter-lang", "bbox", "intersects"}
)
#: A condition of SQL, and the values of its question marks.
Clause = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Search:
    """A search that makes sense.

    Attributes:
        where, values: the part that SQL decides, or narrows.
        tests: the part that cql2 decides, all of which have to hold.
        order: pairs of property and whether it descends; empty for newest first.
        page: number of the page, from 0.
    """

    where: str
    values: tuple[Any, ...]
    tests: tuple[cql2.Expr, ...]
    order: tuple[tuple[str, bool], ...]
    limit: int
    page: int


def parse(body: Any) -> Search:
    """Read a request body.

    Raises:
        HttpError: 400, with one sentence about the first thing that makes no sense.
    """
    if not isinstance(body, dict):
        raise basic_error(400, "The search is not a JSON object.")
    if body.get("bbox") is not None and body.get("intersects") is not None:
        raise basic_error(400, "bbox and intersects cannot be used together.")
    if body.get("filter-lang", "cql2-json") != "cql2-json":
        raise basic_error(400, "filter-lang can only be cql2-json.")
    clauses: list[Clause] = [("1", ())]
    for field, column in (("collections", "collection_id"), ("ids", "id")):
        names = body.get(field)
        if names is not None:
            _demand(_is_texts(names), f"{field} is not a list of texts.")
            clauses.append(_one_of(column, names))
    clauses += _datetime_clauses(body.get("datetime"))
    tests = []
    if (geometry := _geometry(body)) is not None:
        tests.append(_geometry_test(geometry))
        clauses += _extent_clauses(geometry)
    if (wanted := body.get("filter")) is not None:
        tests.append(_filter_test(wanted))
        clauses += [_one_of(column, texts) for column, texts in cql.implied(wanted)]
    limit, page = body.get("limit", DEFAULT_LIMIT), body.get("page", 0)
    _demand(_is_whole(limit) and limit >= 1, "limit is not a whole number from 1.")
    _demand(_is_whole(page) and 0 <= page < 1 << 31, "page is not a whole number from 0.")
    return Search(
        where=" AND ".join(clause for clause, _ in clauses),
        values=tuple(value for _, values in clauses for value in values),
        tests=tuple(tests),
        order=_order(body.get("sortby")),
        limit=min(limit, MAX_LIMIT),
        page=page,
    )


def next_body(body: Mapping[str, Any], search: Search) -> dict[str, Any]:
    """The body that asks for the page after this one."""
    known = {key: value for key, value in body.items() if key in _KNOWN}
    return {**known, "limit": search.limit, "page": search.page + 1}


def _one_of(column: str, texts: list[str]) -> Clause:
    # SQLite ends a text of its JSON at a NUL, so such a one, which no id holds, would match an id that it starts with.
    listed = json.dumps([text for text in texts if "\0" not in text])
    return column + _IN_LIST, (listed,)


def _filter_test(wanted: Any) -> cql2.Expr:
    _demand(isinstance(wanted, dict), "filter is not a JSON object: CQL2 text is not read here.")
    try:
        return cql.read(wanted)
    except ValueError as error:
        raise basic_error(400, f"filter is not valid CQL2 JSON, or deeper than {cql.MAX_DEPTH}.") from error


def _geometry_test(geometry: Any) -> cql2.Expr:
    try:
        return cql.intersects(geometry)
    except ValueError as error:
        raise basic_error(400, "intersects is not a GeoJSON geometry.") from error


def _datetime_clauses(text: Any) -> list[Clause]:
    """An instant, or an interval that may be open at one end; items count with their whole duration."""
    if text is None:
        return []
    sides = text.split("/") if isinstance(text, str) else []
    try:
        ends = [None if side in {"", ".."} else from_text(side) for side in sides]
    except ValueError as error:
        raise basic_error(400, "datetime is not an RFC 3339 instant or interval.") from error
    if len(ends) == 1:
        ends *= 2
    _demand(len(ends) == 2 and ends != [None, None], "datetime is not an RFC 3339 instant or interval.")
    start, end = ends
    _demand(start is None or end is None or start <= end, "datetime ends before it starts.")
    return [(clause, (bound,)) for clause, bound in (("ends >= ?", start), ("starts <= ?", end)) if bound is not None]


def _extent_clauses(geometry: Mapping[str, Any]) -> list[Clause]:
    """Outlines that intersect have extents that do; a geometry without any position has none, and no match."""
    positions = list(_positions(geometry))
    if not positions:
        return [("0", ())]
    easts, norths = ([float(position[axis]) for position in positions] for axis in (0, 1))
    extent = (min(easts), max(easts), min(norths), max(norths))
    return [("east >= ? AND west <= ? AND north >= ? AND south <= ?", extent)]


def _positions(part: Any) -> Iterator[list[float]]:
    if isinstance(part, dict):
        yield from _positions(part.get("coordinates", part.get("geometries")))
    elif part and isinstance(part[0], list | dict):
        for inner in part:
            yield from _positions(inner)
    elif part:
        yield part


def _geometry(body: Mapping[str, Any]) -> Any:
    if body.get("bbox") is None:
        return body.get("intersects")
    west, south, east, north = _box(body["bbox"])
    if west <= east:
        return {"type": "Polygon", "coordinates": [_rectangle(west, south, east, north)]}
    halves = [[_rectangle(west, south, 180, north)], [_rectangle(-180, south, east, north)]]
    return {"type": "MultiPolygon", "coordinates": halves}


def _box(box: Any) -> tuple[float, float, float, float]:
    numbers = isinstance(box, list) and all(isinstance(n, int | float) and not isinstance(n, bool) for n in box)
    _demand(numbers and len(box) in {4, 6}, "bbox is not a list of 4 or 6 numbers.")
    west, south, east, north = box if len(box) == 4 else (box[0], box[1], box[3], box[4])
    fits = -180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90
    _demand(fits, "bbox is not west, south, east, north in degrees.")
    return west, south, east, north


def _rectangle(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def _order(sortby: Any) -> tuple[tuple[str, bool], ...]:
    if sortby is None:
        return ()
    _demand(isinstance(sortby, list), "sortby is not a list.")
    order = []
    for entry in sortby:
        field = entry.get("field") if isinstance(entry, dict) else None
        direction = entry.get("direction", "asc") if isinstance(entry, dict) else None
        _demand(
            isinstance(field, str) and direction in ("asc", "desc"), "sortby has an entry without field, asc, desc."
        )
        order.append((str(field).removeprefix("properties."), direction == "desc"))
    return tuple(order)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _demand(holds: bool, sentence: str) -> None:  # noqa: FBT001 - reads as the condition that it is
    if not holds:
        raise basic_error(400, sentence)
