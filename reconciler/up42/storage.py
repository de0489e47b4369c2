"""STAC storage and the bytes in it (up42-api.md sections 8 and 9). One method for each endpoint."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from urllib.parse import urljoin

from reconciler.errors import AnswerError, UnexpectedAnswer, UsageError
from reconciler.model.job import Item
from reconciler.model.output import Json
from reconciler.up42 import stac, wire
from reconciler.up42.download import Download, Downloads
from reconciler.up42.paging import Page, linked_pages
from reconciler.up42.session import Call, Session
from reconciler.web import fields
from reconciler.web.exchange import Answer
from reconciler.web.links import is_safe, last_segment_after, segment, without_query

_SIGNING = "/download-url"
#: Items or collections on a page where the caller does not say; the service's default is 10, its maximum 10,000.
PAGE_SIZE = 100
#: What the service takes for the size of a page of search results where the body does not say.
_SEARCH_DEFAULT = 10
_JOB_ID = "job_id"
_JOB_ID_NAMESPACED = "up42-system:job_id"


class Storage:
    """The storage endpoints. Every method raises `ServiceError` as `Session.request`, beside what it names."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._downloads = Downloads(session)

    async def landing(self) -> stac.Landing:
        """The landing page of storage."""
        answer = await self._session.request(Call("GET", f"{stac.STAC_ROOT}/"))
        value = answer.json()
        with answer.readable():
            return stac.landing(value)

    async def collections(self, *, workspace_id: str | None = None) -> AsyncIterator[tuple[stac.Collection, ...]]:
        """List collections, page by page; without a workspace, all of the account."""
        query = {"limit": str(PAGE_SIZE)} | ({} if workspace_id is None else {"workspace_id": workspace_id})
        async for page in linked_pages(self._session, Call("GET", f"{stac.STAC_ROOT}/collections", query)):
            with page.answer.readable():
                yield stac.collections(page.value)

    async def collection(self, collection_id: str) -> stac.Collection:
        """One collection.

        Raises:
            NotFound: there is no such collection.
        """
        answer = await self._session.request(Call("GET", _collection_path(collection_id)))
        value = answer.json()
        with answer.readable():
            return stac.collection(value)

    async def collection_at(self, collection_url: str) -> stac.Collection:
        """The collection that a job's results name.

        Raises:
            NotFound: there is no such collection.
            UsageError: the URL names no collection.
        """
        return await self.collection(_collection_id(collection_url))

    async def items(self, collection_id: str) -> AsyncIterator[tuple[Item, ...]]:
        """List the items of a collection, page by page.

        Raises:
            NotFound: there is no such collection, as far as the service says so here.
        """
        call = Call("GET", f"{_collection_path(collection_id)}/items", {"limit": str(PAGE_SIZE)})
        async for page in linked_pages(self._session, call):
            yield self._items(page)

    async def collection_items(self, collection_url: str) -> tuple[Item, ...]:
        """All items of the collection that a job's results name (`results.collection`), each once.

        Only the collection's id is taken from the URL: the request goes to the configured API, wherever it points.

        Raises:
            NotFound: there is no such collection, as far as the service says so here.
            UsageError: the URL names no collection.
        """
        pages = [page async for page in self.items(_collection_id(collection_url))]
        return _distinct(pages)

    async def item(self, href: str) -> Item:
        """The item behind a link: absolute on the API host, or starting at `/v2/…`.

        Raises:
            NotFound: there is no such item.
            UsageError: the link leads to another host.
        """
        path = self._session.api_path(href)
        if path is None:
            raise UsageError(f"{without_query(href)} is not on {self._session.api_url}, so it is no item in storage.")
        answer = await self._session.request(Call("GET", path))
        value = answer.json()
        with answer.readable():
            return self._at_home(stac.item(value))

    async def search(self, body: Mapping[str, Json]) -> AsyncGenerator[tuple[Item, ...], None]:
        """Search for items, page by page, each item once.

        How pages are linked is not documented (up42-api.md section 8.4). Links with rel `next` are followed, by POST
        or GET as they say. Where a full page comes without any link, the next value of the body's `page` is
        asked for, until a page has nothing new or the service does not know `page`.

        Args:
            body: as the endpoint takes it: `filter`, `collections`, `ids`, `bbox`, `datetime`, `sortby`, `limit`, …
        """
        seen: set[tuple[str, str]] = set()
        asked = fields.number(body.get("limit"))
        full = _SEARCH_DEFAULT if asked is None else int(asked)
        number = int(fields.number(body.get("page")) or 0)
        while True:
            found, linked = 0, False
            call = Call("POST", f"{stac.STAC_ROOT}/search", body=body)
            try:
                async for page in linked_pages(self._session, call):
                    items = self._items(page)
                    new = _unseen(items, seen)
                    linked = linked or wire.next_link(page.value) is not None
                    found = len(items) if new else 0
                    yield new
            except AnswerError as error:
                if not seen or linked or error.status not in {400, 422}:
                    raise
                return  # it does not know `page`, so there was one page
            if linked or found < full or found == 0:
                return
            number += 1
            body = {**body, "page": number}

    async def items_of_job(self, job_id: str) -> tuple[Item, ...]:
        """The results of a job, by the documented search for `job_id`; empty where nothing is listed (yet).

        Where the service does not know that property (400), its namespaced form is tried. Items that say
        they came from another job are left out.
        """
        try:
            return await self._items_where(_JOB_ID, job_id)
        except AnswerError as error:
            if error.status != 400:
                raise
            return await self._items_where(_JOB_ID_NAMESPACED, job_id)

    def is_held(self, href: str) -> bool:
        """Whether an asset's link is on the API host, so that `signed_url` and the token apply to it."""
        return self._session.api_path(href) is not None

    async def signed_url(self, asset_href: str) -> str:
        """A URL that needs no token; valid for five minutes. `asset_href` may end in `/download-url` already.

        Raises:
            UnexpectedAnswer: the link is not on the API host, or the answer holds no URL that may be followed.
            NotFound: there is no such asset.
        """
        path = self._asset_path(asset_href)
        answer = await self._session.request(Call("POST", path + _SIGNING))
        return _signed(answer)

    def open_signed(self, url: str, headers: Mapping[str, str] | None = None) -> AbstractAsyncContextManager[Download]:
        """Open a signed URL, or any other that needs no token; outside the rate limit.

        Raises:
            AnswerError: an error status; a signed URL that has expired is one of them (400 or 403).
            UnexpectedAnswer: a redirect without end or to a place without TLS, or a range that nobody asked for.
            ServiceError: as `Session.request`.
        """
        return self._downloads.open(url, headers or {}, with_token=False)

    def open_direct(
        self, asset_href: str, headers: Mapping[str, str] | None = None
    ) -> AbstractAsyncContextManager[Download]:
        """Open an asset with the token; a redirect to another host is followed without it.

        Whether the service streams or redirects is not documented (up42-api.md section 9.1).

        Raises:
            UnexpectedAnswer: the link is not on the API host; else as `open_signed`.
            AnswerError: an error status.
            ServiceError: as `Session.request`.
        """
        url = self._session.api_url + self._asset_path(asset_href)
        return self._downloads.open(url, headers or {}, with_token=True)

    def _asset_path(self, href: str) -> str:
        path = self._session.api_path(href)
        if path is None:
            shown = without_query(href)
            raise UnexpectedAnswer(
                f"The asset {shown or '(without a link)'} is not on the API host, so the token does not go there.",
                method="GET",
                url=shown,
                status=200,
            )
        return path.split("?", 1)[0].rstrip("/").removesuffix(_SIGNING)

    async def _items_where(self, name: str, job_id: str) -> tuple[Item, ...]:
        body: Mapping[str, Json] = {
            "filter": {"op": "=", "args": [{"property": name}, job_id]},
            "limit": PAGE_SIZE,
        }
        pages = [page async for page in self.search(body)]
        return tuple(item for item in _distinct(pages) if stac.job_id_of(item) in {None, job_id})

    def _items(self, page: Page) -> tuple[Item, ...]:
        with page.answer.readable():
            return tuple(self._at_home(item) for item in stac.items(page.value))

    def _at_home(self, item: Item) -> Item:
        """The item with its link on the configured API, whatever scheme the answer wrote."""
        path = self._session.api_path(item.href)
        return item if path is None else replace(item, href=self._session.api_url + path)


