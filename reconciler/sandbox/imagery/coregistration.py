"""Bringing one raster onto another (up42-api.md section 12.1), a stand-in for the vendor's algorithm.

As there, small patches of the two are compared and the source is moved as a whole. Unlike there, it is only shifted,
not turned. Sizes, thresholds and the unit of the displacement map are not documented: those here are assumptions.
"""

import json
import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rasterio.transform import Affine

from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.imagery.heat import heatmap
from reconciler.sandbox.imagery.phase import shift_between
from reconciler.sandbox.imagery.rasters import Array, Grid, Raster, in_type_of, picked, warped

#: Metadata of a coregistered raster: the shift that was taken out, JSON of east and north in the unit of its CRS.
SHIFT_TAG = "COREGISTRATION_SHIFT"
DISPLACEMENT_BANDS = ("displacement_east", "displacement_north")
_PATCH_PIXELS = 32
#: At most about this many patches along each side, and this many pixels of it for the first look.
_PATCHES, _LOOK_PIXELS = 24, 512
_LEAST_TIES = 6
#: The displacement, in pixels, that a heatmap shows warmest.
_HOTTEST_PIXELS = 2.0

Mask = NDArray[np.bool_]
Pixels = tuple[float, float]  # down, right


@dataclass(frozen=True)
class Coregistered:
    """What coregistration yields, all on the grid of the reference.

    Attributes:
        source: every band of the source, shifted, in its own number type.
        displacement: east and north by which the source lay off, in the unit of the CRS, float32, NaN for no value.
        heatmap: the same as a colour, warm for much.
    Both maps are None where too few tie points were found.
    """

    source: Raster
    displacement: Raster | None
    heatmap: Raster | None


@dataclass(frozen=True)
class _Ties:
    """Shifts at patches, which lie on a grid of their own.

    Attributes:
        rows, columns: the patches' centres in pixels.
        down, right: patch rows x patch columns, NaN where a patch is no tie point.
    """

    rows: Array
    columns: Array
    down: Array
    right: Array

    @property
    def found(self) -> Mask:
        """Where there is a tie point."""
        found: Mask = np.isfinite(self.down)
        return found


def coregister(source: Raster, reference: Raster) -> Coregistered:
    """Shift `source` onto `reference`, to a fraction of a pixel, by the bands that both have.

    Raises:
        SandboxError: no band in common, or the two do not overlap.
    """
    shared = tuple(band for band in reference.bands if band in source.bands)
    if not shared:
        raise SandboxError("The two rasters have no band in common.")
    alike, fixed = picked(source, shared), picked(reference, shared)
    at_first = warped(alike, reference.grid)
    if not (at_first.valid & fixed.valid).any():
        raise SandboxError("The two rasters do not overlap.")
    rough = _rough_shift(fixed, at_first)
    ties = _ties(fixed, warped(alike, _moved(reference.grid, rough)), rough)
    count = int(ties.found.sum())
    shift = rough
    if count >= _LEAST_TIES:
        shift = float(np.nanmedian(ties.down)), float(np.nanmedian(ties.right))
    made = warped(source, _moved(reference.grid, shift))
    east, north = (round(float(value), 6) + 0.0 for value in _on_the_map(reference.grid, *shift))
    tag = json.dumps({"east": east, "north": north})
    placed = replace(in_type_of(source, made), transform=reference.transform, tags={SHIFT_TAG: tag})
    if count < _LEAST_TIES:
        return Coregistered(placed, None, None)
    return Coregistered(placed, *_maps(ties, reference.grid, at_first.valid & fixed.valid))


def _rough_shift(fixed: Raster, other: Raster) -> Pixels:
    """The shift between the middles of two rasters on one grid; none where they do not resemble each other."""
    both = fixed.valid & other.valid
    rows, columns = (_middle(np.flatnonzero(both.any(axis=axis))) for axis in (1, 0))
    found = shift_between(_grey(fixed, both)[rows, columns], _grey(other, both)[rows, columns])
    return (found.down, found.right) if found.is_clear else (0.0, 0.0)


