"""The plan as a JSON document (schemas/plan.json)."""

from reconciler.documents.values import Document, header, link, note_diagnostic, plain, source_range, time_text
from reconciler.model.plan import Action, Change, Plan

#: Terraform's shape: a list, in which `create` means that money is involved.
_ACTIONS = {
    Action.CREATE: ["create"],
    Action.REPLACE: ["forget", "create"],
    Action.WAIT: ["wait"],
    Action.DOWNLOAD: ["download"],
    Action.BLOCKED: ["blocked"],
    Action.DEFERRED: ["deferred"],
    Action.UNRESOLVED: ["resolve"],
    Action.UNCHANGED: ["no-op"],
}
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
_FREE = {Action.WAIT, Action.DOWNLOAD, Action.UNCHANGED}


def plan_json(plan: Plan) -> Document:
    """The whole plan, unchanged outputs included, in the plan's own order."""
    return {
        **header(),
        "timestamp": time_text(plan.made_at),
        "applyable": _applyable(plan),
        "complete": not plan.count(Action.BLOCKED, Action.DEFERRED, Action.UNRESOLVED),
        "errored": False,
        "observed": {"workspace_id": plan.workspace_id, "at": time_text(plan.made_at)},
        "api_url": link(plan.api_url),
        "project": plan.project,
        "summary": {name: plan.count(action) for name, action in _SUMMARY.items()},
        "cost": _cost(plan),
        "target_changes": [_change(change) for change in plan.changes],
        "diagnostics": [note_diagnostic(note) for note in plan.notes],
    }


def _applyable(plan: Plan) -> bool:
    return any(
        change.action.may_pay or change.action in (Action.WAIT, Action.DOWNLOAD) or change.settles_receipt
        for change in plan.changes
    )


def _cost(plan: Plan) -> Document:
    by_process: dict[str, int] = {}
    for change in plan.paid:
        process_id = change.output.process_id
        known = 0 if change.quote is None else change.quote.credits or 0
        by_process[process_id] = by_process.get(process_id, 0) + known
    total, unknown = plan.known_cost_credits, plan.unknown_cost_count
    certain = plan.balance_credits is not None and not unknown
    return {
        "unit": "credits",
        "total": total,
        "known_count": len(plan.paid) - unknown,
        "unknown_count": unknown,
        "saved_by_reuse": plan.saved_credits,
        "by_process": {process_id: by_process[process_id] for process_id in sorted(by_process)},
        "balance": plan.balance_credits,
        "balance_after": plan.balance_credits - total if certain and plan.balance_credits is not None else None,
    }


def _change(change: Change) -> Document:
    output = change.output
    return {
        "address": output.name,
        "process_id": output.process_id,
        "labels": {key: output.labels[key] for key in sorted(output.labels)},
        "fingerprint": change.fingerprint,
        "inputs": plain(output.inputs),
        "change": {
            "actions": list(_ACTIONS[change.action]),
            "before": {part.path: plain(part.before) for part in change.field_changes} or None,
            "after": {part.path: plain(part.after) for part in change.field_changes} or None,
        },
        "action_reason": change.reason.code,
        "reason": link(change.reason.text),
        "paid": change.action.may_pay,
        "job": _job(change),
        "cost": _price(change),
        "saved_credits": change.saved_credits,
        "attempt": change.attempt,
        "attempts": change.attempts,
        "newer_than": time_text(change.newer_than),
        "destination": link(output.delivery.to),
        "same_work_as": change.same_work_as,
        "notes": [link(note) for note in change.notes],
        "range": source_range(output.position),
    }


def _job(change: Change) -> Document | None:
    job = change.job
    if job is None:
        return None
    return {"id": job.job_id, "status": job.status, "created": time_text(job.created), "credits": job.credits}


def _price(change: Change) -> Document | None:
    if change.action in _FREE:
        return {"credits": 0, "strategy": None, "size": None, "unit": None, "status": "free"}
    if not change.action.may_pay and change.action is not Action.DEFERRED:
        return None
    quote = change.quote
    if quote is None:
        return {"credits": None, "strategy": None, "size": None, "unit": None, "status": "unknown"}
    return {
        "credits": quote.credits,
        "strategy": quote.strategy,
        "size": plain(quote.size),
        "unit": quote.unit,
        "status": "unknown" if quote.credits is None else "known",
    }
