"""The SQLite file that holds all that lasts: its tables, and how it is read and written.

Several processes may use one file at once: every change is one immediate transaction, and a writer waits for the
others up to `BUSY_SECONDS`.
"""

import contextlib
import pathlib
import sqlite3
import weakref
from collections.abc import Iterator

from reconciler.sandbox.errors import SandboxError

BUSY_SECONDS = 30.0
#: What a new database is made of, version by version; an older one is brought up from where it stands.
_VERSIONS = (
    """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tokens(digest TEXT PRIMARY KEY, kind TEXT NOT NULL, scope TEXT NOT NULL, expires_at INTEGER NOT NULL);
CREATE TABLE eulas(
    id TEXT PRIMARY KEY, title TEXT NOT NULL, description TEXT NOT NULL);
CREATE TABLE eula_documents(
    id TEXT PRIMARY KEY, eula_id TEXT NOT NULL REFERENCES eulas(id), version INTEGER NOT NULL,
    created INTEGER NOT NULL, valid_from INTEGER NOT NULL, accepted_at INTEGER, UNIQUE(eula_id, version));
CREATE TABLE budgets(
    id TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL, spend_limit INTEGER, created INTEGER NOT NULL);
CREATE TABLE jobs(
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, process_id TEXT NOT NULL,
    workspace_id TEXT NOT NULL, budget_id TEXT, definition TEXT NOT NULL, status TEXT NOT NULL,
    created INTEGER NOT NULL, updated INTEGER NOT NULL, started INTEGER, finished INTEGER, next_at INTEGER,
    credits INTEGER NOT NULL, hold_id TEXT, consumption_id TEXT, collection_id TEXT, errors TEXT);
CREATE INDEX jobs_due ON jobs(next_at) WHERE next_at IS NOT NULL;
CREATE INDEX jobs_created ON jobs(created, seq);
CREATE INDEX jobs_workspace ON jobs(workspace_id, created, seq);
CREATE TABLE entries(
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, kind TEXT NOT NULL, amount INTEGER NOT NULL,
    job_id TEXT);
CREATE TABLE collections(
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, workspace_id TEXT NOT NULL, doc TEXT NOT NULL);
CREATE TABLE items(
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL,
    collection_id TEXT NOT NULL REFERENCES collections(id) ON DELETE CASCADE, job_id TEXT,
    starts INTEGER NOT NULL, ends INTEGER NOT NULL, west REAL NOT NULL, south REAL NOT NULL, east REAL NOT NULL,
    north REAL NOT NULL, doc TEXT NOT NULL, UNIQUE(collection_id, id));
CREATE INDEX items_id ON items(id);
CREATE INDEX items_job ON items(job_id) WHERE job_id IS NOT NULL;
CREATE TABLE assets(
    id TEXT PRIMARY KEY, collection_id TEXT NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
    filename TEXT NOT NULL, media_type TEXT NOT NULL, size INTEGER NOT NULL, md5 TEXT NOT NULL,
    created INTEGER NOT NULL);
""",
    """
CREATE INDEX items_starts ON items(starts);
ALTER TABLE jobs ADD COLUMN fate TEXT;
ALTER TABLE jobs ADD COLUMN results_end INTEGER;
CREATE INDEX jobs_results_end ON jobs(results_end) WHERE results_end IS NOT NULL;
CREATE INDEX jobs_budget ON jobs(budget_id) WHERE budget_id IS NOT NULL;
ALTER TABLE entries ADD COLUMN balance INTEGER NOT NULL DEFAULT 0;
UPDATE entries SET balance = (SELECT SUM(amount) FROM entries AS past WHERE past.seq <= entries.seq);
ALTER TABLE budgets ADD COLUMN status TEXT NOT NULL DEFAULT 'ACTIVE';
ALTER TABLE budgets ADD COLUMN external_id TEXT;
ALTER TABLE budgets ADD COLUMN starts TEXT;
ALTER TABLE budgets ADD COLUMN ends TEXT;
ALTER TABLE assets ADD COLUMN blob TEXT;
ALTER TABLE assets ADD COLUMN title TEXT;
ALTER TABLE assets ADD COLUMN tags TEXT;
ALTER TABLE assets ADD COLUMN updated INTEGER;
CREATE TABLE faults(
    number INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL, seen INTEGER NOT NULL DEFAULT 0,
    happened INTEGER NOT NULL DEFAULT 0);
CREATE TABLE expired_links(signature TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE webhooks(
    id TEXT PRIMARY KEY, workspace_id TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
    doc TEXT NOT NULL);
""",
)


class Store:
    """One SQLite file. Connections are kept for the next use: to open one costs more than most questions."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path
        self._idle: list[sqlite3.Connection] = []
        weakref.finalize(self, _close, self._idle)

    def create(self) -> None:
        """Make the tables where there are none, and bring those of an older version up to date.

        Raises:
            SandboxError: the file is no sandbox database, or one of a newer version.
        """
        try:
            with self._connected() as db:
                db.execute("PRAGMA journal_mode=WAL")
                db.execute("BEGIN IMMEDIATE")
                (version,) = db.execute("PRAGMA user_version").fetchone()
                for tables in _VERSIONS[version:]:
                    for statement in tables.split(";"):
                        db.execute(statement)
                db.execute(f"PRAGMA user_version={max(version, len(_VERSIONS))}")
                db.execute("COMMIT")
        except sqlite3.Error as error:
            raise SandboxError(f"{self._path} cannot be used as the sandbox's database: {error}.") from error
        if version > len(_VERSIONS):
            raise SandboxError(f"{self._path} was made by a newer version of the sandbox: use a new data folder.")

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the database from its first query on."""
        with self._connected() as db:
            db.execute("BEGIN")
            yield db

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection inside one transaction: all of it is kept, or, after an exception, none."""
        with self._connected() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """A connection outside of any transaction, for one thread at a time."""
        try:
            db = self._idle.pop()
        except IndexError:
            db = self._opened()
        try:
            yield db
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")
            self._idle.append(db)

    def _opened(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA foreign_keys=ON")
        db.execute("PRAGMA synchronous=NORMAL")
        return db


def _close(connections: list[sqlite3.Connection]) -> None:
    for connection in connections:
        connection.close()


def meta(db: sqlite3.Connection, key: str) -> str | None:
    """The value kept under `key`."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row["value"])


def set_meta(db: sqlite3.Connection, key: str, value: str) -> None:
    """Keep a value under `key`, in the place of any other."""
    db.execute("INSERT INTO meta(key, value) VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = ?2", (key, value))


def meta_or_set(db: sqlite3.Connection, key: str, value: str) -> str:
    """The value kept under `key`, which is `value` from now on where there was none."""
    db.execute("INSERT OR IGNORE INTO meta(key, value) VALUES (?, ?)", (key, value))
    (kept,) = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(kept)
