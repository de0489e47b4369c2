"""The plan as a JSON document (schemas/plan.json): what is printed, and what a saved plan is.

Everything that an apply needs is in it; plan_reading says what is not kept.
"""

from reconciler.documents.digest import digest, plan_id
from reconciler.documents.plan_changes import change_json, job_json
from reconciler.documents.values import Document, header, link, note_diagnostic, time_text
from reconciler.model.cost import by_label, by_process
from reconciler.model.plan import Action, BudgetUse, Check, Plan, Source

_SUMMARY = {
    "create": Action.CREATE,
    "replace": Action.REPLACE,
    "wait": Action.WAIT,
    "download": Action.DOWNLOAD,
    "blocked": Action.BLOCKED,
    "deferred": Action.DEFERRED,
    "unresolved": Action.UNRESOLVED,
    "unchanged": Action.UNCHANGED,
}


def plan_json(plan: Plan) -> Document:
    """The whole plan, unchanged outputs included, in the plan's own order."""
    content = _content(plan)
    approved = digest(content)
    time = time_text(plan.made_at) or ""
    return {
        **header(),
        "timestamp": time,
        "plan_id": plan_id(approved, time),
        "plan_digest": approved,
        **content,
    }


def plan_digest(plan: Plan) -> str:
    """`plan_digest` of the plan's document (digest)."""
    return digest(_content(plan))


def _content(plan: Plan) -> Document:
    return {
        "applyable": _applyable(plan),
        "complete": not plan.count(Action.BLOCKED, Action.DEFERRED, Action.UNRESOLVED),
        "errored": False,
        "source": _source(plan.source),
        "observed": {
            "workspace_id": plan.workspace_id,
            "at": time_text(plan.made_at),
            "jobs_seen": plan.jobs_seen,
        },
        "api_url": link(plan.api_url),
        "project": plan.project,
        "summary": {name: plan.count(action) for name, action in _SUMMARY.items()},
        "cost": _cost(plan),
        "target_changes": [change_json(change, plan.place) for change in plan.changes],
        "checks": [_check(check) for check in plan.checks],
        "diagnostics": [note_diagnostic(note) for note in plan.notes],
    }


def _applyable(plan: Plan) -> bool:
    return any(
        change.action.may_pay or change.action in (Action.WAIT, Action.DOWNLOAD) or change.settles_receipt
        for change in plan.changes
    )


def _source(source: Source) -> Document:
    return {
        "paths": list(source.paths),
        "digest": source.digest,
        "commit": source.commit,
        "select": list(source.select),
        "replace": list(source.replace),
        "rebuy": source.rebuy,
    }


def _cost(plan: Plan) -> Document:
    unknown = plan.unknown_cost_count
    return {
        "unit": "credits",
        "total": plan.known_cost_credits,
        "known_count": len(plan.paid) - unknown,
        "unknown_count": unknown,
        "saved_by_reuse": plan.saved_credits,
        "by_process": {share.name: share.known_credits for share in by_process(plan)},
        "by_label": {
            share.name: {"credits": share.known_credits, "unknown_count": share.unknown_count}
            for share in by_label(plan)
        },
        "balance": plan.balance_credits,
        "balance_after": None if unknown else plan.balance_after_credits,
        "ceiling": plan.ceiling_credits,
        "budgets": [_budget(budget) for budget in plan.budgets],
        "former_jobs": [job_json(job) for job in plan.former_jobs],
    }


def _budget(budget: BudgetUse) -> Document:
    return {
        "id": budget.budget_id,
        "name": budget.name,
        "remaining": budget.remaining_credits,
        "planned": budget.planned_credits,
    }


def _check(check: Check) -> Document:
    return {
        "address": check.address,
        "status": check.verdict.value,
        "text": link(check.text),
        "problems": [{"message": link(problem)} for problem in check.problems],
        "outputs": list(check.outputs),
    }
