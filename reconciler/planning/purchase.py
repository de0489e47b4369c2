"""Whether a new job may be paid for, when no job that exists serves the output. The second half of the table."""

from dataclasses import dataclass, replace

from reconciler.model.job import Job, Standing
from reconciler.model.observation import Facts, Need, Offer, Question, Situation
from reconciler.model.plan import Action, Change, FieldChange, Reason
from reconciler.planning import changes, history, inputs, words

#: The code of a saved plan's action that this plan's own apply has used up.
USED_BY_THIS_PLAN = "blocked_because_plan_used"


@dataclass(frozen=True, slots=True)
class Ground:
    """What led to the wish for a new job.

    Attributes:
        failed: the jobs that count and failed, the oldest first.
        results_deleted: a job was paid and its results were deleted from storage.
    """

    failed: tuple[Job, ...] = ()
    results_deleted: bool = False


def decide(facts: Facts, situation: Situation, ground: Ground) -> Change | Need:
    """A paid action, or why there is none, or the question that has to be asked first (HISTORY was)."""
    released = [job for job in ground.failed if history.standing(job, situation) is Standing.RELEASED]
    forbidden = (
        _forbidden_by_approval(facts)
        or _forbidden_by_history(facts, situation, ground, released)
        or _claim(facts, situation)
    )
    if forbidden is not None:
        return forbidden
    if facts.process is None:
        return unknown_process(facts)
    # Outputs that differ by the host of a link alone are the same work, and may share an offer: told apart here.
    foreign = inputs.foreign_links(facts.output, situation.api_url)
    offer = Offer(foreign) if foreign else facts.offer
    if offer is None:
        return Need(Question.OFFER)
    if offer.refusals:
        first, *others = offer.refusals
        change = changes.blocked(facts, first.code, first.text)
        return replace(change, notes=change.notes + tuple(reason.text for reason in others))
    uncured = _uncured(facts, offer, situation, ground)
    return uncured or _paid(facts, offer, situation, ground, len(released))


def unknown_process(facts: Facts) -> Change:
    """Blocked, with the nearest process that there is."""
    text = f"UP42 has no process {facts.output.process_id}{facts.process_hint}: see reconciler processes"
    return changes.blocked(facts, "blocked_because_unknown_process", text)


def _forbidden_by_approval(facts: Facts) -> Change | None:
    job = None if facts.approval is None else facts.approval.used_by(facts.jobs or ())
    if job is None:
        return None
    own = facts.claim is not None and facts.approval is not None and facts.claim.plan_id == facts.approval.plan_id
    code = USED_BY_THIS_PLAN if own else "blocked_because_job_came_since"
    text = f"job {words.short(job.job_id)}, made since this plan, is {job.status}: plan again"
    return changes.blocked(facts, code, text, job)


def _forbidden_by_history(facts: Facts, situation: Situation, ground: Ground, released: list[Job]) -> Change | None:
    charged = next((job for job in released if job.consumption_id), None)
    if charged is not None:
        text = f"job {words.short(charged.job_id)} was released, but charged all the same: contact UP42 support"
        return changes.blocked(facts, "blocked_because_released_and_charged", text, charged)
    for job in ground.failed:
        if history.standing(job, situation) is Standing.INVALID:
            why = "; ".join(f"{error.name}: {error.message}" for error in job.errors) or "no reason given"
            text = f"job {words.short(job.job_id)} was invalid: {why}: change the inputs, or set newerThan to try again"
            return changes.blocked(facts, "blocked_because_invalid", text, job)
    if released and len(released) >= facts.output.attempts:
        used = f"{len(released)} of {words.count(facts.output.attempts, 'attempt')} used"
        text = f"job {words.short(released[-1].job_id)} was released ({used}): raise retry.attempts to pay for another"
        return changes.blocked(facts, "blocked_because_attempts_used", text, released[-1])
    return None


