"""What all outputs of one apply share: whether it may go on creating."""

import asyncio
import contextlib
from collections.abc import Iterator

from reconciler.errors import DefinitionChanged, Stopped


class Control:
    """Switches of one apply.

    Attributes:
        stopping: set when nothing more may be created.
        halted: the first job that came back altered; nothing more is created then.
        unknown_price_turn: jobs whose price nobody knows are created one after the other.
        unknown_price_left_credits: what the one whose turn it is may cost at most; None: it must not be created.
    """

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self.halted: DefinitionChanged | None = None
        self.unknown_price_turn = asyncio.Lock()
        self.unknown_price_left_credits: int | None = None
        self._posting = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    def check(self) -> None:
        """Return if something may be created.

        Raises:
            Stopped: nothing more may be.
        """
        if self.halted is not None:
            raise Stopped(f"Not created: the run stopped creating when job {self.halted.job_id} came back altered.")
        if self.stopping.is_set():
            raise Stopped("Not created: the run was stopped first.", hint="Run the same command again to go on.")

    @contextlib.contextmanager
    def posting(self) -> Iterator[None]:
        """Around a request that may create a job: a run that stops waits for its end."""
        self._posting += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._posting -= 1
            if not self._posting:
                self._quiet.set()

    async def quiet(self) -> None:
        """Return when no request that may create a job is under way."""
        await self._quiet.wait()
