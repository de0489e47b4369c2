"""Credits: a ledger whose entries add up to what is available (up42-api.md section 10.1).

Each entry carries the balance after it, so that nobody has to add up a long history.

`available` is what is left after holds and charges; whether the service counts holds in is not settled there, its
word suggests that it does.
"""

import sqlite3
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What moved credits; the last three are the transaction kinds of the service's console."""

    TOP_UP = "TOP_UP"
    HOLD = "HOLD"
    HOLD_RELEASE = "HOLD_RELEASE"
    PROCESSING = "PROCESSING"


@dataclass(frozen=True)
class Entry:
    """One line of the ledger; `amount` is signed, in credits."""

    at: int
    kind: Kind
    amount: int
    job_id: str | None


def record(db: sqlite3.Connection, entry: Entry) -> None:
    """Write one line; `db` must be inside a writing transaction."""
    db.execute(
        "INSERT INTO entries(at, kind, amount, balance, job_id) VALUES (?, ?, ?, ?, ?)",
        (entry.at, entry.kind, entry.amount, available(db) + entry.amount, entry.job_id),
    )


def entries(db: sqlite3.Connection) -> list[Entry]:
    """Every line, oldest first."""
    rows = db.execute("SELECT at, kind, amount, job_id FROM entries ORDER BY seq")
    return [Entry(row["at"], Kind(row["kind"]), row["amount"], row["job_id"]) for row in rows]


def available(db: sqlite3.Connection) -> int:
    """Credits that a new job may take."""
    row = db.execute("SELECT balance FROM entries ORDER BY seq DESC LIMIT 1").fetchone()
    return 0 if row is None else int(row["balance"])


def set_available(db: sqlite3.Connection, credits_wanted: int, *, at: int) -> None:
    """Bring what is available to an amount by one top-up, negative where it has to fall."""
    record(db, Entry(at, Kind.TOP_UP, credits_wanted - available(db), None))


def hold(db: sqlite3.Connection, job_id: str, amount: int, *, at: int) -> bool:
    """Withhold a job's price; False, and nothing done, where the balance does not cover it."""
    if available(db) < amount:
        return False
    record(db, Entry(at, Kind.HOLD, -amount, job_id))
    return True


def give_back(db: sqlite3.Connection, job_id: str, amount: int, *, at: int) -> None:
    """Release a job's hold."""
    record(db, Entry(at, Kind.HOLD_RELEASE, amount, job_id))


def charge(db: sqlite3.Connection, job_id: str, amount: int, *, at: int) -> None:
    """Turn a job's hold into a charge."""
    give_back(db, job_id, amount, at=at)
    record(db, Entry(at, Kind.PROCESSING, -amount, job_id))
