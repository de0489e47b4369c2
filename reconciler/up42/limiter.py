"""When the next request may leave: cadence, concurrency, and what the service asked for with Retry-After."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from reconciler.clock import Clock

_ROUNDING = 1e-9


class Limiter:
    """A token bucket, a bound on requests in flight and one shared gate, all first come, first served.

    Nobody polls: the first in the queue sleeps exactly until its turn, the others wait behind it.

    Attributes:
        rate_per_s: requests a second that may leave in the long run (published: 100; up42-api.md section 11).
        burst: how many may leave at once after a pause (published: 500).
        concurrency: how many may be in flight at once.
    """

    def __init__(self, clock: Clock, *, rate_per_s: float = 100.0, burst: int = 500, concurrency: int = 32) -> None:
        self.rate_per_s = rate_per_s
        self.burst = burst
        self.concurrency = concurrency
        self._clock = clock
        self._places = asyncio.Semaphore(concurrency)
        self._queue = asyncio.Lock()
        self._tokens = float(burst)
        self._filled_at_s = clock.monotonic_s()
        self._closed_until_s = self._filled_at_s

    def hold_back(self, seconds: float) -> None:
        """Let no request leave for that long, counted from now; a longer hold that stands already is kept."""
        self._closed_until_s = max(self._closed_until_s, self._clock.monotonic_s() + seconds)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a turn, then hold a place among the requests in flight until the block ends."""
        async with self._places:
            async with self._queue:
                while (wait_s := self._wait_s()) > 0:
                    await self._clock.sleep(wait_s)
                self._tokens -= 1
            yield

    def _wait_s(self) -> float:
        now_s = self._clock.monotonic_s()
        self._tokens = min(float(self.burst), self._tokens + (now_s - self._filled_at_s) * self.rate_per_s)
        self._filled_at_s = now_s
        missing = 1.0 - self._tokens
        return max(self._closed_until_s - now_s, missing / self.rate_per_s if missing > _ROUNDING else 0.0)
