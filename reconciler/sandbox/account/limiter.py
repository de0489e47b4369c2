"""The published rate limit: 100 requests a second from one address, bursts up to 500 (up42-api.md section 11).

Over it the answer is 429; whether `Retry-After` comes with it is not documented, so it does not. Time is the
sandbox's own.
"""

import threading

from reconciler.sandbox.moments import SECOND, Clock

PER_SECOND, BURST = 100, 500
_MOST_ADDRESSES = 10_000


class Limiter:
    """One bucket of requests for each address; without `enforced` everything is admitted."""

    def __init__(self, clock: Clock, *, enforced: bool) -> None:
        self._clock = clock
        self._enforced = enforced
        self._buckets: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def admits(self, address: str) -> bool:
        """Take one request of an address, where it has any left."""
        if not self._enforced:
            return True
        with self._lock:
            now = self._clock.micros()
            since, left = self._buckets.get(address, (now, float(BURST)))
            left = min(left + max(now - since, 0) * PER_SECOND / SECOND, BURST)
            admitted = left >= 1
            if address not in self._buckets and len(self._buckets) >= _MOST_ADDRESSES:
                self._buckets.clear()
            self._buckets[address] = (now, left - admitted)
            return admitted
