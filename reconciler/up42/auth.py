"""The access token: asked for once, kept while it lives, never written down (up42-api.md section 1.2)."""

import asyncio
import re
from dataclasses import dataclass, field
from urllib.parse import urlencode

from reconciler.errors import AnswerLost, NotSent, ServiceError, SignInFailed, UnexpectedAnswer
from reconciler.up42 import failures
from reconciler.web import fields
from reconciler.web.exchange import Answer, Request
from reconciler.web.links import host_of, without_query
from reconciler.web.network import Network
from reconciler.web.retrying import Retries

TOKEN_PATH = "/realms/public/protocol/openid-connect/token"  # noqa: S105 - a path, no secret
#: The value that the service's documentation gives; its SDK sends another one, `up42-sdk`.
CLIENT_ID = "up42-api"
#: A token is renewed this many seconds before it expires.
AHEAD_S = 30.0
#: The documented lifetime in seconds, taken where the answer does not say.
LIFETIME_S = 300.0

_VISIBLE = re.compile(r"[\x21-\x7e]+")
_WORD = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Name and password of an account; the password is not part of its text."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    renew_at_s: float


class TokenSource:
    """Hands out a token that is valid for at least some seconds more; asks for one at a time.

    The refresh token is not used: the credentials are there anyway, as in the service's own SDK. Credentials that
    were refused once are not sent again, since repeated refusals may lock the account.
    """

    def __init__(self, network: Network, auth_url: str, credentials: Credentials, retries: Retries) -> None:
        self.url = auth_url + TOKEN_PATH
        self._network = network
        self._credentials = credentials
        self._retries = retries
        self._clock = retries.clock
        self._turn = asyncio.Lock()
        self._token: _Token | None = None
        self._refused = ""

    async def token(self) -> str:
        """A token to send.

        Raises:
            SignInFailed: the credentials are not accepted.
            NotSent: no token can be had now, so the request that needs it does not leave.
        """
        token = self._token
        if token is None or self._clock.monotonic_s() >= token.renew_at_s:
            token = await self._renewed(token)
        return token.value

    async def renew(self, rejected: str) -> str:
        """A token to send after the service answered 401 to `rejected`; asked for only if nobody did meanwhile.

        Raises:
            SignInFailed: the credentials are not accepted.
            NotSent: no token can be had now.
        """
        token = self._token
        if token is not None and token.value == rejected:
            token = await self._renewed(token)
            return token.value
        return await self.token()

    async def _renewed(self, old: _Token | None) -> _Token:
        async with self._turn:
            if self._token is not None and self._token is not old:
                return self._token
            self._token = await self._fetch()
            return self._token

    async def _fetch(self) -> _Token:
        if self._refused:
            raise self._sign_in_failed()
        asked_at_s = self._clock.monotonic_s()
        try:
            answer = await self._retries.run(self._post, final=lambda _: False)
            if answer.status in {400, 401, 403}:
                self._refused = _reason(answer)
                raise self._sign_in_failed()
            if not 200 <= answer.status < 300:
                raise failures.failure(answer)
            return _read(answer, asked_at_s)
        except SignInFailed:
            raise
        except ServiceError as error:
            raise self._no_token(error) from error

    async def _post(self) -> Answer:
        form = {
            "grant_type": "password",
            "username": self._credentials.username,
            "password": self._credentials.password,
            "client_id": CLIENT_ID,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        return await self._network.fetch(Request("POST", self.url, headers, urlencode(form).encode()))

    def _sign_in_failed(self) -> SignInFailed:
        return SignInFailed(
            f"UP42 did not accept the credentials ({self._refused}).",
            method="POST",
            url=without_query(self.url),
            hint="Check UP42_USERNAME and UP42_PASSWORD (or UP42_PASSWORD_FILE), and UP42_REGION.",
        )

    def _no_token(self, error: ServiceError) -> NotSent:
        lost = "its answer was lost" if isinstance(error, AnswerLost) else str(error).rstrip(".")
        return NotSent(
            f"Could not sign in at {host_of(self.url)}: {lost}.",
            method="POST",
            url=without_query(self.url),
            retryable=error.retryable,
            hint=error.hint or "Check UP42_AUTH_URL and UP42_REGION, or run it again later.",
        )


def _read(answer: Answer, asked_at_s: float) -> _Token:
    try:
        holder = fields.required_mapping(fields.parse(answer.body), "The answer")
        value = fields.required_text(holder, "access_token", "The answer")
    except fields.Unreadable as error:
        raise _unreadable(answer) from error
    if not _VISIBLE.fullmatch(value):  # it could not be sent, and the refusal would quote it
        raise _unreadable(answer)
    lifetime_s = fields.number(holder.get("expires_in")) or LIFETIME_S
    return _Token(value, asked_at_s + max(lifetime_s - AHEAD_S, lifetime_s / 2))


def _unreadable(answer: Answer) -> UnexpectedAnswer:
    """Without the body: it may hold half a token."""
    return UnexpectedAnswer(
        "the answer holds no usable token", method=answer.request.method, url=answer.url, status=answer.status
    )


def _reason(answer: Answer) -> str:
    """Why credentials were refused, by the standard's own word; the rest of the body is not repeated."""
    try:
        word = fields.text(fields.mapping(fields.parse(answer.body)).get("error"))
    except fields.Unreadable:
        word = None
    return word if word and _WORD.fullmatch(word) else f"status {answer.status}"
