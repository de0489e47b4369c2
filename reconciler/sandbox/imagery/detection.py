"""Simple stand-ins for the vendors' detections: results of the right kind and place, not of their quality.

One mechanism finds objects, another rates cover; a process is a row of numbers. The numbers are chosen for pixels, not
for metres, so that the example scenes, which are coarse, show something.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import rasterio.features
import rasterio.warp
from numpy.typing import NDArray

from reconciler.sandbox.imagery.footprints import Corner, area_km2, ring_area
from reconciler.sandbox.imagery.rasters import Array, Raster

_LONLAT_DIGITS = 7
_STEEPNESS = 12.0


@dataclass(frozen=True)
class Target:
    """What is looked for as an object.

    Attributes:
        name: the `class` of a feature.
        pixels: least and greatest size; what is larger is ground.
        contrast: how far it stands out, in spreads of the ground.
        is_dark: darker than bright ground, instead of brighter than dark ground.
        as_point: found as points, instead of outlines.
    """

    name: str
    pixels: tuple[int, int]
    contrast: float = 6.0
    is_dark: bool = False
    as_point: bool = False


@dataclass(frozen=True)
class Cover:
    """What is rated for each pixel: how much greenness and brightness speak for it, from which sum on it is likely.

    Greenness is the normalized difference of near infrared and red, less what is usual for vegetation, or of green and
    red where there is no near infrared. Brightness is relative to the scene's median: 0 there, 1 for twice as bright.
    """

    greenness: float
    brightness: float
    likely_from: float = 0.0


SHIPS = Target("ship", (6, 2_000))
WIND_TURBINES = Target("wind turbine", (4, 400), contrast=6.0, is_dark=True)  # by their shadows
STORAGE_TANKS = Target("storage tank", (12, 900), contrast=6.0)
CARS = Target("car", (2, 60), contrast=8.0, as_point=True)
TRUCKS = Target("truck", (4, 200), contrast=8.0)
AIRCRAFT = Target("aircraft", (10, 600), contrast=6.0)

TREES = Cover(greenness=1.0, brightness=0.0)
BUILDINGS = Cover(greenness=-0.5, brightness=1.0, likely_from=0.6)
SHADOWS = Cover(greenness=0.0, brightness=-1.0, likely_from=0.3)


def detected(source: Raster, target: Target) -> dict[str, Any]:
    """Objects as a GeoJSON FeatureCollection in lon/lat (RFC 7946); it may be empty.

    Stands in for the vendor's algorithm: connected pixels that stand out against the median of the darker half of the
    picture (for dark targets the brighter half), in units of that half's own spread. An outline is the convex hull.
    """
    shapes = list(_shapes(source, _standing_out(source, target), target.pixels))
    corners = [corner for shape in shapes for corner in shape]
    longitudes, latitudes = rasterio.warp.transform(
        source.crs, "EPSG:4326", [x for x, _ in corners], [y for _, y in corners]
    )
    places = iter(zip(longitudes, latitudes, strict=True))
    features = [_feature([next(places) for _ in shape], target) for shape in shapes]
    return {"type": "FeatureCollection", "features": features}


def rated(source: Raster, cover: Cover) -> Raster:
    """The probability of a cover for each pixel as float32 from 0 to 1, -1 for no value, on the grid of the input.

    Stands in for the vendor's algorithm: greenness and brightness through a logistic curve. The raster needs bands
    named red and green.
    """
    evidence = cover.greenness * _greenness(source) + cover.brightness * _brightness(source) - cover.likely_from
    probability = 1 / (1 + np.exp(np.clip(-_STEEPNESS * evidence, -50, 50)))
    masked = np.where(source.valid, probability, -1).astype(np.float32)[np.newaxis]
    return Raster(masked, source.valid, source.transform, source.crs, -1, ("probability",))


def _greenness(source: Raster) -> Array:
    bright, usual = ("nir", 0.45) if "nir" in source.bands else ("green", 0.05)
    one, other = source.band(bright).astype(np.float32), source.band("red").astype(np.float32)
    index: Array = (one - other) / np.maximum(one + other, 1)
    return index - usual


def _brightness(source: Raster) -> Array:
    brightness = source.data.astype(np.float32).mean(axis=0)
    middle = float(np.median(brightness[source.valid])) if source.valid.any() else 1.0
    relative: Array = brightness / max(middle, 1.0) - 1
    return relative


def _standing_out(source: Raster, target: Target) -> NDArray[np.bool_]:
    signal = source.data.astype(np.float32).mean(axis=0) * (-1 if target.is_dark else 1)
    if not source.valid.any():
        return source.valid
    ground = signal[source.valid & (signal <= np.median(signal[source.valid]))]
    limit = np.median(ground) + target.contrast * max(float(ground.std()), 1.0)
    return np.asarray(source.valid & (signal > limit))


def _shapes(source: Raster, where: NDArray[np.bool_], pixels: tuple[int, int]) -> Iterable[list[Corner]]:
    """Connected areas of a size between two, as convex rings on the map that close and run counter-clockwise."""
    shapes = rasterio.features.shapes(where.astype(np.uint8), mask=where, connectivity=8)
    for geometry, _ in shapes:
        outline = geometry["coordinates"][0]
        if pixels[0] <= ring_area(outline) <= pixels[1]:
            yield _hull({source.transform @ corner for corner in outline})


def _hull(corners: set[Corner]) -> list[Corner]:
    """The convex hull, by Andrew's monotone chain."""
    ordered = sorted(corners)
    halves = []
    for run in (ordered, ordered[::-1]):
        half: list[Corner] = []
        for corner in run:
            while len(half) > 1 and _turn(half[-2], half[-1], corner) <= 0:
                half.pop()
            half.append(corner)
        halves.append(half[:-1])
    return [*halves[0], *halves[1], halves[0][0]]


def _turn(one: Corner, two: Corner, three: Corner) -> float:
    """Above 0 where the way from `one` over `two` to `three` turns left."""
    return (two[0] - one[0]) * (three[1] - one[1]) - (two[1] - one[1]) * (three[0] - one[0])


def _feature(ring: list[Corner], target: Target) -> dict[str, Any]:
    outline = [[round(lon, _LONLAT_DIGITS), round(lat, _LONLAT_DIGITS)] for lon, lat in ring]
    polygon = {"type": "Polygon", "coordinates": [outline]}
    area_m2 = round(area_km2({"type": "Polygon", "coordinates": [ring]}) * 1e6, 1)
    middle = [round(float(value), _LONLAT_DIGITS) for value in np.mean(ring[:-1], axis=0)]
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": middle} if target.as_point else polygon,
        "properties": {"class": target.name, "area_m2": area_m2},
    }
