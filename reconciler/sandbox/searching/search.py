"""Item search (up42-api.md section 8.4): SQL narrows first, the cql2 library decides about the rest.

A property that an item does not have makes a filter's answer "no match", never an error, as the guide's own example
needs it (most items have no job id).
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from reconciler.sandbox.searching import cql
from reconciler.sandbox.searching.query import Search
from reconciler.sandbox.store import paging, storage
from reconciler.sandbox.store.paging import Page

#: Short names of the queryables, and the properties that they stand for (up42-api.md sections 8.5 and 8.6).
_ALIASES = {
    "job_id": "up42-system:job_id",
    "asset_id": "up42-system:asset_id",
    "workspace_id": "up42-system:workspace_id",
    "account_id": "up42-system:account_id",
    "collection_name": "up42-product:collection_name",
    "data_product_id": "up42-product:product_id",
    "order_id": "up42-order:id",
    "tags": "up42-user:tags",
}
#: Fields by which SQL can sort, since every item has them in a column that sorts as they do.
_COLUMNS = {
    "id": "id",
    "collection": "collection_id",
    "datetime": "starts",
    "start_datetime": "starts",
    "end_datetime": "ends",
}


@dataclass(frozen=True)
class Found:
    """One page of items as stored, and whether more follow."""

    items: list[dict[str, Any]]
    more: bool


def run(db: sqlite3.Connection, search: Search) -> Found:
    """One page of what matches."""
    start, stop = search.page * search.limit, (search.page + 1) * search.limit
    if all(field in _COLUMNS for field, _ in search.order):
        words = [f"{_COLUMNS[field]} {'DESC' if descending else 'ASC'}" for field, descending in search.order]
        passed = 0 if search.tests else start  # by SQL; behind tests each has to be looked at
        order = f"{', '.join([*words, 'seq DESC'])} LIMIT -1 OFFSET {passed}"
        some = [item for _, item in islice(_matches(db, search, order), start - passed, stop + 1 - passed)]
        return Found(some[: search.limit], len(some) > search.limit)
    ordered = _sorted(db, search)
    return Found([_document(db, seq) for seq in ordered[start:stop]], len(ordered) > stop)


def listed(db: sqlite3.Connection, search: Search, collection_id: str, token: str | None) -> Page:
    """One page of a collection's items, newest first, of those that match.

    Raises:
        HttpError: 400 for a token that no page gave.
    """
    cursor = paging.cursor_from(token, lambda item_id: storage.item_seq(db, collection_id, item_id))
    clauses: list[tuple[str, Any]] = [("collection_id = ?", collection_id)]
    if cursor is not None:
        clauses.append((cursor.condition, cursor.seq))
    found = _matches(db, search, paging.order(cursor), clauses)
    return paging.page((item for _, item in found), cursor, search.limit)


def _matches(
    db: sqlite3.Connection, search: Search, order: str, clauses: list[tuple[str, Any]] | None = None
) -> Iterator[tuple[int, dict[str, Any]]]:
    """What matches, and the number of its row, in an order of SQL; `clauses` narrow it further."""
    where = " AND ".join([search.where, *(clause for clause, _ in clauses or [])])
    rows = db.execute(
        f"SELECT seq FROM items WHERE {where} ORDER BY {order}",  # noqa: S608 - our own words only
        (*search.values, *(value for _, value in clauses or [])),
    )
    for (seq,) in rows:  # the documents one by one: SQLite would carry them through its sorting
        item = _document(db, seq)
        seen = _with_aliases(item) if search.tests else item
        if all(cql.holds(test, seen) for test in search.tests):
            yield seq, item


def _document(db: sqlite3.Connection, seq: int) -> dict[str, Any]:
    (text,) = db.execute("SELECT doc FROM items WHERE seq = ?", (seq,)).fetchone()
    return dict(json.loads(text))


def _sorted(db: sqlite3.Connection, search: Search) -> list[int]:
    """Row numbers of all that matches, in an order that needs the documents themselves."""
    keyed = [
        ([_sort_key(item, field) for field, _ in search.order], seq) for seq, item in _matches(db, search, "seq DESC")
    ]
    for position in reversed(range(len(search.order))):
        descending = search.order[position][1]
        keyed.sort(key=lambda entry: entry[0][position], reverse=descending)
    return [seq for _, seq in keyed]


def _with_aliases(item: dict[str, Any]) -> dict[str, Any]:
    properties = item["properties"]
    aliases = {short: properties[name] for short, name in _ALIASES.items() if name in properties}
    return {**item, "properties": {**aliases, **properties}}


def _sort_key(item: dict[str, Any], name: str) -> tuple[int, float, str]:
    """Numbers before texts before what is missing."""
    value = item[name] if name in item else _with_aliases(item)["properties"].get(name)
    if isinstance(value, int | float):
        return 0, value, ""
    return (1, 0, value) if isinstance(value, str) else (2, 0, "")
