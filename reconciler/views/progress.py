"""Progress on stderr while the engine works: bars on a terminal, plain lines elsewhere.

Nothing shown here is data: a stream that breaks (a closed pipe, a lost terminal) silences the progress and never
stops a run that pays.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol, TextIO, cast

from reconciler.clock import Clock
from reconciler.engine.events import Event, Notify
from reconciler.views.bars import Bars
from reconciler.views.lines import Lines


class _View(Protocol):
    def open(self) -> None:
        """Take the screen over."""

    def notify(self, event: Event) -> None:
        """Take an event in."""

    def tick(self) -> float:
        """Show what is due, and say in how many seconds to look again."""

    def close(self) -> None:
        """Show what is left and leave the screen as it was found."""


@asynccontextmanager
async def progress(stream: TextIO, *, interactive: bool, clock: Clock, colour: bool = False) -> AsyncIterator[Notify]:
    """Show the events of one run on `stream` until the block ends.

    Args:
        stream: stderr.
        interactive: whether the screen may be redrawn: a terminal, and not under CI.
        clock: this machine's own time; paces the redrawing (10 times a second at most) and the heartbeats.
        colour: whether the bars may have colours.
    """
    quiet = cast("TextIO", _Unbroken(stream))
    view: _View = Bars(quiet, clock, colour=colour) if interactive else Lines(quiet, clock)
    view.open()
    ticker = asyncio.create_task(_tick(view, clock))
    try:
        yield view.notify
    finally:
        ticker.cancel()
        view.close()
        await asyncio.wait([ticker])


async def _tick(view: _View, clock: Clock) -> None:
    while True:
        await clock.sleep(view.tick())


class _Unbroken:
    """What progress needs of a text stream; from its first failure on it takes everything and writes nothing.

    The failure has to end here: rich answers a broken pipe with `SystemExit`.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._broken = False

    @property
    def encoding(self) -> str:
        return self._stream.encoding or "utf-8"

    def write(self, text: str) -> int:
        if not self._broken:
            try:
                self._stream.write(text)
            except (OSError, ValueError):  # ValueError: closed
                self._broken = True
        return len(text)

    def flush(self) -> None:
        if not self._broken:
            try:
                self._stream.flush()
            except (OSError, ValueError):  # as in write
                self._broken = True

    def isatty(self) -> bool:
        return not self._broken and self._stream.isatty()
