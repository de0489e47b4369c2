"""One change of a plan as JSON."""

from collections.abc import Collection, Iterator, Mapping

from reconciler.documents.values import Document, link, plain, source_range, time_text
from reconciler.model.chain import FROM_OUTPUT
from reconciler.model.job import Job
from reconciler.model.output import Delivery, Json
from reconciler.model.plan import Action, Change

#: Terraform's shape: a list, in which `create` means that money is involved.
ACTIONS = {
    Action.CREATE: ["create"],
    Action.REPLACE: ["forget", "create"],
    Action.WAIT: ["wait"],
    Action.DOWNLOAD: ["download"],
    Action.BLOCKED: ["blocked"],
    Action.DEFERRED: ["deferred"],
    Action.UNRESOLVED: ["resolve"],
    Action.UNCHANGED: ["no-op"],
}
#: How a destination at or below the plan's place starts, so that the plan means the same on another machine.
AT_PLACE = "."
BELOW_PLACE = "./"

_FREE = {Action.WAIT, Action.DOWNLOAD, Action.UNCHANGED}


def change_json(change: Change, place: str) -> Document:
    """What one output needs, and the whole output; `place` is the plan's."""
    output = change.output
    return {
        "address": output.name,
        "title": link(output.title),
        "set": output.set_name,
        "process_id": output.process_id,
        "labels": {key: output.labels[key] for key in sorted(output.labels)},
        "fingerprint": change.fingerprint,
        "inputs": plain(output.inputs),
        "change": {
            "actions": list(ACTIONS[change.action]),
            "before": {part.path: plain(part.before) for part in change.field_changes} or None,
            "after": {part.path: plain(part.after) for part in change.field_changes} or None,
            "after_unknown": list(_waiting(output.inputs, change.waits_for)),
        },
        "action_reason": change.reason.code,
        "reason": link(change.reason.text),
        "paid": change.action.may_pay,
        "job": None if change.job is None else job_json(change.job),
        "cost": _price(change),
        "saved_credits": change.saved_credits,
        "attempt": change.attempt,
        "attempts": change.attempts,
        "newer_than": time_text(change.newer_than),
        "destination": link(output.delivery.to),
        "delivery": _delivery(output.delivery, place),
        "priority": output.priority,
        "budget_id": output.budget_id,
        "ignore_jobs": sorted(output.ignore_jobs),
        "prevent_replace": output.prevent_replace,
        "retry_attempts": output.attempts,
        "output_newer_than": time_text(output.newer_than),
        "same_work_as": change.same_work_as,
        "waits_for": list(change.waits_for),
        "known_jobs": sorted(change.known_jobs),
        "former_jobs": [job_json(job) for job in change.former],
        "settles_receipt": change.settles_receipt,
        "notes": [link(note) for note in change.notes],
        "range": source_range(output.position),
    }


def job_json(job: Job) -> Document:
    """What a plan keeps of a job."""
    return {
        "id": job.job_id,
        "process_id": job.process_id,
        "status": job.status,
        "created": time_text(job.created),
        "credits": job.credits,
    }


def _delivery(delivery: Delivery, place: str) -> Document:
    return {
        "to": link(_from_place(delivery.to, place)),
        "roles": None if delivery.roles is None else list(delivery.roles),
        "name": None if delivery.name is None else link(delivery.name),
    }


def _from_place(to: str, place: str) -> str:
    folder = place.rstrip("/") + "/"
    if not place:
        return to
    if to == place:
        return AT_PLACE
    return BELOW_PLACE + to.removeprefix(folder) if to.startswith(folder) and not leads_up(to) else to


def leads_up(path: str) -> bool:
    """Whether a part of the path is `..`."""
    return ".." in path.split("/")


def _waiting(value: Json, names: Collection[str], path: str = "") -> Iterator[str]:
    """Dotted paths, as those of FieldChange, of what is still a reference to one of these outputs."""
    if isinstance(value, Mapping):
        if value.get(FROM_OUTPUT) in names:
            yield path
            return
        for key in sorted(value):
            yield from _waiting(value[key], names, f"{path}.{key}" if path else key)
    elif isinstance(value, list | tuple):
        for index, entry in enumerate(value):
            yield from _waiting(entry, names, f"{path}[{index}]")


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
