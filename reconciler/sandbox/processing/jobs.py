"""Jobs in the database: creating, listing, and how the service writes them (up42-api.md section 7)."""

import base64
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from reconciler.sandbox.errors import problem
from reconciler.sandbox.moments import SECOND, text_or_none, to_text
from reconciler.sandbox.processing.lifecycle import Fate, Status, fate_from
from reconciler.sandbox.settings import DEFAULT_ACCOUNT_ID
from reconciler.sandbox.store import stac

PATH = "/v2/processing/jobs"
#: Default and greatest size of a page; the service's own are not known.
DEFAULT_LIMIT, MAX_LIMIT = 20, 500
_IN_LIST = " IN (SELECT value FROM json_each(?))"
#: Statuses in which credits were never held.
_UNPAID = frozenset({Status.CREATED, Status.LICENSED, Status.VALID, Status.UNLICENSED, Status.INVALID, Status.REJECTED})
_WORDS = ", ".join(f"'{status}'" for status in sorted(_UNPAID))
#: Fields to sort by: what SQL sorts by, and the type of its values. Jobs without credits come before those with 0.
_SORTS: Mapping[str, tuple[str, type]] = {
    "processID": ("process_id", str),
    "status": ("status", str),
    "created": ("created", int),
    "updated": ("updated", int),
    "creditConsumption.credits": (f"CASE WHEN status IN ({_WORDS}) THEN -1 ELSE credits END", int),
}


@dataclass(frozen=True)
class Order:
    """What a new job needs; `definition` is the request's own and comes back unchanged."""

    job_id: str
    process_id: str
    workspace_id: str
    budget_id: str | None
    definition: Mapping[str, Any]
    credits: int
    created: int
    due: int | None
    fate: Fate = field(default_factory=Fate)


@dataclass(frozen=True)
class Query:
    """Which jobs to list.

    Attributes:
        where, values: the filter in SQL, the place after which the page starts included, so that jobs created between
            two pages shift nothing.
        key: what SQL sorts by; with the order of creation where that is the same.
    """

    where: str
    values: tuple[Any, ...]
    key: str
    descending: bool
    limit: int


@dataclass(frozen=True)
class Page:
    """One page of jobs, and the token of the next one; None on the last page."""

    rows: list[sqlite3.Row]
    next_token: str | None


def create(db: sqlite3.Connection, order: Order) -> None:
    """Record a new job."""
    db.execute(
        "INSERT INTO jobs(id, process_id, workspace_id, budget_id, definition, status, created, updated, next_at, "
        "credits, fate) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            order.job_id,
            order.process_id,
            order.workspace_id,
            order.budget_id,
            json.dumps(order.definition),
            Status.CREATED,
            order.created,
            order.created,
            order.due,
            order.credits,
            None if order.fate == Fate() else order.fate.text(),
        ),
    )


def find(db: sqlite3.Connection, job_id: str) -> sqlite3.Row | None:
    """One job."""
    row: sqlite3.Row | None = db.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
    return row


def listed(db: sqlite3.Connection, query: Query) -> Page:
    """One page of jobs."""
    word = "DESC" if query.descending else "ASC"
    rows = db.execute(
        f"SELECT *, {query.key} AS key FROM jobs WHERE {query.where} "  # noqa: S608 - our own words only
        f"ORDER BY key {word}, seq {word} LIMIT ?",
        (*query.values, query.limit + 1),
    ).fetchall()
    last = rows[query.limit - 1] if len(rows) > query.limit else None
    return Page(rows[: query.limit], None if last is None else _token(last["key"], last["seq"]))