def _claim(facts: Facts, situation: Situation) -> Change | None:
    claim = facts.claim
    if claim is not None and claim.altered and claim.job_id not in facts.output.ignore_jobs:
        text = (
            f"job {words.short(claim.job_id or '')} came back with other inputs than were sent ({claim.altered}): "
            f"look at it in the console, then add it to ignoreJobs to pay for a new one"
        )
        return changes.blocked(facts, "blocked_because_definition_changed", text)
    job = history.claimed_job(facts, situation)
    if job is None:
        return None
    text = f"job {words.short(job.job_id)} was created at {words.moment(job.created, situation.now)}, not listed yet"
    return changes.free(facts, Action.WAIT, Reason("wait_because_not_listed", text), job)


def _uncured(facts: Facts, offer: Offer, situation: Situation, ground: Ground) -> Change | None:
    if not ground.failed:
        return None
    last = ground.failed[-1]
    found = history.standing(last, situation)
    if found is Standing.UNLICENSED and not offer.licence_accepted:
        text = (
            f"job {words.short(last.job_id)} was unlicensed, and no accepted EULA is known: see reconciler eulas list"
        )
        return changes.blocked(facts, "blocked_because_unlicensed", text, last)
    price = None if offer.quote is None else offer.quote.credits
    covered = offer.balance_credits is not None and price is not None and offer.balance_credits >= price
    if found is Standing.REJECTED and not covered:
        known = "not known" if offer.balance_credits is None else words.credit_count(offer.balance_credits)
        text = f"job {words.short(last.job_id)} was rejected for lack of credits; the balance is {known}: top it up"
        return changes.blocked(facts, "blocked_because_rejected", text, last)
    return None


def _paid(facts: Facts, offer: Offer, situation: Situation, ground: Ground, released: int) -> Change:
    receipt = facts.destination.receipt
    field_changes = () if receipt is None else changes.of_inputs(facts, receipt)
    reason = _reason(facts, ground, released, field_changes)
    action = Action.CREATE if receipt is None else Action.REPLACE
    claim = history.unresolved_claim(facts, situation)
    if facts.output.prevent_replace and action is Action.REPLACE:
        text = f"preventReplace is set, and this would pay for a new job ({reason.text})"
        return replace(changes.blocked(facts, "blocked_because_prevent_replace", text), field_changes=field_changes)
    if claim is not None and claim.posting_at is not None:
        action = Action.UNRESOLVED
        posted = claim.posting_at.strftime("%H:%M:%S")
        reason = Reason("resolve_because_posted", f"posted {posted}, no answer, not listed yet")
    return Change(
        facts.output,
        action,
        reason,
        fingerprint=facts.fingerprint,
        quote=offer.quote,
        attempt=released + 1,
        attempts=max(facts.output.attempts, released + 1),
        field_changes=field_changes,
        newer_than=facts.newer_than,
        known_jobs=frozenset(job.job_id for job in facts.jobs or ()),
        former=facts.former,
        notes=changes.former_jobs(facts),
    )


def _reason(facts: Facts, ground: Ground, released: int, field_changes: tuple[FieldChange, ...]) -> Reason:
    receipt = facts.destination.receipt
    if ground.results_deleted:
        return Reason("create_because_rebuy", "paid before, results deleted from storage; asked by --rebuy")
    if released:
        return Reason(
            "create_because_released", f"the last one was released (try {released + 1} of {facts.output.attempts})"
        )
    if ground.failed:
        return Reason("create_because_cured", f"the last one was {ground.failed[-1].status}; that is cured now")
    if facts.replace_asked and (receipt is not None or facts.jobs):
        return Reason("replace_by_request", "asked by --replace")
    if receipt is not None and not facts.receipt_is_same_work:
        text = f"inputs changed: {words.field_changes(field_changes)}"
        return Reason("replace_because_inputs_changed", text)
    if receipt is not None and receipt.job.job_id in facts.output.ignore_jobs:
        text = f"ignoreJobs names its job {words.short(receipt.job.job_id)}"
        return Reason("replace_because_ignored", text)
    if facts.newer_than is not None and (receipt is not None or facts.jobs):
        text = f"newerThan {facts.newer_than.strftime('%Y-%m-%dT%H:%M:%SZ')}: the jobs for these inputs are older"
        return Reason("replace_because_newer_than", text)
    if facts.jobs:
        return Reason("create_because_ignored", "ignoreJobs names every job for these inputs")
    return Reason("create_because_missing", "no job for these inputs")
