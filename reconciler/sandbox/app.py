"""The sandbox as an ASGI app.

The app is one list of doors, each a plain function, behind a layer that puts the sandbox's own time on every answer.
"""

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.sandbox.api import account, assets, control, eulas, openapi, processing, search, stac, webhooks
from reconciler.sandbox.api.doors import error_response, route
from reconciler.sandbox.errors import problem
from reconciler.sandbox.moments import Clock, http_date
from reconciler.sandbox.sandbox import Sandbox, open_sandbox
from reconciler.sandbox.settings import DEFAULT_BUDGET_ID, DEFAULT_WORKSPACE_ID, SandboxSettings

__all__ = ["DEFAULT_BUDGET_ID", "DEFAULT_WORKSPACE_ID", "Sandbox", "SandboxSettings", "create_app"]

# The doors of the STAC storage come before those of assets: both live under /v2/assets/.
_DESCRIBED = (
    *account.DOORS,
    *eulas.DOORS,
    *processing.DOORS,
    *stac.DOORS,
    *search.DOORS,
    *assets.DOORS,
    *webhooks.DOORS,
)
#: Every endpoint of the sandbox. The document's own comes first, as the storage's do; control doors are in none.
DOORS = (openapi.door(_DESCRIBED), *_DESCRIBED, *control.DOORS)


def create_app(settings: SandboxSettings) -> Starlette:
    """An app on the data folder, which is opened, or made and filled, at once; `app.state.sandbox` is what it serves.

    Raises:
        SandboxError: the data folder cannot be used, or a setting makes no sense.
    """
    sandbox = open_sandbox(settings)
    app = Starlette(
        routes=[route(door, sandbox) for door in DOORS],
        middleware=[Middleware(_Dated, clock=sandbox.clock)],
        exception_handlers={HTTPException: _http_exception},
    )
    app.router.redirect_slashes = False
    app.state.sandbox = sandbox
    return app


class _Dated:
    """Puts the sandbox's time into the `Date` header of every answer: clients judge time by it."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the header added."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Date"] = http_date(self._clock.micros())
            await send(message)

        await self._app(scope, receive, dated)


def _http_exception(request: Request, error: Exception) -> Response:
    """An unknown path, or a method that none of the doors at it has."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    answer = error_response(problem(status))
    if status == 405:
        here = [each for each in request.app.routes if each.matches(request.scope)[0] is not Match.NONE]
        answer.headers["Allow"] = ", ".join(sorted({method for each in here for method in each.methods}))
    return answer
