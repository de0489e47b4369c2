"""What the composer remembers while it reads: collections that are still open, and what anchors hold."""

from dataclasses import dataclass, field

from reconciler.manifest.nodes import Entry, ListNode, MapNode, Node, Scalar


@dataclass(frozen=True, slots=True)
class Anchored:
    """What an anchor holds: the value, and what it adds wherever an alias repeats it."""

    node: Node
    values: int
    characters: int
    height: int


@dataclass(slots=True)
class Open:
    """A collection whose end has not come yet."""

    is_map: bool
    place: tuple[int, int]
    anchor: str | None
    values_before: int
    characters_before: int
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    awaits_value: bool = False
    key: Scalar | None = None
    height: int = 0

    def step(self) -> str | int | None:
        """The key or index of the value that comes next; None while a key is awaited or cannot be used."""
        if not self.is_map:
            return len(self.items)
        return str(self.key.value) if self.key else None

    def built(self) -> Node:
        """The collection as far as it was read."""
        if self.is_map:
            return MapNode(self.entries, *self.place)
        return ListNode(tuple(self.items), *self.place)
