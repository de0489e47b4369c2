"""What the SDK changes in the storage: titles, tags, and what it deletes."""

import contextlib
import sqlite3

import pystac_client
import pytest
import requests
from up42 import BulkDeletion
from up42.stac import IncompleteCollectionDeletionError

from tests.compat.up42.account import COAST, FIELDS, FIELDS_LATER, TOWN


@pytest.fixture
def scene(storage):
    """Looks a scene up by the title that it had at first, as it is now."""

    def found(title):
        (item,) = storage.search(filter={"op": "=", "args": [{"property": "title"}, title]}).items()
        return item

    return found


@pytest.fixture
def sibling(sandbox, scenes):
    """A second item in the collection of the coast: orders have such collections, jobs of the sandbox do not."""
    item = scenes[COAST]
    sibling_id = "c0a57000-0000-4000-8000-0000000000a2"
    with contextlib.closing(sqlite3.connect(sandbox.data / "sandbox.sqlite", timeout=30)) as db, db:
        db.row_factory = sqlite3.Row
        row = dict(db.execute("SELECT * FROM items WHERE id = ?", (item.id,)).fetchone())
        row |= {"seq": None, "id": sibling_id, "doc": row["doc"].replace(item.id, sibling_id)}
        db.execute(f"INSERT INTO items VALUES ({', '.join('?' * len(row))})", list(row.values()))  # noqa: S608 - no words
    return sibling_id


@pytest.mark.parametrize(
    ("title", "tags"), [("Harvest", ["field", "june"]), ("Größe, 大", []), (None, None)], ids=["both", "words", "none"]
)
def test_title_and_tags_are_changed(storage, scene, title, tags):
    """`update` stores the title and tags that an item was given, and None takes them away."""
    item = scene(FIELDS)
    item.up42.title, item.up42.tags = title, tags

    item.update()

    read = storage.get_collection(item.collection_id).get_item(item.id)
    assert (read.up42.title, read.up42.tags) == (title, tags)
    assert (item.up42.title, item.up42.tags) == (title, tags)
    assert item.properties == read.properties


def test_items_are_found_by_a_new_tag(storage, scene):
    """A search by tags finds the item that has just got one."""
    item = scene(FIELDS_LATER)
    item.up42.tags = ["august", "field"]
    item.update()

    found = storage.search(filter={"op": "a_contains", "args": [{"property": "tags"}, ["august"]]}).items()

    assert [other.id for other in found] == [item.id]


def test_an_incomplete_deletion_is_refused(storage, scenes, sibling):
    """Of a collection with two items the SDK deletes neither when it is given one."""
    with pytest.raises(IncompleteCollectionDeletionError, match=sibling):
        BulkDeletion(scenes[COAST].id).delete()

    assert {item.id for item in storage.get_items(scenes[COAST].id, sibling)} == {scenes[COAST].id, sibling}


def test_items_are_deleted_in_bulk(storage, scenes):
    """The items of a deletion are gone with their collections and assets, and all others stay."""
    gone, stays = scenes[TOWN], scenes[FIELDS]

    BulkDeletion(gone.id).delete()

    assert [item.id for item in storage.get_items(gone.id, stays.id)] == [stays.id]
    with pytest.raises(pystac_client.exceptions.APIError) as caught:
        storage.get_collection(gone.collection_id)
    assert caught.value.status_code == 404
    with pytest.raises(requests.HTTPError) as refused:
        _ = next(iter(gone.assets.values())).file
    assert refused.value.response.status_code == 404
