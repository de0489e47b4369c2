"""UP42 as a scripted service on a real loopback socket, and clients that talk to it by a driven clock."""

import asyncio
import contextlib
import datetime as dt
import itertools
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Self

import pytest

from reconciler.up42.auth import TOKEN_PATH
from reconciler.up42.client import Credentials, Endpoint, Settings, Timeouts, Up42
from tests import serving
from tests.serving import DrivenClock, Received, Reply

PASSWORD = "hunter2-Xy%&+ü"
SERVER_TIME = dt.datetime(2024, 6, 3, 12, tzinfo=dt.UTC)


class Service(serving.Service):
    """A scripted service that hands out tokens."""

    async def __aenter__(self) -> Self:
        tokens = itertools.count(1)
        self.on("POST", TOKEN_PATH, lambda _: Reply({"access_token": f"token-{next(tokens)}", "expires_in": 300}))
        return await super().__aenter__()

    @property
    def api_requests(self) -> list[Received]:
        return [request for request in self.requests if request.path != TOKEN_PATH]

    @property
    def sign_ins(self) -> list[Received]:
        return self.asked(TOKEN_PATH)


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock()


@pytest.fixture
async def service(anyio_backend) -> AsyncIterator[Service]:
    """The API and the auth host, on 127.0.0.1."""
    async with Service() as running:
        yield running


@pytest.fixture
async def elsewhere(anyio_backend) -> AsyncIterator[Service]:
    """Another host, on 127.0.0.2."""
    async with Service("127.0.0.2") as running:
        yield running


@pytest.fixture
def credentials() -> Credentials:
    return Credentials("ann@example.com", PASSWORD)


@pytest.fixture
def build(service, clock, credentials):
    """Make a client for the service; keyword arguments replace its parts."""

    def made(**changes: Any) -> Up42:
        timeouts = changes.pop("timeouts", Timeouts(connect_s=5, read_s=5, total_s=5))
        parts = {
            "endpoint": Endpoint(service.url, service.url),
            "credentials": credentials,
            "clock": clock,
            "settings": Settings(timeouts=timeouts),
            "chance": lambda: 0.5,
        }
        return Up42(**(parts | changes))

    return made


@pytest.fixture
async def client(build, anyio_backend) -> AsyncIterator[Up42]:
    """A client that waits long, by a clock that runs fast."""
    async with build() as opened:
        yield opened


@pytest.fixture
async def hasty(build, anyio_backend) -> AsyncIterator[Up42]:
    """A client that gives an answer 0.4 seconds."""
    async with build(timeouts=Timeouts(connect_s=5, read_s=0.4, total_s=5)) as opened:
        yield opened


@pytest.fixture
def free_port_url() -> str:
    """An address on this machine where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
async def speaker(anyio_backend) -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Start a server that says something to whoever connects, on TLS if told to, and listens until they leave."""
    servers: list[asyncio.Server] = []

    async def started(words: bytes, tls: ssl.SSLContext | None = None) -> str:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(words)
            with contextlib.suppress(ConnectionError):
                await reader.read()
                writer.close()
                await writer.wait_closed()

        servers.append(await asyncio.start_server(speak, "127.0.0.1", 0, ssl=tls))
        return f"http://127.0.0.1:{servers[-1].sockets[0].getsockname()[1]}"

    yield started
    for server in servers:
        server.close()


@pytest.fixture
def reply() -> type[Reply]:
    """The shape of an answer, for tests that script the service."""
    return Reply
