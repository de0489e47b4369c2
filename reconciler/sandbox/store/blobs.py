"""Files of the storage: one blob for each asset, beside the database, and signed links to them.

A blob is written under a temporary name and renamed before its asset is recorded, so that a recorded asset is whole.
"""

import base64
import hashlib
import hmac
import os
import pathlib
import sqlite3
import tempfile
from dataclasses import dataclass

from reconciler.sandbox.moments import SECOND

#: How long a signed URL is valid (the guide, step 3).
SIGNED_SECONDS = 300
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class AssetRow:
    """One asset that is in the storage.

    Attributes:
        md5: in hexadecimal digits.
        created: microseconds since 1970.
        blob: the asset whose bytes it shares; None where they are its own.
    """

    asset_id: str
    collection_id: str
    filename: str
    media_type: str
    size_bytes: int
    md5: str
    created: int
    blob: str | None = None

    @property
    def blob_id(self) -> str:
        """Under which id its bytes are kept."""
        return self.blob or self.asset_id

    @property
    def md5_base64(self) -> str:
        """The digest as `x-goog-hash` writes it."""
        return base64.b64encode(bytes.fromhex(self.md5)).decode()


class Blobs:
    """The folder of blobs."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder

    def create(self) -> None:
        """Make the folder where it is missing."""
        self._folder.mkdir(parents=True, exist_ok=True)

    def path(self, asset_id: str) -> pathlib.Path:
        """Where an asset's bytes are. Ids are our own: they never come from a request unchecked."""
        return self._folder / asset_id

    def workplace(self) -> tempfile.TemporaryDirectory[str]:
        """A folder for files in the making, on the same disk, removed on leaving."""
        return tempfile.TemporaryDirectory(dir=self._folder, prefix=".making-", ignore_cleanup_errors=True)

    def keep(self, made: pathlib.Path, asset_id: str) -> None:
        """Move a finished file to its asset's place."""
        os.replace(made, self.path(asset_id))  # noqa: PTH105 - replace() is the atomic one on every system

    def drop(self, asset_id: str) -> None:
        """Remove an asset's bytes where they are."""
        self.path(asset_id).unlink(missing_ok=True)


def measured(made: pathlib.Path) -> tuple[int, str]:
    """Size in bytes and MD5 of a file."""
    digest = hashlib.md5(usedforsecurity=False)
    size = 0
    with made.open("rb") as source:
        while chunk := source.read(_CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def record(db: sqlite3.Connection, asset: AssetRow) -> None:
    """Make an asset known; one of that id stays as it is."""
    db.execute(
        "INSERT OR IGNORE INTO assets(id, collection_id, filename, media_type, size, md5, created, blob) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            asset.asset_id,
            asset.collection_id,
            asset.filename,
            asset.media_type,
            asset.size_bytes,
            asset.md5,
            asset.created,
            asset.blob,
        ),
    )


def find(db: sqlite3.Connection, asset_id: str) -> AssetRow | None:
    """One asset."""
    row = db.execute(
        "SELECT id, collection_id, filename, media_type, size, md5, created, blob FROM assets WHERE id = ?", (asset_id,)
    ).fetchone()
    return None if row is None else AssetRow(*row)


def of_collection(db: sqlite3.Connection, collection_id: str) -> list[str]:
    """The ids of a collection's assets whose bytes are their own."""
    rows = db.execute("SELECT id FROM assets WHERE collection_id = ? AND blob IS NULL", (collection_id,))
    return [row["id"] for row in rows]


def signature(secret: str, asset_id: str, disposition: str, signed_at_s: int) -> str:
    """What makes a signed link ours, in hexadecimal digits."""
    text = f"{asset_id}\n{disposition}\n{signed_at_s}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def is_expired(signed_at_s: int, now: int) -> bool:
    """Whether a link signed at that second since 1970 has had its five minutes."""
    return now > (signed_at_s + SIGNED_SECONDS) * SECOND


def expire(db: sqlite3.Connection, signed: str) -> None:
    """End a signed link before its time."""
    db.execute("INSERT OR IGNORE INTO expired_links(signature) VALUES (?)", (signed,))


def has_expired(db: sqlite3.Connection, signed: str) -> bool:
    """Whether a signed link was ended before its time."""
    return db.execute("SELECT 1 FROM expired_links WHERE signature = ?", (signed,)).fetchone() is not None
