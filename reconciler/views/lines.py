"""Progress as plain lines, for logs: each piece of news once, and a heartbeat in long silences."""

from typing import TextIO, assert_never

from reconciler.clock import Clock
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
from reconciler.views.narration import heartbeat, line

#: (elapsed seconds at the last line, below which it holds; seconds of silence before a heartbeat): slower over time.
_HEARTBEATS = ((60.0, 10.0), (300.0, 30.0))
_LAST_HEARTBEAT_S = 60.0


class Lines:
    """A log of one run. Lines have no time stamp: CI systems add their own."""

    def __init__(self, stream: TextIO, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock
        self._started_s = clock.monotonic_s()
        self._last_s = self._started_s
        self._shown: dict[tuple[str, ...], str] = {}
        self._under_way: dict[str, None] = {}  # a set that keeps its order

    def open(self) -> None:
        """There is nothing to prepare."""

    def notify(self, event: Event) -> None:
        """Write the event's line, unless it says what the last line about the same thing said."""
        self._follow(event)
        subject = _subject(event)
        if subject is not None:
            if isinstance(event, Asked) and not _is_news(event, first=subject not in self._shown):
                return
            if self._shown.get(subject) == line(event):
                return
            self._shown[subject] = line(event)
        self._write(line(event))

    def tick(self) -> float:
        """Write a heartbeat if nothing was written for long enough."""
        now = self._clock.monotonic_s()
        if now >= self._due_s():
            self._write(heartbeat(now - self._started_s, list(self._under_way)))
        return self._due_s() - now

    def close(self) -> None:
        """There is nothing to give back."""

    def _due_s(self) -> float:
        """When a heartbeat is due, should nothing be written before."""
        elapsed_s = self._last_s - self._started_s
        return self._last_s + next((silence for below, silence in _HEARTBEATS if elapsed_s < below), _LAST_HEARTBEAT_S)

    def _follow(self, event: Event) -> None:
        match event:
            case Claimed(output) | Created(output) | JobStatus(output) | Waiting(output) | Transferring(output):
                self._under_way[output] = None
            case Delivered(output) | Failed(output):
                self._under_way.pop(output, None)
            case _:
                pass

    def _write(self, text: str) -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()
        self._last_s = self._clock.monotonic_s()


def _is_news(event: Asked, *, first: bool) -> bool:
    """Of many questions only the beginning and the end are told; of none, nothing."""
    return event.total != 0 and (first or event.done == event.total)


def _subject(event: Event) -> tuple[str, ...] | None:
    """What the event is about: of two lines about one thing, only news is written. None: every one is news."""
    kind = type(event).__name__
    match event:
        case Asked(what):
            return (kind, what)
        case Transferring(output, file):
            return (kind, output, file)
        case Note(text):
            return (kind, text)
        case (
            Claimed(output) | Created(output) | JobStatus(output) | Waiting(output) | Delivered(output) | Failed(output)
        ):
            return (kind, output)
        case Acting() | Retrying():
            return None
        case _:
            assert_never(event)
