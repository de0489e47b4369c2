"""Explaining a decision: the document behind the fingerprint, each job's verdict, the nearest earlier job. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from reconciler.model.explanation import Considered, Explanation
from reconciler.model.job import Job, Standing
from reconciler.model.observation import Facts, ResultsKind, Situation
from reconciler.model.output import Json
from reconciler.model.plan import Action, Change
from reconciler.planning import diff, fingerprint, history, words

#: Jobs with other work that are listed one by one; the rest is counted.
OTHERS_SHOWN = 5
_FREE = frozenset({Action.UNCHANGED, Action.WAIT, Action.DOWNLOAD})
_FIELDS_SHOWN = 3


class _Verdict(NamedTuple):
    code: str
    counts: bool
    why: str


def explain(change: Change, facts: Facts, situation: Situation, others: Sequence[Job]) -> Explanation:
    """Why the change was decided so; it follows the decision, it does not take it again.

    Args:
        change: the decision.
        facts: what it was taken from, the job history included.
        situation: what it referred to.
        others: jobs of the same process, whatever their work; those with this work may be among them.
    """
    ours = _with_this_work(change, facts, situation)
    wanted = fingerprint.canonical_inputs(facts.output.inputs, facts.process)
    inputs = {job.job_id: _canonical(job, facts) for job in (*ours.values(), *others) if job.inputs is not None}
    ranked = sorted(
        (job for job in {**{job.job_id: job for job in others}, **ours}.values() if job.job_id in inputs),
        key=lambda job: (_distance(inputs[job.job_id], wanted), -job.created.timestamp(), job.job_id),
    )
    nearest = ranked[0] if ranked else None
    strangers = [job for job in ranked if job.job_id not in ours]
    unknown = [job for job in others if job.job_id not in ours and job.job_id not in inputs]
    shown = (strangers + unknown)[:OTHERS_SHOWN]
    return Explanation(
        change=change,
        document=fingerprint.document(
            facts.output.process_id, situation.workspace_id, facts.output.inputs, facts.process
        ),
        considered=(
            *_ours(tuple(ours.values()), change, facts, situation),
            *(_other(job, inputs.get(job.job_id), wanted) for job in shown),
        ),
        other_count=len(strangers) + len(unknown) - len(shown),
        nearest=nearest,
        differences=() if nearest is None else diff.field_changes(inputs[nearest.job_id], wanted),
    )


def _with_this_work(change: Change, facts: Facts, situation: Situation) -> dict[str, Job]:
    """The jobs of this very work by id, the oldest first; one that only a receipt or a claim knows included."""
    found = {job.job_id: job for job in facts.jobs or ()}
    receipt = history.own_receipt(facts, situation)
    if receipt is not None:
        found.setdefault(receipt.job.job_id, history.receipt_job(receipt))
    if change.action in _FREE and change.job is not None:
        found.setdefault(change.job.job_id, change.job)
    return {job.job_id: job for job in sorted(found.values(), key=lambda job: (job.created, job.job_id))}


def _ours(jobs: Sequence[Job], change: Change, facts: Facts, situation: Situation) -> Iterator[Considered]:
    released = 0
    for job in jobs:
        verdict = _not_counted(job, facts)
        if verdict is None:
            released += history.standing(job, situation) is Standing.RELEASED
            verdict = _counted(job, change, facts, situation, released)
        yield Considered(job, *verdict)


def _not_counted(job: Job, facts: Facts) -> _Verdict | None:
    if job.job_id in facts.output.ignore_jobs:
        return _Verdict("ignored", counts=False, why="ignoreJobs names it")
    if facts.newer_than is not None and job.created <= facts.newer_than:
        limit = "--replace asks for a fresh one" if facts.replace_asked else f"newerThan {_second(facts)}"
        return _Verdict("older", counts=False, why=f"created before: {limit}")
    return None


def _counted(job: Job, change: Change, facts: Facts, situation: Situation, released: int) -> _Verdict:
    if change.action in _FREE and change.job is not None and change.job.job_id == job.job_id:
        return _Verdict("serves", counts=True, why="it serves the output")
    failure = _failure(job, facts, situation, released)
    if failure is not None:
        return failure
    results = facts.results.get(job.job_id)
    if results is not None and results.kind is ResultsKind.GONE:
        return _Verdict("results_deleted", counts=True, why="paid, but its results were deleted from storage")
    if results is not None and results.kind is ResultsKind.UNKNOWN:
        return _Verdict("results_unknown", counts=True, why=f"its results cannot be looked at: {results.why}")
    if results is not None and results.kind is ResultsKind.NOT_YET:
        return _Verdict("results_not_listed", counts=True, why="its results are not listed yet")
    return _Verdict("counts", counts=True, why=f"{_does(job, situation)}, but another one comes first")


def _failure(job: Job, facts: Facts, situation: Situation, released: int) -> _Verdict | None:
    found = history.standing(job, situation)
    if found is Standing.RELEASED and job.consumption_id is not None:
        return _Verdict("released_and_charged", counts=True, why="released, but charged all the same")
    if found is Standing.RELEASED:
        why = f"released (attempt {released} of {facts.output.attempts})"
        return _Verdict("released", counts=True, why=why)
    if found is Standing.INVALID:
        why = "; ".join(f"{error.name}: {error.message}" for error in job.errors) or "no reason given"
        return _Verdict("invalid", counts=True, why=f"invalid: {why}")
    if found is Standing.UNLICENSED:
        return _Verdict("unlicensed", counts=True, why="its EULA was not accepted")
    if found is Standing.REJECTED:
        return _Verdict("rejected", counts=True, why="the balance did not cover it")
    return None


def _other(job: Job, given: Mapping[str, Json] | None, wanted: Mapping[str, Json]) -> Considered:
    if given is None:
        return Considered(job, "unknown_work", counts=False, why="the service does not repeat its inputs")
    found = diff.field_changes(given, wanted)
    if not found:
        return Considered(job, "other_work", counts=False, why="the same inputs, but it was created as other work")
    more = f" and {len(found) - _FIELDS_SHOWN} more" if len(found) > _FIELDS_SHOWN else ""
    return Considered(
        job, "other_work", counts=False, why=f"other inputs: {words.field_changes(found[:_FIELDS_SHOWN])}{more}"
    )


def _does(job: Job, situation: Situation) -> str:
    pending = history.standing(job, situation) is Standing.PENDING
    return words.running(job, situation.now) if pending else words.done(job)


def _second(facts: Facts) -> str:
    return "" if facts.newer_than is None else facts.newer_than.strftime("%Y-%m-%dT%H:%M:%SZ")


def _canonical(job: Job, facts: Facts) -> dict[str, Json]:
    return fingerprint.canonical_inputs(job.inputs or {}, facts.process)


def _distance(one: Mapping[str, Json], other: Mapping[str, Json]) -> int:
    """How many single values differ: cheap, for histories of any length."""
    left, right = dict(_leaves(one)), dict(_leaves(other))
    return sum(
        path not in left or path not in right or left[path] != right[path] for path in left.keys() | right.keys()
    )


def _leaves(value: Json, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    if isinstance(value, Mapping) and value:
        for key, entry in value.items():
            yield from _leaves(entry, (*path, key))
    elif isinstance(value, list | tuple) and value:
        for index, entry in enumerate(value):
            yield from _leaves(entry, (*path, index))
    else:
        yield path, value
