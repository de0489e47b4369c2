"""A YAML document as values that know where they stand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.manifest.canonical import json_text
from reconciler.manifest.wording import Fault, dotted
from reconciler.model.output import Json
from reconciler.model.problem import Position, Problem

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value; `text` is what the file says, quotes aside. `line` and `column` count from 1."""

    value: str | int | float | bool | None
    text: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class ListNode:
    """A YAML sequence."""

    items: tuple["Node", ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A key, with its own place, and its value."""

    key: Scalar
    value: "Node"


@dataclass(frozen=True, slots=True)
class MapNode:
    """A YAML mapping whose keys are text; the order is the file's."""

    entries: Mapping[str, Entry]
    line: int
    column: int


Node: TypeAlias = Scalar | ListNode | MapNode


@dataclass(frozen=True, slots=True)
class Document:
    """One manifest.

    Attributes:
        file: the file's name as it is shown to people.
        folder: the absolute folder of the file, with `/`: relative paths in the manifest start here.
        prefix: where its fields stand in the document that it is a part of, such as the template of a set.
    """

    file: str
    folder: str
    kind: str
    root: MapNode
    prefix: Path = ()

    def position(self, node: Node) -> Position:
        """Where a value or key of this document stands."""
        return Position(self.file, node.line, node.column)

    def problem(self, node: Node, path: Path, fault: Fault) -> Problem:
        """A fault of the field at `path`, at the place of `node`."""
        return Problem(self.position(node), dotted((*self.prefix, *path)), fault.message, fault.hint)

    def node(self, *path: str | int) -> Node | None:
        """The value at a path; None where there is nothing."""
        found: Node = self.root
        for step in path:
            inner = _inside(found, step)
            if inner is None:
                return None
            found = inner
        return found

    def key(self, *path: str | int) -> Node | None:
        """What stands for the field at a path: its key, in a list the item itself; None where there is nothing."""
        found = lookup(self.root, path)
        return found.key if found else None

    def text(self, *path: str | int) -> str | None:
        """The text at a path; None where there is nothing, or something else than text."""
        node = self.node(*path)
        return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None


@dataclass(frozen=True, slots=True)
class Spot:
    """A field that was found: what stands for it, and its value."""

    key: Node
    value: Node


def lookup(root: Node, path: Path) -> Spot | None:
    """Follow a path of keys and indexes; None where it leads nowhere. The empty path is the root itself."""
    spot = Spot(root, root)
    for step in path:
        node = spot.value
        if isinstance(node, MapNode) and isinstance(step, str) and step in node.entries:
            entry = node.entries[step]
            spot = Spot(entry.key, entry.value)
        elif isinstance(node, ListNode) and isinstance(step, int) and step < len(node.items):
            spot = Spot(node.items[step], node.items[step])
        else:
            return None
    return spot


def _inside(node: Node, step: str | int) -> Node | None:
    if isinstance(node, MapNode):
        entry = node.entries.get(step) if isinstance(step, str) else None
        return entry.value if entry else None
    if isinstance(node, ListNode) and isinstance(step, int) and step < len(node.items):
        return node.items[step]
    return None


def plain(node: Node) -> Json:
    """The value without places, as JSON has it. The depth is bounded by the composer."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return {key: plain(entry.value) for key, entry in node.entries.items()}


def node_of(value: Json, line: int, column: int) -> Node:
    """The value with one place for all of it. Whoever made the value bounds its depth."""
    if isinstance(value, str):
        return Scalar(value, value, line, column)
    if value is None or isinstance(value, int | float):
        return Scalar(value, json_text(value), line, column)
    if isinstance(value, Mapping):
        entries = {
            key: Entry(Scalar(key, key, line, column), node_of(entry, line, column)) for key, entry in value.items()
        }
        return MapNode(entries, line, column)
    return ListNode(tuple(node_of(entry, line, column) for entry in value), line, column)


def scalars(node: Node, path: Path = ()) -> Iterator[tuple[Path, Scalar]]:
    """Every single value below `node` with its path, in file order."""
    if isinstance(node, Scalar):
        yield path, node
    elif isinstance(node, ListNode):
        for index, item in enumerate(node.items):
            yield from scalars(item, (*path, index))
    else:
        for key, entry in node.entries.items():
            yield from scalars(entry.value, (*path, key))
