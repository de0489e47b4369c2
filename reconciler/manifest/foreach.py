"""The `forEach` of a set: what its schema cannot say, the files that it names, and the search that it asks for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconciler.manifest import find, geojson
from reconciler.manifest.canonical import canonical
from reconciler.manifest.elements import FOR_EACH, LIST, MAX_OUTPUTS, SEARCH, entry_faults, size
from reconciler.manifest.nodes import Document, Entry, MapNode, Node, Path, node_of, plain
from reconciler.manifest.values import ITEM_LINK_EXAMPLE, time
from reconciler.manifest.wording import Fault, shown
from reconciler.model.output import Json
from reconciler.model.problem import Problem
from reconciler.model.search import Search

MAX_AREA_BYTES = 1_048_576
_INTERSECTS: Path = (*SEARCH, "intersects")
_FILE: Path = (*_INTERSECTS, "file")
_OPEN = ".."
_MOST_DEGREES = 180


@dataclass(frozen=True, slots=True)
class Inlined:
    """A set's document with the contents of the GeoJSON file that it names in the file's place."""

    document: Document
    problems: tuple[Problem, ...] = ()


def problems(document: Document) -> Iterator[Problem]:
    """Every way in which a checked `forEach` breaks a rule; files are not looked at."""
    for_each = document.node(*FOR_EACH)
    if not isinstance(for_each, MapNode):
        return
    kinds = set(for_each.entries)
    if not kinds:
        fault = Fault("says nothing", "Its fields are: search or list, and matrix")
        yield document.problem(for_each, FOR_EACH, fault)
    if {"search", "list"} <= kinds:
        fault = Fault("stands beside search, but a set has one of them", "Make it two sets")
        yield document.problem(document.key(*LIST) or for_each, LIST, fault)
    for index, entry in entry_faults(document):
        fault = Fault(
            f"is {shown(entry.value)}, which is no link to an item",
            f"Write a link such as {ITEM_LINK_EXAMPLE}, or a mapping of fields",
        )
        yield document.problem(entry, (*LIST, index), fault)
    if (count := size(document)) > MAX_OUTPUTS:
        what = "outputs for each item" if "search" in kinds else "outputs"
        fault = Fault(f"makes {count:,} {what}, but a set has at most {MAX_OUTPUTS:,}", "Split it into several sets")
        yield document.problem(for_each, FOR_EACH, fault)
    search = document.node(*SEARCH)
    if isinstance(search, MapNode):
        yield from _search_problems(document, search)


def inlined(document: Document) -> Inlined:
    """Read the GeoJSON file of a search, where it names one."""
    node, name = document.node(*_FILE), document.text(*_FILE)
    if node is None or name is None:
        return Inlined(document)
    content = find.read_beside(document.folder, name, limit=MAX_AREA_BYTES)
    area = geojson.parsed(content) if isinstance(content, bytes) else content
    if isinstance(area, Fault):
        return Inlined(document, (document.problem(node, _FILE, area),))
    return Inlined(replace(document, root=_replaced(document.root, _INTERSECTS, node_of(area, node.line, node.column))))


def search_of(document: Document) -> Search | None:
    """The search of a set whose document is checked and inlined; None where it has none."""
    search: Any = plain(node) if (node := document.node(*SEARCH)) else None
    if not isinstance(search, Mapping):
        return None
    body: dict[str, Json] = {
        name: search[name] for name in ("collections", "intersects", "bbox", "datetime", "filter") if name in search
    }
    if "collections" in body:
        body["collections"] = sorted(set(search["collections"]))
    if "sortBy" in search:
        body["sortby"] = [
            {"field": order["field"], "direction": order.get("direction", "asc")} for order in search["sortBy"]
        ]
    limit = search.get("limit")
    return Search(canonical(body), None if limit is None else int(limit))


def _replaced(node: Node, path: Path, value: Node) -> Any:
    """The node with another value at a path of keys that exists."""
    if not path or not isinstance(node, MapNode):
        return value
    key = str(path[0])
    entry = node.entries[key]
    return replace(node, entries={**node.entries, key: Entry(entry.key, _replaced(entry.value, path[1:], value))})


def _search_problems(document: Document, search: MapNode) -> Iterator[Problem]:
    if not set(search.entries) - {"sortBy", "limit"}:
        fault = Fault("asks for every item there is", "Name collections, an area, a datetime or a filter")
        yield document.problem(document.key(*SEARCH) or search, SEARCH, fault)
    if {"intersects", "bbox"} <= set(search.entries):
        fault = Fault("stands beside intersects, but a search has one of them", "Remove one of them")
        yield document.problem(document.key(*SEARCH, "bbox") or search, (*SEARCH, "bbox"), fault)
    faults = (
        ("intersects", _area_fault(document.node(*_INTERSECTS))),
        ("bbox", _box_fault(document.node(*SEARCH, "bbox"))),
        ("datetime", _interval_fault(document.text(*SEARCH, "datetime"))),
    )
    for name, found in faults:
        if found:
            yield document.problem(document.node(*SEARCH, name) or search, (*SEARCH, name), found)


def _area_fault(node: Node | None) -> Fault | None:
    if not isinstance(node, MapNode):
        return None
    if "file" not in node.entries:
        kind = plain(node.entries["type"].value) if "type" in node.entries else None
        return geojson.fault_of(plain(node)) if kind is None or kind in geojson.TYPES else None
    others = sorted(set(node.entries) - {"file"})
    return Fault(f"holds {others[0]} beside file", "Write either a geometry or the file of one") if others else None


def _box_fault(node: Node | None) -> Fault | None:
    """What is wrong with the order of a box; that it is four degrees is the schema's affair."""
    box = plain(node) if node else None
    degrees = [one for one in box if isinstance(one, int | float)] if isinstance(box, Sequence) else []
    if len(degrees) != 4 or any(abs(one) > _MOST_DEGREES for one in degrees):
        return None
    if -90 <= degrees[1] <= degrees[3] <= 90:
        return None
    message = "has to be west, south, east, north, with latitudes from -90 to 90"
    return Fault(message, "For example: bbox: [1.2, 51, 1.4, 51.2]")


def _interval_fault(text: str | None) -> Fault | None:
    """What is wrong with a moment, or two moments of which one may be `..`."""
    if text is None:
        return None
    ends = text.split("/")
    if len(ends) > 2 or all(end in (_OPEN, "") for end in ends):
        hint = "For example: 2024-01-01T00:00:00Z/2024-06-30T00:00:00Z"
        return Fault(f"is {shown(text)}, but has to be a moment or an interval", hint)
    if len(ends) == 1:
        moment = time(ends[0])
        return moment if isinstance(moment, Fault) else None
    moments = [time(end) for end in ends if end != _OPEN]
    if found := next((moment for moment in moments if isinstance(moment, Fault)), None):
        return found
    known = [moment for moment in moments if not isinstance(moment, Fault)]
    return Fault("ends before it begins", "Write the earlier moment first") if known != sorted(known) else None
