"""Doing the work of a job: from the items' rasters to finished files."""

import json
import pathlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.imagery import detection, rasters
from reconciler.sandbox.imagery.change import changes
from reconciler.sandbox.imagery.coregistration import coregister
from reconciler.sandbox.imagery.detection import Cover, Target
from reconciler.sandbox.imagery.pansharpen import pansharpened
from reconciler.sandbox.imagery.rasters import Raster
from reconciler.sandbox.imagery.resampling import orthorectified, upsampled
from reconciler.sandbox.imagery.truecolor import true_color
from reconciler.sandbox.processing.meaning import Work
from reconciler.sandbox.store.bundles import PAN, RasterFile
from reconciler.sandbox.store.stac import GEOJSON, GEOTIFF

_BANDS = ("data", "multispectral")
_ANALYTICS = ("data", "analytics")
_HEATMAP = ("data", "analytics", "heatmap")


@dataclass(frozen=True)
class Product:
    """One finished file.

    Attributes:
        word: stands in the asset's key, as `pan` in `072e661d_pan_<job-id>.tiff`.
        place: the raster whose outline is the product's: its own, or the one in which objects were looked for.
        bands: of a raster, else empty; empty for a heatmap, too, whose colours are no bands of a sensor.
    """

    path: pathlib.Path
    word: str
    title: str
    media_type: str
    roles: tuple[str, ...]
    place: pathlib.Path
    bands: tuple[str, ...] = ()

    @property
    def suffix(self) -> str:
        """The end of the file's name."""
        return ".tiff" if self.media_type == GEOTIFF else ".geojson"


def produce(work: Work, folder: pathlib.Path) -> list[Product]:
    """Make every file of a job in `folder`; at least one, the one that gives the result its place first.

    Raises:
        SandboxError: the items' rasters cannot be processed.
    """
    return _MAKERS[work.process.process_id](work, folder)


def _pansharpening(work: Work, folder: pathlib.Path) -> list[Product]:
    item = work.items[0]
    listed = work.inputs.get("greyWeights")
    weights = None if listed is None else {entry["band"]: float(entry["weight"]) for entry in listed}
    result = pansharpened(_read(item.pan), _read(item.colours), weights)
    return [_raster(folder, result, "pan", "Pansharpened multispectral data", ("pansharpened", *_BANDS))]


def _true_color(work: Work, folder: pathlib.Path) -> list[Product]:
    result = true_color(_read(work.items[0].colours))
    return [_raster(folder, result, "truecolor", "True color data", ("data", "visual"))]


def _upsampling(work: Work, folder: pathlib.Path) -> list[Product]:
    """One raster: which one of several is upsampled is not documented, here it is the multispectral one."""
    item = work.items[0]
    result = upsampled(_read(item.multispectral or item.sharpest))
    return [_raster(folder, result, "upsampled", "Upsampled data", _BANDS)]


def _orthorectification(work: Work, folder: pathlib.Path) -> list[Product]:
    """Every raster, so that a bundle stays one; how many the service yields is not documented."""
    made = []
    for number, file in enumerate(work.items[0].rasters):
        word = "ortho" if number == 0 else f"ortho{number + 1}"
        role = "panchromatic" if file.bands == (PAN,) else "multispectral"
        made.append(_raster(folder, orthorectified(_read(file)), word, "Orthorectified data", ("data", role)))
    return made


def _coregistration(work: Work, folder: pathlib.Path) -> list[Product]:
    result = coregister(*(_read(item.multispectral) for item in work.items))
    made = [_raster(folder, result.source, "coregistered", "Coregistered source", _BANDS)]
    if result.displacement is not None:
        made.append(_raster(folder, result.displacement, "displacement", "Displacement map", _ANALYTICS))
    if result.heatmap is not None:
        made.append(_raster(folder, result.heatmap, "heatmap", "Displacement heatmap", _HEATMAP))
    return made


def _changes(work: Work, folder: pathlib.Path) -> list[Product]:
    source, reference = (_read(item.multispectral) for item in work.items)
    default = work.process.inputs["sensitivity"].schema["default"]
    coregistered, probability, heatmap = changes(source, reference, work.inputs.get("sensitivity", default))
    return [
        _raster(folder, coregistered, "coregistered", "Coregistered source", _BANDS),
        _raster(folder, probability, "change", "Change probability", _ANALYTICS),
        _raster(folder, heatmap, "heatmap", "Change heatmap", _HEATMAP),
    ]


def _objects(target: Target, word: str, work: Work, folder: pathlib.Path) -> list[Product]:
    source = _there(work.items[0].sharpest)
    found = detection.detected(_read(source), target)
    path = folder / word.replace(" ", "")
    path.write_text(json.dumps(found), encoding="utf-8")
    return [Product(path, path.name, f"Detected {word}", GEOJSON, _ANALYTICS, source.path)]


def _cover(cover: Cover, word: str, work: Work, folder: pathlib.Path) -> list[Product]:
    result = detection.rated(_read(work.items[0].colours), cover)
    return [_raster(folder, result, word, f"{word.capitalize()} probability", _ANALYTICS)]


def _there(file: RasterFile | None) -> RasterFile:
    if file is None:
        raise SandboxError("The item has lost a raster since it was validated.")
    return file


def _read(file: RasterFile | None) -> Raster:
    found = _there(file)
    return rasters.read(found.path, found.bands)


def _raster(folder: pathlib.Path, raster: Raster, word: str, title: str, roles: tuple[str, ...]) -> Product:
    path = folder / word
    rasters.write(path, raster)
    return Product(path, word, title, GEOTIFF, roles, path, () if "heatmap" in roles else raster.bands)


_MAKERS: Mapping[str, Callable[[Work, pathlib.Path], list[Product]]] = {
    "pansharpening": _pansharpening,
    "true-color-conversion": _true_color,
    "coregistration-simularity": _coregistration,
    "upsampling-ns": _upsampling,
    "upsampling-ns-sentinel": _upsampling,
    "orthorectification-intermap": _orthorectification,
    "detection-change-simularity": _changes,
    "detection-buildings-spacept": partial(_cover, detection.BUILDINGS, "buildings"),
    "detection-trees-spacept": partial(_cover, detection.TREES, "trees"),
    "detection-shadows-spacept": partial(_cover, detection.SHADOWS, "shadows"),
    "detection-ships-airbus": partial(_objects, detection.SHIPS, "ships"),
    "detection-wind-turbines-airbus": partial(_objects, detection.WIND_TURBINES, "wind turbines"),
    "detection-storage-tanks-airbus": partial(_objects, detection.STORAGE_TANKS, "storage tanks"),
    "detection-cars-oi": partial(_objects, detection.CARS, "cars"),
    "detection-trucks-oi": partial(_objects, detection.TRUCKS, "trucks"),
    "detection-aircraft-oi": partial(_objects, detection.AIRCRAFT, "aircraft"),
}
