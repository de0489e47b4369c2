"""Simple stand-ins for the vendors' detections: results of the right kind and place, not of their quality."""

from typing import Any

import numpy as np
import rasterio.features
import rasterio.warp
from numpy.typing import NDArray

from reconciler.sandbox.imagery.rasters import Raster

#: A ship is between these, in pixels; larger bright areas are land.
_SHIP_PIXELS = (6, 2_000)
_SHIP_CONTRAST = 6.0
_LONLAT_DIGITS = 7


def ships(source: Raster) -> dict[str, Any]:
    """Bright blobs on dark ground as a GeoJSON FeatureCollection of polygons in lon/lat; it may be empty.

    Stands in for the vendor's algorithm: brightness over the median of the dark half of the picture, in units of that
    half's own spread.
    """
    brightness = source.data.astype(np.float32).mean(axis=0)
    features: list[dict[str, Any]] = []
    if source.valid.any():
        middle = np.median(brightness[source.valid])
        dark = brightness[source.valid & (brightness <= middle)]
        spread = max(float(dark.std()), 1.0)
        bright = source.valid & (brightness > np.median(dark) + _SHIP_CONTRAST * spread)
        features = [_ship(source, geometry) for geometry in _blobs(source, bright)]
    return {"type": "FeatureCollection", "features": features}


def trees(source: Raster) -> Raster:
    """Probability of trees for each pixel as float32 from 0 to 1, -1 for no value, on the grid of the input.

    Stands in for the vendor's algorithm: greenness (NDVI where there is a near-infrared band) through a logistic curve.
    """
    data = source.data.astype(np.float32)
    bright = "nir" if "nir" in source.bands else "green"
    dark = "red" if "red" in source.bands else source.bands[0]
    one, other = data[source.bands.index(bright)], data[source.bands.index(dark)]
    greenness = (one - other) / np.maximum(one + other, 1)
    middle = 0.45 if bright == "nir" else 0.05
    probability = 1 / (1 + np.exp(-12 * (greenness - middle)))
    masked = np.where(source.valid, probability, -1).astype(np.float32)[np.newaxis]
    return Raster(masked, source.valid, source.transform, source.crs, -1, ("probability",))


def _blobs(source: Raster, bright: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Connected areas of the size of a ship, as polygons on the raster's grid of pixels."""
    shapes = rasterio.features.shapes(bright.astype(np.uint8), mask=bright, connectivity=8)
    low, high = _SHIP_PIXELS
    found = []
    for geometry, _ in shapes:
        if low <= _ring_area(geometry["coordinates"][0]) <= high:
            corners = [[source.transform @ corner for corner in ring] for ring in geometry["coordinates"]]
            found.append({"type": "Polygon", "coordinates": corners})
    return found


def _ship(source: Raster, geometry: dict[str, Any]) -> dict[str, Any]:
    lonlat = rasterio.warp.transform_geom(source.crs, "EPSG:4326", geometry, precision=_LONLAT_DIGITS)
    # Rows count downwards, so what runs one way on the grid runs the other way on the map: outlines go left.
    rings = [list(reversed(ring)) if _ring_area(ring, signed=True) < 0 else ring for ring in lonlat["coordinates"][:1]]
    area_m2 = _ring_area(geometry["coordinates"][0])
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [[list(corner) for corner in ring] for ring in rings]},
        "properties": {"class": "ship", "area_m2": round(area_m2, 1)},
    }


def _ring_area(ring: Any, *, signed: bool = False) -> float:
    xs, ys = np.array([corner[0] for corner in ring]), np.array([corner[1] for corner in ring])
    xs, ys = xs - xs[0], ys - ys[0]
    area = float(np.sum(xs[:-1] * ys[1:] - xs[1:] * ys[:-1]) / 2)
    return area if signed else abs(area)
