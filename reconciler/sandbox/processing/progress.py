"""Moving jobs on: every transition that is due by now takes place, at the moment at which it was due.

Nothing runs between two requests: a sandbox that was closed meanwhile finds its jobs finished when it is asked next.
Transitions of all jobs take place in the order of their moments, so that the balance decides the same whenever it is
looked at. Only the step out of `running` does real work; it is done outside of any transaction, by one thread of a
process at a time, and counts once however many do it.
"""

import json
import logging
import math
import pathlib
import sqlite3
import threading
import time
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.account import budgets, eulas, money
from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.ids import IdSource
from reconciler.sandbox.imagery.rasters import facts_of
from reconciler.sandbox.moments import SECOND, Clock, from_text
from reconciler.sandbox.processing import meaning
from reconciler.sandbox.processing.lifecycle import TURNED_AWAY, Status, due_after, fate_from, follow
from reconciler.sandbox.processing.processes import PROCESSES
from reconciler.sandbox.processing.production import Product, produce
from reconciler.sandbox.settings import SandboxSettings
from reconciler.sandbox.store import blobs, storage
from reconciler.sandbox.store.blobs import AssetRow, Blobs
from reconciler.sandbox.store.database import Store
from reconciler.sandbox.store.stac import GEOTIFF, Asset, Item

_LOG = logging.getLogger(__name__)
#: One request works on due jobs for about this long; the rest go on saying `running` until the next request.
WORK_SECONDS = 5.0
_DUE = "next_at <= ? AND status {} 'running' ORDER BY next_at, seq LIMIT 1"


@dataclass(frozen=True)
class _Result:
    """What the work of one job came to: the item and its files, still under temporary names."""

    item: Item
    files: list[tuple[pathlib.Path, AssetRow]]


