"""Reading the body of an item search (up42-api.md section 8.4): what SQL can decide, and what is left for cql2."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cql2

from reconciler.sandbox.errors import basic_error
from reconciler.sandbox.moments import from_text

MAX_LIMIT = 10_000
DEFAULT_LIMIT = 10
_IN_LIST = " IN (SELECT value FROM json_each(?))"
_GEOMETRIES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
)
_KNOWN = frozenset(
    {"collections", "ids", "datetime", "sortby", "limit", "page", "filter", "filter-lang", "bbox", "intersects"}
)


@dataclass(frozen=True)
class Search:
    """A search that makes sense.

    Attributes:
        where, values: the part that SQL decides.
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
    where, values = ["1"], list[Any]()
    tests = []
    for field, column in (("collections", "collection_id"), ("ids", "id")):
        names = body.get(field)
        if names is not None:
            _demand(_is_texts(names), f"{field} is not a list of texts.")
            where.append(column + _IN_LIST)
            values.append(json.dumps(names))
    for clause, bounds in (_datetime_clauses(body.get("datetime")), _box_clauses(body)):
        where += clause
        values += bounds
    if (geometry := _geometry(body)) is not None:
        tests.append(_expression({"op": "s_intersects", "args": [{"property": "geometry"}, geometry]}))
    if (wanted := body.get("filter")) is not None:
        _demand(isinstance(wanted, dict), "filter is not a JSON object: CQL2 text is not read here.")
        job_ids = _job_ids(wanted)
        where += ["job_id = ?"] * len(job_ids)
        values += job_ids
        if not (job_ids and wanted["op"] == "="):  # else SQL has answered it all, and validating takes 40 ms
            tests.append(_expression(wanted))
    limit, page = body.get("limit", DEFAULT_LIMIT), body.get("page", 0)
    _demand(_is_whole(limit) and 1 <= limit <= MAX_LIMIT, f"limit is not a whole number from 1 to {MAX_LIMIT}.")
    _demand(_is_whole(page) and 0 <= page < 1 << 31, "page is not a whole number from 0.")
    return Search(" AND ".join(where), tuple(values), tuple(tests), _order(body.get("sortby")), limit, page)


def next_body(body: Mapping[str, Any], search: Search) -> dict[str, Any]:
    """The body that asks for the page after this one."""
    known = {key: value for key, value in body.items() if key in _KNOWN}
    return {**known, "limit": search.limit, "page": search.page + 1}


def _expression(document: Any) -> cql2.Expr:
    try:
        expression = cql2.Expr(document)
        expression.validate()
    except Exception as error:  # what cql2 raises has no common class below Exception
        raise basic_error(400, "The filter, bbox or intersects is not valid CQL2 JSON or GeoJSON.") from error
    return expression


def _job_ids(document: Any) -> list[str]:
    """Job ids that every match must have: from `=` at the top, or inside an `and` there."""
    if not isinstance(document, dict) or not isinstance(document.get("args"), list):
        return []
    if document.get("op") == "and":
        return [job_id for part in document["args"] for job_id in _job_ids(part)]
    names = ({"property": "job_id"}, {"property": "up42-system:job_id"})
    args = document["args"]
    is_job = document.get("op") == "=" and len(args) == 2 and args[0] in names and isinstance(args[1], str)
    return [args[1]] if is_job else []


def _datetime_clauses(text: Any) -> tuple[list[str], list[Any]]:
    """An instant, or an interval that may be open at one end; items count with their whole duration."""
    if text is None:
        return [], []
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
    clauses = [(clause, bound) for clause, bound in (("ends >= ?", start), ("starts <= ?", end)) if bound is not None]
    return [clause for clause, _ in clauses], [bound for _, bound in clauses]


def _box_clauses(body: Mapping[str, Any]) -> tuple[list[str], list[Any]]:
    """What SQL narrows by bbox, cql2 does the rest; a box over the antimeridian narrows by latitude only."""
    if body.get("bbox") is None:
        return [], []
    west, south, east, north = _box(body["bbox"])
    clauses, bounds = ["north >= ?", "south <= ?"], [south, north]
    if west <= east:
        clauses += ["east >= ?", "west <= ?"]
        bounds += [west, east]
    return clauses, bounds


def _geometry(body: Mapping[str, Any]) -> Any:
    if body.get("bbox") is None:
        geometry = body.get("intersects")
        known = geometry is None or (isinstance(geometry, dict) and geometry.get("type") in _GEOMETRIES)
        _demand(known, "intersects is not a GeoJSON geometry.")
        return geometry
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
            isinstance(field, str) and direction in {"asc", "desc"}, "sortby has an entry without field, asc, desc."
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
