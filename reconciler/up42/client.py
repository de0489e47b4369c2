"""The client as one value: where the service is, who asks, and the doors to time and chance."""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx

from reconciler.clock import Clock
from reconciler.errors import UsageError
from reconciler.up42.account import Account
from reconciler.up42.auth import Credentials, TokenSource
from reconciler.up42.limiter import Limiter
from reconciler.up42.processing import Processing
from reconciler.up42.session import Session
from reconciler.up42.storage import Storage
from reconciler.web.endpoints import base_url
from reconciler.web.network import Network, Timeouts
from reconciler.web.retrying import Retries

__all__ = ["Credentials", "Endpoint", "Settings", "Timeouts", "Up42", "endpoint"]

#: Where each region's API and auth host are (up42-api.md section 1.1).
REGIONS = {
    "eu": ("https://api.up42.com", "https://auth.up42.com"),
    "sa": ("https://api.sa.up42.com", "https://auth.sa.up42.com"),
}
DEFAULT_REGION = "eu"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The base URLs of the two hosts, without a slash at the end. Made by `endpoint`, which checks them."""

    api_url: str
    auth_url: str


def endpoint(region: str | None = None, api_url: str | None = None, auth_url: str | None = None) -> Endpoint:
    """The endpoint of a region (None: `eu`), of which either URL may be replaced.

    Raises:
        UsageError: the region is not known, or a URL is none, or is neither on TLS nor on this machine.
    """
    named = (region or DEFAULT_REGION).lower()
    if named not in REGIONS:
        known = ", ".join(sorted(REGIONS))
        raise UsageError(f"There is no region {region!r}.", hint=f"The regions are {known}; or set UP42_API_URL.")
    api, auth = REGIONS[named]
    return Endpoint(base_url(api_url or api, "UP42_API_URL"), base_url(auth_url or auth, "UP42_AUTH_URL"))


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits: requests a second in the long run and at once, requests in flight, and timeouts."""

    requests_per_second: float = 100.0
    burst: int = 500
    concurrency: int = 32
    timeouts: Timeouts = field(default_factory=Timeouts)


class Up42:
    """The service. An async context manager: connections live as long as its block.

    Attributes:
        processing, storage, account: the endpoints.
        session: the door that all of them go through.

    Args:
        endpoint: where the service is.
        credentials: who asks.
        clock: the door to time.
        settings: limits and timeouts.
        transport: stands in for the network, for a service that runs in this process; None: real connections.
        chance: the door to chance, a number in [0, 1).
    """

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials,
        clock: Clock,
        *,
        settings: Settings = Settings(),
        transport: httpx.AsyncBaseTransport | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._network = Network(settings.timeouts, transport)
        retries = Retries(clock, chance)
        limiter = Limiter(
            clock,
            rate_per_s=settings.requests_per_second,
            burst=settings.burst,
            concurrency=settings.concurrency,
        )
        tokens = TokenSource(self._network, endpoint.auth_url, credentials, retries)
        self.session = Session(endpoint.api_url, self._network, tokens, limiter, retries)
        self.processing = Processing(self.session)
        self.storage = Storage(self.session)
        self.account = Account(self.session)

    async def __aenter__(self) -> Self:
        await self._network.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._network.__aexit__(kind, error, trace)

    @property
    def api_url(self) -> str:
        """The API's base URL, without a slash at its end; receipts and claims are told apart by it."""
        return self.session.api_url

    def server_now(self) -> dt.datetime | None:
        """The service's time, aware, UTC; None before its first answer. See `Session.server_now`."""
        return self.session.server_now()
