"""The example scenes of a new sandbox: made by code, always the same, small.

Each is one item in a collection of its own, with ids that never change, so that manifests can name them as
`/v2/assets/stac/collections/<collection>/items/<item>` (`Scene.path`).
"""

import pathlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from rasterio.crs import CRS
from rasterio.transform import Affine

from reconciler.sandbox.ids import id_from
from reconciler.sandbox.imagery import painting, rasters
from reconciler.sandbox.imagery.painting import Picture
from reconciler.sandbox.imagery.rasters import Raster
from reconciler.sandbox.moments import from_text
from reconciler.sandbox.settings import DEFAULT_WORKSPACE_ID
from reconciler.sandbox.store import blobs, storage
from reconciler.sandbox.store.blobs import AssetRow, Blobs
from reconciler.sandbox.store.stac import GEOTIFF, ROOT, Asset, Item

_METRES, _SENTINEL_METRES = 7.5, 10.0
#: A bundle's multispectral pixel is this many of its panchromatic ones wide, as at Pléiades and SPOT.
_FACTOR = 4


@dataclass(frozen=True)
class Scene:
    """One example scene.

    Attributes:
        layout: which rasters are made of the picture: panchromatic and multispectral, or one of the two others.
        collection_name: the product, as `up42-product:collection_name` says it, and the constellation.
    """

    title: str
    collection_id: str
    item_id: str
    acquired: str
    epsg: int
    west: float
    north: float
    paint: Callable[[], Picture]
    layout: Literal["bundle", "rgb", "multispectral"] = "bundle"
    collection_name: str = "sandbox"

    @property
    def path(self) -> str:
        """The item link that a manifest may use."""
        return f"{ROOT}/collections/{self.collection_id}/items/{self.item_id}"


COAST = Scene(
    "Coast with ships",
    "c0a57000-0000-4000-8000-000000000001",
    "c0a57000-0000-4000-8000-0000000000a1",
    "2024-06-14T10:52:31Z",
    32631,
    381_000.0,
    5_662_000.0,
    painting.coast,
)
FIELDS = Scene(
    "Fields and woods in June",
    "f1e1d500-0000-4000-8000-000000000001",
    "f1e1d500-0000-4000-8000-0000000000a1",
    "2024-06-02T10:21:07Z",
    32633,
    402_000.0,
    5_790_000.0,
    painting.fields_before,
)
FIELDS_LATER = Scene(
    "Fields and woods in August",
    "f1e1d500-0000-4000-8000-000000000002",
    "f1e1d500-0000-4000-8000-0000000000a2",
    "2024-08-21T10:23:44Z",
    32633,
    402_000.0,
    5_790_000.0,
    painting.fields_after,
)
#: Red, green and blue in 16 bit, without a panchromatic band.
TOWN = Scene(
    "Town, pansharpened reflectance",
    "70a10000-0000-4000-8000-000000000001",
    "70a10000-0000-4000-8000-0000000000a1",
    "2024-05-11T10:40:02Z",
    32633,
    391_000.0,
    5_817_000.0,
    painting.town,
    layout="rgb",
)
#: Four bands at 10 m, for the process that takes Sentinel-2 only.
RIVER = Scene(
    "River, Sentinel-2",
    "5e27e120-0000-4000-8000-000000000001",
    "5e27e120-0000-4000-8000-0000000000a1",
    "2024-06-30T10:10:31Z",
    32632,
    610_000.0,
    5_340_000.0,
    painting.river,
    layout="multispectral",
    collection_name="sentinel-2",
)
SCENES = (RIVER, COAST, FIELDS, FIELDS_LATER, TOWN)


@dataclass(frozen=True)
class MadeFile:
    """One finished raster of a scene, under a temporary name."""

    path: pathlib.Path
    asset: Asset


@dataclass(frozen=True)
class MadeScene:
    """A scene with its files; the first gives the item its place."""

    scene: Scene
    files: tuple[MadeFile, ...]


def make(folder: pathlib.Path) -> list[MadeScene]:
    """Paint every scene into `folder`."""
    return [MadeScene(scene, tuple(_painted(scene, folder))) for scene in SCENES]


def store(db: sqlite3.Connection, blob_folder: Blobs, made: list[MadeScene], *, at: int) -> None:
    """Put painted scenes into the storage."""
    for done in made:
        scene, facts = done.scene, rasters.facts_of(done.files[0].path)
        rows = []
        for file in done.files:
            size, md5 = blobs.measured(file.path)
            asset = file.asset
            rows.append(AssetRow(asset.asset_id, scene.collection_id, asset.key, asset.media_type, size, md5, at))
            blob_folder.keep(file.path, asset.asset_id)
        item = Item(
            item_id=scene.item_id,
            collection_id=scene.collection_id,
            workspace_id=DEFAULT_WORKSPACE_ID,
            title=scene.title,
            acquired=from_text(scene.acquired),
            created=at,
            facts=facts,
            assets=[file.asset for file in done.files],
            collection_name=scene.collection_name,
            constellation=scene.collection_name,
        )
        storage.add(db, item, rows)


def _painted(scene: Scene, folder: pathlib.Path) -> list[MadeFile]:
    truth = scene.paint()
    if scene.layout == "rgb":
        rgb = _raster(scene, _coarser(truth[[2, 1, 0]], 2), ("red", "green", "blue"), _METRES * 2)
        return [_file(scene, folder, "rgb", "Pansharpened reflectance data", rgb)]
    if scene.layout == "multispectral":
        bands = _raster(scene, _coarser(truth, 2), painting.BANDS, _SENTINEL_METRES)
        return [_file(scene, folder, "ms", "Multispectral data", bands)]
    pan = np.tensordot(painting.PAN_SHARES, truth, axes=1)[np.newaxis]
    ms = _raster(scene, _coarser(truth, _FACTOR), painting.BANDS, _METRES * _FACTOR)
    return [
        _file(scene, folder, "pan", "Panchromatic data", _raster(scene, pan, ("pan",), _METRES)),
        _file(scene, folder, "ms", "Multispectral data", ms),
    ]


def _coarser(picture: Picture, factor: int) -> Picture:
    bands, size = len(picture), painting.SIZE // factor
    means: Picture = picture.reshape(bands, size, factor, size, factor).mean(axis=(2, 4))
    return means


def _raster(scene: Scene, values: Picture, bands: tuple[str, ...], metres: float) -> Raster:
    data = np.rint(values).astype(np.uint16)
    transform = Affine(metres, 0, scene.west, 0, -metres, scene.north)
    return Raster(data, np.ones(data.shape[1:], np.bool_), transform, CRS.from_epsg(scene.epsg), 0, bands)


def _file(scene: Scene, folder: pathlib.Path, word: str, title: str, raster: Raster) -> MadeFile:
    path = folder / f"{scene.item_id}-{word}"
    rasters.write(path, raster)
    role = "multispectral" if word != "pan" else "panchromatic"
    asset_id = id_from("scene", scene.item_id, word)
    return MadeFile(path, Asset(f"{word}.tiff", asset_id, title, GEOTIFF, ("data", role), raster.bands))
