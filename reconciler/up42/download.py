"""Bytes of assets: opening a file at the service or behind a signed URL, and following redirects without the token."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx

from reconciler.errors import AnswerLost, UnexpectedAnswer
from reconciler.up42.failures import failure
from reconciler.up42.session import Session
from reconciler.web.exchange import PASSING, Answer, Request
from reconciler.web.links import is_safe, without_query
from reconciler.web.network import announced_bytes, pieces

#: How many redirects are followed.
MOST_REDIRECTS = 5
#: How much of an error answer is read, in bytes.
_ERROR_BYTES = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEPT_HEADERS = (
    "accept-ranges",
    "content-disposition",
    "content-encoding",
    "content-range",
    "content-type",
    "etag",
    "last-modified",
    "x-goog-hash",
)


@dataclass(frozen=True, slots=True)
class Download:
    """An opened file.

    Attributes:
        status: 200 for the whole file, 206 for the range that was asked for.
        size_bytes: how many bytes `chunks` will yield; None where that was not announced, or the body is encoded.
        headers: those that say something about the file, lower case.
        chunks: the bytes, to be read once. Raises `AnswerLost` (retryable) where the connection breaks, ends early or
            is silent for longer than the read timeout.
    """

    status: int
    size_bytes: int | None
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class _Opened:
    """One try: an answer that is still to be read, or one with an error status that was read."""

    request: Request
    response: httpx.Response
    stack: AsyncExitStack
    error: Answer | None = None

    @property
    def passing(self) -> bool:
        return self.response.status_code in PASSING

    @property
    def retry_after_s(self) -> float | None:
        return None if self.error is None else self.error.retry_after_s


class Downloads:
    """Opens files. Whether the token goes along is decided anew at each hop: never to another host than the API's."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @asynccontextmanager
    async def open(self, url: str, headers: Mapping[str, str], *, with_token: bool) -> AsyncIterator[Download]:
        """Open an absolute URL, asked for as it is stored; a content encoding answered anyway is decoded.

        Opening is retried like any GET; reading is not, since only the reader knows what it has.

        Args:
            url: where the file is. TLS, or plain HTTP to this machine.
            headers: further ones, such as `Range`.
            with_token: send the token as long as the file is on the API host; once a redirect has left it, no more.

        Raises:
            AnswerError: an error status; a signed URL that has expired is one of them (400 or 403).
            UnexpectedAnswer: a redirect without end or to a place without TLS, or a range that nobody asked for.
            ServiceError: as `Session.request`.
        """
        asked = {"Accept-Encoding": "identity", **headers}
        ranged = any(name.lower() == "range" for name in headers)
        async with AsyncExitStack() as stack:
            for _ in range(MOST_REDIRECTS + 1):
                opened = await self._hop(url, asked, with_token=with_token)
                await stack.enter_async_context(opened.stack)
                response = opened.response
                if response.status_code not in _REDIRECTS:
                    break
                url = urljoin(url, response.headers.get("location", ""))
                with_token = with_token and self._session.api_path(url) is not None
                await response.aclose()
            else:
                raise _unexpected(opened, "Its redirects do not end.")
            if opened.error is not None:
                raise failure(opened.error)
            if response.status_code != 200 and not (response.status_code == 206 and ranged):
                raise _unexpected(opened, f"The status {response.status_code} brings no file.")
            async with aclosing(pieces(opened.request, response)) as chunks:
                yield _download(response, chunks)

    async def _hop(self, url: str, headers: Mapping[str, str], *, with_token: bool) -> _Opened:
        path = self._session.api_path(url) if with_token else None
        if path is None and not is_safe(url):
            shown = without_query(url)
            raise UnexpectedAnswer(f"{shown} is not on TLS, and is not opened.", method="GET", url=shown, status=0)
        return await self._session.retries.run(
            lambda: self._try(url, path, headers), final=self._session.is_about_signing_in
        )

    async def _try(self, url: str, path: str | None, headers: Mapping[str, str]) -> _Opened:
        request = Request("GET", url, headers)
        async with AsyncExitStack() as stack:
            if path is None:
                response = await stack.enter_async_context(self._session.network.opened(request))
            else:
                response = await stack.enter_async_context(self._session.opened(path, headers))
            if response.status_code < 400:
                return _Opened(request, response, stack.pop_all())
            body = await _beginning(request, response)
            sent = Request("GET", url, response.request.headers)  # with the token, so that an echo of it is cut out
            error = Answer(sent, response.status_code, response.headers, body)
            return _Opened(request, response, AsyncExitStack(), error)


def _download(response: httpx.Response, chunks: AsyncIterator[bytes]) -> Download:
    return Download(
        status=response.status_code,
        size_bytes=announced_bytes(response),
        headers={name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers},
        chunks=chunks,
    )


async def _beginning(request: Request, response: httpx.Response) -> bytes:
    body = bytearray()
    try:
        async with aclosing(pieces(request, response)) as parts:
            async for piece in parts:
                body += piece
                if len(body) >= _ERROR_BYTES:
                    break
    except AnswerLost:
        pass  # the status says enough
    return bytes(body)


def _unexpected(opened: _Opened, sentence: str) -> UnexpectedAnswer:
    return Answer(opened.request, opened.response.status_code, opened.response.headers, b"").unexpected(sentence)
