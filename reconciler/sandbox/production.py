"""Doing the work of a job: from the items' rasters to finished files."""

import json
import pathlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.sandbox.bundles import RasterFile
from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.imagery import rasters
from reconciler.sandbox.imagery.change import changes
from reconciler.sandbox.imagery.detection import ships, trees
from reconciler.sandbox.imagery.pansharpen import pansharpened
from reconciler.sandbox.imagery.rasters import Raster
from reconciler.sandbox.imagery.truecolor import true_color
from reconciler.sandbox.meaning import Work
from reconciler.sandbox.stac import GEOJSON, GEOTIFF


@dataclass(frozen=True)
class Product:
    """One finished file.

    Attributes:
        word: stands in the asset's key, as `pan` in `072e661d_pan_<job-id>.tiff`.
        bands: of a raster, else empty.
    """

    path: pathlib.Path
    word: str
    title: str
    media_type: str
    roles: tuple[str, ...]
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
    roles = ("pansharpened", "data", "multispectral")
    return [_raster(folder, result, "pan", "Pansharpened multispectral data", roles)]


def _true_color(work: Work, folder: pathlib.Path) -> list[Product]:
    result = true_color(_read(work.items[0].colours))
    return [_raster(folder, result, "truecolor", "True color data", ("data", "visual"))]


def _ships(work: Work, folder: pathlib.Path) -> list[Product]:
    item = work.items[0]
    found = ships(_read(item.pan or item.colours or item.rasters[0]))
    path = folder / "ships"
    path.write_text(json.dumps(found), encoding="utf-8")
    return [Product(path, "ships", "Detected ships", GEOJSON, ("data", "analytics"))]


def _trees(work: Work, folder: pathlib.Path) -> list[Product]:
    result = trees(_read(work.items[0].colours))
    return [_raster(folder, result, "trees", "Tree probability", ("data", "analytics"))]


def _changes(work: Work, folder: pathlib.Path) -> list[Product]:
    source, reference = (_read(item.colours) for item in work.items)
    default = work.process.inputs["sensitivity"].schema["default"]
    coregistered, probability, heatmap = changes(source, reference, work.inputs.get("sensitivity", default))
    return [
        _raster(folder, coregistered, "coregistered", "Coregistered source", ("data", "multispectral")),
        _raster(folder, probability, "change", "Change probability", ("data", "analytics")),
        _raster(folder, heatmap, "heatmap", "Change heatmap", ("data", "analytics", "heatmap")),
    ]


def _read(file: RasterFile | None) -> Raster:
    if file is None:
        raise SandboxError("The item has lost a raster since it was validated.")
    return rasters.read(file.path, file.bands)


def _raster(folder: pathlib.Path, raster: Raster, word: str, title: str, roles: tuple[str, ...]) -> Product:
    path = folder / word
    rasters.write(path, raster)
    return Product(path, word, title, GEOTIFF, roles, raster.bands)


_MAKERS: Mapping[str, Callable[[Work, pathlib.Path], list[Product]]] = {
    "pansharpening": _pansharpening,
    "true-color-conversion": _true_color,
    "detection-ships-airbus": _ships,
    "detection-trees-spacept": _trees,
    "detection-change-simularity": _changes,
}