def query_from(parameters: Mapping[str, str], *, now: int, lag_s: float = 0) -> Query:
    """Read the query parameters of a listing. Words that no job has (an unknown status) find nothing.

    Jobs younger than `lag_s` are not listed yet.

    The default order is not documented: newest first. Durations are seconds, as OGC has them, from `started` to
    `finished`, or to now.

    Raises:
        HttpError: 400 for a limit, sort, duration or token that makes no sense.
    """
    where, values = ["1"], list[Any]()
    for name, column in (("workspaceId", "workspace_id"), ("processId", "process_id"), ("status", "status")):
        if name in parameters:
            where.append(column + _IN_LIST)
            values.append(_list(parameters[name]))
    if "ids" in parameters:
        where.append("id" + _IN_LIST)
        values.append(_list(parameters["ids"].lower()))
    for name, sign in (("minDuration", ">="), ("maxDuration", "<=")):
        if name in parameters:
            where.append(f"started IS NOT NULL AND COALESCE(finished, ?) - started {sign} ?")
            values += [now, _whole(parameters, name, 0) * SECOND]
    if lag_s:
        where.append("created <= ?")
        values.append(now - round(lag_s * SECOND))
    limit = _whole(parameters, "limit", DEFAULT_LIMIT)
    if not 1 <= limit <= MAX_LIMIT:
        raise problem(400, detail=f"limit must be from 1 to {MAX_LIMIT}.")
    field, descending = _sort(parameters.get("sort"))
    key, kind = _SORTS[field]
    if "token" in parameters:
        where.append(f"({key}, seq) {'<' if descending else '>'} (?, ?)")
        values += _place(parameters["token"], kind)
    return Query(" AND ".join(where), tuple(values), key, descending, limit)


def document(row: sqlite3.Row, *, base: str) -> dict[str, Any]:
    """A job as the service writes it: every field of section 7.2."""
    return {
        "processID": row["process_id"],
        "jobID": row["id"],
        "accountID": DEFAULT_ACCOUNT_ID,
        "workspaceID": row["workspace_id"],
        "type": "process",
        "definition": orjson.Fragment(row["definition"]),
        "status": fate_from(row["fate"]).shown.get(row["status"], row["status"]),
        "created": to_text(row["created"]),
        "updated": to_text(row["updated"]),
        "started": text_or_none(row["started"]),
        "finished": text_or_none(row["finished"]),
        "results": _results(row, base),
        "creditConsumption": _consumption(row),
    }


def _results(row: sqlite3.Row, base: str) -> dict[str, Any] | None:
    collection_id, errors = row["collection_id"], row["errors"]
    if collection_id is None and errors is None:
        return None
    return {
        "collection": None if collection_id is None else f"{base}{stac.ROOT}/collections/{collection_id}",
        "errors": None if errors is None else json.loads(errors),
    }


def _consumption(row: sqlite3.Row) -> dict[str, Any] | None:
    if row["status"] in _UNPAID:
        return None
    found = {"credits": row["credits"], "holdID": row["hold_id"]}
    return found if row["consumption_id"] is None else {**found, "consumptionID": row["consumption_id"]}


def _list(text: str) -> str:
    return json.dumps([word for word in text.split(",") if word])


def _whole(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise problem(400, detail=f"{name} must be a whole number.")
    return int(text)


def _sort(text: str | None) -> tuple[str, bool]:
    """The field, and whether it descends."""
    field, _, direction = (text or "created,desc").partition(",")
    if field not in _SORTS or direction.lower() not in {"asc", "desc", ""}:
        raise problem(400, detail=f"sort must be one of {', '.join(_SORTS)}, with ,asc or ,desc.")
    return field, direction.lower() == "desc"


def _token(key: str | int, seq: int) -> str:
    """The place of the last job of a page, in a form that nobody takes for more than a token."""
    return base64.urlsafe_b64encode(json.dumps([key, seq]).encode()).rstrip(b"=").decode()


def _place(token: str, kind: type) -> list[Any]:
    """What `_token` wrote, where it is for keys of this type: key and number of a job."""
    try:
        place = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, RecursionError):
        place = None
    is_pair = isinstance(place, list) and [type(value) for value in place] == [kind, int]
    if not is_pair or any(isinstance(value, int) and abs(value) >= 1 << 63 for value in place):
        raise problem(400, detail="token is not one that a listing with this sort gave.")
    return list(place)
