"""Assets as the storage lists them (up42-api.md section 9.3): one entry for each file, found by its collection, too.

What is known of this family comes from a client that was dropped; whether it knows assets of job results is not
documented: here it does. `size` is in bytes. Title and tags belong to the asset; the STAC item keeps its own.
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.moments import from_text, to_text
from reconciler.sandbox.settings import DEFAULT_ACCOUNT_ID

_FROM = "assets JOIN collections ON collections.id = assets.collection_id"
_COLUMNS = (
    "assets.id, assets.filename, assets.size, assets.media_type, assets.created, assets.updated, "
    "assets.title, assets.tags, collections.workspace_id, collections.doc"
)
_SOURCE = "json_extract(collections.doc, '$.\"up42-system:source\"')"
_COLLECTION_NAME = "json_extract(collections.doc, '$.\"up42-product:collection_name\"')"
_PRODUCER = "json_extract(collections.doc, '$.providers[0].name')"
_TITLE = "COALESCE(assets.title, json_extract(collections.doc, '$.title'))"
_TAGS = "SELECT value FROM json_each(assets.tags)"
_SORT = {
    "name": "assets.filename",
    "title": _TITLE,
    "size": "assets.size",
    "createdAt": "assets.created",
    "updatedAt": "COALESCE(assets.updated, assets.created)",
    "source": _SOURCE,
    "collectionName": _COLLECTION_NAME,
    "producerName": _PRODUCER,
}
_IN_LIST = " IN (SELECT value FROM json_each(?))"
#: Whatever is here can be read: nothing else comes into this storage.
_EXTRACTED = "SUCCESSFUL"


@dataclass(frozen=True)
class Query:
    """Which assets to list, in SQL of our own words."""

    where: str
    values: tuple[Any, ...]
    order: str


def query_from(single: Mapping[str, str], lists: Mapping[str, list[str]]) -> Query:
    """Read the parameters of a listing; `lists` holds those that may have several values.

    Raises:
        ValueError: one makes no sense; the text says which.
    """
    where, values = ["1"], list[Any]()
    for name, sign in (("createdAfter", ">="), ("createdBefore", "<=")):
        if name in single:
            where.append(f"assets.created {sign} ?")
            values.append(from_text(single[name]))
    if "workspaceId" in single:
        where.append("collections.workspace_id = ?")
        values.append(single["workspaceId"].lower())
    for name, column in (("collectionNames", _COLLECTION_NAME), ("producerNames", _PRODUCER), ("sources", _SOURCE)):
        if lists.get(name):
            where.append(column + _IN_LIST)
            values.append(json.dumps(lists[name]))
    if lists.get("tags"):
        where.append(f"EXISTS ({_TAGS} WHERE value{_IN_LIST})")
        values.append(json.dumps(lists["tags"]))
    if "search" in single:
        where.append(f"(instr(lower(assets.filename), ?) OR instr(lower({_TITLE}), ?))")
        values += [single["search"].lower()] * 2
    if single.get("geospatialMetadataExtractionStatus", _EXTRACTED) != _EXTRACTED:
        where.append("0")
    return Query(" AND ".join(where), tuple(values), _order(single.get("sort")))


def listed(db: sqlite3.Connection, query: Query, *, offset: int, size: int) -> tuple[list[dict[str, Any]], int]:
    """One page of assets as the service writes them, and how many there are in all."""
    (total,) = db.execute(f"SELECT COUNT(*) FROM {_FROM} WHERE {query.where}", query.values).fetchone()  # noqa: S608 - ours
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM {_FROM} WHERE {query.where} ORDER BY {query.order} LIMIT ? OFFSET ?",  # noqa: S608 - ours
        (*query.values, size, offset),
    )
    return [_document(row) for row in rows], int(total)


def one(db: sqlite3.Connection, asset_id: str) -> dict[str, Any] | None:
    """One asset as the service writes it."""
    row = db.execute(f"SELECT {_COLUMNS} FROM {_FROM} WHERE assets.id = ?", (asset_id,)).fetchone()  # noqa: S608 - ours
    return None if row is None else _document(row)


def rename(db: sqlite3.Connection, asset_id: str, changes: Mapping[str, Any], *, at: int) -> bool:
    """Set `title` (text or None) and `tags` (texts), either or both; False where there is no such asset."""
    written = {"updated": at, **changes}
    if "tags" in written:
        written["tags"] = json.dumps(written["tags"] or [])
    columns = ", ".join(f"{name} = ?" for name in written)
    changed = db.execute(f"UPDATE assets SET {columns} WHERE id = ?", (*written.values(), asset_id))  # noqa: S608 - ours
    return changed.rowcount == 1


def _document(row: sqlite3.Row) -> dict[str, Any]:
    collection = json.loads(row["doc"])
    found = {
        "id": row["id"],
        "accountId": DEFAULT_ACCOUNT_ID,
        "workspaceId": row["workspace_id"],
        "createdAt": to_text(row["created"]),
        "updatedAt": to_text(row["updated"] or row["created"]),
        "name": row["filename"],
        "size": row["size"],
        "contentType": row["media_type"],
        "source": collection["up42-system:source"],
        "producerName": collection["providers"][0]["name"],
        "collectionName": collection["up42-product:collection_name"],
        "geospatialMetadataExtractionStatus": _EXTRACTED,
        "title": row["title"] or collection["title"],
        "tags": json.loads(row["tags"] or "[]"),
    }
    optional = {"productId": "up42-product:product_id", "orderId": "up42-order:id"}
    return {**found, **{name: collection[key] for name, key in optional.items() if key in collection}}


def _order(sort: str | None) -> str:
    field, _, direction = (sort or "createdAt,desc").partition(",")
    if field not in _SORT or direction.lower() not in {"asc", "desc", ""}:
        raise ValueError(f"sort is one of {', '.join(_SORT)}, with ,asc or ,desc.")
    word = "DESC" if direction.lower() == "desc" else "ASC"
    return f"{_SORT[field]} {word}, assets.rowid {word}"
