"""What a set has one output for: items of a search or entries of a list, times the combinations of its matrix."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from reconciler.manifest.expressions import expressions
from reconciler.manifest.nodes import Document, ListNode, MapNode, Scalar, plain
from reconciler.manifest.values import item_link_fault
from reconciler.manifest.wording import flow, shortened
from reconciler.model.job import Item
from reconciler.model.output import Json

FOR_EACH = ("spec", "forEach")
LIST, MATRIX, SEARCH = (*FOR_EACH, "list"), (*FOR_EACH, "matrix"), (*FOR_EACH, "search")
#: A set with more outputs is taken for a mistake: one axis too many.
MAX_OUTPUTS = 50_000


@dataclass(frozen=True, slots=True)
class Element:
    """One combination of an item or entry and the values of a matrix.

    Attributes:
        item: `${item.x}` by x; None where forEach has neither search nor list.
        matrix: `${matrix.x}` by x; None where forEach has no matrix.
        where: what the item is, for people; "" without one.
        is_data: the item comes from the service.
        unknown: it is a stand-in: the namespaces whose values are not known, but for `known`.
        known: expressions whose kind of value is the same for all that it stands for.
    """

    item: Mapping[str, Json] | None
    matrix: Mapping[str, Json] | None
    where: str = ""
    is_data: bool = False
    unknown: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()

    @property
    def shown(self) -> str:
        """Which one it is, for people: `the item x, sensitivity 2`."""
        axes = [f"{axis} {shortened(flow(value))}" for axis, value in (self.matrix or {}).items()]
        return ", ".join([self.where, *axes] if self.where else axes)

    def is_doubtful(self, template: str) -> bool:
        """Whether a text cannot be judged by this stand-in: it fills in what may be anything."""
        return any(e.namespace in self.unknown and e.text not in self.known for e in expressions(template))


@dataclass(frozen=True, slots=True)
class Source:
    """An item or entry by itself; `is_data` as in `Element`."""

    fields: Mapping[str, Json]
    where: str
    is_data: bool = False


class _Anything(Mapping[str, Json]):
    """Fields that nobody has seen: each exists, and its value is not known."""

    def __getitem__(self, name: str) -> Json:
        return "any"

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


_ANY_ITEM: Mapping[str, Json] = {
    "id": "an-item",
    "collection": "a-collection",
    "href": "/v2/assets/stac/collections/a-collection/items/an-item",
    "title": "a title",
    "datetime": "2024-01-01T00:00:00Z",
    "properties": _Anything(),
}
_KNOWN_OF_ANY_ITEM = frozenset({"item.id", "item.collection", "item.href"})
#: Stands for all elements of a set whose `forEach` is wrong.
UNKNOWN = Element(_Anything(), _Anything(), "any element", unknown=frozenset({"item", "matrix"}))


def combinations(document: Document) -> Iterator[Mapping[str, Json] | None]:
    """Every combination of the matrix, axes in the order of their names; one None without a matrix."""
    matrix = document.node(*MATRIX)
    if not isinstance(matrix, MapNode):
        yield None
        return
    axes = {axis: plain(matrix.entries[axis].value) for axis in sorted(matrix.entries)}
    for values in itertools.product(*axes.values()):  # type: ignore[arg-type]  # the schema says that each is a list
        yield dict(zip(axes, values, strict=True))


def size(document: Document) -> int:
    """How many elements a set has for each item of its search, or in all without one. The document is checked."""
    matrix, entries = document.node(*MATRIX), document.node(*LIST)
    axes = [entry.value for entry in matrix.entries.values()] if isinstance(matrix, MapNode) else []
    lists = [node for node in (*axes, entries) if isinstance(node, ListNode)]
    return math.prod(len(node.items) for node in lists)


def entries_of(document: Document) -> tuple[Source, ...]:
    """The entries of the list, with `id` and `collection` of those that link to an item."""
    node = document.node(*LIST)
    if not isinstance(node, ListNode):
        return ()
    return tuple(Source(_entry(plain(entry)), f"the entry at {document.position(entry)}") for entry in node.items)


def items_of(found: Sequence[Item]) -> tuple[Source, ...]:
    """What a search found, as the template names it."""
    return tuple(Source(_item(item), f"the item {shortened(item.item_id)}", is_data=True) for item in found)


def elements(document: Document, sources: Sequence[Source] | None) -> Iterator[Element]:
    """Every element of a set.

    Args:
        document: of the set, checked.
        sources: the items or entries; None where forEach has neither.
    """
    for matrix in combinations(document):
        if sources is None:
            yield Element(None, matrix)
        for source in sources or ():
            yield Element(source.fields, matrix, source.where, is_data=source.is_data)


def stand_ins(document: Document) -> Iterator[Element]:
    """One element for each combination of the matrix, for items that are not known yet."""
    for matrix in combinations(document):
        yield Element(_ANY_ITEM, matrix, "any item", unknown=frozenset({"item"}), known=_KNOWN_OF_ANY_ITEM)


def has_list(document: Document) -> bool:
    """Whether a set lists its entries."""
    return isinstance(document.node(*LIST), ListNode)


def _entry(value: Json) -> Mapping[str, Json]:
    fields: Mapping[str, Json] = value if isinstance(value, Mapping) else {"href": value}
    href = fields.get("href")
    if not isinstance(href, str) or item_link_fault(href) is not None:
        return fields
    _, _, path = href.partition("/collections/")
    collection, _, item = path.partition("/items/")
    return {"id": unquote(item), "collection": unquote(collection), **fields}


def _item(item: Item) -> Mapping[str, Json]:
    fields: dict[str, Json] = {"id": item.item_id, "collection": item.collection_id, "href": item.href}
    fields |= {name: item.properties[name] for name in ("title", "datetime") if name in item.properties}
    return {**fields, "properties": item.properties}


def entry_faults(document: Document) -> Iterator[tuple[int, Scalar]]:
    """The entries of a list that are text but no link to an item, by their index."""
    node = document.node(*LIST)
    for index, entry in enumerate(node.items if isinstance(node, ListNode) else ()):
        if isinstance(entry, Scalar) and isinstance(entry.value, str) and item_link_fault(entry.value) is not None:
            yield index, entry
