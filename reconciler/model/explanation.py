"""Why an output's action was chosen: what its work is, and which jobs did or did not count."""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.job import Job
from reconciler.model.output import Json
from reconciler.model.plan import Change, FieldChange


@dataclass(frozen=True, slots=True)
class Considered:
    """One job that was looked at.

    Attributes:
        verdict: for programs, an open vocabulary (`serves`, `counts`, `older`, `ignored`, `released`, `other_work`, …).
        counts: whether it had a say in the decision.
        why: for people, one clause.
    """

    job: Job
    verdict: str
    counts: bool
    why: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One output's decision, in full.

    Attributes:
        document: what the fingerprint is the hash of; references stand in it where inputs are not known yet.
        considered: the jobs with this work, the oldest first; then the nearest ones of the same process with other
            work, the nearest first.
        other_count: how many more jobs of the process have other work.
        nearest: of the jobs of the same process the one whose inputs differ in the fewest fields, of several the
            newest; None without any whose inputs are known.
        differences: from the inputs of `nearest` to the wanted ones; empty where it is the same work.
    """

    change: Change
    document: Mapping[str, Json]
    considered: tuple[Considered, ...] = ()
    other_count: int = 0
    nearest: Job | None = None
    differences: tuple[FieldChange, ...] = ()
