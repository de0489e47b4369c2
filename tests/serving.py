"""A scripted service on a real loopback socket, and a driven clock: for every test of what talks HTTP."""

import asyncio
import contextlib
import datetime as dt
import itertools
import json
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

DATE = "Mon, 03 Jun 2024 12:00:00 GMT"


@dataclass
class DrivenClock:
    """Time that passes only when somebody sleeps or a test says so."""

    elapsed_s: float = 0.0
    sleeps_s: list[float] = field(default_factory=list)

    def now(self) -> dt.datetime:
        return dt.datetime(2030, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=self.elapsed_s)

    def monotonic_s(self) -> float:
        return 1000.0 + self.elapsed_s

    async def sleep(self, seconds: float) -> None:
        self.sleeps_s.append(seconds)
        self.elapsed_s += seconds
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Received:
    """A request as it arrived; `connection` counts the connections."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))


@dataclass(frozen=True)
class Reply:
    """What the service does: an answer, or a misdeed instead of one.

    `cut_at`: close after so many bytes of the body. `silent_at`: stop there, without closing. `reset`: no answer.
    """

    json: Any = None
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut_at: int | None = None
    silent_at: int | None = None
    reset: bool = False
    silent: bool = False
    dated: bool = True

    def head_and_body(self) -> tuple[bytes, bytes]:
        body = self.body if self.json is None else json.dumps(self.json).encode()
        headers = {"Content-Length": str(len(body))} | ({"Date": DATE} if self.dated else {}) | self.headers
        lines = [f"HTTP/1.1 {self.status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode("latin-1"), body


Answering = Reply | list[Reply] | Callable[[Received], Reply]


class Service:
    """Answers by (method, path); of several replies each is used once, the last one for good."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.requests: list[Received] = []
        self.routes: dict[tuple[str, str], Answering] = {}
        self._host = host
        self._connections = itertools.count(1)
        self._closing = asyncio.Event()
        self._arrived = asyncio.Condition()
        self._handlers: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self._host, 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        self._server.close()
        await asyncio.gather(*self._handlers)

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._server.sockets[0].getsockname()[1]}"

    def on(self, method: str, path: str, answering: Answering) -> None:
        self.routes[method, path] = answering

    def asked(self, path: str) -> list[Received]:
        return [request for request in self.requests if request.path == path]

    async def until_asked(self, path: str, times: int) -> None:
        """Return as soon as so many requests for a path have arrived."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.asked(path)) >= times)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = next(self._connections)
        self._handlers.add(asyncio.current_task())
        try:
            while request := await self._read(reader, connection):
                async with self._arrived:
                    self.requests.append(request)
                    self._arrived.notify_all()
                if not await self._answer(self._reply(request), writer):
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader, connection: int) -> Received | None:
        head = asyncio.ensure_future(reader.readuntil(b"\r\n\r\n"))
        closing = asyncio.ensure_future(self._closing.wait())
        await asyncio.wait({head, closing}, return_when=asyncio.FIRST_COMPLETED)
        closing.cancel()
        if not head.done():
            head.cancel()
            return None
        first, *lines = head.result().decode("latin-1").rstrip().split("\r\n")
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        method, target, _ = first.split(" ")
        return Received(method, target, headers, body, connection)

    def _reply(self, request: Received) -> Reply:
        answering = self.routes.get((request.method, request.path), Reply({"title": "Not Found"}, 404))
        if isinstance(answering, list):
            return answering.pop(0) if len(answering) > 1 else answering[0]
        return answering if isinstance(answering, Reply) else answering(request)

    async def _answer(self, reply: Reply, writer: asyncio.StreamWriter) -> bool:
        if reply.reset:
            raw: socket.socket = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if reply.silent:
            await self._closing.wait()
            return False
        head, body = reply.head_and_body()
        writer.write(head + body[: reply.cut_at if reply.cut_at is not None else reply.silent_at])
        await writer.drain()
        if reply.silent_at is not None:
            await self._closing.wait()
        return reply.cut_at is None and reply.silent_at is None
