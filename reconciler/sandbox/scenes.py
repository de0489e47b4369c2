"""The example scenes of a new sandbox: made by code, always the same, small.

Each is one item in a collection of its own, with ids that never change, so that manifests can name them as
`/v2/assets/stac/collections/<collection>/items/<item>` (`Scene.path`).
"""

import pathlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.transform import Affine

from reconciler.sandbox import blobs, storage
from reconciler.sandbox.blobs import AssetRow, Blobs
from reconciler.sandbox.ids import id_from
from reconciler.sandbox.imagery import rasters
from reconciler.sandbox.imagery.rasters import Raster
from reconciler.sandbox.moments import from_text
from reconciler.sandbox.settings import DEFAULT_WORKSPACE_ID
from reconciler.sandbox.stac import GEOTIFF, ROOT, Asset, Item

_SIZE, _FACTOR = 512, 4
_METRES = 7.5
_BANDS = ("blue", "green", "red", "nir")
#: How much each band adds to the panchromatic band of the scenes.
_PAN_SHARES = np.array([0.1, 0.3, 0.4, 0.2])
_WATER = np.array([900.0, 700.0, 450.0, 180.0])
_MEADOW = np.array([600.0, 900.0, 700.0, 3000.0])
_SOIL = np.array([1200.0, 1500.0, 1900.0, 2300.0])
_WOOD = np.array([350.0, 550.0, 380.0, 3400.0])
_SHIP = np.array([5200.0, 5200.0, 5200.0, 5000.0])
#: Column, row, length and width in pixels, and heading in radians of the ships of the coast.
_SHIPS = ((60, 90, 30, 6, 0.3), (120, 300, 42, 7, 1.2), (180, 160, 24, 5, 2.4), (70, 430, 36, 6, 0.0))

Picture = NDArray[Any]  # bands x rows x columns


@dataclass(frozen=True)
class Scene:
    """One example scene; `is_bundle` says whether it has a panchromatic band."""

    title: str
    collection_id: str
    item_id: str
    acquired: str
    epsg: int
    west: float
    north: float
    paint: Callable[[], Picture]
    is_bundle: bool = True

    @property
    def path(self) -> str:
        """The item link that a manifest may use."""
        return f"{ROOT}/collections/{self.collection_id}/items/{self.item_id}"


def _ground(seed: int, coarse: int) -> Picture:
    """Smooth noise between 0 and 1, rows x columns."""
    cells = np.random.default_rng(seed).random((coarse + 1, coarse + 1))
    at = np.linspace(0, coarse, _SIZE, endpoint=False)
    low, share = at.astype(int), at % 1
    rows = cells[low] * (1 - share)[:, None] + cells[low + 1] * share[:, None]
    smooth: Picture = rows[:, low] * (1 - share) + rows[:, low + 1] * share
    return smooth


def _mixed(share: Picture, one: Picture, other: Picture) -> Picture:
    mixed: Picture = one[:, None, None] * share + other[:, None, None] * (1 - share)
    return mixed


def _grained(picture: Picture, seed: int) -> Picture:
    grain = np.random.default_rng(seed).normal(1, 0.01, picture.shape[1:])
    return np.clip(picture * grain, 1, 65_535)


def _coast() -> Picture:
    rows, columns = np.mgrid[0:_SIZE, 0:_SIZE]
    shore = 280 + 40 * np.sin(rows / 55) + 60 * (_ground(1, 6) - 0.5)
    land = np.clip((columns - shore) / 6, 0, 1)
    picture = _mixed(land, np.zeros(4), _WATER) + _mixed(_ground(2, 24), _MEADOW, _SOIL) * land
    for column, row, length, width, heading in _SHIPS:
        along = (columns - column) * np.cos(heading) + (rows - row) * np.sin(heading)
        across = (rows - row) * np.cos(heading) - (columns - column) * np.sin(heading)
        hull = (np.abs(along) < length / 2) & (np.abs(across) < width / 2)
        picture[:, hull] = _SHIP[:, None]
    return _grained(picture, 3)


def _fields(harvested: bool) -> Picture:  # noqa: FBT001 - bound once for each of the two dates below
    rows, columns = np.mgrid[0:_SIZE, 0:_SIZE] // 64
    plots = np.random.default_rng(4).random((_SIZE // 64, _SIZE // 64))
    green = plots[rows, columns]
    if harvested:
        green = np.where((plots[rows, columns] > 0.55) & ((rows + columns) % 3 == 0), 0.05, green * 0.95)
    picture = _mixed(green, _MEADOW, _SOIL)
    wood = _ground(5, 20) > 0.66
    picture[:, wood] = _WOOD[:, None]
    return _grained(picture * (0.9 + 0.2 * _ground(6, 40)), 8 if harvested else 7)


def _fields_before() -> Picture:
    return _fields(harvested=False)


def _fields_after() -> Picture:
    return _fields(harvested=True)


def _town() -> Picture:
    rows, columns = np.mgrid[0:_SIZE, 0:_SIZE]
    roofs = np.random.default_rng(9).random((_SIZE // 8, _SIZE // 8))[rows // 8, columns // 8]
    streets = (rows % 32 < 4) | (columns % 48 < 4)
    picture = _mixed(roofs, _SOIL * 1.6, _MEADOW)
    picture[:, streets] = 900
    return _grained(picture, 10)


COAST = Scene(
    "Coast with ships",
    "c0a57000-0000-4000-8000-000000000001",
    "c0a57000-0000-4000-8000-0000000000a1",
    "2024-06-14T10:52:31Z",
    32631,
    381_000.0,
    5_662_000.0,
    _coast,
)
FIELDS = Scene(
    "Fields and woods in June",
    "f1e1d500-0000-4000-8000-000000000001",
    "f1e1d500-0000-4000-8000-0000000000a1",
    "2024-06-02T10:21:07Z",
    32633,
    402_000.0,
    5_790_000.0,
    _fields_before,
)
FIELDS_LATER = Scene(
    "Fields and woods in August",
    "f1e1d500-0000-4000-8000-000000000002",
    "f1e1d500-0000-4000-8000-0000000000a2",
    "2024-08-21T10:23:44Z",
    32633,
    402_000.0,
    5_790_000.0,
    _fields_after,
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
    _town,
    is_bundle=False,
)
SCENES = (COAST, FIELDS, FIELDS_LATER, TOWN)


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
        )
        storage.add(db, item, rows)


def _painted(scene: Scene, folder: pathlib.Path) -> list[MadeFile]:
    truth = scene.paint()
    coarse = truth.reshape(4, _SIZE // _FACTOR, _FACTOR, _SIZE // _FACTOR, _FACTOR).mean(axis=(2, 4))
    if not scene.is_bundle:
        halves = truth[[2, 1, 0]].reshape(3, _SIZE // 2, 2, _SIZE // 2, 2).mean(axis=(2, 4))
        rgb = _raster(scene, halves, ("red", "green", "blue"), _METRES * 2)
        return [_file(scene, folder, "rgb", "Pansharpened reflectance data", rgb)]
    pan = np.tensordot(_PAN_SHARES, truth, axes=1)[np.newaxis]
    return [
        _file(scene, folder, "pan", "Panchromatic data", _raster(scene, pan, ("pan",), _METRES)),
        _file(scene, folder, "ms", "Multispectral data", _raster(scene, coarse, _BANDS, _METRES * _FACTOR)),
    ]


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
