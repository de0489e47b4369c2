"""A repository with manifests, and a sandbox that its commands talk to over a real socket."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp

from reconciler.sandbox.serve import ThreadedServer
from reconciler.sandbox.settings import DEFAULT_WORKSPACE_ID, SandboxSettings
from tests.e2e.harness import TIME_SCALE, Repo, Service


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A folder of one's own, with nothing in its environment."""
    folder = tmp_path / "repo"
    (folder / ".git").mkdir(parents=True)
    return Repo(folder)


@pytest.fixture
def serve(tmp_path: Path, repo: Repo) -> Iterator[Callable[..., Service]]:
    """Serves a sandbox and points the repo's environment at it."""
    with ExitStack() as stack:

        def start(*, wrap: Callable[[ASGIApp], ASGIApp] | None = None, **settings: Any) -> Service:
            chosen = SandboxSettings(
                **{"data_dir": tmp_path / "sandbox", "time_scale": TIME_SCALE, "seed": 7, **settings}
            )
            server = stack.enter_context(ThreadedServer(chosen, wrap=wrap))
            repo.environment.update(
                UP42_API_URL=server.base_url,
                UP42_AUTH_URL=server.base_url,
                UP42_USERNAME=chosen.username,
                UP42_PASSWORD=chosen.password,
                UP42_WORKSPACE_ID=DEFAULT_WORKSPACE_ID,
            )
            return Service(server)

        yield start


@pytest.fixture
def service(serve: Callable[..., Service]) -> Service:
    """A sandbox that does nothing unusual."""
    return serve()
