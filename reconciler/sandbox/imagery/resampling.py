"""Other grids for one raster: finer pixels, and a north-up grid in metres. Both are stand-ins, said so at each."""

import math

import rasterio.warp
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.transform import Affine, array_bounds

from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.imagery.rasters import MAX_PIXELS, Grid, Raster, in_type_of, warped

#: The factor of the service's upsampling is not documented (up42-api.md section 14).
UPSAMPLING_FACTOR = 2


def upsampled(source: Raster) -> Raster:
    """Every band with pixels half as large, in its own number type, by bicubic resampling.

    Stands in for the vendor's super-resolution, whose method is not documented: no detail is added.

    Raises:
        SandboxError: the result would be too large.
    """
    rows, columns = source.shape
    transform = source.transform @ Affine.scale(1 / UPSAMPLING_FACTOR)
    grid = Grid((rows * UPSAMPLING_FACTOR, columns * UPSAMPLING_FACTOR), transform, source.crs)
    return _resampled(source, grid, Resampling.cubic)


def orthorectified(source: Raster) -> Raster:
    """Every band on the north-up UTM grid of its place, in square pixels about as large as before, by bilinear weights.

    Stands in for the vendor's orthorectification: there is no sensor model and no terrain here, the ground counts as
    flat. Pixels' edges lie on whole multiples of their size.

    Raises:
        SandboxError: the result would be too large.
    """
    rows, columns = source.shape
    bounds = array_bounds(rows, columns, source.transform)
    (longitude,), (latitude,) = rasterio.warp.transform(
        source.crs, "EPSG:4326", [(bounds[0] + bounds[2]) / 2], [(bounds[1] + bounds[3]) / 2]
    )
    utm = _utm(longitude, latitude)
    west, south, east, north = rasterio.warp.transform_bounds(source.crs, utm, *bounds)
    size = math.sqrt((east - west) * (north - south) / (rows * columns))
    if utm == source.crs:
        size = abs(source.transform.a)
    left, right = math.floor(west / size), math.ceil(east / size)
    top, bottom = math.ceil(north / size), math.floor(south / size)
    transform = Affine(size, 0, left * size, 0, -size, top * size)
    return _resampled(source, Grid((top - bottom, right - left), transform, utm), Resampling.bilinear)


def _utm(longitude: float, latitude: float) -> CRS:
    zone = int((longitude + 180) // 6) % 60 + 1
    return CRS.from_epsg((32_600 if latitude >= 0 else 32_700) + zone)


def _resampled(source: Raster, grid: Grid, resampling: Resampling) -> Raster:
    rows, columns = grid.shape
    if rows * columns * len(source.bands) > MAX_PIXELS:
        raise SandboxError(f"The result would have more than {MAX_PIXELS:,} values: cut the item into smaller files.")
    return in_type_of(source, warped(source, grid, resampling))
