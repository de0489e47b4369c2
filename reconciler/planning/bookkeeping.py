"""Keeping the books: whose job is whose, where its credits are, and what that adds up to. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.model.job import Job, Standing
from reconciler.model.output import Output
from reconciler.model.receipt import Claim, Receipt
from reconciler.model.spending import Entry, Ledger, MoneyState, Spending, month_of, sums

_STATES = {
    Standing.PENDING: MoneyState.RUNNING,
    Standing.UNSETTLED: MoneyState.RUNNING,
    Standing.SETTLED: MoneyState.CHARGED,
}


@dataclass(frozen=True, slots=True)
class Owners:
    """Who may say whose a job is.

    Attributes:
        fingerprints: of jobs, by job id, where their work is known.
        outputs: the declared outputs by the fingerprint of their work, each by name.
        claims: by the id of the job that came of them.
        receipts: at the declared destinations, by the id of the job that made the files.
    """

    fingerprints: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, Sequence[Output]] = field(default_factory=dict)
    claims: Mapping[str, Claim] = field(default_factory=dict)
    receipts: Mapping[str, Receipt] = field(default_factory=dict)


def entries(jobs: Iterable[Job], owners: Owners, *, now: datetime, grace_s: float) -> tuple[Entry, ...]:
    """Every job as an entry, in the given order; `now` is the server's time.

    A job belongs to the declared output that wants this work (of several to the one that claimed it, else to the
    first by name); else to the output that its claim names, with the labels of that time; else to the output of the
    receipt beside its files; else to nobody. It is charged once it is settled or has a consumption id, whatever its
    status says.
    """
    return tuple(_entry(job, owners, now=now, grace_s=grace_s) for job in jobs)


def close(spending: Spending, *, by: str, outputs: frozenset[str] | None = None) -> Ledger:
    """The sums of all jobs by group (`Ledger.by` says which there are); only those of `outputs`, if some are named."""
    groups: dict[str, list[Entry]] = {}
    others: list[Entry] = []
    for entry in spending.entries:
        chosen = entry.output is not None and (outputs is None or entry.output in outputs)
        names = _groups(entry, by) if chosen else ()
        if not names:
            others.append(entry)
        for name in names:
            groups.setdefault(name, []).append(entry)
    return Ledger(
        by=by,
        groups={name: sums(groups[name]) for name in sorted(groups)},
        others=sums(others),
        total=sums(spending.entries),
        spending=spending,
    )


def _entry(job: Job, owners: Owners, *, now: datetime, grace_s: float) -> Entry:
    claim = owners.claims.get(job.job_id)
    output, labels = _owner(job, owners, claim)
    charged = job.consumption_id is not None
    state = _STATES.get(job.standing(now=now, grace_s=grace_s), MoneyState.RELEASED)
    return Entry(
        job_id=job.job_id,
        process_id=job.process_id,
        month=month_of(job.created),
        state=MoneyState.CHARGED if charged else state,
        credits=job.credits,
        quoted_credits=job.credits if claim is None or claim.quoted_credits is None else claim.quoted_credits,
        output=output,
        labels=labels,
    )


def _owner(job: Job, owners: Owners, claim: Claim | None) -> tuple[str | None, Mapping[str, str] | None]:
    wanting = owners.outputs.get(owners.fingerprints.get(job.job_id, ""), ())
    claimed_by = None if claim is None else claim.output
    for output in sorted(wanting, key=lambda output: (output.name != claimed_by, output.name)):
        return output.name, output.labels
    if claim is not None:
        return claim.output, claim.labels
    receipt = owners.receipts.get(job.job_id)
    return (None, None) if receipt is None else (receipt.output, receipt.labels)


def _groups(entry: Entry, by: str) -> tuple[str, ...]:
    kind, _, key = by.partition(":")
    labels = entry.labels or {}
    if kind == "label":
        return tuple(f"{name}={value}" for name, value in labels.items() if key in ("", name)) or ("(none)",)
    return ({"output": entry.output or "", "process": entry.process_id}.get(kind, entry.month),)
