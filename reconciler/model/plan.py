"""The plan: one change for each output, as plain data. Nothing in it is there for display only."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from reconciler.model.job import Item, Job, Quote
from reconciler.model.output import Json, Output


class Action(StrEnum):
    """What will happen to an output (product.md "Commands", the table of symbols)."""

    CREATE = "create"
    REPLACE = "replace"
    WAIT = "wait"
    DOWNLOAD = "download"
    BLOCKED = "blocked"
    DEFERRED = "deferred"
    UNRESOLVED = "unresolved"
    UNCHANGED = "unchanged"

    @property
    def paid(self) -> bool:
        """Whether it creates a job; a price of 0 is paid all the same."""
        return self in (Action.CREATE, Action.REPLACE)

    @property
    def may_pay(self) -> bool:
        """Whether it may end in a new job: an unresolved create is sent again once the settle window is over."""
        return self.paid or self is Action.UNRESOLVED


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One difference between two input documents; `path` is dotted (`greyWeights[0].weight`).

    `before` or `after` is None where the field is absent or null on that side.
    """

    path: str
    before: Json
    after: Json


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an action was chosen: `code` for programs (an open vocabulary), `text` for people, one clause."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """What one output needs.

    Attributes:
        fingerprint: None where it could not be computed (blocked).
        job: the job that the output waits for or downloads from; for UNCHANGED the one that made it, if known.
        items: the job's results where they had to be looked at (DOWNLOAD), else empty.
        quote: the price of a paid or deferred action; None for the others.
        same_work_as: the name of the output whose new job serves this one too (WAIT), else None.
        attempt, attempts: which try of how many a paid action is.
        field_changes: for a replacement, what differs from the delivered inputs.
        newer_than: only a job created later than this counts for the output; includes what --replace asked for.
        saved_credits: what the job that is used again cost, None where unknown or nothing is used again.
        settles_receipt: the delivered files are fine, but the receipt has to learn that their charge is final.
        notes: further sentences for people.
    """

    output: Output
    action: Action
    reason: Reason
    fingerprint: str | None = None
    job: Job | None = None
    items: tuple[Item, ...] = ()
    quote: Quote | None = None
    same_work_as: str | None = None
    attempt: int = 1
    attempts: int = 1
    field_changes: tuple[FieldChange, ...] = ()
    newer_than: datetime | None = None
    settles_receipt: bool = False
    saved_credits: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes, sorted by output name.

    Attributes:
        made_at: the server's time of planning.
        balance_credits: None where it cannot be read or does not limit.
    """

    changes: tuple[Change, ...]
    made_at: datetime
    api_url: str
    workspace_id: str
    project: str | None = None
    balance_credits: int | None = None
    notes: tuple[str, ...] = field(default_factory=tuple)

    def count(self, *actions: Action) -> int:
        """How many outputs have one of these actions."""
        return sum(1 for change in self.changes if change.action in actions)

    @property
    def paid(self) -> tuple[Change, ...]:
        """The changes that may create a job: their prices are the plan's cost."""
        return tuple(change for change in self.changes if change.action.may_pay)

    @property
    def has_changes(self) -> bool:
        """Whether anything is not as declared, blocked outputs included."""
        return any(change.action is not Action.UNCHANGED for change in self.changes)

    @property
    def known_cost_credits(self) -> int:
        """The sum of the known prices of all paid actions."""
        return _sum(change.quote.credits for change in self.paid if change.quote is not None)

    @property
    def unknown_cost_count(self) -> int:
        """How many paid actions have a price that is not known."""
        return sum(1 for change in self.paid if change.quote is None or change.quote.credits is None)

    @property
    def saved_credits(self) -> int:
        """What the jobs that are used again cost when they were paid, as far as the service says."""
        return _sum(change.saved_credits for change in self.changes if not change.action.may_pay)


def _sum(values: Iterable[int | None]) -> int:
    return sum(value for value in values if value is not None)
