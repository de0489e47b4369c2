"""An event as one plain line, for terminals and logs alike."""

from typing import assert_never

from reconciler.engine.events import (
    Acting,
    Asked,
    Claimed,
    Created,
    Delivered,
    Event,
    Failed,
    JobStatus,
    Note,
    Retrying,
    Transferring,
    Waiting,
)
from reconciler.planning import words
from reconciler.views.safe_text import NAME_LENGTH, sanitise, shorten_middle, unlimited
from reconciler.views.wording import bytes_text, count, credits_text, duration, sentence

_NAMES_SHOWN = 3


def line(event: Event) -> str:  # noqa: C901, PLR0911 - one row for each event, nothing nested
    """What happened, as one safe line; it begins with the output's name where the event is about one."""
    match event:
        case Acting(outputs):
            return f"{count(outputs, 'output')} to bring in."
        case Asked(what, done, total):
            return f"{sanitise(what, NAME_LENGTH)}: {done:,}{'' if total is None else f' of {total:,}'}"
        case Claimed(output):
            return f"{_name(output)}: claimed, a job will be created"
        case Created(output, job_id, credit_count):
            price = "price unknown" if credit_count is None else credits_text(credit_count)
            # The full id: a log is where people look for a job that was paid.
            return f"{_name(output)}: created job {unlimited(job_id)} ({price})"
        case JobStatus(output, job_id, status):
            return f"{_name(output)}: job {sanitise(words.short(job_id))} is {sanitise(status, NAME_LENGTH)}"
        case Waiting(output, why, _):
            return f"{_name(output)}: waiting: {sanitise(why)}"
        case Transferring(output, file, _, total_bytes):
            size = "" if total_bytes is None else f" ({bytes_text(total_bytes)})"
            return f"{_name(output)}: downloading {shorten_middle(file)}{size}"
        case Delivered(output, files, size_bytes):
            return f"{_name(output)}: delivered, {count(files, 'file')}, {bytes_text(size_bytes)}"
        case Failed(output, why):
            return f"{_name(output)}: failed: {sentence(sanitise(why))}"
        case Note(text):
            return sentence(sanitise(text))
        case Retrying(what, why, seconds):
            return f"{sanitise(what)}: {sanitise(why)}; trying again in {duration(seconds)}"
        case _:
            assert_never(event)


def heartbeat(elapsed_s: float, waiting_for: list[str]) -> str:
    """`Still running... [12m30s elapsed]`, after the names of at most three of the outputs that are under way."""
    names = ", ".join(_name(name) for name in waiting_for[:_NAMES_SHOWN])
    more = f" and {len(waiting_for) - _NAMES_SHOWN:,} more" if len(waiting_for) > _NAMES_SHOWN else ""
    return f"{names}{more}{': ' if names else ''}Still running... [{duration(elapsed_s)} elapsed]"


def _name(output: str) -> str:
    return sanitise(output, NAME_LENGTH)
