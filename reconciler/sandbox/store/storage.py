"""Collections and items in the database."""

import json
import re
import sqlite3
from typing import Any

from reconciler.sandbox.moments import from_text
from reconciler.sandbox.store import blobs, paging
from reconciler.sandbox.store.paging import Page
from reconciler.sandbox.store.stac import Item, collection_document, item_document

_UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
#: An item link ends like this, on whatever host: hosts differ between a sandbox in process and one on a port.
_ITEM_LINK = re.compile(rf"(?:https?://[^/?#]+)?/v2/assets/stac/collections/({_UUID})/items/([^/?#]+)")
_ASSET_LINK = re.compile(r"/v2/assets/([^/]+?)(?:/download-url)?")


def add(db: sqlite3.Connection, item: Item, files: list[blobs.AssetRow]) -> bool:
    """Put a collection with one item and its assets in place; False, and nothing done, where it exists."""
    collection = json.dumps(collection_document(item))
    added = db.execute(
        "INSERT OR IGNORE INTO collections(id, workspace_id, doc) VALUES (?, ?, ?)",
        (item.collection_id, item.workspace_id, collection),
    )
    if added.rowcount == 0:
        return False
    for file in files:
        blobs.record(db, file)
    document = item_document(item)
    db.execute(
        "INSERT INTO items(id, collection_id, job_id, starts, ends, west, south, east, north, doc) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            item.item_id,
            item.collection_id,
            item.job_id,
            from_text(document["properties"]["start_datetime"]),
            from_text(document["properties"]["end_datetime"]),
            *item.facts.bbox,
            json.dumps(document),
        ),
    )
    return True


def collections(db: sqlite3.Connection, *, workspace_id: str | None, token: str | None, limit: int) -> Page:
    """One page of collections, newest first.

    Raises:
        HttpError: 400 for a token that no page gave.
    """
    cursor = paging.cursor_from(token, lambda document_id: _collection_seq(db, document_id))
    where, values = ["1"], list[Any]()
    if workspace_id is not None:
        where.append("workspace_id = ?")
        values.append(workspace_id)
    if cursor is not None:
        where.append(cursor.condition)
        values.append(cursor.seq)
    rows = db.execute(
        f"SELECT doc FROM collections WHERE {' AND '.join(where)} "  # noqa: S608 - our own words only
        f"ORDER BY {paging.order(cursor)} LIMIT ?",
        (*values, limit + 1),
    )
    return paging.page((json.loads(row["doc"]) for row in rows), cursor, limit)


def collection(db: sqlite3.Connection, collection_id: str) -> dict[str, Any] | None:
    """One collection as stored."""
    row = db.execute("SELECT doc FROM collections WHERE id = ?", (collection_id,)).fetchone()
    return None if row is None else dict(json.loads(row["doc"]))


def item_seq(db: sqlite3.Connection, collection_id: str, item_id: str) -> int | None:
    """The number of an item's row, which grows with every new item."""
    row = db.execute("SELECT seq FROM items WHERE collection_id = ? AND id = ?", (collection_id, item_id)).fetchone()
    return None if row is None else int(row["seq"])


def item(db: sqlite3.Connection, collection_id: str, item_id: str) -> dict[str, Any] | None:
    """One item as stored."""
    row = db.execute("SELECT doc FROM items WHERE collection_id = ? AND id = ?", (collection_id, item_id)).fetchone()
    return None if row is None else dict(json.loads(row["doc"]))


def replace_item(db: sqlite3.Connection, document: dict[str, Any]) -> None:
    """Store a changed item; its id and collection stay."""
    db.execute(
        "UPDATE items SET doc = ? WHERE collection_id = ? AND id = ?",
        (json.dumps(document), document["collection"], document["id"]),
    )


def drop_collection(db: sqlite3.Connection, collection_id: str) -> bool:
    """Remove a collection with all its items and assets; False where there is none. The blobs are the caller's."""
    return db.execute("DELETE FROM collections WHERE id = ?", (collection_id,)).rowcount == 1


def item_link_parts(link: str) -> tuple[str, str] | None:
    """Collection and item id of an item link, absolute or a path; None for anything else."""
    match = _ITEM_LINK.fullmatch(link)
    return (match[1].lower(), match[2]) if match else None


def asset_id_of(href: str) -> str | None:
    """The asset id in a stored href, in its plain form or ending in `/download-url` (up42-api.md section 0a)."""
    match = _ASSET_LINK.fullmatch(href)
    return match[1] if match else None


def _collection_seq(db: sqlite3.Connection, collection_id: str) -> int | None:
    row = db.execute("SELECT seq FROM collections WHERE id = ?", (collection_id,)).fetchone()
    return None if row is None else int(row["seq"])
