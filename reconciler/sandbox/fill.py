"""Many finished jobs at once, to see how a client and the sandbox itself do at scale.

Each is a captured job with its collection, item and asset, and its lines in the ledger; the balance stays as it was.
Nothing is processed: the assets share the bytes of one that is there already.
"""

import hashlib
import itertools
import shutil
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from reconciler.sandbox.account import money
from reconciler.sandbox.account.money import Kind
from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.ids import id_from
from reconciler.sandbox.imagery.rasters import Facts, facts_of
from reconciler.sandbox.moments import SECOND
from reconciler.sandbox.processing.lifecycle import Status
from reconciler.sandbox.sandbox import Sandbox
from reconciler.sandbox.settings import DEFAULT_WORKSPACE_ID
from reconciler.sandbox.store import blobs, bundles
from reconciler.sandbox.store.blobs import AssetRow
from reconciler.sandbox.store.stac import GEOTIFF, Asset, Item, collection_document, item_document

#: So many jobs go into the database at a time.
_BATCH = 5_000
_CREDITS = 58
_PROCESS = "pansharpening"
_JOB_SECONDS = 40
_ROLES = ("pansharpened", "data", "multispectral")


@dataclass(frozen=True)
class _Model:
    """What all filled jobs have in common."""

    link: str
    blob: AssetRow
    facts: Facts
    bands: tuple[str, ...]
    acquired: int
    now: int


def fill(sandbox: Sandbox, count: int) -> None:
    """Add so many captured jobs, created one second apart up to now.

    Raises:
        SandboxError: the storage holds no multispectral raster to share.
    """
    model = _model(sandbox)
    with sandbox.store.writing() as db:
        (first,) = db.execute("SELECT COALESCE(MAX(seq), 0) + 1 FROM jobs").fetchone()
        kept = money.available(db)
        money.set_available(db, kept + count * _CREDITS, at=model.now)
        balance = kept + count * _CREDITS
        numbers = iter(range(count))
        while batch := list(itertools.islice(numbers, _BATCH)):
            made = [_filled(model, first + number, model.now - (count - number) * SECOND) for number in batch]
            _store(db, made, balance - batch[0] * _CREDITS)


class _Ids(NamedTuple):
    """The ids of one filled job and of what belongs to it."""

    job: str
    hold: str
    consumption: str
    collection: str
    item: str
    asset: str


def _ids(number: int) -> _Ids:
    """Always the same for a number, and like no other; one digest for all six: there are very many."""
    digest = hashlib.shake_128(f"filled job {number}".encode()).digest(6 * 16)
    return _Ids(*(str(uuid.UUID(bytes=digest[at : at + 16], version=4)) for at in range(0, len(digest), 16)))


@dataclass(frozen=True)
class _Filled:
    """One filled job; `number` is its place among all jobs, `created` a moment."""

    model: _Model
    number: int
    created: int
    ids: _Ids

    @property
    def title(self) -> str:
        return f"Filled job {self.number}"

    @property
    def finished(self) -> int:
        return self.created + _JOB_SECONDS * SECOND

    def item(self) -> Item:
        ids = self.ids
        key = f"{ids.asset[:8]}_pan_{ids.job}.tiff"
        asset = Asset(key, ids.asset, "Pansharpened multispectral data", GEOTIFF, _ROLES, self.model.bands)
        return Item(
            item_id=ids.item,
            collection_id=ids.collection,
            workspace_id=DEFAULT_WORKSPACE_ID,
            title=self.title,
            acquired=self.model.acquired,
            created=self.finished,
            facts=self.model.facts,
            assets=[asset],
            source="PROCESSING",
            job_id=ids.job,
        )


def _filled(model: _Model, number: int, created: int) -> _Filled:
    return _Filled(model, number, created, _ids(number))


def _model(sandbox: Sandbox) -> _Model:
    """The newest item with colours is what the jobs have worked on, and its raster what they have come to."""
    with sandbox.store.reading() as db:
        for row in db.execute("SELECT collection_id, id FROM items ORDER BY seq DESC"):
            link = f"/v2/assets/stac/collections/{row['collection_id']}/items/{row['id']}"
            bundle = bundles.load(db, sandbox.blobs, link)
            if bundle is not None and bundle.colours is not None:
                break
        else:
            raise SandboxError("The storage holds no raster with blue, green and red that the filled jobs could share.")
    shared = id_from("fill", "blob", link)
    target = sandbox.blobs.path(shared)
    if not target.is_file():
        with sandbox.blobs.workplace() as folder:
            copy = shutil.copyfile(bundle.colours.path, f"{folder}/copy")
            sandbox.blobs.keep(type(target)(copy), shared)
    size, md5 = blobs.measured(target)
    now = sandbox.clock.micros()
    return _Model(
        link=link,
        blob=AssetRow("", "", "", GEOTIFF, size, md5, now, shared),
        facts=facts_of(target),
        bands=bundle.colours.bands,
        acquired=now,
        now=now,
    )


def _store(db: sqlite3.Connection, made: Sequence[_Filled], balance: int) -> None:
    """Put a batch into every table; `balance` is what was available before it."""
    items = [filled.item() for filled in made]
    db.executemany(
        "INSERT INTO jobs(id, process_id, workspace_id, definition, status, created, updated, started, finished, "
        "credits, hold_id, consumption_id, collection_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [_job(filled, item) for filled, item in zip(made, items, strict=True)],
    )
    db.executemany(
        "INSERT INTO collections(id, workspace_id, doc) VALUES (?, ?, ?)",
        [(item.collection_id, item.workspace_id, _text(collection_document(item))) for item in items],
    )
    db.executemany(
        "INSERT INTO items(id, collection_id, job_id, starts, ends, west, south, east, north, doc) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                item.item_id,
                item.collection_id,
                item.job_id,
                item.acquired,
                item.acquired,
                *item.facts.bbox,
                _text(item_document(item)),
            )
            for item in items
        ],
    )
    db.executemany(
        "INSERT INTO assets(id, collection_id, filename, media_type, size, md5, created, blob) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [_asset(filled, item) for filled, item in zip(made, items, strict=True)],
    )
    db.executemany(
        "INSERT INTO entries(at, kind, amount, balance, job_id) VALUES (?, ?, ?, ?, ?)", _entries(made, balance)
    )


def _text(document: dict[str, Any]) -> str:
    return orjson.dumps(document).decode()


def _job(filled: _Filled, item: Item) -> tuple[Any, ...]:
    inputs = {"inputs": {"title": filled.title, "item": filled.model.link}}
    return (
        filled.ids.job,
        _PROCESS,
        item.workspace_id,
        _text(inputs),
        Status.CAPTURED,
        filled.created,
        filled.finished,
        filled.created + SECOND,
        filled.finished,
        _CREDITS,
        filled.ids.hold,
        filled.ids.consumption,
        item.collection_id,
    )


def _asset(filled: _Filled, item: Item) -> tuple[Any, ...]:
    (asset,) = item.assets
    shared = filled.model.blob
    return (
        asset.asset_id,
        item.collection_id,
        asset.key,
        asset.media_type,
        shared.size_bytes,
        shared.md5,
        filled.finished,
        shared.blob,
    )


def _entries(made: Sequence[_Filled], balance: int) -> Iterator[tuple[Any, ...]]:
    for filled in made:
        yield filled.created, Kind.HOLD, -_CREDITS, balance - _CREDITS, filled.ids.job
        yield filled.finished, Kind.HOLD_RELEASE, _CREDITS, balance, filled.ids.job
        balance -= _CREDITS
        yield filled.finished, Kind.PROCESSING, -_CREDITS, balance, filled.ids.job
