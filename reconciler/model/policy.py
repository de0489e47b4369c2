"""Guard rails that are declared beside the outputs (product.md "Manifests", kind Policy)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from reconciler.model.problem import Position


@dataclass(frozen=True, slots=True)
class Limits:
    """What one plan may do; None: no limit."""

    credits_per_plan: int | None = None
    credits_per_output: int | None = None
    jobs_per_plan: int | None = None


@dataclass(frozen=True, slots=True)
class LabelBudget:
    """Credits for all outputs that carry every label of `match` (none: for all outputs), in a calendar month (UTC)."""

    credits: int
    match: Mapping[str, str] = field(default_factory=dict)
    period: Literal["month"] = "month"


@dataclass(frozen=True, slots=True)
class Policy:
    """One Policy document.

    Attributes:
        allowed_processes: patterns of process ids with `*` and `?`; None: every process is allowed.
        required_labels: keys that every output has to carry.
    """

    name: str
    position: Position
    limits: Limits = Limits()
    allowed_processes: tuple[str, ...] | None = None
    required_labels: tuple[str, ...] = ()
    budgets: tuple[LabelBudget, ...] = ()
