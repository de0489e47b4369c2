"""A saved plan as a promise: what it allows, and whether it can still be kept (product.md, promise 2). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.model.observation import Approval
from reconciler.model.output import Output
from reconciler.model.plan import Action, Change, Plan
from reconciler.planning import purchase, words

_HELD_UP = (Action.BLOCKED, Action.DEFERRED)


@dataclass(frozen=True, slots=True)
class Breach:
    """Why a saved plan must not be applied: `output` is None where no single one stops it; `why` is one clause."""

    output: str | None
    why: str


def approvals(saved: Plan, plan_id: str) -> Mapping[str, Approval]:
    """What may be paid for, by output name."""
    return {
        change.output.name: Approval(
            plan_id=plan_id,
            planned_at=saved.made_at,
            known_jobs=None if change.fingerprint is None else change.known_jobs,
        )
        for change in saved.paid
    }


def outputs(saved: Plan) -> tuple[Output, ...]:
    """The outputs as the plan froze them: `newerThan` as planned, and no attempt beyond the one that it shows."""
    return tuple(
        replace(
            change.output,
            newer_than=change.newer_than,
            attempts=change.attempt if change.action.may_pay and change.fingerprint else change.output.attempts,
        )
        for change in saved.changes
    )


def breaches(saved: Plan, now: Plan) -> tuple[Breach, ...]:
    """What stops a saved plan, given a plan made now for its outputs; empty: it may be applied.

    Less than planned is fine: what was to be paid may be there by now. More, dearer, other work, or something that
    cannot be had any more stops all of it, before the first credit.
    """
    planned = {change.output.name: change for change in saved.changes}
    found = [(change.output.name, _breach(planned, change)) for change in now.changes]
    return tuple(Breach(name, why) for name, why in found if why)


def kept(saved: Plan, now: Plan) -> Plan:
    """The plan made now, reduced to what the saved one shows: what was held up there stays untouched."""
    planned = {change.output.name: change for change in saved.changes}
    return replace(now, changes=tuple(_reduced(planned, change) for change in now.changes))


def _reduced(saved: Mapping[str, Change], now: Change) -> Change:
    planned = saved[now.output.name]
    if planned.action not in _HELD_UP or not (now.action.may_pay or _follows_unplanned(saved, now)):
        return now
    note = "it could be paid for by now, but the saved plan does not show that: plan again"
    return replace(planned, notes=(*planned.notes, note))


def _follows_unplanned(saved: Mapping[str, Change], now: Change) -> bool:
    """Whether the output would be served by another one's new job that the saved plan does not show."""
    return now.same_work_as is not None and not saved[now.same_work_as].action.may_pay


def _breach(saved: Mapping[str, Change], now: Change) -> str:
    """One clause, "" for none."""
    planned = saved[now.output.name]
    if planned.action in _HELD_UP:
        return ""
    if _follows_unplanned(saved, now):
        return f"it would have to be paid for now: {now.reason.text}"
    if now.action in _HELD_UP:
        own = now.reason.code == purchase.USED_BY_THIS_PLAN
        return "" if own else f"it is {now.action} now: {now.reason.text}"
    if not now.action.may_pay:
        return ""
    if not planned.action.may_pay:
        return f"it would have to be paid for now: {now.reason.text}"
    if planned.fingerprint and now.fingerprint and planned.fingerprint != now.fingerprint:
        return f"process {now.output.process_id} has other defaults by now, so it would be other work"
    return _dearer(planned, now)


def _dearer(planned: Change, now: Change) -> str:
    before, after = planned.price_credits, now.price_credits
    if before is None or (after is not None and after <= before):
        return ""
    known = "not known" if after is None else words.credit_count(after)
    return f"its price is {known} now, {words.credit_count(before)} in the plan"
