"""Money after the fact: what the jobs of a workspace cost, and for whom they were made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum


class MoneyState(StrEnum):
    """Where a job's credits are."""

    CHARGED = "charged"  # deducted for good
    RUNNING = "running"  # held, or about to be: they count as spent
    RELEASED = "released"  # given back, or never held


@dataclass(frozen=True, slots=True)
class Entry:
    """One job in the books.

    Attributes:
        month: the calendar month (UTC) in which the job was created, `2024-06`; it belongs to no other.
        credits: what the service says of the job, held, charged or given back; None where it says nothing.
        quoted_credits: the price that was named before the job was created, else `credits`; None: neither is known.
        output, labels: of the output that it was made for; None: nobody knows whose job it is.
    """

    job_id: str
    process_id: str
    month: str
    state: MoneyState
    credits: int | None = None
    quoted_credits: int | None = None
    output: str | None = None
    labels: Mapping[str, str] | None = None

    @property
    def spent_credits(self) -> int | None:
        """What the job takes from a budget: nothing once it was released; None where that is not known."""
        if self.state is MoneyState.RELEASED:
            return 0
        return self.quoted_credits if self.credits is None else self.credits


@dataclass(frozen=True, slots=True)
class Spending:
    """The jobs of a workspace, in no particular order.

    Attributes:
        month: the only month that was looked at; None: all of them.
        reported_credits: the sum of what the service says of these jobs, added up from its listing alone.
        balance_credits: None where it cannot be read.
    """

    entries: tuple[Entry, ...]
    month: str | None = None
    reported_credits: int = 0
    balance_credits: int | None = None

    def covers(self, month: str) -> bool:
        """Whether all jobs of a month are in the entries."""
        return self.month in (None, month)


@dataclass(frozen=True, slots=True)
class Sums:
    """Credits of some jobs: `quoted + difference = charged + released + held`.

    Attributes:
        unknown_count: jobs that hold or were charged credits of which the service says no number.
    """

    jobs: int = 0
    quoted_credits: int = 0
    charged_credits: int = 0
    released_credits: int = 0
    held_credits: int = 0
    difference_credits: int = 0
    unknown_count: int = 0

    @property
    def reported_credits(self) -> int:
        """All that the service says of these jobs."""
        return self.charged_credits + self.released_credits + self.held_credits


@dataclass(frozen=True, slots=True)
class Ledger:
    """Sums of a spending by group.

    Attributes:
        by: what the groups are: `output`, `process`, `month`, `label`, or `label:KEY` for the values of one label.
        groups: by name, sorted. By `label` a job with several labels is in several groups, else in one at most.
        others: jobs that are in no group: nobody declared them, or they were not selected.
        total: every job once.
    """

    by: str
    groups: Mapping[str, Sums]
    others: Sums
    total: Sums
    spending: Spending = field(default_factory=lambda: Spending(()))

    @property
    def closes(self) -> bool:
        """Whether the total is what the service's listing adds up to, and the identity of `Sums` holds in every row."""
        rows = (*self.groups.values(), self.others, self.total)
        identity = all(row.quoted_credits + row.difference_credits == row.reported_credits for row in rows)
        return identity and self.total.reported_credits == self.spending.reported_credits


def month_of(moment: datetime) -> str:
    """The calendar month (UTC) of an aware moment: `2024-06`."""
    return moment.astimezone(UTC).strftime("%Y-%m")


def month_start(month: str) -> datetime:
    """The first moment of a month such as `2024-06`.

    Raises:
        ValueError: it is no month.
    """
    return datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)


def matches(labels: Mapping[str, str] | None, wanted: Mapping[str, str]) -> bool:
    """Whether labels hold every one that is wanted; an empty wish is met by all, a job of nobody's included."""
    return all(labels is not None and labels.get(key) == value for key, value in wanted.items())


def sums(entries: Iterable[Entry]) -> Sums:
    """The entries added up."""
    found = tuple(entries)

    def of(state: MoneyState) -> int:
        return sum(entry.credits or 0 for entry in found if entry.state is state)

    return Sums(
        jobs=len(found),
        quoted_credits=sum(entry.quoted_credits or 0 for entry in found),
        charged_credits=of(MoneyState.CHARGED),
        released_credits=of(MoneyState.RELEASED),
        held_credits=of(MoneyState.RUNNING),
        difference_credits=sum((entry.credits or 0) - (entry.quoted_credits or 0) for entry in found),
        unknown_count=sum(entry.credits is None and entry.state is not MoneyState.RELEASED for entry in found),
    )
