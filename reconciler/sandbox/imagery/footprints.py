"""Areas and overlaps of outlines in lon/lat."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

#: Radius of the sphere that has the area of the WGS 84 ellipsoid, in km.
_AUTHALIC_KM = 6371.0072

Box = Sequence[float]


def area_km2(geometry: dict[str, Any]) -> float:
    """Area of a GeoJSON polygon's outer ring on the sphere, in km², within 0.5 % of the ellipsoid's."""
    ring = [(math.radians(lon), math.radians(lat)) for lon, lat, *_ in geometry["coordinates"][0]]
    total = sum(
        (lon_b - lon_a) * (math.sin(lat_a) + math.sin(lat_b))
        for (lon_a, lat_a), (lon_b, lat_b) in itertools.pairwise(ring)
    )
    return abs(total) * _AUTHALIC_KM**2 / 2


def overlap_share(one: Box, other: Box) -> float:
    """The part of the smaller of two boxes (west, south, east, north) that the other covers, 0 to 1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return max(width, 0) * max(height, 0) / smaller if smaller > 0 else 0.0
