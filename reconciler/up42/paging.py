"""Walking through answers of several pages, by links or by numbers, without walking in circles."""

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin

from reconciler.up42 import wire, wire_account
from reconciler.up42.session import Call, Session
from reconciler.web.exchange import Answer
from reconciler.web.fields import http_date

#: More pages than this are taken for a listing that never ends.
MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a listing: its JSON, and the answer for its errors and its time."""

    value: Any
    answer: Answer

    @property
    def server_time(self) -> dt.datetime | None:
        """The answer's `Date`, aware, UTC; None without one."""
        return http_date(self.answer.headers.get("date"))


async def linked_pages(session: Session, first: Call) -> AsyncIterator[Page]:
    """Every page from `first` along the links with rel `next`; an empty page does not end it.

    A link may be absolute or relative, and may name `http` where the API is on TLS (up42-api.md sections 7.1, 8.2).

    Raises:
        UnexpectedAnswer: a link leads to another host, or to a page that was there before: what is listed then
            cannot be known to be all.
        ServiceError: as `Session.request`.
    """
    call: Call | None = first
    seen: set[tuple[str, str, str]] = set()
    while call is not None:
        answer = await session.request(call)
        page = Page(answer.json(), answer)
        seen.add(_key(call))
        yield page
        call = next_call(session, call, page)
        if call is not None and (_key(call) in seen or len(seen) >= MOST_PAGES):
            raise answer.unexpected("Its pages lead in a circle.")


def next_call(session: Session, call: Call, page: Page) -> Call | None:
    """The call for the page after this one; None on the last.

    Raises:
        UnexpectedAnswer: the link leads to another host.
    """
    link = wire.next_link(page.value)
    if link is None:
        return None
    path = session.api_path(urljoin(page.answer.request.url, link.href))
    if path is None:
        raise page.answer.unexpected("Its next page is on another host.")
    if link.method == "GET":
        return replace(call, method="GET", path=path, query={}, body=None)
    before = call.body if isinstance(call.body, Mapping) else {}
    body = before if link.body is None else {**before, **link.body} if link.merge else link.body
    return replace(call, method="POST", path=path, query={}, body=body)


async def numbered_pages(session: Session, path: str, query: Mapping[str, str]) -> AsyncIterator[Page]:
    """Every page of a Spring listing. The first is asked for without a number, since paging is not settled for all.

    Raises:
        UnexpectedAnswer: an answer that is no such page.
        ServiceError: as `Session.request`.
    """
    number, pages = 0, 1
    while number < min(pages, MOST_PAGES):
        numbered = {**query, "page": str(number)} if number else query
        answer = await session.request(Call("GET", path, numbered))
        value = answer.json()
        with answer.readable():
            page = wire_account.spring_page(value)
        if not page.content:
            return
        yield Page(page.content, answer)
        number, pages = number + 1, page.pages


def _key(call: Call) -> tuple[str, str, str]:
    path = call.path + repr(sorted(call.query.items())) if call.query else call.path
    return call.method, path, wire.encode(call.body).decode()
