"""Areas and overlaps of outlines in lon/lat."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

#: Radius of the sphere that has the area of the WGS 84 ellipsoid, in km.
_AUTHALIC_KM = 6371.0072

Corner = tuple[float, float]


def area_km2(geometry: dict[str, Any]) -> float:
    """Area of a GeoJSON polygon's outer ring on the sphere, in km², within 0.5 % of the ellipsoid's."""
    ring = [(math.radians(lon), math.radians(lat)) for lon, lat, *_ in geometry["coordinates"][0]]
    total = sum(
        (lon_b - lon_a) * (math.sin(lat_a) + math.sin(lat_b))
        for (lon_a, lat_a), (lon_b, lat_b) in itertools.pairwise(ring)
    )
    return abs(total) * _AUTHALIC_KM**2 / 2


def overlap_share(one: dict[str, Any], other: dict[str, Any]) -> float:
    """The part of the smaller of two convex, counter-clockwise GeoJSON polygons that the other covers, 0 to 1.

    Measured in degrees, which is the same as on the ground for polygons that are small enough to overlap as images do.
    """
    rings = [[(float(lon), float(lat)) for lon, lat, *_ in shape["coordinates"][0]] for shape in (one, other)]
    common, by = rings[0][:-1], rings[1]
    for start, end in itertools.pairwise(by):
        common = _left_of(common, start, end)
    smaller = min(ring_area(ring) for ring in rings)
    return min(ring_area([*common, *common[:1]]) / smaller, 1.0) if smaller > 0 else 0.0


def ring_area(ring: Sequence[Corner]) -> float:
    """The plane area inside a closed ring, whichever way it runs, in the square of its corners' unit."""
    if not ring:
        return 0.0
    left, top = ring[0]
    moved = [(x - left, y - top) for x, y in ring]
    return abs(sum(x * below - right * y for (x, y), (right, below) in itertools.pairwise(moved))) / 2


def _left_of(corners: list[Corner], start: Corner, end: Corner) -> list[Corner]:
    """The part of a polygon to the left of a line: one step of Sutherland and Hodgman's clipping."""
    sides = [(end[0] - start[0]) * (y - start[1]) - (end[1] - start[1]) * (x - start[0]) for x, y in corners]
    kept = []
    for number, (corner, side) in enumerate(zip(corners, sides, strict=True)):
        before, side_before = corners[number - 1], sides[number - 1]
        if (side >= 0) != (side_before >= 0):
            share = side_before / (side_before - side)
            kept.append(
                (before[0] + share * (corner[0] - before[0]), before[1] + share * (corner[1] - before[1])),
            )
        if side >= 0:
            kept.append(corner)
    return kept
