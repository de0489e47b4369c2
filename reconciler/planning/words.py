"""The words of reasons that several decisions share."""

from collections.abc import Sequence
from datetime import datetime

from reconciler.model.job import Job
from reconciler.model.output import Json
from reconciler.model.plan import FieldChange

_SHORT_ID_LENGTH = 4
_VALUE_LENGTH = 40


def short(job_id: str) -> str:
    """A job id as plans show it: its first four characters."""
    return f"{job_id[:_SHORT_ID_LENGTH]}…" if len(job_id) > 2 * _SHORT_ID_LENGTH else job_id


def moment(time: datetime, now: datetime) -> str:
    """`12:40` for today, `2024-06-14 12:40` for another day (UTC)."""
    return time.strftime("%H:%M" if time.date() == now.date() else "%Y-%m-%d %H:%M")


def running(job: Job, now: datetime) -> str:
    """`job 6856… is running since 12:40`."""
    return f"job {short(job.job_id)} is {job.status} since {moment(job.started or job.created, now)}"


def done(job: Job) -> str:
    """`captured by job 11aa…`, or `done by job 11aa…` where another word tells of success."""
    return f"{'captured' if job.status == 'captured' else 'done'} by job {short(job.job_id)}"


def count(number: int, noun: str) -> str:
    """`1 job`, `2 jobs`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def credit_count(credit_count: int) -> str:
    """`1 credit`, `1,000 credits`."""
    return count(credit_count, "credit")


def field_changes(changes: Sequence[FieldChange]) -> str:
    """`sensitivity 2 → 5, item …`."""
    return ", ".join(f"{change.path} {_value(change.before)} → {_value(change.after)}" for change in changes)


def _value(value: Json) -> str:
    text = "(none)" if value is None else str(value)
    return text if len(text) <= _VALUE_LENGTH else f"{text[: _VALUE_LENGTH - 1]}…"
