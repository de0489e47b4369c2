"""Rasters in memory, read from GeoTIFFs and written as Cloud-Optimized GeoTIFFs."""

import pathlib
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import rasterio
import rasterio.errors
import rasterio.warp
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, Resampling
from rasterio.transform import Affine, array_bounds

from reconciler.sandbox.errors import SandboxError

#: Whole arrays are worked on, so a raster has a greatest size.
MAX_PIXELS = 400_000_000
_LONLAT = "EPSG:4326"
_COLOURS = {"red": ColorInterp.red, "green": ColorInterp.green, "blue": ColorInterp.blue}

Array = NDArray[Any]


@dataclass(frozen=True)
class Grid:
    """Where the pixels of a raster lie on the ground; `shape` is rows and columns."""

    shape: tuple[int, int]
    transform: Affine
    crs: CRS


@dataclass(frozen=True)
class Raster:
    """A raster in memory.

    Attributes:
        data: bands x rows x columns.
        valid: rows x columns, True where every band has a value.
        nodata: what invalid pixels hold in a file; None where there are none.
        bands: one name for each band.
        tags: texts that go into a file's metadata.
    """

    data: Array
    valid: NDArray[np.bool_]
    transform: Affine
    crs: CRS
    nodata: float | None
    bands: tuple[str, ...]
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.data.shape[1:]
        return int(rows), int(columns)

    @property
    def grid(self) -> Grid:
        """Where the pixels lie."""
        return Grid(self.shape, self.transform, self.crs)

    def band(self, name: str) -> Array:
        """One band, rows x columns.

        Raises:
            KeyError: there is no band of that name.
        """
        if name not in self.bands:
            raise KeyError(name)
        return self.data[self.bands.index(name)]  # type: ignore[no-any-return]  # numpy: indexing Any


@dataclass(frozen=True)
class Facts:
    """What a raster file says about itself.

    Attributes:
        bands: the bands' descriptions, "" for a band without one.
        gsd: metres on the ground for one pixel, approximately.
        geometry: the outline as GeoJSON in lon/lat, counter-clockwise; bbox: the same as west, south, east, north.
        tags: the file's own texts.
    """

    shape: tuple[int, int]
    bands: tuple[str, ...]
    dtype: str
    epsg: int | None
    transform: tuple[float, ...]
    gsd: float
    geometry: dict[str, Any]
    bbox: tuple[float, float, float, float]
    tags: dict[str, str]


def facts_of(path: pathlib.Path) -> Facts:
    """Look at a GeoTIFF without reading its pixels.

    Raises:
        SandboxError: not a GeoTIFF, without a coordinate system, or too large.
    """
    with _opened(path) as source:
        transform, crs = source.transform, source.crs
        corners = [transform @ at for at in ((0, source.height), (source.width, source.height), (source.width, 0))]
        ring = [*corners, transform @ (0, 0), corners[0]]
        xs, ys = rasterio.warp.transform(crs, _LONLAT, [x for x, _ in ring], [y for _, y in ring])
        if not np.isfinite([*xs, *ys]).all():
            raise SandboxError(f"{path.name} lies outside of what its coordinate system covers.")
        degrees = 1.0 if crs.is_projected else 111_320.0
        return Facts(
            shape=(source.height, source.width),
            bands=tuple(description or "" for description in source.descriptions),
            dtype=str(source.dtypes[0]),
            epsg=crs.to_epsg(),
            transform=tuple(transform)[:6],
            gsd=round(abs(transform.a) * degrees, 3),
            geometry={"type": "Polygon", "coordinates": [_ring(xs, ys)]},
            bbox=(round(min(xs), 7), round(min(ys), 7), round(max(xs), 7), round(max(ys), 7)),
            tags=dict(source.tags()),
        )


def read(path: pathlib.Path, bands: tuple[str, ...]) -> Raster:
    """A whole GeoTIFF; `bands` names its bands in their order in the file.

    Raises:
        SandboxError: as `facts_of`, or the file is damaged.
    """
    with _opened(path) as source:
        try:
            data = source.read()
            valid = (source.read_masks() > 0).all(axis=0)
        except rasterio.errors.RasterioError as error:
            raise SandboxError(f"{path.name} is damaged: its pixels cannot be read.") from error
        return Raster(data, valid, source.transform, source.crs, source.nodata, bands)


