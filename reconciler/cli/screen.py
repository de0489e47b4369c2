"""What a command knows of the terminal."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from reconciler.cli.environment import Environment
from reconciler.clock import SystemClock
from reconciler.engine.events import Event, Notify
from reconciler.views.progress import progress


def colour(environment: Environment) -> bool:
    """Whether stdout may have colours."""
    return sys.stdout.isatty() and not environment.no_color


def can_ask(environment: Environment) -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty() and not environment.ci


class Screen:
    """Progress on stderr: shown while a block says so, silent between (at a prompt, say)."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._shown: Notify | None = None

    def notify(self, event: Event) -> None:
        """Show an event, if anything is shown just now."""
        if self._shown is not None:
            self._shown(event)

    @asynccontextmanager
    async def showing(self) -> AsyncIterator[None]:
        """Show progress for the length of the block."""
        interactive = sys.stderr.isatty() and not self._environment.ci
        coloured = interactive and not self._environment.no_color
        async with progress(sys.stderr, interactive=interactive, clock=SystemClock(), colour=coloured) as shown:
            self._shown = shown
            try:
                yield
            finally:
                self._shown = None
