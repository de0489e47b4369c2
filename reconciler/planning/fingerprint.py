"""The identity of work: two requests with one fingerprint would buy the same pixels twice.

Version `fp1` (product.md "Words"): the SHA-256 of the canonical JSON of process id, workspace and inputs without
`title`. Nulls and the defaults that the process publishes are dropped, keys are sorted, numbers count by value,
and a link to a STAC item counts by its path, whatever its host.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit

from reconciler.model.job import Process
from reconciler.model.output import Json

VERSION = "fp1"

_ITEM_PATH = re.compile(r"/v2/assets/stac/collections/([^/?#]+)/items/([^/?#]+)/?")
_NO_SCHEMA: Mapping[str, Json] = {}


def fingerprint(process_id: str, workspace_id: str, inputs: Mapping[str, Json], process: Process | None) -> str:
    """`fp1:` and 64 hex digits. `process` lends the defaults; without it (unknown or retired) none is dropped."""
    hashed = document(process_id, workspace_id, inputs, process)
    text = json.dumps(hashed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # Lone surrogates cannot come from UTF-8 manifests, but may from a service's JSON escapes.
    return f"{VERSION}:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def document(
    process_id: str, workspace_id: str, inputs: Mapping[str, Json], process: Process | None
) -> dict[str, Json]:
    """What is hashed: all that makes two requests the same work."""
    return {
        "inputs": canonical_inputs(inputs, process),
        "process": process_id,
        "workspace": workspace_id.lower(),
    }


def canonical_inputs(inputs: Mapping[str, Json], process: Process | None) -> dict[str, Json]:
    """The inputs as they are hashed: the same for every spelling of the same work. `title` is left out."""
    schemas = {} if process is None else {name: described.schema for name, described in process.inputs.items()}
    canonical: dict[str, Json] = {}
    for name, value in inputs.items():
        schema = schemas.get(name, _NO_SCHEMA)
        if name == "title" or value is None:
            continue
        plain = _canonical(value, schema)
        if not _is_default(plain, schema):
            canonical[name] = plain
    return canonical


def item_path(link: str) -> str | None:
    """The `/v2/assets/stac/collections/…/items/…` path of an item link, or None for any other text."""
    # urlsplit drops control characters: a link that holds some is no link.
    if not link.isprintable():
        return None
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    if parts.query or parts.fragment or (parts.scheme and parts.scheme not in ("http", "https")):
        return None
    match = _ITEM_PATH.fullmatch(parts.path)
    if match is None or bool(parts.scheme) != bool(parts.netloc):
        return None
    collection, item = (quote(unquote(segment), safe="") for segment in match.groups())
    return f"/v2/assets/stac/collections/{collection}/items/{item}"


def _canonical(value: Json, schema: Mapping[str, Json]) -> Json:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, str):
        return item_path(value) or value
    if isinstance(value, Mapping):
        return _canonical_mapping(value, schema)
    if isinstance(value, list | tuple):
        items = _mapping(schema.get("items"))
        return [_canonical(entry, items) for entry in value]
    return value


def _canonical_mapping(value: Mapping[str, Json], schema: Mapping[str, Json]) -> dict[str, Json]:
    properties = _mapping(schema.get("properties"))
    canonical: dict[str, Json] = {}
    for key, entry in value.items():
        if entry is None:
            continue
        entry_schema = _mapping(properties.get(key))
        plain = _canonical(entry, entry_schema)
        if not _is_default(plain, entry_schema):
            canonical[key] = plain
    return canonical


def _is_default(plain: Json, schema: Mapping[str, Json]) -> bool:
    default = schema.get("default")
    # `type` too: True == 1 in Python, but not in JSON.
    return default is not None and _tagged(_canonical(default, schema)) == _tagged(plain)


def _tagged(value: Json) -> str:
    return json.dumps(value, sort_keys=True)


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else _NO_SCHEMA
