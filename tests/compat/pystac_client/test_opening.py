"""Opening the STAC API, and walking its collections."""

import pystac
import pytest
from pystac_client import Client
from pystac_client.exceptions import APIError


def test_it_opens(client):
    """The landing page is that of a STAC API whose search can filter and sort, as pystac-client reads it."""
    assert client.id == "up42-storage"
    assert all(map(client.conforms_to, ("CORE", "COLLECTIONS", "FEATURES", "ITEM_SEARCH", "FILTER", "SORT")))
    assert client.get_search_link() is not None


def test_it_opens_with_a_token_only(client):
    """Without a token the landing page is 401."""
    with pytest.raises(APIError) as caught:
        Client.open(client.get_self_href())

    assert caught.value.status_code == 401


def test_collections_are_walked(client, items):
    """Every item is in exactly one collection, whose extent is around it."""
    found = {}
    for collection in client.get_collections():
        (item,) = collection.get_items()
        found[item.id] = collection.id
        assert collection.extent.spatial.bboxes == [item.bbox]

    assert found == {item.id: item.collection_id for item in items.values()}


def test_a_collection_is_got_with_its_item(client, items):
    """A collection and an item are got by their ids, and are the ones that a search finds."""
    for item in items.values():
        collection = client.get_collection(item.collection_id)
        got = collection.get_item(item.id)

        assert collection.id == item.collection_id
        assert (got.geometry, got.bbox, got.properties) == (item.geometry, item.bbox, item.properties)
        assert [asset.to_dict() for asset in got.assets.values()] == [asset.to_dict() for asset in item.assets.values()]


def test_what_is_unknown_is_not_found(client, items):
    """An unknown collection, and an unknown item of a known one, are None to the client: both are 404."""
    item = next(iter(items.values()))

    assert client.get_collection("no-such-collection") is None
    assert client.get_collection(item.collection_id).get_item("no-such-item") is None


def test_links_lead_where_they_say(client, items):
    """From an item, pystac follows the links to its collection and to the root."""
    item = next(iter(items.values()))

    assert item.get_collection().id == item.collection_id
    assert item.get_root().id == client.id
    assert isinstance(item.get_parent(), pystac.Collection)
