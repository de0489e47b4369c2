"""An HTTPS proxy for clients whose hosts are written into them: it ends TLS itself and passes the bytes on.

A client that runs with `HTTPS_PROXY` and a CA bundle of ours sends its requests for https://api.up42.com to the sandbox
and those for a schema host to a folder of schemas, without a line of it changed. Every other host is refused, so no
request leaves the machine.
"""

import asyncio
import contextlib
import pathlib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import trustme


@dataclass
class Tunnel:
    """A running proxy.

    Attributes:
        url: for `HTTPS_PROXY`.
        ca_bundle: for `REQUESTS_CA_BUNDLE`.
        refused: hosts that were asked for and have no place to go to.
    """

    url: str
    ca_bundle: pathlib.Path
    refused: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """Variables that send `requests` and `urllib` through it."""
        bundle = str(self.ca_bundle)
        proxies = {"HTTPS_PROXY": self.url, "https_proxy": self.url, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        return {**proxies, "REQUESTS_CA_BUNDLE": bundle, "SSL_CERT_FILE": bundle, "CURL_CA_BUNDLE": bundle}


@contextlib.contextmanager
def tunnelled(ports: Mapping[str, int], folder: pathlib.Path) -> Iterator[Tunnel]:
    """Run a proxy that takes each host to a port of 127.0.0.1, for the length of a `with` block."""
    authority = trustme.CA()
    ca_bundle = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_bundle))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*ports).configure_cert(tls)
    tunnel = Tunnel("", ca_bundle)
    listener = socket.create_server(("127.0.0.1", 0))
    tunnel.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    loop, stop = asyncio.new_event_loop(), asyncio.Event()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Cancelled at the end: a stream's callback that ends so would be reported as a fault.
        ended = (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError)
        with contextlib.suppress(*ended):
            try:
                await _passed_on(reader, writer, ports, tls, tunnel)
                writer.close()
                await writer.wait_closed()
            finally:
                writer.transport.abort()  # of one that was cancelled: no loop is left to wait for a TLS farewell

    async def serving() -> None:
        async with await asyncio.start_server(connected, sock=listener):
            await stop.wait()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:  # ends what is still open when it ends
            runner.run(serving())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield tunnel
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


async def _passed_on(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    ports: Mapping[str, int],
    tls: ssl.SSLContext,
    tunnel: Tunnel,
) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    method, target, _ = head.split(" ", 2)
    host = target.rpartition(":")[0]
    if method != "CONNECT" or host not in ports:
        tunnel.refused.append(target)
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        return
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    await writer.drain()
    await writer.start_tls(tls)
    there_reader, there_writer = await asyncio.open_connection("127.0.0.1", ports[host])
    with contextlib.closing(there_writer):
        await asyncio.gather(_pumped(reader, there_writer), _pumped(there_reader, writer))


async def _pumped(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Pass bytes on until the source ends, then end the target."""
    with contextlib.suppress(ConnectionError):
        while data := await source.read(1 << 16):
            target.write(data)
            await target.drain()
        target.close()
