"""Building changes: the parts that every kind of action has in common."""

from reconciler.model.job import Job
from reconciler.model.observation import Facts
from reconciler.model.plan import Action, Change, FieldChange, Reason
from reconciler.model.receipt import Receipt
from reconciler.planning import diff, fingerprint, words


def blocked(facts: Facts, code: str, text: str, job: Job | None = None) -> Change:
    """Nothing will be done for the output until somebody acts."""
    return Change(
        facts.output,
        Action.BLOCKED,
        Reason(code, text),
        fingerprint=facts.fingerprint,
        job=job,
        newer_than=facts.newer_than,
        former=facts.former,
        notes=former_jobs(facts),
    )


def free(facts: Facts, action: Action, reason: Reason, job: Job) -> Change:
    """The output is served by a job that exists."""
    return Change(
        facts.output,
        action,
        reason,
        fingerprint=facts.fingerprint,
        job=job,
        newer_than=facts.newer_than,
        saved_credits=job.credits,
        former=facts.former,
        notes=former_jobs(facts),
    )


def former_jobs(facts: Facts) -> tuple[str, ...]:
    """One note for each job that still runs for an earlier form of the output: it cannot be cancelled."""
    return tuple(
        f"job {words.short(job.job_id)} still runs with earlier inputs"
        f"{'' if job.credits is None else f' ({words.credit_count(job.credits)})'}; it cannot be cancelled"
        for job in facts.former
    )


def of_inputs(facts: Facts, receipt: Receipt) -> tuple[FieldChange, ...]:
    """What differs between the delivered work and the wanted one, the process included."""
    before = fingerprint.canonical_inputs(receipt.inputs, facts.process)
    after = fingerprint.canonical_inputs(facts.output.inputs, facts.process)
    found = diff.field_changes(before, after)
    if receipt.process_id == facts.output.process_id:
        return found
    return (FieldChange("process", receipt.process_id, facts.output.process_id), *found)
