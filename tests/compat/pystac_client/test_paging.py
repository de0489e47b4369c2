"""A thousand items: every way of turning pages has each of them once."""

import pytest

MANY = 1_000


@pytest.fixture(scope="module")
def every_id(large):
    """The ids of all items, as one page has them."""
    (page,) = large.search(limit=MANY).pages()
    ids = {item.id for item in page.items}
    assert len(ids) == MANY
    return ids


@pytest.mark.parametrize(
    "search",
    [
        {"limit": 100},
        {"limit": 30},
        {},
        {"limit": 300, "sortby": "-title"},
        {"limit": 300, "bbox": [0, 0, 90, 90]},
        {"limit": 300, "filter": {"op": ">", "args": [{"property": "gsd"}, 0]}},
    ],
    ids=str,
)
def test_a_search_loses_none_and_repeats_none(large, every_id, search):
    """A search has every item exactly once, however large its pages are."""
    found = [item.id for item in large.search(**search).items()]

    assert len(found) == MANY
    assert set(found) == every_id


def test_a_search_ends_where_it_is_told(large):
    """`max_items` cuts in the middle of a page."""
    assert len(list(large.search(limit=100, max_items=250).items())) == 250


def test_collections_lose_none_and_repeat_none(large, every_id):
    """Walking the collections page by page has every one of them once."""
    found = [collection.id for collection in large.get_collections()]

    assert len(found) == len(set(found)) == len(every_id)
