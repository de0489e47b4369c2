"""The only door for requests to the API: token, limit, timeout, retry, errors."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx

from reconciler.errors import AnswerLost, NotSent, ServiceError, UsageError
from reconciler.model.output import Json
from reconciler.up42 import wire
from reconciler.up42.auth import TokenSource
from reconciler.up42.failures import failure
from reconciler.up42.limiter import Limiter
from reconciler.web.backoff import capped_retry_after_s, read_retry_after_s
from reconciler.web.exchange import Answer, Request
from reconciler.web.fields import Unreadable, http_date
from reconciler.web.links import own_path, without_query
from reconciler.web.network import Network
from reconciler.web.retrying import Retries


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the API.

    Attributes:
        path: starts at `/`, put behind the API's base URL; may hold a query.
        query: added to the path's query; values are encoded here.
        body: sent as JSON; None: no body.
        repeatable: it may be sent again when it failed: it changes nothing, or the same thing.
        about_inputs: a 400 or 422 means that the inputs were not accepted.
        once_s: set for what must leave at most once: over a fresh connection, and all of it, waiting for a turn
            included, within so many seconds.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    repeatable: bool = True
    about_inputs: bool = False
    once_s: float | None = None


@dataclass(slots=True)
class _Trip:
    """Whether a request that must leave only once may have left."""

    left: bool = False


class Session:
    """Sends calls with a token, in turn, and repeats what may be repeated.

    Attributes:
        api_url: the API's base URL, without a slash at its end.
    """

    def __init__(self, api_url: str, network: Network, tokens: TokenSource, limiter: Limiter, retries: Retries) -> None:
        self.api_url = api_url
        self.network = network
        self.retries = retries
        self._tokens = tokens
        self._limiter = limiter
        self._clock = retries.clock
        self._server_time: tuple[dt.datetime, float] | None = None

    def server_now(self) -> dt.datetime | None:
        """The service's time, aware, UTC; None before its first answer with a `Date`.

        It is the `Date` of the API's last answer plus the monotonic time since that answer's headers came, so a
        wrong clock on this machine does not matter. `Date` has whole seconds and travels, so the estimate lags
        by up to about a second and the answer's way; it does not run ahead.
        """
        if self._server_time is None:
            return None
        said, at_s = self._server_time
        return said + dt.timedelta(seconds=self._clock.monotonic_s() - at_s)

    def api_path(self, href: str) -> str | None:
        """Path and query of a link on the API host, whatever its scheme; None for a link to another host."""
        return own_path(self.api_url, href)

    async def request(self, call: Call) -> Answer:
        """Send a call and return its 2xx answer. A 401 is answered with one fresh token and one repetition.

        Raises:
            NotSent: nothing left, or not within `Call.once_s`; nothing happened at the service.
            AnswerLost: it left, and no whole answer came.
            SignInFailed: the credentials are not accepted.
            AnswerError: the answer has an error status; the subclass says which.
            UnexpectedAnswer: a redirect, which is not followed, or an answer that is too large.
            UsageError: the body holds a value that JSON cannot write.
        """
        request = self._request(call)
        if call.once_s is not None:
            answer = await self._once(request, call.once_s)
        elif call.repeatable:
            answer = await self.retries.run(lambda: self._exchange(request, _Trip()), final=self.is_about_signing_in)
        else:
            answer = await self._exchange(request, _Trip())
        if not 200 <= answer.status < 300:
            raise failure(answer, about_inputs=call.about_inputs)
        return answer

    @asynccontextmanager
    async def opened(self, path: str, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        """GET from the API with a token, up to the headers of the answer, whatever its status; one try.

        The place among the requests in flight is given back when the headers are there: a long download is not
        a request that waits. A 401 is answered with one fresh token and one repetition.

        Raises:
            NotSent: nothing left.
            AnswerLost: it left, and no answer came.
            SignInFailed: the credentials are not accepted.
        """
        request = Request("GET", self.api_url + path, headers)
        async with AsyncExitStack() as stack:
            rejected = None
            while True:
                async with self._limiter.slot():
                    token = await (self._tokens.token() if rejected is None else self._tokens.renew(rejected))
                    response = await stack.enter_async_context(self.network.opened(_with_token(request, token)))
                self._learn(response.status_code, response.headers)
                if response.status_code != 401 or rejected is not None:
                    break
                rejected = token
                await response.aclose()
            yield response

    def _request(self, call: Call) -> Request:
        headers = {"Accept": "application/json", "Cache-Control": "no-cache"}
        content = None
        if call.body is not None:
            headers["Content-Type"] = "application/json"
            try:
                content = wire.encode(call.body)
            except Unreadable as error:
                raise UsageError(str(error), hint="Look for infinite numbers in the inputs.") from error
        url = self.api_url + call.path
        if call.query:
            url += ("&" if "?" in call.path else "?") + urlencode(call.query, safe=",")
        return Request(call.method, url, headers, content, fresh=call.once_s is not None, read_s=call.once_s)

    async def _once(self, request: Request, limit_s: float) -> Answer:
        trip = _Trip()
        try:
            async with asyncio.timeout(limit_s):
                return await self._exchange(request, trip)
        except TimeoutError as error:
            url = without_query(request.url)
            if trip.left:
                sentence = f"No complete answer came to {request.method} {url} within {limit_s:g} s."
                raise AnswerLost(sentence, method=request.method, url=url) from error
            sentence = f"{request.method} {url} had no turn within {limit_s:g} s, so it was not sent."
            raise NotSent(sentence, method=request.method, url=url, retryable=True) from error

    async def _exchange(self, request: Request, trip: _Trip) -> Answer:
        rejected = None
        while True:
            async with self._limiter.slot():
                token = await (self._tokens.token() if rejected is None else self._tokens.renew(rejected))
                trip.left = True
                answer = await self.network.fetch(_with_token(request, token))
            self._learn(answer.status, answer.headers)
            if answer.status != 401 or rejected is not None:
                return answer
            trip.left = False  # a request without a valid token did nothing
            rejected = token

    def _learn(self, status: int, headers: Mapping[str, str]) -> None:
        said = http_date(headers.get("date"))
        if said is not None:
            self._server_time = (said, self._clock.monotonic_s())
        retry_after_s = read_retry_after_s(headers.get("retry-after"), headers.get("date"))
        if status in {429, 503} and retry_after_s is not None:
            self._limiter.hold_back(capped_retry_after_s(retry_after_s))

    def is_about_signing_in(self, error: ServiceError) -> bool:
        """Signing in has its own retries: the two must not multiply."""
        return error.url == without_query(self._tokens.url)


def _with_token(request: Request, token: str) -> Request:
    headers = {**request.headers, "Authorization": f"Bearer {token}"}
    return Request(request.method, request.url, headers, request.content, request.fresh, request.read_s)
