"""The GitHub workflow run that a command may be part of: its variables, its event's file, a client of its API."""

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from reconciler.clock import SystemClock
from reconciler.errors import SignInFailed, UsageError
from reconciler.forge import workflow_run
from reconciler.forge.github import ATTEMPTS, FIRST_WAIT_S, GitHub, Target
from reconciler.forge.workflow_run import WorkflowRun
from reconciler.web.network import Network, Timeouts
from reconciler.web.retrying import Retries

#: GitHub's own limit of an event is 25 MB.
_LARGEST_EVENT_BYTES = 32 * 1024 * 1024


def read(environ: Mapping[str, str]) -> WorkflowRun:
    """What the run says of itself; outside of GitHub, and where its event's file cannot be read, nothing.

    Raises:
        UsageError: a variable holds what it must not hold.
    """
    return workflow_run.read(environ, _event(environ.get("GITHUB_EVENT_PATH")))


def planned_commit(environ: Mapping[str, str]) -> str | None:
    """The commit that is planned here: a pull request's own head, never GitHub's trial merge; None where unknown."""
    return workflow_run.planned_commit(environ, _event(environ.get("GITHUB_EVENT_PATH")))


@asynccontextmanager
async def github(run: WorkflowRun, repository: str | None) -> AsyncIterator[GitHub]:
    """A client of the run's API, for the repository that was named or else the run's own.

    Raises:
        UsageError: no repository is known, or it is none.
        SignInFailed: there is no token.
    """
    if repository is not None:
        repository = workflow_run.checked_repository(repository, "--repo")
    known = repository or run.repository
    if known is None:
        raise UsageError("Nothing says which repository is meant.", hint="Name it: --repo OWNER/NAME.")
    if run.token is None:
        raise SignInFailed(
            "There is no token for GitHub.",
            method="GET",
            url=run.api_url,
            hint="Set GITHUB_TOKEN (in a workflow: env: {GITHUB_TOKEN: ${{ github.token }}}).",
        )
    retries = Retries(SystemClock(), random.random, attempts=ATTEMPTS, first_wait_s=FIRST_WAIT_S)
    async with Network(Timeouts()) as network:
        yield GitHub(network, Target(run.api_url, known, run.token), retries)


def _event(path: str | None) -> bytes | None:
    if not path:
        return None
    try:
        with Path(path).open("rb") as file:
            return file.read(_LARGEST_EVENT_BYTES)
    except (OSError, ValueError):
        return None
