"""The plan: one change for each output, as plain data. Nothing in it is there for display only."""

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
        waits_for: names of the outputs whose items are not there yet, so that neither the inputs nor the fingerprint
            (None) nor the price of this one are known; empty where all inputs are.
        known_jobs: ids of all jobs with this fingerprint that were known when it was planned; empty where none were
            looked at.
        former: jobs that still run for an earlier form of the output; they cannot be cancelled.
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
    waits_for: tuple[str, ...] = ()
    known_jobs: frozenset[str] = frozenset()
    former: tuple[Job, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def price_credits(self) -> int | None:
        """The quoted price; None where it is not known, or the action has none."""
        return None if self.quote is None else self.quote.credits


class Verdict(StrEnum):
    """How a check ended."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    UNKNOWN = "unknown"  # something that it needs cannot be known, a price for instance


@dataclass(frozen=True, slots=True)
class Check:
    """One rule of a Policy, held against the plan.

    Attributes:
        address: `policy/rule`, for instance `guardrails/limits.creditsPerPlan`, `guardrails/budgets[0]`.
        text: one clause: what the rule asks for and how the plan stands to it.
        problems: one sentence for each thing that breaks it; empty where it passes.
        outputs: names of the outputs that break it, sorted; empty where no single one does.
    """

    address: str
    verdict: Verdict
    text: str
    problems: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """A UP42 budget that outputs of the plan name: what it has left, and what the plan takes; None: not known."""

    budget_id: str
    name: str
    remaining_credits: int | None
    planned_credits: int


@dataclass(frozen=True, slots=True)
class Source:
    """What a plan was made from.

    Attributes:
        paths: as they were named, relative to the folder that the command ran in.
        digest: `Declared.digest`.
        commit: of the repository, None where nobody says.
        select, replace, rebuy: what the command was asked.
    """

    paths: tuple[str, ...] = ()
    digest: str = ""
    commit: str | None = None
    select: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    rebuy: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes, sorted by output name.

    Attributes:
        made_at: the server's time of planning.
        balance_credits: None where it cannot be read or does not limit.
        place: absolute: the Project's place, where relative destinations start; "" where nobody needs it.
        ceiling_credits: what an apply may spend at most, prices that are not known included; None: no ceiling.
        checks: of the policies, in their order.
        budgets: the UP42 budgets that the plan's paid and blocked outputs name, by name.
        jobs_seen: how many jobs of the workspace were looked at; None where none had to be.
    """

    changes: tuple[Change, ...]
    made_at: datetime
    api_url: str
    workspace_id: str
    project: str | None = None
    balance_credits: int | None = None
    place: str = ""
    source: Source = Source()
    ceiling_credits: int | None = None
    checks: tuple[Check, ...] = ()
    budgets: tuple[BudgetUse, ...] = ()
    jobs_seen: int | None = None
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
        return sum(change.price_credits or 0 for change in self.paid)

    @property
    def unknown_cost_count(self) -> int:
        """How many paid actions have a price that is not known."""
        return sum(1 for change in self.paid if change.price_credits is None)

    @property
    def balance_after_credits(self) -> int | None:
        """What the balance will be when all known prices are paid; None where the balance is not known."""
        return None if self.balance_credits is None else self.balance_credits - self.known_cost_credits

    @property
    def saved_credits(self) -> int:
        """What the jobs that are used again cost when they were paid, as far as the service says."""
        return sum(change.saved_credits or 0 for change in self.changes if not change.action.may_pay)

    @property
    def former_jobs(self) -> tuple[Job, ...]:
        """Every job that still runs for an earlier form of an output, each once, by id."""
        found = {job.job_id: job for change in self.changes for job in change.former}
        return tuple(found[job_id] for job_id in sorted(found))

    @property
    def failed_checks(self) -> tuple[Check, ...]:
        """The checks that refuse the plan."""
        return tuple(check for check in self.checks if check.verdict is Verdict.FAIL)
