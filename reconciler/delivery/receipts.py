"""Receipts as bytes: one JSON document beside the delivered files. Pure.

The names of the fields are those of reconciler.model.receipt. What is read back may have been edited by hand or
written by somebody else, so nothing in it is trusted: above all no file name that leads out of its folder.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from reconciler.delivery.naming import PART, RECEIPT_NAME, folded
from reconciler.json_reading import Fields, parse
from reconciler.model.output import Json
from reconciler.model.receipt import OwnedFile, Receipt, ReceiptAsset, ReceiptItem, ReceiptJob, ReceiptStatus

#: A minor step only adds fields; a document of another major version is refused.
FORMAT_VERSION = "1.0"

_SHA256 = re.compile(r"[0-9a-f]{64}")


def encode(receipt: Receipt) -> bytes:
    """The receipt as JSON: UTF-8, two spaces of indent, the same bytes for the same receipt. No secret is in one."""
    document = {
        "format_version": FORMAT_VERSION,
        "status": receipt.status.value,
        "api_url": receipt.api_url,
        "workspace_id": receipt.workspace_id,
        "project": receipt.project,
        "output": receipt.output,
        "fingerprint": receipt.fingerprint,
        "process_id": receipt.process_id,
        "inputs": _plain(receipt.inputs),
        "labels": _plain(receipt.labels),
        "job": {
            "job_id": receipt.job.job_id,
            "status": receipt.job.status,
            "created": _moment(receipt.job.created),
            "settled": receipt.job.settled,
            "credits": receipt.job.credits,
        },
        "roles": None if receipt.roles is None else list(receipt.roles),
        "name": receipt.name,
        "delivered_at": _moment(receipt.delivered_at),
        "items": [{"item_id": item.item_id, "href": item.href, "title": item.title} for item in receipt.items],
        "assets": [_asset(asset) for asset in receipt.assets],
        "previous": [_owned(owned) for owned in receipt.previous],
    }
    return json.dumps(document, indent=2).encode() + b"\n"


def decode(data: bytes) -> Receipt:
    """Read a receipt; fields that are not known are passed over.

    Raises:
        ValueError: the bytes are no receipt, or name a file outside its folder; the text is one clause.
    """
    fields = Fields(parse(data))
    version = fields.text("format_version")
    if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        raise ValueError("it was written by another version of reconciler")
    status = fields.text("status")
    if status not in set(ReceiptStatus):
        raise ValueError("its status is not a word that receipts have")
    receipt = Receipt(
        status=ReceiptStatus(status),
        api_url=fields.text("api_url"),
        workspace_id=fields.text("workspace_id"),
        project=fields.text_or_none("project"),
        output=fields.text("output"),
        fingerprint=fields.text("fingerprint"),
        process_id=fields.text("process_id"),
        inputs=fields.child("inputs").found,
        job=_read_job(fields.child("job")),
        assets=tuple(_read_asset(asset) for asset in fields.children("assets")),
        delivered_at=fields.moment("delivered_at"),
        labels=fields.labels("labels"),
        roles=fields.texts_or_none("roles"),
        name=fields.text_or_none("name"),
        previous=tuple(_read_owned(owned) for owned in fields.children("previous")),
        items=() if "items" not in fields.found else tuple(_read_item(item) for item in fields.children("items")),
    )
    if len({owned.file for owned in receipt.files}) < len(receipt.files):
        raise ValueError("it gives one file name to two assets")
    return receipt


def _plain(value: Json) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(value[key]) for key in sorted(value)}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(part) for part in value]
    return value


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _asset(asset: ReceiptAsset) -> dict[str, Any]:
    return {
        "item_id": asset.item_id,
        "key": asset.key,
        "roles": list(asset.roles),
        "title": asset.title,
        "media_type": asset.media_type,
        "delivered": None if asset.delivered is None else _owned(asset.delivered),
    }


def _owned(owned: OwnedFile) -> dict[str, Any]:
    return {"file": owned.file, "size_bytes": owned.size_bytes, "sha256": owned.sha256}


def _read_job(fields: Fields) -> ReceiptJob:
    return ReceiptJob(
        job_id=fields.text("job_id"),
        status=fields.text("status"),
        created=fields.moment("created"),
        settled=fields.flag("settled"),
        credits=fields.integer_or_none("credits", minimum=0),
    )


def _read_item(fields: Fields) -> ReceiptItem:
    return ReceiptItem(fields.text("item_id"), fields.text("href"), fields.text("title"))


def _read_asset(fields: Fields) -> ReceiptAsset:
    delivered = fields.child_or_none("delivered")
    return ReceiptAsset(
        item_id=fields.text("item_id"),
        key=fields.text("key"),
        roles=fields.texts("roles"),
        title=fields.text("title"),
        media_type=fields.text("media_type"),
        delivered=None if delivered is None else _read_owned(delivered),
    )


def _read_owned(fields: Fields) -> OwnedFile:
    sha256 = fields.text("sha256")
    if not _SHA256.fullmatch(sha256):
        raise fields.wrong("sha256", "64 hexadecimal digits")
    return OwnedFile(_read_name(fields.text("file")), fields.integer("size_bytes", minimum=0), sha256)


def _read_name(name: str) -> str:
    """Refuse what naming.file_names never makes and what would lead elsewhere, or to our own files."""
    segments = name.split("/")
    leads_away = any(segment in ("", ".", "..") for segment in segments)
    odd = "\\" in name or ":" in name or not name.isprintable()
    ours = folded(name) == RECEIPT_NAME or folded(name).endswith(PART)
    if leads_away or odd or ours:
        raise ValueError("it names a file that is not safe to touch")
    return name
