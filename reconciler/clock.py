"""The only door to time: everything that reads a clock or waits is handed a `Clock`."""

import asyncio
import datetime as dt
import time
from typing import Protocol


class Clock(Protocol):
    """What the engine may ask of time."""

    def now(self) -> dt.datetime:
        """This machine's wall clock, aware, UTC: for what people read, never for a decision about money."""
        ...

    def monotonic_s(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after that many seconds."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> dt.datetime:
        """The wall clock, aware, UTC."""
        return dt.datetime.now(dt.UTC)

    def monotonic_s(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after that many seconds."""
        await asyncio.sleep(seconds)
