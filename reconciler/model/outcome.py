"""What became of an output in an apply."""

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.receipt import OwnedFile


class OutcomeKind(StrEnum):
    """How an output stands at the end of an apply."""

    COMPLETE = "complete"  # delivered now
    UNCHANGED = "unchanged"  # was delivered before
    PENDING = "pending"  # a job goes on at UP42; a rerun picks it up
    FAILED = "failed"
    BLOCKED = "blocked"
    DEFERRED = "deferred"
    UNRESOLVED = "unresolved"  # a create whose outcome is unknown


@dataclass(frozen=True, slots=True)
class Outcome:
    """One output at the end.

    Attributes:
        detail: one sentence: why, and what to do next; "" where there is nothing to say.
        created: this run created its job.
        quoted_credits, charged_credits: of the job that this run created; None where none or not known.
        destination: absolute path or URL; "" where nothing is delivered.
        files: what is delivered.
    """

    output: str
    kind: OutcomeKind
    detail: str = ""
    job_id: str | None = None
    created: bool = False
    quoted_credits: int | None = None
    charged_credits: int | None = None
    destination: str = ""
    files: tuple[OwnedFile, ...] = ()
