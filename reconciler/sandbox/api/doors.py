"""From an HTTP request to a plain function and back.

A handler is a function of the sandbox and a `Call`; it runs in a worker thread, so it may read files and the database.
"""

import json
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from reconciler.sandbox.account import tokens
from reconciler.sandbox.answers import JSONResponse
from reconciler.sandbox.api.operations import Operation
from reconciler.sandbox.errors import HttpError, problem
from reconciler.sandbox.faults.book import NONE as NO_FAULTS
from reconciler.sandbox.faults.book import Fault, Faults
from reconciler.sandbox.faults.documents import Asked, changed
from reconciler.sandbox.faults.wire import OnTheWire
from reconciler.sandbox.moments import SECOND, http_date
from reconciler.sandbox.sandbox import Sandbox

_LOG = logging.getLogger(__name__)
MAX_BODY_BYTES = 8 << 20


@dataclass(frozen=True)
class Call:
    """One request.

    Attributes:
        path: as asked for; params: what stands in its variable parts.
        query: the last value of each name; queries: every name and value, in their order.
        base: scheme and host with which absolute links start.
        client: the address that it comes from.
        faults: what is to go wrong with it.
    """

    method: str
    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base: str
    queries: Sequence[tuple[str, str]] = ()
    client: str = ""
    faults: Faults = NO_FAULTS

    def text(self) -> str:
        """Path, query and body, for rules that look for a text."""
        return f"{self.path}?{urlencode(self.queries)}\n{self.body.decode('utf-8', 'replace')}"

    def every(self, name: str) -> list[str]:
        """Every value of a name in the query."""
        return [value for key, value in self.queries if key == name]

    def json(self, fault: HttpError) -> Any:
        """The body as JSON, or `fault` raised where it is none, or could not be given back: 1e999, half a surrogate."""
        try:
            document = json.loads(self.body, parse_constant=_no_constant)
            json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
        except (ValueError, RecursionError) as error:
            raise fault from error
        return document


Handler = Callable[[Sandbox, Call], Response]


@dataclass(frozen=True)
class Door:
    """One endpoint.

    Attributes:
        name: what faults and the OpenAPI document call it; unique.
        bearer: whether it needs a token.
        work: whether jobs that are due do their work first, so that the answer shows their results.
        control: whether only the sandbox has it; such a door knows neither tokens nor faults nor limits.
        about: what the OpenAPI document says of it; only control doors are without.
    """

    name: str
    method: str
    path: str
    handler: Handler
    bearer: bool = True
    work: bool = False
    control: bool = False
    about: Operation | None = None


def route(door: Door, sandbox: Sandbox) -> Route:
    """The door as a route of the app."""

    async def endpoint(request: Request) -> ASGIApp:
        try:
            call = _call(request, sandbox, await _body(request))
            answer, faults = await run_in_threadpool(_answered, door, sandbox, call)
        except HttpError as error:
            return error_response(error)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it
        except Exception:  # noqa: BLE001 - the outermost boundary: the answer says no more than 500
            _LOG.exception("%s %s fails", door.method, door.path)
            return error_response(problem(500))
        return OnTheWire(answer, faults, sandbox.settings.sleep) if faults.by_kind else answer

    return Route(door.path, endpoint, methods=[door.method])


def error_response(error: HttpError) -> Response:
    """An error as it goes out."""
    if isinstance(error.body, str):
        return Response(error.body, error.status, error.headers, "application/xml; charset=UTF-8")
    return JSONResponse(error.body, error.status, error.headers)


def whole(call: Call, name: str, default: int, allowed: range, fault: HttpError) -> int:
    """A whole number of the query, or `fault` raised."""
    text = call.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) in allowed):
        raise fault
    return int(text)


def is_title_and_tags(body: Any, title: str, tags: str) -> bool:
    """Whether a body is an object with a text and a list of texts under these names, either or both, or null there."""
    if not isinstance(body, dict) or not body or not set(body) <= {title, tags}:
        return False
    words = [] if body.get(tags) is None else body[tags]
    words_fit = isinstance(words, list) and all(isinstance(word, str) for word in words)
    return words_fit and isinstance(body.get(title), str | None)


def spring_page(content: list[dict[str, Any]], *, total: int, size: int, page: int) -> dict[str, Any]:
    """A page as Spring writes it."""
    return {
        "content": content,
        "totalPages": math.ceil(total / size),
        "totalElements": total,
        "number": page,
        "size": size,
        "numberOfElements": len(content),
        "first": page == 0,
        "last": (page + 1) * size >= total,
        "empty": not content,
    }


def _answered(door: Door, sandbox: Sandbox, call: Call) -> tuple[Response, Faults]:
    """The answer, and what is to happen to it on its way."""
    if door.control:
        return _handled(door, sandbox, call), NO_FAULTS
    if not sandbox.limiter.admits(call.client):
        return error_response(problem(429, detail="Too many requests.")), NO_FAULTS
    faults = sandbox.faults.draw(door.name, call.text)
    if limited := faults.get("rate-limited"):
        return _rate_limited(limited, sandbox), faults
    broken = faults.get("server-error")
    if broken and not broken.options["done"]:
        return _broken(broken), faults
    answer = _handled(door, sandbox, replace(call, faults=faults))
    if broken:
        return _broken(broken), faults
    href = call.path if door.name == "list-jobs" else f"{call.base}{call.path}"  # section 7.1: its links are paths
    return changed(answer, faults, Asked(call.method, href, call.query, call.body)), faults


def _handled(door: Door, sandbox: Sandbox, call: Call) -> Response:
    try:
        if door.bearer:
            _demand_token(sandbox, call)
            sandbox.progress.advance(work=door.work)
        return door.handler(sandbox, call)
    except HttpError as error:
        return error_response(error)


def _rate_limited(fault: Fault, sandbox: Sandbox) -> Response:
    wait = int(fault.number("wait"))
    date = http_date(sandbox.clock.micros() + wait * SECOND)
    told = {"seconds": {"Retry-After": str(wait)}, "date": {"Retry-After": date}, "none": {}}
    answer = error_response(problem(429, detail="Too many requests."))
    answer.headers.update(told[str(fault.options["retry-after"])])
    return answer


def _broken(fault: Fault) -> Response:
    return error_response(problem(int(fault.number("status"))))


def _demand_token(sandbox: Sandbox, call: Call) -> None:
    """The body of the present 401 answer is not known; the status is what counts (up42-api.md section 1.3)."""
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    good = None
    if scheme.lower() == "bearer" and token:
        with sandbox.store.reading() as db:
            good = tokens.scope_of(db, token.strip(), kind=tokens.ACCESS, at=sandbox.clock.micros())
    if good is None:
        detail = "The access token is missing, unknown or expired."
        fault = problem(401, detail=detail)
        raise HttpError(fault.status, fault.body, {"WWW-Authenticate": 'Bearer error="invalid_token"'})


def _call(request: Request, sandbox: Sandbox, body: bytes) -> Call:
    base = sandbox.settings.base_url or f"{request.url.scheme}://{request.url.netloc}"
    query = request.query_params
    return Call(
        method=request.method,
        path=request.url.path,
        params=request.path_params,
        query=dict(query),
        headers=request.headers,
        body=body,
        base=base.rstrip("/"),
        queries=query.multi_items(),
        client=request.client.host if request.client else "",
    )


async def _body(request: Request) -> bytes:
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > MAX_BODY_BYTES:
            raise problem(413, detail=f"The body is larger than {MAX_BODY_BYTES} bytes.")
    return bytes(chunks)


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")