def write(path: pathlib.Path, raster: Raster) -> None:
    """Write a Cloud-Optimized GeoTIFF, its bands described by their names; the same raster gives the same bytes."""
    count, rows, columns = raster.data.shape
    profile = {
        "driver": "COG",
        "width": columns,
        "height": rows,
        "count": count,
        "dtype": raster.data.dtype,
        "crs": raster.crs,
        "transform": raster.transform,
        "nodata": raster.nodata,
        "compress": "DEFLATE",
        "predictor": "YES",
        "blocksize": 256,
    }
    filled = raster.data if raster.nodata is None else np.where(raster.valid, raster.data, raster.nodata)
    with rasterio.open(path, "w", **profile) as target:
        target.write(filled.astype(raster.data.dtype))
        target.descriptions = raster.bands
        target.update_tags(**raster.tags)
        if count > 1:
            target.colorinterp = [_COLOURS.get(band, ColorInterp.undefined) for band in raster.bands]


def warped(raster: Raster, grid: Grid, resampling: Resampling = Resampling.bilinear) -> Raster:
    """`raster` as float32 on another grid; `valid` is False where it has no pixel."""
    source = np.where(raster.valid, raster.data.astype(np.float32), np.nan)
    target = np.full((len(raster.bands), *grid.shape), np.nan, np.float32)
    rasterio.warp.reproject(
        source,
        target,
        src_transform=raster.transform,
        src_crs=raster.crs,
        src_nodata=np.nan,
        dst_transform=grid.transform,
        dst_crs=grid.crs,
        dst_nodata=np.nan,
        resampling=resampling,
    )
    valid: NDArray[np.bool_] = np.all(np.isfinite(target), axis=0)
    return Raster(np.where(valid, target, 0), valid, grid.transform, grid.crs, None, raster.bands)


def in_type_of(like: Raster, raster: Raster) -> Raster:
    """`raster` in the number type of `like` and with its nodata value, rounded and clipped.

    Where `like` has no nodata value, integers get 0 and floats NaN. A whole number that would read as nodata becomes
    its neighbour, so that what is valid stays valid in a file.
    """
    dtype = like.data.dtype
    if np.issubdtype(dtype, np.integer):
        nodata = 0.0 if like.nodata is None else like.nodata
        limits = np.iinfo(dtype)
        values = np.clip(np.rint(raster.data.astype(np.float64)), limits.min, limits.max)
        values[values == nodata] = nodata + 1 if nodata < limits.max else nodata - 1
    else:
        nodata = np.nan if like.nodata is None else like.nodata
        values = raster.data
    return replace(raster, data=np.where(raster.valid, values, nodata).astype(dtype), nodata=nodata)


def same_grid(one: Grid, other: Grid) -> bool:
    """Whether two grids have the same pixels on the ground, to a hundredth of a pixel."""
    if one.shape != other.shape or one.crs != other.crs:
        return False
    here = array_bounds(*one.shape, one.transform)
    there = array_bounds(*other.shape, other.transform)
    return bool(np.allclose(here, there, rtol=0, atol=abs(one.transform.a) / 100))


def picked(raster: Raster, bands: tuple[str, ...]) -> Raster:
    """Only these bands, in this order.

    Raises:
        KeyError: one is missing.
    """
    return replace(raster, data=np.stack([raster.band(band) for band in bands]), bands=bands)


def _ring(xs: Sequence[float], ys: Sequence[float]) -> list[list[float]]:
    return [[round(x, 7), round(y, 7)] for x, y in zip(xs, ys, strict=True)]


def _opened(path: pathlib.Path) -> Any:
    """Open with the GeoTIFF driver only, so that no other format in disguise is ever interpreted."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            source = rasterio.open(path, driver="GTiff")
    except rasterio.errors.RasterioError as error:
        raise SandboxError(f"{path.name} is not a GeoTIFF that can be read.") from error
    fault = None
    if source.crs is None or source.transform.is_identity:
        fault = f"{path.name} has no coordinate system: it cannot be placed on the map."
    elif source.transform.b or source.transform.d:
        fault = f"{path.name} is rotated against north: warp it to a north-up grid first."
    elif source.width * source.height * source.count > MAX_PIXELS:
        fault = f"{path.name} has more than {MAX_PIXELS:,} values: cut it into smaller files."
    if fault is not None:
        source.close()
        raise SandboxError(fault)
    return source
