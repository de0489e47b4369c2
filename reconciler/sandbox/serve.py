"""The sandbox on a port of this machine: for people, and for tests that need a real socket."""

import contextlib
import ipaddress
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from reconciler.sandbox.app import create_app
from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.faults.wire import CONNECTION
from reconciler.sandbox.settings import SandboxSettings

_STOPPING_SECONDS = 5
_STARTING_SECONDS = 30
THREAD_NAME = "sandbox-server"


def serve(
    settings: SandboxSettings, host: str = "127.0.0.1", port: int = 0, announce: Callable[[str], None] = print
) -> int | None:
    """Serve until SIGINT or SIGTERM, end cleanly, and return the signal's number (None for any other end).

    `announce` is called once with the base URL, when the port (with 0: a free one) takes connections.

    Raises:
        SandboxError: the host is not this machine's loopback, the port is taken, or as `create_app`.
    """
    with _listening(host, port) as listener:
        server = _Server(create_app(settings), lambda: announce(_base_url(listener)))
        server.run(sockets=[listener])
    return server.stopped_by


class ThreadedServer:
    """A sandbox on a free loopback port for the length of a `with` block, served from a thread of its own.

    Attributes:
        app: the app, with `app.state.sandbox`.
        base_url: for example `http://127.0.0.1:41234`.
        requests: method, path and query of every request so far, in the order of their arrival.
    """

    def __init__(self, settings: SandboxSettings, *, wrap: Callable[[ASGIApp], ASGIApp] | None = None) -> None:
        """`wrap` puts a layer around the app, for what only a test wants to go wrong."""
        self.requests: list[tuple[str, str, str]] = []
        self.base_url = ""
        self.app: Starlette = create_app(settings)
        self._wrap = wrap
        self._started = threading.Event()
        self._exits = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Return when the port takes connections.

        Raises:
            SandboxError: the server did not start.
        """
        listener = self._exits.enter_context(_listening("127.0.0.1", 0))
        self.base_url = _base_url(listener)
        inner = self.app if self._wrap is None else self._wrap(self.app)
        server = _Server(self._logged(inner), self._started.set)
        thread = threading.Thread(target=server.run, name=THREAD_NAME, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        self._exits.callback(thread.join)
        self._exits.callback(setattr, server, "should_exit", True)  # noqa: FBT003 - setattr's own shape
        if not self._started.wait(_STARTING_SECONDS):
            self._exits.close()
            raise SandboxError("The sandbox did not start.")
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the server and wait for its thread."""
        self._exits.close()

    def _logged(self, app: ASGIApp) -> ASGIApp:
        async def logged(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                self.requests.append((scope["method"], scope["path"], scope["query_string"].decode()))
            await app(scope, receive, send)

        return logged


class _Protocol(H11Protocol):
    """HTTP/1.1 that lets the app end a connection: faults cut answers off where a client can see it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        inner = self.app

        async def connected(scope: Any, receive: Any, send: Any) -> None:
            scope.setdefault("extensions", {})[CONNECTION] = {"close": self.transport.close}
            await inner(scope, receive, send)

        self.app = connected


class _Server(uvicorn.Server):
    """uvicorn, which tells when it is ready and does not raise the signal that stopped it once more."""

    def __init__(self, app: ASGIApp, started: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            http=_Protocol,
            lifespan="off",
            log_config=None,
            access_log=False,
            date_header=False,  # the app's own clock goes into Date
            server_header=False,
            timeout_graceful_shutdown=_STOPPING_SECONDS,
        )
        super().__init__(config)
        self.stopped_by: int | None = None
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals end the server; only the main thread may take them."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopped_by = self.stopped_by or number
        self.handle_exit(number, frame)


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    address = "127.0.0.1" if host == "localhost" else host
    try:
        is_loopback = ipaddress.ip_address(address).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise SandboxError(f"The sandbox serves only this machine (127.0.0.1, ::1, localhost), not {host}.")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        listener = socket.create_server((address, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        raise SandboxError(f"Port {port} of {host} cannot be served: {error}.") from error
    with listener:
        # Accepted sockets inherit it. asyncio sets it on a socket that names its protocol, which this one does not;
        # without it an answer's body waits for the client to acknowledge the head, about 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listener


def _base_url(listener: socket.socket) -> str:
    address, port = listener.getsockname()[:2]
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