def _middle(used: Array) -> slice:
    """The stretch from the first to the last of some places, or as much of its middle as is looked at."""
    first, last = int(used[0]), int(used[-1])
    cut = max(0, last + 1 - first - _LOOK_PIXELS) // 2
    return slice(first + cut, last + 1 - cut)


def _ties(fixed: Raster, other: Raster, rough: Pixels) -> _Ties:
    """Tie points between two rasters, the second of which has been moved by `rough` already."""
    both = fixed.valid & other.valid
    pictures = _grey(fixed, both), _grey(other, both)
    starts = [_starts(size) for size in both.shape]
    down, right = (np.full((len(starts[0]), len(starts[1])), np.nan) for _ in range(2))
    for at in np.ndindex(down.shape):
        where = tuple(slice(starts[axis][at[axis]], starts[axis][at[axis]] + _PATCH_PIXELS) for axis in (0, 1))
        one, two = (picture[where] for picture in pictures)
        if not both[where].all() or not min(one.std(), two.std()) > 0:
            continue
        found = shift_between(one, two)
        if found.is_clear and math.hypot(found.down, found.right) <= _PATCH_PIXELS / 4:
            down[at], right[at] = rough[0] + found.down, rough[1] + found.right
    rows, columns = (np.array(start) + (_PATCH_PIXELS - 1) / 2 for start in starts)
    return _Ties(rows, columns, down, right)


def _starts(size: int) -> range:
    """Where patches begin along one side; none where the side is shorter than a patch."""
    step = max(_PATCH_PIXELS // 2, size // _PATCHES)
    return range(0, size - _PATCH_PIXELS + 1, step)


def _maps(ties: _Ties, grid: Grid, valid: Mask) -> tuple[Raster, Raster]:
    """The displacement map and the heatmap: between tie points by their distance."""
    down, right = (_everywhere(ties, values, grid.shape) for values in (ties.down, ties.right))
    data = np.stack(_on_the_map(grid, down, right)).astype(np.float32)
    displacement = Raster(
        np.where(valid, data, np.float32(np.nan)), valid, grid.transform, grid.crs, math.nan, DISPLACEMENT_BANDS
    )
    heat = np.clip(np.hypot(down, right) / _HOTTEST_PIXELS, 0, 1)
    return displacement, heatmap(heat, valid, grid)


def _everywhere(ties: _Ties, values: Array, shape: tuple[int, int]) -> Array:
    """Patches that are no tie point get the others' mean, weighted by distance; pixels lie linearly between patches."""
    row, column = np.meshgrid(ties.rows, ties.columns, indexing="ij")
    found = ties.found
    distances = np.hypot(row[..., None] - row[found], column[..., None] - column[found])
    shares = 1 / np.maximum(distances, 1) ** 2
    filled = np.where(found, values, (shares * values[found]).sum(axis=-1) / shares.sum(axis=-1))
    by_row, by_column = (
        np.stack([np.interp(np.arange(size), centres, unit) for unit in np.eye(len(centres))], axis=1)
        for size, centres in zip(shape, (ties.rows, ties.columns), strict=True)
    )
    everywhere: Array = by_row @ filled @ by_column.T
    return everywhere


def _moved(grid: Grid, shift: Pixels) -> Grid:
    return replace(grid, transform=grid.transform @ Affine.translation(shift[1], shift[0]))


def _on_the_map(grid: Grid, down: Array | float, right: Array | float) -> tuple[Array, Array]:
    """A shift in pixels as east and north in the unit of the CRS."""
    return np.asarray(right) * grid.transform.a, np.asarray(down) * grid.transform.e


def _grey(raster: Raster, where: Mask) -> Array:
    """The bands' mean, each scaled to its own spread, 0 outside of `where`."""
    total = np.zeros(raster.shape, np.float64)
    for band in raster.data.astype(np.float64):
        inside = band[where]
        total += (band - inside.mean()) / max(float(inside.std()), 1e-9)
    return np.where(where, total / len(raster.bands), 0)
