"""The rules of one data folder, how often each came about, and what they bring to a request.

They are kept in the database: every process on the data folder, and the next one, goes on where the last one was.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.sandbox.faults.kinds import Value
from reconciler.sandbox.faults.rules import Rule, drawn_share, rule_from
from reconciler.sandbox.store.database import Store


@dataclass(frozen=True)
class Fault:
    """One fault that happens to one request; `key` makes whatever else is drawn for it reproducible."""

    options: Mapping[str, Value]
    key: str

    def number(self, name: str) -> float:
        """An option that is a number."""
        return float(self.options[name])

    def place(self, index: int, length: int) -> int:
        """The `index`-th drawn place in something of a length above 0."""
        return int(drawn_share(self.key, index) * length)


@dataclass(frozen=True)
class Faults:
    """What happens to one request, by the name of the fault."""

    by_kind: Mapping[str, Fault] = field(default_factory=dict)

    def get(self, kind: str) -> Fault | None:
        """The fault of that name, None where it does not happen."""
        return self.by_kind.get(kind)


NONE = Faults()


@dataclass(frozen=True)
class Entry:
    """A rule in the book: how many requests counted for it, and to how many it happened."""

    number: int
    rule: Rule
    seen: int
    happened: int

    def document(self) -> dict[str, Any]:
        """For people and control clients."""
        return {"number": self.number, **self.rule.document(), "seen": self.seen, "happened": self.happened}


class Book:
    """The rules of a data folder."""

    def __init__(self, store: Store, seed: int | None) -> None:
        self._store = store
        self._seed = seed or 0

    def add(self, rule: Rule) -> int:
        """Write a rule down and return its number."""
        with self._store.writing() as db:
            row = db.execute(
                "INSERT INTO faults(rule) VALUES (?) RETURNING number", (json.dumps(rule.document()),)
            ).fetchone()
            return int(row["number"])

    def replace(self, rules: Sequence[Rule]) -> None:
        """Take every rule out and write these down."""
        self.remove()
        for rule in rules:
            self.add(rule)

    def entries(self) -> list[Entry]:
        """Every rule, oldest first."""
        with self._store.reading() as db:
            return _entries(db)

    def remove(self, number: int | None = None) -> int:
        """Take one rule out, or all of them, and return how many there were."""
        with self._store.writing() as db:
            return db.execute("DELETE FROM faults WHERE ?1 IS NULL OR number = ?1", (number,)).rowcount

    def draw(self, request: str, text: Callable[[], str]) -> Faults:
        """What happens to a request, counted; `text` tells its path, query and body, and is called where it matters."""
        with self._store.reading() as db:
            if db.execute("SELECT 1 FROM faults LIMIT 1").fetchone() is None:
                return NONE
            found = text()
            if not any(entry.rule.is_about(request, found) for entry in _entries(db)):
                return NONE
        with self._store.writing() as db:
            drawn = [self._drawn(db, entry) for entry in _entries(db) if entry.rule.is_about(request, found)]
        return Faults(dict(fault for fault in drawn if fault is not None))

    def _drawn(self, db: sqlite3.Connection, entry: Entry) -> tuple[str, Fault] | None:
        key = f"{self._seed}:{entry.number}"
        seen = entry.seen + 1
        happens = entry.rule.happens(key=key, seen=seen, happened=entry.happened)
        db.execute(
            "UPDATE faults SET seen = ?, happened = happened + ? WHERE number = ?", (seen, happens, entry.number)
        )
        return (entry.rule.kind, Fault(entry.rule.options, f"{key}:{seen}")) if happens else None


def _entries(db: sqlite3.Connection) -> list[Entry]:
    rows = db.execute("SELECT number, rule, seen, happened FROM faults ORDER BY number")
    return [Entry(row["number"], rule_from(json.loads(row["rule"])), row["seen"], row["happened"]) for row in rows]
