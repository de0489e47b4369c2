"""The embedded sandbox of `--sandbox`: in process, persistent, no port. Needs the `sandbox` extra."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from starlette.types import ASGIApp

from reconciler.sandbox.app import create_app
from reconciler.sandbox.faults.wire import ConnectionCut
from reconciler.sandbox.settings import DEFAULT_WORKSPACE_ID, SandboxSettings

WORKSPACE_ID = DEFAULT_WORKSPACE_ID
#: A name that is this machine by definition (RFC 6761), so that plain http is fine; nothing listens there.
BASE_URL = "http://sandbox.localhost"
#: A job takes about two seconds.
TIME_SCALE = 20.0


@dataclass(frozen=True, slots=True)
class Play:
    """How to talk to an open sandbox."""

    base_url: str
    username: str
    password: str
    transport: httpx.AsyncBaseTransport


@contextmanager
def opened(folder: Path) -> Iterator[Play]:
    """A sandbox whose state lives in `folder`."""
    settings = SandboxSettings(data_dir=folder, time_scale=TIME_SCALE, base_url=BASE_URL)
    yield Play(BASE_URL, settings.username, settings.password, _Line(create_app(settings)))


class _Line(httpx.AsyncBaseTransport):
    """A way into the app that tells a cut connection as a socket does, except that no part of the body comes."""

    def __init__(self, app: ASGIApp) -> None:
        self._inner = httpx.ASGITransport(app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request.

        Raises:
            httpx.RemoteProtocolError: a fault of the sandbox has cut the connection.
        """
        try:
            return await self._inner.handle_async_request(request)
        except ConnectionCut as error:
            raise httpx.RemoteProtocolError("The sandbox ended the connection.", request=request) from error
