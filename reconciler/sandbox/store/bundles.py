"""The rasters inside a stored item: which asset is the panchromatic band, which holds the colours."""

import pathlib
import sqlite3
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.store import blobs, storage
from reconciler.sandbox.store.blobs import Blobs

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
        added: the moment at which the newest of its assets came into the storage.
        rasters: every raster asset with role `data`.
    """

    document: dict[str, Any]
    added: int
    rasters: tuple[RasterFile, ...]

    @property
    def pan(self) -> RasterFile | None:
        """The single panchromatic band, None where there is none."""
        return next((raster for raster in self.rasters if raster.bands == (PAN,)), None)

    @property
    def colours(self) -> RasterFile | None:
        """The raster with blue, green and red, None where there is none."""
        return next((raster for raster in self.rasters if set(raster.bands) >= _COLOURS), None)

    @property
    def multispectral(self) -> RasterFile | None:
        """The raster with the colours, else the first of several bands, None where there is none."""
        return self.colours or next((raster for raster in self.rasters if len(raster.bands) > 1), None)

    @property
    def sharpest(self) -> RasterFile | None:
        """The panchromatic band, else the colours, else any raster, None where there is none."""
        return self.pan or self.colours or next(iter(self.rasters), None)


def load(db: sqlite3.Connection, blob_folder: Blobs, link: str) -> Bundle | None:
    """The bundle behind an item link; None where the link is none or leads nowhere."""
    parts = storage.item_link_parts(link)
    document = storage.item(db, *parts) if parts else None
    return None if document is None else _bundle(db, blob_folder, document)


def _bundle(db: sqlite3.Connection, blob_folder: Blobs, document: dict[str, Any]) -> Bundle:
    rasters, added = [], 0
    for asset in document["assets"].values():
        kept = blobs.find(db, storage.asset_id_of(asset["href"]) or "")
        if kept is None:
            continue
        added = max(added, kept.created)
        bands = tuple(band["name"] for band in asset.get("eo:bands", []))
        if bands and "data" in asset["roles"]:
            rasters.append(RasterFile(blob_folder.path(kept.blob_id), bands))
    return Bundle(document, added, tuple(rasters))