def _collection_path(collection_id: str) -> str:
    try:
        return f"{stac.STAC_ROOT}/collections/{segment(collection_id)}"
    except ValueError as error:
        raise UsageError(f"There is no collection with the id {collection_id!r}.") from error


def _collection_id(collection_url: str) -> str:
    found = last_segment_after("collections", collection_url)
    if found is None:
        raise UsageError(f"{without_query(collection_url)} names no collection.")
    return found


def _signed(answer: Answer) -> str:
    named = fields.text(fields.mapping(answer.json()).get("url"))
    url = urljoin(answer.request.url, named) if named else ""
    if not is_safe(url):
        raise UnexpectedAnswer(
            f"UP42 answered {answer.request.method} {answer.url} without a signed URL that is on TLS.",
            method=answer.request.method,
            url=answer.url,
            status=answer.status,
        )
    return url


def _unseen(items: Sequence[Item], seen: set[tuple[str, str]]) -> tuple[Item, ...]:
    new = {(item.collection_id, item.item_id): item for item in items}
    fresh = tuple(item for key, item in new.items() if key not in seen)
    seen.update(new)
    return fresh


def _distinct(pages: Sequence[tuple[Item, ...]]) -> tuple[Item, ...]:
    return _unseen([item for page in pages for item in page], set())
