"""What the engine tells while it works: frozen facts, for views only. No decision is ever taken from one.

Every event is emitted from the event loop's own thread. An event may be repeated; views show what is new in it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Asked:
    """Planning asks the service: `done` of `total` questions about `what` (a plural: `prices`) have an answer.

    `total` is None while nobody knows how many there will be (pages of a listing).
    """

    what: str
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Acting:
    """The run begins to act on this many outputs; each of them ends in `Delivered` or `Failed`, or goes on at UP42."""

    outputs: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """This run has the right to create the output's job; nothing is created yet."""

    output: str


@dataclass(frozen=True, slots=True)
class Created:
    """A job was created; `credits` is its quoted price, None where it is not known."""

    output: str
    job_id: str
    credits: int | None


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job's status, as the service says it, unknown words included."""

    output: str
    job_id: str
    status: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """The output waits for something else than its own job's status: `why` is one clause.

    `seconds` is how long at most until the run looks again.
    """

    output: str
    why: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Transferring:
    """Bytes of one file that arrived so far; `total_bytes` is None where nobody said the size."""

    output: str
    file: str
    done_bytes: int
    total_bytes: int | None


@dataclass(frozen=True, slots=True)
class Delivered:
    """The output is complete: this many files, with this many bytes in all."""

    output: str
    files: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing more will be done for the output in this run; `sentence` says why and what to do next."""

    output: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something that people should know and that stops nothing."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Retrying:
    """A request or transfer failed and is tried again after `seconds`; `what` names it, `why` is one clause."""

    what: str
    why: str
    seconds: float


Event: TypeAlias = (
    Asked | Acting | Claimed | Created | JobStatus | Waiting | Transferring | Delivered | Failed | Note | Retrying
)
Notify: TypeAlias = Callable[[Event], None]
