"""What was observed for one output, and what still has to be asked before it can be decided."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from reconciler.model.job import Budget, Item, Job, Process, Quote
from reconciler.model.output import Output
from reconciler.model.plan import Reason
from reconciler.model.receipt import Claim, DestinationState


class ResultsKind(StrEnum):
    """Where a job's results are."""

    AVAILABLE = "available"
    NOT_YET = "not_yet"  # the job succeeded, its items are not listed yet
    GONE = "gone"  # the collection answers 404 although the job finished long ago
    UNKNOWN = "unknown"  # an empty search, a 403: nothing can be concluded


@dataclass(frozen=True, slots=True)
class Results:
    """A job's results: `items` where they are available, `why` (one clause) where nothing is known."""

    kind: ResultsKind
    items: tuple[Item, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the service says of a new job for an output's inputs.

    Attributes:
        refusals: why it cannot be created now, the one to cure first at the front; empty: it can.
        quote: None where there was no point in asking (there are refusals).
        licence_accepted: None where the service names no EULA.
        balance_credits: None where it cannot be read.
    """

    refusals: tuple[Reason, ...] = ()
    quote: Quote | None = None
    licence_accepted: bool | None = None
    balance_credits: int | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A paid action of a saved plan: it is used once (product.md, promise 2).

    Attributes:
        plan_id: of that plan; claims carry it, so that a rerun knows what it created itself.
        planned_at: the server's time of planning.
        known_jobs: the jobs for this work that were known then; None where the work itself was not known yet, so
            that only the time tells which jobs came later.
    """

    plan_id: str
    planned_at: datetime
    known_jobs: frozenset[str] | None = None

    def used_by(self, jobs: Iterable[Job]) -> Job | None:
        """The first job that came after the plan, whoever made it; None while the action is unused."""
        later = (
            job
            for job in jobs
            if (job.created > self.planned_at if self.known_jobs is None else job.job_id not in self.known_jobs)
        )
        return min(later, key=lambda job: (job.created, job.job_id), default=None)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one output. A None means: not asked yet, unless said otherwise.

    Attributes:
        newer_than: only a job created later counts; None: any.
        replace_asked: `newer_than` comes from --replace.
        receipt_is_same_work: the receipt at the destination is of this very work (fingerprint).
        process: None: the service does not know the process id; then `process_hint` says what is near.
        jobs: every job of the workspace with this fingerprint, in no particular order.
        claim: the newest claim for this fingerprint; None: there is none (read together with `jobs`).
        results: by job id, for the jobs that were asked about.
        former: pending jobs with this output's title and process, but other inputs.
        approval: of a saved plan that is applied; None: whatever is decided may be paid.
    """

    output: Output
    fingerprint: str
    destination: DestinationState
    process: Process | None
    newer_than: datetime | None = None
    replace_asked: bool = False
    receipt_is_same_work: bool = False
    process_hint: str = ""
    jobs: tuple[Job, ...] | None = None
    claim: Claim | None = None
    results: Mapping[str, Results] = field(default_factory=dict)
    offer: Offer | None = None
    former: tuple[Job, ...] = ()
    approval: Approval | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """What a decision refers to besides the facts.

    Attributes:
        now: the server's time.
        rebuy: results that were deleted from storage may be paid for again.
    """

    now: datetime
    api_url: str
    workspace_id: str
    project: str | None
    grace_s: float
    settle_s: float
    rebuy: bool = False


class Question(StrEnum):
    """What has to be asked next for an output."""

    HISTORY = "history"  # the matching jobs and the newest claim
    RESULTS = "results"  # the results of one job
    OFFER = "offer"  # licence, validation and price of a new job


@dataclass(frozen=True, slots=True)
class Need:
    """A decision cannot be taken before this is known; `job` is set for RESULTS."""

    question: Question
    job: Job | None = None


@dataclass(frozen=True, slots=True)
class Money:
    """What limits spending at the service.

    Attributes:
        balance_credits: None where it cannot be read, or is negative (an invoiced account): no limit known.
        budgets: the UP42 budgets that outputs name and that could be read.
        enforced: whether the account enforces budgets; None where it does not say.
    """

    balance_credits: int | None = None
    budgets: Mapping[str, Budget] = field(default_factory=dict)
    enforced: bool | None = None
