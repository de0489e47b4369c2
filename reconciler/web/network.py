"""One HTTP exchange, and the edge where every error of the HTTP library becomes one of ours.

This part knows no endpoint, no token and no retry.
"""

import asyncio
import http.cookiejar
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx

import reconciler
from reconciler.errors import AnswerLost, NotSent, ServiceError
from reconciler.web import fields
from reconciler.web.exchange import Answer, Request
from reconciler.web.links import host_of, is_loopback, without_query

#: The longest answer that is read into memory, in bytes.
LARGEST_ANSWER_BYTES = 64 * 1024 * 1024
#: How much of an error answer is read, in bytes.
LARGEST_ERROR_BYTES = 1024 * 1024

#: Raised by the HTTP library before a byte of the request left. Everything else may have left bytes behind.
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    UnicodeEncodeError,
)
_LIBRARY_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, UnicodeEncodeError)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """In seconds: to connect, between two pieces of an answer, and for one whole answer that is read into memory."""

    connect_s: float = 10.0
    read_s: float = 60.0
    total_s: float = 300.0


class Network:
    """Connections. An async context manager; nothing is opened before it is entered.

    Redirects are never followed here, cookies never kept, and no credentials are taken from a netrc file or a URL.
    Proxies of the environment are used, except for this machine itself, where plain HTTP is allowed.

    Args:
        timeouts: see there.
        transport: stands in for the network (an in-process service); None: real connections.
    """

    def __init__(self, timeouts: Timeouts, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._timeouts = timeouts
        self._transport = transport
        self._stack = AsyncExitStack()
        self._tls: ssl.SSLContext | None = None
        self._near: httpx.AsyncClient | None = None
        self._far: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        # Reading the machine's certificates is slow, and one-off connections would do it again each time.
        self._tls = httpx.create_ssl_context() if self._transport is None else None
        self._near = await self._stack.enter_async_context(self._client(proxies=False))
        self._far = await self._stack.enter_async_context(self._client(proxies=True))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def fetch(self, request: Request) -> Answer:
        """One exchange, the answer read whole, whatever its status.

        Raises:
            NotSent: no byte left.
            AnswerLost: bytes left, and no whole answer came in time.
            UnexpectedAnswer: the answer is larger than 64 MiB.
        """
        try:
            async with asyncio.timeout(self._timeouts.total_s), self.opened(request) as response:
                return await self._read(request, response)
        except TimeoutError as error:
            raise _lost(request, "the answer did not end in time") from error

    @asynccontextmanager
    async def opened(self, request: Request) -> AsyncIterator[httpx.Response]:
        """One exchange up to the headers of the answer, whatever its status; the block reads the rest.

        Raises:
            NotSent: no byte left.
            AnswerLost: bytes left, and no answer came.
        """
        async with AsyncExitStack() as stack:
            with _translated(request):
                client = await self._client_for(request, stack)
                read_s = self._timeouts.read_s if request.read_s is None else request.read_s
                built = client.build_request(
                    request.method,
                    request.url,
                    headers=dict(request.headers),
                    content=request.content,
                    timeout=httpx.Timeout(read_s, connect=self._timeouts.connect_s),
                )
                response = await client.send(built, stream=True)
            stack.push_async_callback(response.aclose)
            yield response

    async def _client_for(self, request: Request, stack: AsyncExitStack) -> httpx.AsyncClient:
        near = is_loopback(host_of(request.url))
        if request.fresh and self._transport is None:
            return await stack.enter_async_context(self._client(proxies=not near))
        client = self._near if near else self._far
        if client is None:
            raise RuntimeError("The network is used before it is entered.")
        return client

    def _client(self, *, proxies: bool) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=self._transport and _Borrowed(self._transport),
            verify=self._tls or True,
            trust_env=proxies,
            auth=httpx.Auth(),
            cookies=http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[])),
            headers={"User-Agent": f"reconciler/{reconciler.__version__}"},
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
        )

    async def _read(self, request: Request, response: httpx.Response) -> Answer:
        failed = response.status_code >= 400
        most = LARGEST_ERROR_BYTES if failed else LARGEST_ANSWER_BYTES
        body = bytearray()
        complete = True
        try:
            async with aclosing(pieces(request, response)) as parts:
                async for piece in parts:
                    body += piece
                    if len(body) > most:
                        complete = False
                        break
        except AnswerLost:
            if not failed:  # of a refusal, the status is what counts
                raise
        answer = Answer(request, response.status_code, response.headers, bytes(body[:most]))
        if not complete and not failed:
            raise answer.unexpected("It is larger than 64 MiB.")
        return answer


class _Borrowed(httpx.AsyncBaseTransport):
    """A transport that is not closed with the client that uses it: it belongs to whoever handed it in."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._transport.handle_async_request(request)


async def pieces(request: Request, response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """The body, decoded where it is encoded, and counted: an announced length that is not met is an error.

    Raises:
        AnswerLost: the connection broke, went silent, or ended early.
    """
    expected, received = announced_bytes(response), 0
    with _translated(request):
        async for piece in response.aiter_bytes():
            received += len(piece)
            yield piece
    if expected is not None and received != expected:
        raise _lost(request, "the answer ended early")


def announced_bytes(response: httpx.Response) -> int | None:
    """The length of the body in bytes; None where it was not announced, or is that of an encoded body."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        return None
    length = response.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else None


@contextmanager
def _translated(request: Request) -> Iterator[None]:
    try:
        yield
    except _LIBRARY_ERRORS as error:
        raise _translate(error, request) from error


def _translate(error: Exception, request: Request) -> ServiceError:
    if not isinstance(error, _BEFORE_SENDING):
        slow = isinstance(error, httpx.TimeoutException)
        # The library's own words may quote what was sent, so they stay in the cause.
        return _lost(request, "it was silent for too long" if slow else "the connection broke")
    untrusted = _is_certificate_problem(error)
    retryable = isinstance(error, httpx.ConnectError | httpx.TimeoutException) and not untrusted
    reason = fields.plain(str(error)) or "no connection in time"
    return NotSent(
        f"Could not connect to {host_of(request.url) or 'the service'}: {reason}.",
        method=request.method,
        url=without_query(request.url),
        retryable=retryable,
        hint="The certificate of the host is not trusted: check the address, the proxy and SSL_CERT_FILE."
        if untrusted
        else "Check the network, the proxy settings and the address.",
    )


def _lost(request: Request, what: str) -> AnswerLost:
    return AnswerLost(
        f"No complete answer came to {request.method} {without_query(request.url)}: {what}.",
        method=request.method,
        url=without_query(request.url),
        retryable=True,
        hint="Run it again; what was finished is kept.",
    )


def _is_certificate_problem(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
