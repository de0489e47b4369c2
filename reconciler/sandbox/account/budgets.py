"""UP42 budgets (up42-api.md section 0a): what they allow, what is spent of them, and how the service writes them.

What enforcement does is not documented: here a job whose budget does not cover its price is rejected, as one that the
balance does not cover. Credits that are withheld count against the limit, but are not yet told as consumed.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.moments import to_text
from reconciler.sandbox.settings import DEFAULT_ACCOUNT_ID

ACTIVE, INACTIVE = "ACTIVE", "INACTIVE"
_SORT_COLUMNS = {"name": "name", "status": "status", "createdAt": "created", "updatedAt": "created"}
#: Jobs whose price is withheld, neither deducted nor given back.
_WITHHELD = "hold_id IS NOT NULL AND consumption_id IS NULL AND status <> 'released'"
#: Fields that only some budgets have, and their columns.
_OPTIONAL = {"description": "description", "externalId": "external_id", "spendLimit": "spend_limit"}


@dataclass(frozen=True)
class Budget:
    """A new budget.

    Attributes:
        spend_limit: credits; None is no limit.
        starts, ends: first and last day of validity, ISO dates; None is open.
    """

    budget_id: str
    name: str
    description: str | None = None
    external_id: str | None = None
    status: str = ACTIVE
    spend_limit: int | None = None
    starts: str | None = None
    ends: str | None = None


def add(db: sqlite3.Connection, budget: Budget, *, at: int) -> None:
    """Put a budget in place."""
    db.execute(
        "INSERT INTO budgets(id, name, description, external_id, status, spend_limit, starts, ends, created) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            budget.budget_id,
            budget.name,
            budget.description or "",
            budget.external_id,
            budget.status,
            budget.spend_limit,
            budget.starts,
            budget.ends,
            at,
        ),
    )


def find(db: sqlite3.Connection, budget_id: str) -> sqlite3.Row | None:
    """One budget."""
    row: sqlite3.Row | None = db.execute("SELECT * FROM budgets WHERE id = ?", (budget_id,)).fetchone()
    return row


def listed(db: sqlite3.Connection, statuses: list[str], sort: tuple[str, bool] | None) -> list[sqlite3.Row]:
    """Budgets of these statuses (none: of all), by a field and whether it descends; None is in order of creation."""
    field, descending = sort or ("createdAt", False)
    word = "DESC" if descending else "ASC"
    rows = db.execute(f"SELECT * FROM budgets ORDER BY {_SORT_COLUMNS[field]} {word}, rowid {word}")  # noqa: S608 - ours
    return [row for row in rows if not statuses or row["status"] in statuses]


def sort_from(text: str | None) -> tuple[str, bool] | None:
    """Read `<field>,<asc or desc>`.

    Raises:
        ValueError: no field that budgets can be sorted by, or another direction.
    """
    if text is None:
        return None
    field, _, direction = text.partition(",")
    if field not in _SORT_COLUMNS or direction.lower() not in {"asc", "desc", ""}:
        raise ValueError(f"sort is one of {', '.join(_SORT_COLUMNS)}, with ,asc or ,desc.")
    return field, direction.lower() == "desc"


def consumed(db: sqlite3.Connection, budget_id: str) -> int:
    """Credits that were deducted for jobs of a budget."""
    return _sum(db, budget_id, "consumption_id IS NOT NULL")


def covers(db: sqlite3.Connection, budget_id: str | None, price: int, *, at: int) -> bool:
    """Whether a budget may pay so much at a moment; a job without one is not held back."""
    row = None if budget_id is None else find(db, budget_id)
    if row is None:
        return True
    day = to_text(at)[:10]
    in_time = (row["starts"] or day) <= day <= (row["ends"] or day)
    limit = row["spend_limit"]
    spoken_for = consumed(db, row["id"]) + _sum(db, row["id"], _WITHHELD)
    return row["status"] == ACTIVE and in_time and (limit is None or spoken_for + price <= limit)


def document(db: sqlite3.Connection, row: sqlite3.Row, *, include_usage: bool) -> dict[str, Any]:
    """A budget as the service writes it; its optional fields only where it has them."""
    created = to_text(row["created"])
    optional = {name: row[column] for name, column in _OPTIONAL.items() if row[column] not in {None, ""}}
    found = {
        "id": row["id"],
        "name": row["name"],
        "status": row["status"],
        "createdBy": DEFAULT_ACCOUNT_ID,
        "createdAt": created,
        "updatedAt": created,
        **optional,
        **_validity(row),
    }
    return {**found, **_usage(consumed(db, row["id"]), row["spend_limit"])} if include_usage else found


def _validity(row: sqlite3.Row) -> Mapping[str, Any]:
    if row["starts"] is None and row["ends"] is None:
        return {}
    return {"validityPeriod": {"startDate": row["starts"], "endDate": row["ends"]}}


def _usage(spent: int, limit: int | None) -> Mapping[str, Any]:
    if not limit:
        return {"consumedCredits": spent}
    percentage = round(100 * spent / limit, 2)
    return {"consumedCredits": spent, "remainingCredits": limit - spent, "usagePercentage": percentage}


def _sum(db: sqlite3.Connection, budget_id: str, condition: str) -> int:
    (total,) = db.execute(
        f"SELECT COALESCE(SUM(credits), 0) FROM jobs WHERE budget_id = ? AND {condition}",  # noqa: S608 - our own words
        (budget_id,),
    ).fetchone()
    return int(total)
