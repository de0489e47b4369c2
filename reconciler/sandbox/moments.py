"""Time in the sandbox: one clock door; moments are whole microseconds since 1970, UTC."""

import datetime as dt
import re
from collections.abc import Callable
from email.utils import format_datetime

SECOND = 1_000_000
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


class Clock:
    """The one place where the sandbox reads a clock."""

    def __init__(self, now: Callable[[], dt.datetime] | None) -> None:
        self._now = now or _system_now

    def micros(self) -> int:
        """This moment."""
        return to_micros(self._now())


def _system_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def to_micros(moment: dt.datetime) -> int:
    """An aware datetime as a moment."""
    return (moment - _EPOCH) // dt.timedelta(microseconds=1)


def to_datetime(micros: int) -> dt.datetime:
    """A moment as an aware datetime, UTC."""
    return _EPOCH + dt.timedelta(microseconds=micros)


def to_text(micros: int) -> str:
    """RFC 3339 with six fraction digits and Z, as the service writes it (up42-api.md section 7.2)."""
    return to_datetime(micros).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def text_or_none(micros: int | None) -> str | None:
    """`to_text`, None for None."""
    return None if micros is None else to_text(micros)


def from_text(text: str) -> int:
    """An RFC 3339 instant as a moment; digits beyond the sixth of a fraction are cut off.

    Raises:
        ValueError: the text is not an RFC 3339 instant with a zone.
    """
    if not _RFC3339.fullmatch(text):
        raise ValueError(f"{text!r} is not an RFC 3339 instant")
    shortened = re.sub(r"(\.\d{6})\d+", r"\1", text.upper())
    return to_micros(dt.datetime.fromisoformat(shortened))


def http_date(micros: int) -> str:
    """A moment for a `Date` header: whole seconds, GMT."""
    return format_datetime(to_datetime(micros), usegmt=True)
