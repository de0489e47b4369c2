"""The job's status machine, pure: which status follows which, when, and what decides (up42-api.md section 7.3).

    created ──▶ licensed ──▶ valid ──▶ accepted ──▶ running ──▶ successful ──▶ captured
        └▶ unlicensed   └▶ invalid  └▶ rejected              └▶ failed ──────▶ released

The transitions are inferred there from the texts of the statuses, not documented.
"""

from dataclasses import dataclass
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
    Status.SUCCESSFUL: Branch(Status.CAPTURED, Status.CAPTURED, 1),
    Status.FAILED: Branch(Status.RELEASED, Status.RELEASED, 1),
}
#: The statuses that close a job before it ever ran.
TURNED_AWAY = frozenset({Status.UNLICENSED, Status.INVALID, Status.REJECTED})


def follow(status: Status, *, good: bool) -> Status:
    """The status after `status`; `good` is the answer to its question (licensed? valid? funded? produced?).

    Raises:
        ValueError: the status is final.
    """
    if status not in BRANCHES:
        raise ValueError(f"{status} is a final status")
    branch = BRANCHES[status]
    return branch.good if good else branch.bad


def due_after(status: Status, at: int, *, time_scale: float, last_good: Status) -> int | None:
    """The moment at which a job that came into `status` at `at` leaves it; None when it never does.

    With `last_good` successful, a job ends there (up42-api.md section 0a).
    """
    if status not in BRANCHES or status == last_good:
        return None
    return at + round(BRANCHES[status].seconds * SECOND / time_scale)
