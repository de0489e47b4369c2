"""GeoJSON (RFC 7946) to the one geometry that a search can take. Faults never quote what a file holds."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from reconciler.manifest.wording import Fault
from reconciler.model.output import Json

Geometry: TypeAlias = dict[str, Json]

_HINT = "A search takes a GeoJSON geometry, a Feature or a FeatureCollection, in longitudes and latitudes"
_LEAST_POSITIONS_OF_LINE, _LEAST_POSITIONS_OF_RING = 2, 4
_WESTMOST, _NORTHMOST = 180, 90
_SINGLE = {"Point", "LineString", "Polygon"}


class _WrongError(Exception):
    """What is wrong, as the end of "the geometry …"; never leaves this module."""


def parsed(content: bytes) -> Geometry | Fault:
    """The geometry in a GeoJSON file; several features become one Multi… geometry or a GeometryCollection."""
    try:
        value = json.loads(content.decode("utf-8-sig"), parse_constant=_no_number)
    except UnicodeDecodeError:
        return Fault("leads to a file that is no UTF-8 text", "Save it as UTF-8")
    except json.JSONDecodeError as error:
        return Fault(f"leads to a file that is no JSON (line {error.lineno}, column {error.colno})", _HINT)
    except (ValueError, RecursionError):
        return Fault("leads to a file with a number or nesting that no geometry has", _HINT)
    try:
        return _merged(_geometries(value))
    except _WrongError as wrong:
        return Fault(f"leads to a file that is no area for a search: {wrong}", _HINT)


def fault_of(value: Json) -> Fault | None:
    """What is wrong with a geometry that stands in a manifest; None where nothing is."""
    try:
        _check(value)
    except _WrongError as wrong:
        return Fault(f"is no GeoJSON geometry: {wrong}", "Write type and coordinates, or {file: aoi.geojson}")
    return None


def _no_number(name: str) -> float:
    raise ValueError(name)


def _geometries(value: Json) -> list[Geometry]:
    if not isinstance(value, Mapping):
        raise _WrongError("it is not an object")
    if value.get("type") == "FeatureCollection":
        features = value.get("features")
        if not isinstance(features, list) or not features:
            raise _WrongError("its FeatureCollection has no features")
        return [_of_feature(feature) for feature in features]
    return [_of_feature(value)] if value.get("type") == "Feature" else [_check(value)]


def _of_feature(value: Json) -> Geometry:
    if not isinstance(value, Mapping) or value.get("type") != "Feature":
        raise _WrongError("what stands among its features is no Feature")
    return _check(value.get("geometry"))


def _merged(geometries: Sequence[Geometry]) -> Geometry:
    if len(geometries) == 1:
        return geometries[0]
    kinds = {str(geometry["type"]).removeprefix("Multi") for geometry in geometries}
    if len(kinds) == 1 and kinds <= _SINGLE:
        return {"type": f"Multi{kinds.pop()}", "coordinates": [part for one in geometries for part in _parts(one)]}
    return {"type": "GeometryCollection", "geometries": [part for one in geometries for part in _members(one)]}


def _parts(geometry: Geometry) -> Sequence[Json]:
    coordinates = geometry["coordinates"]
    if str(geometry["type"]).startswith("Multi") and isinstance(coordinates, list):
        return coordinates
    return [coordinates]


def _members(geometry: Geometry) -> Sequence[Json]:
    inside = geometry.get("geometries")
    return inside if isinstance(inside, list) else [geometry]


def _check(value: Json, *, inside: bool = False) -> Geometry:
    """The geometry with nothing but its own members."""
    if not isinstance(value, Mapping):
        raise _WrongError("a geometry is missing")
    kind = value.get("type")
    if kind == "GeometryCollection" and not inside:
        return {"type": kind, "geometries": [_check(one, inside=True) for one in _several(value.get("geometries"))]}
    shape = _SHAPES.get(kind) if isinstance(kind, str) else None
    if shape is None:
        raise _WrongError("its type is none of " + ", ".join(_SHAPES) + ("" if inside else ", GeometryCollection"))
    shape(value.get("coordinates"))
    return {"type": kind, "coordinates": value.get("coordinates")}


def _several(value: Json, least: int = 1) -> Sequence[Json]:
    if not isinstance(value, list) or len(value) < least:
        raise _WrongError("it lacks coordinates, or they are not nested as its type wants it")
    return value


def _position(value: Json) -> None:
    numbers = _several(value, 2)
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise _WrongError("a coordinate is no number, or they are not nested as its type wants it")
    longitude, latitude = numbers[0], numbers[1]
    assert isinstance(longitude, int | float)  # noqa: S101 - the loop above saw to it
    assert isinstance(latitude, int | float)  # noqa: S101 - as above
    if abs(longitude) > _WESTMOST or abs(latitude) > _NORTHMOST:
        raise _WrongError("a coordinate lies outside of longitudes and latitudes in degrees, longitude first")


def _line(value: Json) -> None:
    for position in _several(value, _LEAST_POSITIONS_OF_LINE):
        _position(position)


def _ring(value: Json) -> None:
    positions = _several(value, _LEAST_POSITIONS_OF_RING)
    for position in positions:
        _position(position)
    if positions[0] != positions[-1]:
        raise _WrongError("a ring of a polygon does not end where it begins")


def _each(check: Callable[[Json], None]) -> Callable[[Json], None]:
    def check_each(value: Json) -> None:
        for part in _several(value):
            check(part)

    return check_each


_SHAPES: dict[str, Callable[[Json], None]] = {
    "Point": _position,
    "MultiPoint": _each(_position),
    "LineString": _line,
    "MultiLineString": _each(_line),
    "Polygon": _each(_ring),
    "MultiPolygon": _each(_each(_ring)),
}

#: The types of geometries.
TYPES = (*_SHAPES, "GeometryCollection")
