import datetime as dt
import json

import pytest

from reconciler.delivery import receipts
from reconciler.model.job import Asset
from reconciler.model.receipt import ReceiptStatus

HREF = "https://api.up42.com/v2/assets/1?token=secret"


@pytest.fixture
def receipt(kit):
    assets = [Asset("a.tif", HREF, "Pixels", "image/tiff", ("pan", "data")), Asset("b.json", HREF, roles=("metadata",))]
    order = kit.order(assets, roles=("data",), name="uk-${asset.role}")
    return order.receipt([kit.owned("a.tif", b"pixels"), None], ReceiptStatus.DELIVERING, (kit.owned("x/old", b"old"),))


def changed(receipt, path, value):
    """The receipt's document with one field set, as bytes."""
    document = json.loads(receipts.encode(receipt))
    *way, last = path
    place = document
    for step in way:
        place = place[step]
    place[last] = value
    return json.dumps(document).encode()


def test_a_receipt_reads_back_as_it_was_written(receipt):
    """Nothing of a receipt is lost on the way to the disk and back."""
    assert receipts.decode(receipts.encode(receipt)) == receipt


def test_the_document_has_the_facts_under_their_names(receipt):
    """Other programs find what product.md promises a receipt to hold."""
    document = json.loads(receipts.encode(receipt))

    assert document["format_version"] == "1.0"
    assert document["job"]["credits"] == 63
    assert document["delivered_at"] == "2024-06-14T12:00:00Z"
    assert document["assets"][0] == {
        "item_id": "item-1",
        "key": "a.tif",
        "roles": ["pan", "data"],
        "title": "Pixels",
        "media_type": "image/tiff",
        "delivered": {
            "file": "a.tif",
            "size_bytes": 6,
            "sha256": "6ec9c2b0eb14010746c8bce8939303b382344b296206612eb8a907a37b2b2f37",
        },
    }
    assert document["assets"][1]["delivered"] is None


def test_the_same_receipt_is_the_same_bytes(receipt, kit):
    """Receipts kept in git change only when something changed: key order in the manifest does not count."""
    inputs = {"b": [{"y": 1, "x": 2}], "a": None}
    turned = {"a": None, "b": [{"x": 2, "y": 1}]}

    one, other = (kit.order([], inputs=found).receipt([], ReceiptStatus.COMPLETE) for found in (inputs, turned))

    assert receipts.encode(one) == receipts.encode(other)


def test_no_link_is_written_down(receipt):
    """An asset's link may carry a signature, so receipts have none."""
    assert b"secret" not in receipts.encode(receipt)


def test_times_are_written_in_utc(receipt, kit):
    """A receipt made elsewhere reads the same."""
    there = dt.datetime(2024, 6, 14, 14, 0, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    written = receipts.encode(kit.order([], delivered_at=there).receipt([], ReceiptStatus.COMPLETE))

    assert json.loads(written)["delivered_at"] == "2024-06-14T12:00:00Z"


def test_text_of_the_service_survives_whatever_it_is(kit):
    """Text that no file could hold, a lone surrogate, does not stop a receipt from being written."""
    asset = Asset("\ud800\x1b", HREF, title="\u202e")
    receipt = kit.order([asset]).receipt([kit.owned("file", b"")], ReceiptStatus.COMPLETE)

    written = receipts.encode(receipt)

    assert written.isascii()
    assert b"\x1b" not in written
    assert receipts.decode(written) == receipt


def test_unknown_fields_of_a_later_minor_version_are_passed_over(receipt):
    """A receipt of a newer reconciler that only added things is still read."""
    document = json.loads(receipts.encode(receipt)) | {"format_version": "1.7", "catalog": {"new": True}}

    assert receipts.decode(json.dumps(document).encode()) == receipt


@pytest.mark.parametrize(
    "file",
    [
        "",
        "/etc/passwd",
        "../up",
        "a/../../up",
        "a//b",
        "./a",
        "a\\b",
        "C:x",
        "nul\0",
        "RECEIPT.json",
        "a.part",
        "a/b.PART",
    ],
    ids=ascii,
)
@pytest.mark.parametrize("place", [("assets", 0, "delivered"), ("previous", 0)], ids=["delivered", "previous"])
def test_a_receipt_cannot_name_a_file_elsewhere(receipt, place, file):
    """A tampered receipt does not make us touch files outside its folder, or our own."""
    with pytest.raises(ValueError, match="not safe to touch"):
        receipts.decode(changed(receipt, (*place, "file"), file))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format_version",), "2.0"),
        (("format_version",), None),
        (("status",), "done"),
        (("api_url",), 1),
        (("project",), []),
        (("inputs",), []),
        (("labels",), {"team": 1}),
        (("roles",), "data"),
        (("name",), 3),
        (("job",), None),
        (("job", "settled"), 1),
        (("job", "credits"), -1),
        (("job", "credits"), True),
        (("job", "created"), "2024-06-14T12:00:00"),
        (("job", "created"), "0001-01-01T00:00:00+14:00"),
        (("delivered_at",), "noon"),
        (("assets",), {}),
        (("assets", 0), "a.tif"),
        (("assets", 0, "roles"), [1]),
        (("assets", 0, "delivered", "size_bytes"), 1.5),
        (("assets", 0, "delivered", "sha256"), "abc"),
        (("previous",), None),
    ],
    ids=str,
)
def test_a_field_of_the_wrong_kind_is_refused(receipt, path, value):
    """What is not a receipt is not half read."""
    with pytest.raises(ValueError, match=r" is not | is missing|another version"):
        receipts.decode(changed(receipt, path, value))


def test_one_file_for_two_assets_is_refused(receipt):
    """A receipt that gives one file to two assets is not ours."""
    with pytest.raises(ValueError, match="two assets"):
        receipts.decode(
            changed(receipt, ("assets", 1, "delivered"), json.loads(receipts.encode(receipt))["assets"][0]["delivered"])
        )


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b"1" * 10_000],
    ids=["nothing", "cut", "list", "null", "not-utf8", "deep", "huge-number"],
)
def test_what_is_not_a_receipt_is_refused_in_words(data):
    """Any bytes give a receipt or one clause, never another exception."""
    with pytest.raises(ValueError, match=r"^it is not (JSON, or nests too deeply|UTF-8|an object)$"):
        receipts.decode(data)
