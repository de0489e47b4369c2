"""What observing and acting are made for, and what they may touch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reconciler.clock import Clock
from reconciler.delivery.destination import Destination
from reconciler.engine.events import Notify
from reconciler.model.observation import Approval
from reconciler.model.output import Output, Timing
from reconciler.model.plan import Source
from reconciler.model.policy import Policy
from reconciler.state.claims import Claims
from reconciler.up42.client import Up42

_NO_SOURCE = Source()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a plan is made for.

    Attributes:
        outputs: those that are planned, with all that they are made from.
        place: absolute: the Project's place.
        policies: every policy holds.
        ceiling_credits: what an apply may spend at most; None: no ceiling.
        fit: what breaks a ceiling or policy is deferred by priority, instead of refusing the whole.
        replace: names of outputs for which only a job created from now on counts.
        verify: delivered files are read again and compared with their checksums.
        explain: names of outputs whose job history is asked for even if nobody needs it.
        approvals: by output name, where a saved plan is applied: only these may be paid, each once.
    """

    outputs: tuple[Output, ...]
    workspace_id: str
    project: str | None
    timing: Timing
    place: str = ""
    source: Source = _NO_SOURCE
    policies: tuple[Policy, ...] = ()
    ceiling_credits: int | None = None
    fit: bool = False
    replace: frozenset[str] = frozenset()
    rebuy: bool = False
    verify: bool = False
    explain: frozenset[str] = frozenset()
    approvals: Mapping[str, Approval] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Doors:
    """Everything outside that observing and acting may touch."""

    up42: Up42
    claims: Claims
    destination: Callable[[str], Destination]
    clock: Clock
    notify: Notify
