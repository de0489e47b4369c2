"""A GitHub on a real socket, a client by a driven clock, and comments as plans make them."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from reconciler.forge.github import ATTEMPTS, FIRST_WAIT_S, GitHub, Target
from reconciler.web.network import Network, Timeouts
from reconciler.web.retrying import Retries
from tests.forge.github_server import INSTALLATION, REPOSITORY, GitHubServer
from tests.serving import DrivenClock


def body(text: str = "one to create", **facts: Any) -> str:
    """A comment's body; keyword arguments replace or add facts of the marker."""
    marker = {
        "v": 1,
        "key": "manifests@7d7d",
        "plan": "sha256:" + "ab" * 32,
        "commit": "a" * 40,
        "valid_at": "2024-06-14T12:40:03Z",
        **facts,
    }
    return f"<!-- reconciler-plan: {json.dumps(marker)} -->\n## Plan\n\n{text}\n"


@pytest.fixture(scope="session")
def make_body() -> Callable[..., str]:
    return body


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock()


@pytest.fixture
async def server(anyio_backend) -> AsyncIterator[GitHubServer]:
    async with GitHubServer() as running:
        yield running


@pytest.fixture
async def connect(server, clock, anyio_backend) -> AsyncIterator[Callable[..., GitHub]]:
    """Make a client of the server for a token, GITHUB_TOKEN's kind unless told otherwise."""
    async with Network(Timeouts(connect_s=5, read_s=0.4, total_s=5)) as network:

        def made(token: str = INSTALLATION, repository: str = REPOSITORY, api_url: str | None = None) -> GitHub:
            retries = Retries(clock, lambda: 1.0, attempts=ATTEMPTS, first_wait_s=FIRST_WAIT_S)
            return GitHub(network, Target(api_url or server.url, repository, token), retries)

        yield made


@pytest.fixture
def github(connect) -> GitHub:
    return connect()
