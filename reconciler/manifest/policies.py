"""Checked Policy documents to values."""

from typing import Any

from reconciler.manifest.nodes import Document, plain
from reconciler.model.policy import LabelBudget, Limits, Policy


def policy(document: Document) -> Policy:
    """What a Policy without any problem says."""
    data: Any = plain(document.root)
    spec = data["spec"]
    limits = spec.get("limits", {})
    processes = spec.get("allow", {}).get("processes")
    return Policy(
        name=data["metadata"]["name"],
        position=document.position(document.node("metadata", "name") or document.root),
        limits=Limits(
            credits_per_plan=_whole(limits.get("creditsPerPlan")),
            credits_per_output=_whole(limits.get("creditsPerOutput")),
            jobs_per_plan=_whole(limits.get("jobsPerPlan")),
        ),
        allowed_processes=None if processes is None else tuple(processes),
        required_labels=tuple(spec.get("require", {}).get("labels", ())),
        budgets=tuple(
            LabelBudget(int(budget["credits"]), budget.get("match", {}), budget["period"])
            for budget in spec.get("budgets", ())
        ),
    )


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
