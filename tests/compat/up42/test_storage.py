"""The STAC client of the SDK: opening, searching, reading items and collections."""

import pystac_client
import pytest
import up42

from tests.compat.up42.account import COAST, FIELDS, FIELDS_LATER, RIVER, SCENES, TOWN


def equal(name, value):
    return {"op": "=", "args": [{"property": name}, value]}


def test_the_client_opens():
    """The landing page is a STAC API with the conformance classes that pystac-client asks for."""
    opened = up42.stac_client()

    assert isinstance(opened, pystac_client.Client)
    assert all(map(opened.conforms_to, ("CORE", "COLLECTIONS", "FEATURES", "ITEM_SEARCH", "FILTER", "SORT")))


def test_a_search_without_conditions_finds_everything(storage):
    """A search that names nothing finds every item of the account."""
    found = [item.properties["title"] for item in storage.search().items()]

    assert sorted(found) == sorted(SCENES)


@pytest.mark.parametrize(
    ("condition", "titles"),
    [
        ({"datetime": "2024-06"}, [FIELDS, COAST, RIVER]),
        ({"datetime": "2024-08-01/.."}, [FIELDS_LATER]),
        ({"bbox": [1, 50, 2, 52]}, [COAST]),
        ({"intersects": {"type": "Point", "coordinates": [1.31, 51.08]}}, [COAST]),
        ({"filter": equal("title", TOWN)}, [TOWN]),
        ({"filter": equal("up42-user:title", TOWN)}, [TOWN]),
        ({"filter": equal("job_id", "00000000-0000-4000-8000-000000000000")}, []),
    ],
    ids=str,
)
def test_a_search_finds_what_its_condition_says(storage, condition, titles):
    """Each kind of condition that the SDK's client can send selects the right items."""
    found = storage.search(**condition, sortby="datetime").items()

    assert [item.properties["title"] for item in found] == titles


def test_a_search_by_collection_and_id(storage, scenes):
    """Collections and ids select, alone and together."""
    one, other = scenes[COAST], scenes[TOWN]

    assert [found.id for found in storage.search(collections=[one.collection_id]).items()] == [one.id]
    assert [found.id for found in storage.search(ids=[other.id]).items()] == [other.id]
    assert list(storage.search(ids=[one.id], collections=[other.collection_id]).items()) == []


@pytest.mark.parametrize("direction", ["+", "-"])
def test_a_search_sorts(storage, direction):
    """Items come in the order of the property that a search names, up or down."""
    found = [item.properties["datetime"] for item in storage.search(sortby=f"{direction}datetime").items()]

    assert found == sorted(found, reverse=direction == "-")
    assert len(set(found)) == len(SCENES)


def test_a_search_pages_by_one(storage, scenes):
    """Pages of one item lose none and repeat none."""
    found = [item.id for item in storage.search(limit=1).items()]

    assert sorted(found) == sorted(item.id for item in scenes.values())


def test_items_are_got_by_their_ids(storage, scenes):
    """`get_items` gives the items of the ids, and nothing for an id that no item has."""
    wanted = {scenes[COAST].id, scenes[FIELDS].id}

    assert {item.id for item in storage.get_items(*wanted, "no-such-item")} == wanted


def test_collections_are_walked(storage, scenes):
    """Every item is in exactly one of the collections, and can be got from there."""
    found = {item.id: collection.id for collection in storage.get_collections() for item in collection.get_items()}

    assert found == {item.id: item.collection_id for item in scenes.values()}


def test_an_item_has_the_properties_of_up42(sandbox, scenes):
    """The SDK's extension reads title, product, system and workspace of an item."""
    read = scenes[COAST].up42

    assert (read.title, read.tags, read.source) == (COAST, [], "ARCHIVE")
    assert read.workspace_id == sandbox.workspace_id
    assert all((read.asset_id, read.account_id, read.collection_name, read.modality, read.metadata_version))
    assert read.job_id is None


def test_a_collection_has_the_properties_of_up42(storage, scenes):
    """A collection says the same of itself as its item does."""
    item = scenes[COAST]
    collection = storage.get_collection(item.collection_id)

    for name in ("title", "tags", "collection_name", "modality", "asset_id", "account_id", "workspace_id", "source"):
        assert getattr(collection.up42, name) == getattr(item.up42, name)
