"""The rasters inside a stored item: which asset is the panchromatic band, which holds the colours."""

import pathlib
import sqlite3
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox import blobs, storage
from reconciler.sandbox.blobs import Blobs

PAN = "pan"
_COLOURS = frozenset({"blue", "green", "red"})


@dataclass(frozen=True)
class RasterFile:
    """One raster asset on disk; `bands` are its eo:bands' names, in the file's order."""

    path: pathlib.Path
    bands: tuple[str, ...]


@dataclass(frozen=True)
class Bundle:
    """What a process may work on.

    Attributes:
        document: the item as stored.
        pan: the single panchromatic band, None where there is none.
        colours: the raster with blue, green and red, None where there is none.
        rasters: every raster asset with role `data`.
    """

    document: dict[str, Any]
    pan: RasterFile | None
    colours: RasterFile | None
    rasters: tuple[RasterFile, ...]


def load(db: sqlite3.Connection, blob_folder: Blobs, link: str) -> Bundle | None:
    """The bundle behind an item link; None where the link is none or leads nowhere."""
    parts = storage.item_link_parts(link)
    document = storage.item(db, *parts) if parts else None
    return None if document is None else _bundle(db, blob_folder, document)


def _bundle(db: sqlite3.Connection, blob_folder: Blobs, document: dict[str, Any]) -> Bundle:
    rasters = []
    for asset in document["assets"].values():
        kept = blobs.find(db, storage.asset_id_of(asset["href"]) or "")
        bands = tuple(band["name"] for band in asset.get("eo:bands", []))
        if kept and bands and "data" in asset["roles"]:
            rasters.append(RasterFile(blob_folder.path(kept.blob_id), bands))
    pan = next((raster for raster in rasters if raster.bands == (PAN,)), None)
    colours = next((raster for raster in rasters if set(raster.bands) >= _COLOURS), None)
    return Bundle(document, pan, colours, tuple(rasters))