class Progress:
    """Advances the jobs of one data folder."""

    def __init__(
        self, settings: SandboxSettings, store: Store, blob_folder: Blobs, ids: IdSource, clock: Clock
    ) -> None:
        self._settings = settings
        self._store = store
        self._blobs = blob_folder
        self._ids = ids
        self._clock = clock
        self._working = threading.Lock()

    def advance(self, *, work: bool) -> None:
        """Take every transition that is due by now; those out of `running` only with `work`, for a limited time."""
        now = self._clock.micros()
        self._take_steps(now)
        if work and self._any_due(now, running=True):
            self._work(now)
        self._delete_results(now)

    def _work(self, now: int) -> None:
        """Do the work that is due. With a seed all of it: what is answered must not depend on this machine's speed."""
        patience_s = WORK_SECONDS if self._settings.seed is None else math.inf
        if not self._working.acquire(timeout=min(patience_s, threading.TIMEOUT_MAX)):
            return
        try:
            stop = time.monotonic() + patience_s
            while time.monotonic() < stop and (job := self._next_running(now)) is not None:
                self._finish(job)
                self._take_steps(now)
        finally:
            self._working.release()

    def _delete_results(self, now: int) -> None:
        """Delete the results whose time is over from storage; their jobs still name them."""
        ended = "results_end <= ? AND collection_id IS NOT NULL"
        with self._store.reading() as db:
            if db.execute(f"SELECT 1 FROM jobs WHERE {ended} LIMIT 1", (now,)).fetchone() is None:  # noqa: S608 - ours
                return
        with self._store.writing() as db:
            rows = db.execute(
                f"UPDATE jobs SET results_end = NULL WHERE {ended} RETURNING collection_id",  # noqa: S608 - ours
                (now,),
            ).fetchall()
            orphans = []
            for row in rows:
                orphans += blobs.of_collection(db, row["collection_id"])
                storage.drop_collection(db, row["collection_id"])
        for asset_id in orphans:
            self._blobs.drop(asset_id)

    def _any_due(self, now: int, *, running: bool) -> bool:
        with self._store.reading() as db:
            return _due(db, now, running=running) is not None

    def _next_running(self, now: int) -> sqlite3.Row | None:
        with self._store.reading() as db:
            return _due(db, now, running=True)

    def _take_steps(self, now: int) -> None:
        if not self._any_due(now, running=False):
            return
        with self._store.writing() as db:
            while (job := _due(db, now, running=False)) is not None:
                self._step(db, job)

    def _step(self, db: sqlite3.Connection, job: sqlite3.Row) -> None:
        """One transition that needs no work."""
        status, at = Status(job["status"]), job["next_at"]
        changes: dict[str, Any] = {}
        good = True
        match status:
            case Status.CREATED:
                good = eulas.accepted(db, PROCESSES[job["process_id"]].eula_id, at=at)
            case Status.LICENSED:
                faults = self._faults(db, job)
                good = not faults
                changes = {} if good else {"errors": json.dumps([fault.document() for fault in faults])}
            case Status.VALID:
                good = self._funded(db, job)
                changes = {"hold_id": self._ids.new(db)} if good else {}
            case Status.ACCEPTED:
                changes = {"started": at}
            case Status.SUCCESSFUL if fate_from(job["fate"]).released:
                good = False
                money.give_back(db, job["id"], job["credits"], at=at)
            case Status.SUCCESSFUL:
                changes = self._charged(db, job)
            case Status.FAILED:
                money.give_back(db, job["id"], job["credits"], at=at)
        self._move(db, job, follow(status, good=good), changes)

    def _funded(self, db: sqlite3.Connection, job: sqlite3.Row) -> bool:
        """Withhold a job's price, where the UP42 budget that pays, if enforced, and the balance cover it."""
        at, price = job["next_at"], job["credits"]
        if self._settings.enforce_budgets and not budgets.covers(db, job["budget_id"], price, at=at):
            return False
        return money.hold(db, job["id"], price, at=at)

    def _charged(self, db: sqlite3.Connection, job: sqlite3.Row) -> dict[str, Any]:
        money.charge(db, job["id"], job["credits"], at=job["next_at"])
        return {"consumption_id": self._ids.new(db)}

    def _faults(self, db: sqlite3.Connection, job: sqlite3.Row) -> list[meaning.Fault]:
        found = meaning.understood(
            db, self._blobs, PROCESSES[job["process_id"]], json.loads(job["definition"])["inputs"]
        )
        return found if isinstance(found, list) else []

    def _move(self, db: sqlite3.Connection, job: sqlite3.Row, to: Status, changes: dict[str, Any]) -> None:
        """Write a transition at the moment at which it was due."""
        at = job["next_at"]
        scale, last_good = self._settings.time_scale, Status(self._settings.terminal)
        written = {
            "status": to,
            "updated": at,
            "next_at": due_after(to, at, fate_from(job["fate"]), time_scale=scale, last_good=last_good),
            **({"started": at, "finished": at} if to in TURNED_AWAY else {}),
            **changes,
        }
        columns = ", ".join(f"{column} = ?" for column in written)
        db.execute(f"UPDATE jobs SET {columns} WHERE id = ?", (*written.values(), job["id"]))  # noqa: S608 - our words

    def _finish(self, job: sqlite3.Row) -> None:
        """Do a running job's work and take its step, unless another process has taken it meanwhile."""
        fate = fate_from(job["fate"])
        with self._blobs.workplace() as folder:
            result = None if fate.fails else self._worked(job, pathlib.Path(folder))
            with self._store.writing() as db:
                (status,) = db.execute("SELECT status FROM jobs WHERE id = ?", (job["id"],)).fetchone()
                if status != Status.RUNNING:
                    return
                changes: dict[str, Any] = {"finished": job["next_at"]}
                if result is not None:
                    for path, asset in result.files:
                        self._blobs.keep(path, asset.asset_id)
                    storage.add(db, result.item, [asset for _, asset in result.files])
                    changes["collection_id"] = result.item.collection_id
                    if fate.results_last_s is not None:
                        changes["results_end"] = job["next_at"] + round(fate.results_last_s * SECOND)
                    if self._settings.terminal == "successful" and not fate.released:
                        changes |= self._charged(db, job)
                self._move(db, job, follow(Status.RUNNING, good=result is not None), changes)

    def _worked(self, job: sqlite3.Row, folder: pathlib.Path) -> _Result | None:
        """A running job's result, None where its work cannot be done."""
        process = PROCESSES[job["process_id"]]
        with self._store.reading() as db:
            work = meaning.understood(db, self._blobs, process, json.loads(job["definition"])["inputs"])
        if isinstance(work, list):
            _LOG.info("job %s fails: %s", job["id"], work[0].message)
            return None
        try:
            products = produce(work, folder)
            with self._store.writing() as db:
                new_ids = [self._ids.new(db) for _ in range(2 + len(products))]
            return _result(job, work, products, new_ids)
        except SandboxError as error:
            _LOG.info("job %s fails: %s", job["id"], error)
        except Exception:  # noqa: BLE001 - as at a vendor, a fault fails the job and not the request
            _LOG.exception("job %s fails", job["id"])
        return None


def _due(db: sqlite3.Connection, now: int, *, running: bool) -> sqlite3.Row | None:
    condition = _DUE.format("=" if running else "<>")
    row: sqlite3.Row | None = db.execute(f"SELECT * FROM jobs WHERE {condition}", (now,)).fetchone()  # noqa: S608 - ours
    return row


def _result(job: sqlite3.Row, work: meaning.Work, products: list[Product], new_ids: list[str]) -> _Result:
    item_id, collection_id, *asset_ids = new_ids
    source = work.items[0].document
    finished: int = job["next_at"]
    assets = []
    files = []
    for asset_id, product in zip(asset_ids, products, strict=True):
        key = f"{asset_id[:8]}_{product.word}_{job['id']}{product.suffix}"
        assets.append(Asset(key, asset_id, product.title, product.media_type, product.roles, product.bands))
        size, md5 = blobs.measured(product.path)
        files.append((product.path, AssetRow(asset_id, collection_id, key, product.media_type, size, md5, finished)))
    item = Item(
        item_id=item_id,
        collection_id=collection_id,
        workspace_id=job["workspace_id"],
        title=work.inputs["title"],
        acquired=from_text(source["properties"]["datetime"]),
        created=finished,
        facts=facts_of(products[0].place),
        assets=assets,
        source="PROCESSING",
        collection_name=source["properties"]["up42-product:collection_name"],
        constellation=source["properties"].get("constellation", "sandbox"),
        data_type="raster" if products[0].media_type == GEOTIFF else "vector",
        job_id=job["id"],
        cloud_cover=source["properties"].get("eo:cloud_cover", 0.0),
    )
    return _Result(item, files)
