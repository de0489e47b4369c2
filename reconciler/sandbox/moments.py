"""Time in the sandbox: one clock door; moments are whole microseconds since 1970, UTC."""

import datetime as dt
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import format_datetime

SECOND = 1_000_000
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


@dataclass(frozen=True)
class Pace:
    """How the sandbox's time follows the clock outside: at `outside` it was `inside`, and runs `rate` times as fast."""

    outside: int
    inside: int
    rate: float

    def at(self, outside: int) -> int:
        """The sandbox's time at a moment outside."""
        return self.inside + round((outside - self.outside) * self.rate)


class Clock:
    """The one place where the sandbox reads a clock; it runs at its pace, and can be moved ahead."""

    def __init__(self, now: Callable[[], dt.datetime] | None, pace: Pace | None = None) -> None:
        self._now = now or _system_now
        self.pace = pace or Pace(0, 0, 1)

    def micros(self) -> int:
        """This moment."""
        return self.pace.at(to_micros(self._now()))

    def drive(self, *, ahead: int = 0, rate: float | None = None) -> Pace:
        """Move ahead by microseconds, and run at another rate from here on; the pace that results."""
        outside = to_micros(self._now())
        self.pace = Pace(outside, self.pace.at(outside) + ahead, self.pace.rate if rate is None else rate)
        return self.pace


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
    seconds, rest = divmod(micros, SECOND)
    return f"{_second_text(seconds)}.{rest:06d}Z"


@functools.lru_cache(maxsize=10_000)
def _second_text(seconds: int) -> str:
    """A page of jobs has thousands of moments, many of them in the same seconds."""
    return to_datetime(seconds * SECOND).strftime("%Y-%m-%dT%H:%M:%S")


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
