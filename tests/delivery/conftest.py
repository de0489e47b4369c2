"""Real small things to deliver with: a clock that tests move, a server on a socket, orders, folders."""

import asyncio
import datetime as dt
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from reconciler.delivery.order import Order
from reconciler.delivery.transfer import Source
from reconciler.errors import AnswerLost, ServerFault
from reconciler.model.job import Asset
from reconciler.model.receipt import OwnedFile, ReceiptJob

NOON = dt.datetime(2024, 6, 14, 12, 0, tzinfo=dt.UTC)


class ManualClock:
    """Time that passes only by sleeping."""

    def __init__(self):
        self.slept = []

    def now(self):
        return NOON + dt.timedelta(seconds=self.monotonic_s())

    def monotonic_s(self):
        return sum(self.slept)

    async def sleep(self, seconds):
        self.slept.append(seconds)
        await asyncio.sleep(0)


@dataclass
class Reply:
    """How the server answers one request: `announced` None leaves the length out, `sent` cuts the body."""

    body: bytes = b""
    status: int = 200
    sent: int | None = None
    announced: int | None = -1


@dataclass
class FileServer:
    """Files over a loopback socket, each with a queue of answers; the last one stays."""

    port: int = 0
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def put(self, key: str, *replies: Reply | bytes) -> str:
        self.replies[key] = [Reply(reply) if isinstance(reply, bytes) else reply for reply in replies]
        return f"http://127.0.0.1:{self.port}/{key}"

    async def answer(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        key = head.split()[1].decode().removeprefix("/")
        self.asked.append(key)
        queue = self.replies[key]
        reply = queue.pop(0) if len(queue) > 1 else queue[0]
        length = len(reply.body) if reply.announced == -1 else reply.announced
        lines = [f"HTTP/1.1 {reply.status} Whatever", "Connection: close"]
        lines += [] if length is None else [f"Content-Length: {length}"]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + reply.body[: reply.sent])
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    @asynccontextmanager
    async def open_asset(self, asset: Asset) -> AsyncIterator[Source]:
        """Open an asset as the client does: one GET, errors translated."""
        async with httpx.AsyncClient(trust_env=False) as client, client.stream("GET", asset.href) as answer:
            if answer.status_code >= 500:
                raise ServerFault("no", method="GET", url=asset.href, status=500, body="", retryable=False)
            length = answer.headers.get("content-length")
            yield Source(None if length is None else int(length), _chunks(answer, asset.href))


async def _chunks(answer, href):
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    except httpx.TransportError as error:
        raise AnswerLost("The answer broke off.", method="GET", url=href) from error


def from_memory(bodies: Mapping[str, bytes], asked: list[str] | None = None):
    """An OpenAsset that finds bytes by the asset's href, in pieces of 1,000."""

    @asynccontextmanager
    async def open_asset(asset):
        if asked is not None:
            asked.append(asset.key)
        body = bodies[asset.href]

        async def chunks():
            for start in range(0, len(body), 1000):
                yield body[start : start + 1000]

        yield Source(len(body), chunks())

    return open_asset


def make_order(assets, *, job="job-1", **fields) -> Order:
    """An order of acme's output `uk`; `assets` are pairs, or bare assets of the item `item-1`."""
    pairs = tuple(asset if isinstance(asset, tuple) else ("item-1", asset) for asset in assets)
    order = Order(
        api_url="https://api.up42.com",
        workspace_id="ws",
        project="acme",
        output="uk",
        fingerprint="fp1:" + "a" * 64,
        process_id="pansharpening",
        inputs={"item": "/v2/assets/stac/collections/c/items/i", "greyWeights": [{"band": "red", "weight": 0.4}]},
        job=ReceiptJob(job, "captured", NOON, settled=True, credits=63),
        assets=pairs,
        delivered_at=NOON,
        labels={"team": "coastal"},
    )
    return replace(order, **fields)


def owned(file: str, body: bytes) -> OwnedFile:
    return OwnedFile(file, len(body), hashlib.sha256(body).hexdigest())


def listing(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by relative name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def silent(file, done_bytes, total_bytes):
    """A Notify that nobody listens to."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def server() -> AsyncIterator[FileServer]:
    files = FileServer()
    listener = await asyncio.start_server(files.answer, "127.0.0.1", 0)
    files.port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield files


@pytest.fixture(scope="session")
def kit() -> SimpleNamespace:
    """The helpers of this folder, by name."""
    return SimpleNamespace(
        order=make_order, owned=owned, listing=listing, from_memory=from_memory, silent=silent, reply=Reply
    )
