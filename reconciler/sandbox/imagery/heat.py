"""Heatmaps: a value for each pixel as a colour from blue over green to red."""

import numpy as np
from numpy.typing import NDArray

from reconciler.sandbox.imagery.rasters import Array, Grid, Raster

BANDS = ("red", "green", "blue")


def heatmap(heat: Array, valid: NDArray[np.bool_], grid: Grid) -> Raster:
    """`heat` from 0 (blue) to 1 (red) as red, green and blue in 8 bit; 0 is nodata and no colour holds it elsewhere."""
    colours = np.stack([heat, 1 - np.abs(2 * heat - 1), 1 - heat])
    data = np.where(valid, 1 + np.rint(colours * 254), 0).astype(np.uint8)
    return Raster(data, valid, grid.transform, grid.crs, 0, BANDS)
