"""Texts that mean something else: times, durations, item links, destinations. Each is a value or a fault."""

import datetime as dt
import math
import posixpath
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from reconciler.manifest.wording import Fault, printable, shortened, shown
from reconciler.model.chain import FROM_OUTPUT
from reconciler.model.output import Json

#: Destinations and states in object stores; this part keeps them as they are written.
STORE_SCHEMES = ("s3", "gs", "az")
ITEM_LINK_EXAMPLE = "/v2/assets/stac/collections/<collection id>/items/<item id>"

_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_MICROSECOND_DIGITS = 7  # the dot and six digits
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h)", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_LONGEST_DURATION_S = 30 * 24 * 3600.0
_ITEM_PATH = re.compile(r"/v2/assets/stac/collections/[^/\s]+/items/[^/\s]+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/")
_BREAKING_IN_URL = frozenset("%?#")
_ENCODABLE = re.compile("[^\ud800-\udfff]*")
_DEEPEST_DATA = 16


def time(text: str) -> dt.datetime | Fault:
    """A moment written as RFC 3339 with its zone; aware, UTC, to the microsecond."""
    hint = "For example: 2024-07-01T00:00:00Z"
    match = _TIME.fullmatch(text)
    if not match:
        return Fault(f"is {shown(text)}, but has to be a date and time with its zone (RFC 3339)", hint)
    day, clock, fraction, zone = match.groups()
    try:
        moment = dt.datetime.fromisoformat(f"{day}T{clock}{(fraction or '')[:_MICROSECOND_DIGITS]}{zone.upper()}")
        return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return Fault(f"is {shown(text)}, which is no moment of any calendar", hint)


def duration_s(text: str, *, least_s: float) -> float | Fault:
    """Seconds of a duration such as `10m`, `60s` or `500ms`: at least `least_s`, at most 30 days."""
    match = _DURATION.fullmatch(text)
    if not match:
        return Fault(f"is {shown(text)}, but has to be a number with a unit: ms, s, m or h", "For example: 10m")
    seconds = float(match[1]) * _SECONDS[match[2]]
    if not least_s <= seconds <= _LONGEST_DURATION_S:
        return Fault(f"is {shown(text)}, but has to be from {least_s:g}s to 720h", "For example: 10m")
    return seconds


def item_link_fault(text: str) -> Fault | None:
    """What keeps a text from being a link to a STAC item, None when it is one (up42-api.md section 2).

    Either the path `/v2/assets/stac/collections/{collection}/items/{item}`, or an http(s) URL of any host with it.
    """
    hint = f"Take the item's link from `reconciler items`: {ITEM_LINK_EXAMPLE}, with or without https://host before it"
    wrong = Fault(f"is {shown(text)}, which is no link to an item", hint)
    if not text.isprintable():
        return wrong
    path = text
    if not text.startswith("/"):
        try:
            parts = urlsplit(text)
            has_host = bool(parts.hostname) and parts.username is None and parts.password is None
            _ = parts.port  # raises where the port is no number
        except ValueError:
            return wrong
        if parts.scheme not in ("http", "https") or not has_host:
            return wrong
        path = text.partition("://")[2].partition("/")[2]
        path = f"/{path}"
    looks_right = _ITEM_PATH.fullmatch(path) and not {"?", "#"} & set(path)
    return None if looks_right and not {".", ".."} & set(path.split("/")) else wrong


def destination(text: str, folder: str) -> str | Fault:
    """Where a `delivery.to` or `state` leads: an absolute local path, or a store's URL as it is written.

    Args:
        text: with every `${…}` filled in.
        folder: absolute, with `/`: where relative paths start.
    """
    if not text.strip() or not text.isprintable():
        return Fault(
            f"is {shown(text)}, which is no path", "Write a path, or a URL that starts with s3://, gs:// or az://"
        )
    if match := _SCHEME.match(text):
        return _store_url(text, match[1])
    if text.startswith("~"):
        return Fault("starts with ~, which stands for no folder here", "Write the path out")
    path = posixpath.normpath(posixpath.join(folder, text))
    return "/" + path.lstrip("/")


def _store_url(text: str, scheme: str) -> str | Fault:
    if scheme not in STORE_SCHEMES or not text.startswith(f"{scheme}://"):
        hint = "Write a path, or a URL that starts with s3://, gs:// or az://"
        return Fault(f"leads to {shown(scheme + '://')}, where nothing can be kept", hint)
    bucket, _, key = text.removeprefix(f"{scheme}://").partition("/")
    if "@" in bucket:
        return Fault("holds credentials", "Secrets never stand in a manifest: set them in the environment")
    if not bucket or {".", ".."} & set(key.split("/")) or _BREAKING_IN_URL & set(text):
        hint = f"For example: {scheme}://bucket/folder"
        return Fault(f"is {shown(text)}, which is no place in a bucket", hint)
    return text


def same_place(place: str) -> str:
    """A form of `destination`'s answer that is equal for equal places."""
    if "://" not in place:
        return place
    scheme, _, rest = place.partition("://")
    return f"{scheme}://{posixpath.normpath(rest)}"


def data_fault(value: Json, *, depth: int = 0) -> str | None:
    """Why a value that came from elsewhere cannot stand in a manifest, as the end of "which …"; None where it can."""
    if isinstance(value, str):
        return None if value.isascii() or _ENCODABLE.fullmatch(value) else "is no valid Unicode"
    if isinstance(value, float):
        return None if math.isfinite(value) else "is no finite number"
    if not isinstance(value, Mapping | list | tuple):
        return None
    if depth == _DEEPEST_DATA:
        return f"nests deeper than {_DEEPEST_DATA} levels"
    if isinstance(value, Mapping):
        if FROM_OUTPUT in value:  # only who writes a manifest makes one output of another
            return f"holds {FROM_OUTPUT}"
        value = [*value.keys(), *value.values()]
    return next((why for entry in value if (why := data_fault(entry, depth=depth + 1))), None)


def segment_fault(piece: str) -> Fault | None:
    """What keeps a filled-in text from being one part of a path: it must not lead anywhere else."""
    if piece in ("", ".", "..") or not piece.isprintable() or set(piece) & set("/\\:"):
        return Fault(
            f'fills in "{shortened(printable(piece))}", which cannot be one part of a path',
            "A value in a path is not empty, . or .., and holds no slash, backslash, colon or control character",
        )
    return None
