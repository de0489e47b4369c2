import pytest

from reconciler.model.job import Asset
from reconciler.up42 import stac
from reconciler.web.fields import Unreadable

ITEM = {
    "type": "Feature",
    "id": "23e4",
    "collection": "21c0",
    "bbox": [1, 2, 3.5, 4],
    "geometry": {"type": "Point", "coordinates": [1, 2]},
    "properties": {"up42-system:job_id": "6856", "datetime": None},
    "links": [
        {"rel": "parent", "href": "https://api.up42.com/v2/assets/stac/collections/21c0"},
        {"rel": "self", "href": "https://api.up42.com/v2/assets/stac/collections/21c0/items/23e4"},
    ],
    "assets": {
        "072e_pan.tiff": {
            "href": "https://api.up42.com/v2/assets/a0d4",
            "title": "Pansharpened multispectral data",
            "type": "image/tiff; application=geotiff",
            "roles": ["pansharpened", "data"],
            "file:size": 12,
            "file:checksum": "1220ab",
        }
    },
}


def test_an_item_is_read():
    """Every field of an item that the product uses arrives."""
    item = stac.item(ITEM)

    assert (item.item_id, item.collection_id, item.bbox) == ("23e4", "21c0", (1, 2, 3.5, 4))
    assert item.href == "https://api.up42.com/v2/assets/stac/collections/21c0/items/23e4"
    assert item.assets == (
        Asset(
            key="072e_pan.tiff",
            href="https://api.up42.com/v2/assets/a0d4",
            title="Pansharpened multispectral data",
            media_type="image/tiff; application=geotiff",
            roles=("pansharpened", "data"),
            size_bytes=12,
            checksum="1220ab",
        ),
    )
    assert stac.job_id_of(item) == "6856"


def test_an_item_without_links_has_the_documented_path():
    """The value for inputs can be made from the ids alone."""
    item = stac.item(ITEM | {"links": []})

    assert item.href == "/v2/assets/stac/collections/21c0/items/23e4"


def test_an_item_without_collection_is_placed_by_its_links():
    """A missing field is found where the links say the same."""
    assert stac.item(ITEM | {"collection": None}).collection_id == "21c0"


def test_an_item_that_cannot_be_placed_is_unreadable():
    """Without collection and links there is nothing to name it by."""
    with pytest.raises(Unreadable):
        stac.item(ITEM | {"collection": None, "links": []})


def test_an_asset_without_link_is_not_passed_over():
    """A file that cannot be fetched still is one of the files."""
    assert stac.item(ITEM | {"assets": {"x": {"roles": "data"}}}).assets == (Asset(key="x", href=""),)


def test_the_job_id_may_have_no_prefix():
    """Both names of the property are read (up42-api.md sections 8.5, 8.6)."""
    assert stac.job_id_of(stac.item(ITEM | {"properties": {"job_id": "77"}})) == "77"
    assert stac.job_id_of(stac.item(ITEM | {"properties": None})) is None


def test_a_collection_names_its_job():
    """UP42 fields stand at the top level of a collection."""
    collection = stac.collection({"id": "21c0", "title": "T", "up42-system:job_id": "6856"})

    assert (collection.collection_id, collection.title, collection.job_id) == ("21c0", "T", "6856")
