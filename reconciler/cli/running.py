"""Running a command's coroutine, with signals: the first asks for a clean end, the second ends at once."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_FIRST = "Interrupted: nothing more is created. Jobs at UP42 keep running; finishing what must not be cut short."
_SECOND = "Interrupted twice: ending at once."


class Interrupt:
    """What a command may know of signals.

    Attributes:
        event: set by the first SIGINT or SIGTERM.
        graceful: a command sets it while it can end by itself when `event` is set; else it is cancelled.
        signal_number: of the first signal; None before.
    """

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self.graceful = False
        self.signal_number: int | None = None

    @contextlib.contextmanager
    def suspended(self) -> Iterator[None]:
        """Give Ctrl-C back to Python for a blocking prompt: there it raises KeyboardInterrupt."""
        self._let_go()
        try:
            yield
        finally:
            self.listen()

    def listen(self) -> None:
        """Take the signals of the running loop. The task that runs now is the one that a signal cancels."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._on_signal, number, task)

    def _let_go(self) -> None:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.remove_signal_handler(number)

    def _on_signal(self, number: int, task: asyncio.Task[Any] | None) -> None:
        first = self.signal_number is None
        self.signal_number = self.signal_number or number
        self.event.set()
        if first and self.graceful:
            print(_FIRST, file=sys.stderr)  # noqa: T201 - progress may be gone by now; this has to be seen
            return
        if not first:
            print(_SECOND, file=sys.stderr)  # noqa: T201 - as above
        if task is not None:
            task.cancel()


def run(command: Callable[[Interrupt], Coroutine[Any, Any, int]]) -> int:
    """The exit code of the command, or 128 and the signal's number where a signal ended it."""
    return asyncio.run(_run(command))


async def _run(command: Callable[[Interrupt], Coroutine[Any, Any, int]]) -> int:
    interrupt = Interrupt()
    interrupt.listen()
    try:
        return await command(interrupt)
    except asyncio.CancelledError:
        if interrupt.signal_number is None:
            raise
        return 128 + interrupt.signal_number
