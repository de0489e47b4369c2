"""Walking the searches of sets: each distinct one once, and no further than its limit."""

from collections.abc import Mapping, Sequence
from contextlib import aclosing

from reconciler.engine.events import Asked, Note, Notify
from reconciler.model.job import Item
from reconciler.model.search import Search
from reconciler.planning import words
from reconciler.up42.stac import job_id_of
from reconciler.up42.storage import Storage

#: Items on a page; the service's maximum is 10,000 (up42-api.md section 8.4).
_PAGE_SIZE = 1_000


async def walk(searches: Sequence[Search], storage: Storage, notify: Notify) -> Mapping[Search, tuple[Item, ...]]:
    """The items of each search, in the service's order.

    Raises:
        ServiceError: a search is refused, or the service cannot be reached.
    """
    found = {search: await _items(search, storage, notify) for search in searches}
    for items in found.values():
        made = sum(1 for item in items if job_id_of(item) is not None)
        if made:
            notify(
                Note(
                    f"Of {words.count(len(items), 'item')} that a set found, {made:,} are results of jobs: "
                    "name collections or a filter, so that a set does not grow by what it makes."
                )
            )
    return found


async def _items(search: Search, storage: Storage, notify: Notify) -> tuple[Item, ...]:
    found: list[Item] = []
    size = _PAGE_SIZE if search.limit is None else min(search.limit, _PAGE_SIZE)
    async with aclosing(storage.search({**search.body, "limit": size})) as pages:
        async for page in pages:
            found.extend(page)
            notify(Asked("items", len(found), None))
            if search.limit is not None and len(found) >= search.limit:
                break
    return tuple(found[: search.limit])
