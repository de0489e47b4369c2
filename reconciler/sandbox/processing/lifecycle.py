"""The job's status machine, pure: which status follows which, when, and what decides (up42-api.md section 7.3).

    created ──▶ licensed ──▶ valid ──▶ accepted ──▶ running ──▶ successful ──▶ captured
        └▶ unlicensed   └▶ invalid  └▶ rejected        │            ┆
                                                       └▶ failed ───┴─────▶ released

The transitions are inferred there from the texts of the statuses, not documented. From successful to released a job
comes only where a fault asks for it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from reconciler.sandbox.moments import SECOND


class Status(StrEnum):
    """The twelve statuses of the guide."""

    CREATED = "created"
    LICENSED = "licensed"
    UNLICENSED = "unlicensed"
    VALID = "valid"
    INVALID = "invalid"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RUNNING = "running"
    SUCCESSFUL = "successful"
    CAPTURED = "captured"
    FAILED = "failed"
    RELEASED = "released"


@dataclass(frozen=True)
class Branch:
    """Where a status leads: to `good` when its question is answered with yes, else to `bad`."""

    good: Status
    bad: Status
    seconds: float  # how long a job stays in the status before, at time scale 1.0


#: Statuses that are not here are final. The seconds add up to 40, the duration of the one measured job.
BRANCHES = {
    Status.CREATED: Branch(Status.LICENSED, Status.UNLICENSED, 2),
    Status.LICENSED: Branch(Status.VALID, Status.INVALID, 2),
    Status.VALID: Branch(Status.ACCEPTED, Status.REJECTED, 2),
    Status.ACCEPTED: Branch(Status.RUNNING, Status.RUNNING, 2),
    Status.RUNNING: Branch(Status.SUCCESSFUL, Status.FAILED, 31),
    Status.SUCCESSFUL: Branch(Status.CAPTURED, Status.RELEASED, 1),
    Status.FAILED: Branch(Status.RELEASED, Status.RELEASED, 1),
}
#: The statuses that close a job before it ever ran.
TURNED_AWAY = frozenset({Status.UNLICENSED, Status.INVALID, Status.REJECTED})


@dataclass(frozen=True)
class Fate:
    """What is to go wrong with one job, settled when it is created.

    Attributes:
        stuck: a status that it never leaves.
        fails: its work fails, whatever its inputs.
        released: it turns released after it was successful.
        results_last_s: after so many seconds from its end its results are deleted from storage; None is never.
        shown: the words under which statuses are told.
    """

    stuck: Status | None = None
    fails: bool = False
    released: bool = False
    results_last_s: float | None = None
    shown: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """As `fate_from` reads it."""
        return json.dumps(asdict(self))


_GOOD = Fate()


def fate_from(text: str | None) -> Fate:
    """The fate that was written down; None is that of a job with which nothing goes wrong."""
    if text is None:
        return _GOOD
    values = json.loads(text)
    return Fate(**{**values, "stuck": values["stuck"] and Status(values["stuck"])})


def follow(status: Status, *, good: bool) -> Status:
    """The status after `status`; `good` is the answer to its question (licensed? valid? funded? produced?).

    Raises:
        ValueError: the status is final.
    """
    if status not in BRANCHES:
        raise ValueError(f"{status} is a final status")
    branch = BRANCHES[status]
    return branch.good if good else branch.bad


def due_after(status: Status, at: int, fate: Fate, *, time_scale: float, last_good: Status) -> int | None:
    """The moment at which a job that came into `status` at `at` leaves it; None when it never does.

    With `last_good` successful, a job ends there (up42-api.md section 0a).
    """
    ends_here = status == last_good and not fate.released
    if status not in BRANCHES or status == fate.stuck or ends_here:
        return None
    return at + round(BRANCHES[status].seconds * SECOND / time_scale)
