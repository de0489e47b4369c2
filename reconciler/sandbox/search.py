"""Item search (up42-api.md section 8.4): SQL narrows first, the cql2 library decides about the rest.

A property that an item does not have makes a filter's answer "no match", never an error, as the guide's own example
needs it (most items have no job id).
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cql2

from reconciler.sandbox.query import Search

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


@dataclass(frozen=True)
class Found:
    """One page of items as stored, and whether more follow."""

    items: list[dict[str, Any]]
    more: bool


def run(db: sqlite3.Connection, search: Search) -> Found:
    """One page of what matches."""
    start, stop = search.page * search.limit, (search.page + 1) * search.limit
    matches = _matches(db, search)
    if search.order:
        ordered = list(matches)
        for name, descending in reversed(search.order):
            ordered.sort(key=lambda item: _sort_key(item, name), reverse=descending)
        return Found(ordered[start:stop], len(ordered) > stop)
    page: list[dict[str, Any]] = []
    for position, item in enumerate(matches):
        if position >= stop:
            return Found(page, more=True)
        if position >= start:
            page.append(item)
    return Found(page, more=False)


def _matches(db: sqlite3.Connection, search: Search) -> Iterator[dict[str, Any]]:
    rows = db.execute(
        f"SELECT doc FROM items WHERE {search.where} ORDER BY seq DESC",  # noqa: S608 - our own words only
        search.values,
    )
    for row in rows:
        item = json.loads(row["doc"])
        if search.tests:
            seen = _with_aliases(item)
            if not all(_holds(test, seen) for test in search.tests):
                continue
        yield item


def _holds(test: cql2.Expr, item: dict[str, Any]) -> bool:
    try:
        return bool(test.matches(item))
    except Exception:  # noqa: BLE001 - cql2 raises bare Exception where a property is missing: no match
        return False


def _with_aliases(item: dict[str, Any]) -> dict[str, Any]:
    properties = item["properties"]
    aliases = {short: properties[name] for short, name in _ALIASES.items() if name in properties}
    return {**item, "properties": {**aliases, **properties}}


def _sort_key(item: dict[str, Any], name: str) -> tuple[int, float, str]:
    """Numbers before texts before what is missing."""
    value = item.get(name, _with_aliases(item)["properties"].get(name))
    if isinstance(value, int | float):
        return 0, value, ""
    return (1, 0, value) if isinstance(value, str) else (2, 0, "")
