"""The one source of new ids: random, or reproducible from a seed."""

import hashlib
import sqlite3
import uuid

_NAMESPACE = uuid.UUID("8f5a2f0c-6f1e-4b8f-9d7c-2f0f4c1f8a55")


class IdSource:
    """Gives out UUIDs that the data folder has not seen yet.

    With a seed, the n-th id of a data folder is always the same; n is counted in the database, so that neither a
    restart nor a second process repeats one.
    """

    def __init__(self, seed: int | None) -> None:
        self._seed = seed

    def new(self, db: sqlite3.Connection) -> str:
        """The next id; `db` must be inside a writing transaction."""
        if self._seed is None:
            return str(uuid.uuid4())
        (number,) = db.execute(
            "INSERT INTO meta(key, value) VALUES ('ids', '1') "
            "ON CONFLICT(key) DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING value"
        ).fetchone()
        digest = hashlib.sha256(f"{self._seed}:{number}".encode()).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))


def id_from(*parts: str) -> str:
    """The id that belongs to these texts, always the same."""
    return str(uuid.uuid5(_NAMESPACE, "\n".join(parts)))
