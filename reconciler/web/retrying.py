"""The retry loop for requests that may be repeated. It knows outcomes, not requests."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, retry_if_result, stop_after_attempt

from reconciler.clock import Clock
from reconciler.errors import ServiceError
from reconciler.web.backoff import FIRST_WAIT_S, wait_s

#: How many times a request is sent at most.
ATTEMPTS = 6


class Tried(Protocol):
    """The outcome of one try that brought an answer."""

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed later."""
        ...

    @property
    def retry_after_s(self) -> float | None:
        """Seconds that the service asks to wait; None where it does not."""
        ...


T = TypeVar("T", bound=Tried)


@dataclass(frozen=True, slots=True)
class Retries:
    """How often and how long: the doors to time and chance, and the number of tries.

    Attributes:
        chance: returns a number in [0, 1).
        first_wait_s: seconds before the second try, before jitter; doubled for each further one.
    """

    clock: Clock
    chance: Callable[[], float]
    attempts: int = ATTEMPTS
    first_wait_s: float = FIRST_WAIT_S

    async def run(self, attempt: Callable[[], Awaitable[T]], *, final: Callable[[ServiceError], bool]) -> T:
        """Try until the outcome is not one that may pass; then return it, or raise what the last try raised.

        Args:
            attempt: one try.
            final: an error that must not be tried again although it may pass, for instance because it has
                been tried often enough elsewhere.
        """

        async def once() -> T:  # the library awaits only what is declared `async`
            return await attempt()

        retrying = AsyncRetrying(
            sleep=self.clock.sleep,
            stop=stop_after_attempt(self.attempts),
            wait=self._wait_s,
            retry=retry_if_exception(lambda error: _may_pass(error) and not _is(error, final))
            | retry_if_result(lambda tried: tried.passing),
            retry_error_callback=_last,
        )
        return await retrying(once)

    def _wait_s(self, state: RetryCallState) -> float:
        outcome = state.outcome
        asked_s = None if outcome is None or outcome.failed else outcome.result().retry_after_s
        return wait_s(state.attempt_number, asked_s, self.chance(), self.first_wait_s)


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, ServiceError) and error.retryable


def _is(error: BaseException, final: Callable[[ServiceError], bool]) -> bool:
    return isinstance(error, ServiceError) and final(error)


def _last(state: RetryCallState) -> object:
    """The last outcome as it was, its own error included."""
    if state.outcome is None:
        raise RuntimeError("The retry loop ended before its first try.")
    return state.outcome.result()
