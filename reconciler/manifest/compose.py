"""YAML text to documents whose every key and value knows its place.

Built on the parser's events, never on its loader: an event stream cannot be made to build objects, to recurse or to
unfold aliases. A document that is too deep, too large or unfolds to too much is noticed while it is read, before
anything is unfolded: what an anchor holds is measured once, and each alias adds that measure.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import yaml

from reconciler.manifest import scalars
from reconciler.manifest.frames import Anchored, Open
from reconciler.manifest.nodes import Entry, Node, Scalar
from reconciler.manifest.syntax import syntax_problem
from reconciler.manifest.wording import Fault, dotted, shortened, shown
from reconciler.model.problem import Position, Problem

MAX_DEPTH = 32
#: Room for a set that lists 10,000 items with a dozen fields each, or by their links.
MAX_VALUES = 250_000
MAX_DOCUMENT_CHARACTERS = 4 * 1_048_576
MAX_UNFOLDED_CHARACTERS = 4 * MAX_DOCUMENT_CHARACTERS

_SPLIT_HINT = "Split it into several documents"
_TOO_LONG = f"the document is longer than {MAX_DOCUMENT_CHARACTERS // 1_048_576} MiB"
_TOO_DEEP, _NEST_LESS = f"the document nests deeper than {MAX_DEPTH} levels", "Nest less deeply"


@dataclass(frozen=True, slots=True)
class Composed:
    """One document.

    Attributes:
        root: None where the text could not be read to the end of the document; when `cut`, what was read so far.
        cut: a limit was passed. Going on with the iteration skips the rest of the document, however long that is.
    """

    root: Node | None
    problems: tuple[Problem, ...]
    cut: bool = False


def compose(text: str, file: str) -> Iterator[Composed]:
    """Every document of `text` that is not empty, with its problems, in order.

    Text that is not YAML, or nests too deeply to be skipped, ends the iteration with a document without root.

    Args:
        text: as `text.decode` returned it.
        file: the name that positions carry.
    """
    composer = _Composer(file)
    parser = yaml.CSafeLoader(text)
    try:
        for event in iter(parser.get_event, None):
            if composed := composer.feed(event):
                yield composed
                if composed.root is None:
                    return
    except yaml.MarkedYAMLError as error:
        yield Composed(None, (*composer.problems, _problem(error, text, file)))
    finally:
        parser.dispose()


def _problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    found = syntax_problem(error, text, file)
    if "nesting depth" in (error.problem or ""):  # libyaml looks ahead, and from 0.2.6 on has a limit of its own
        return replace(found, message=_TOO_DEEP, hint=_NEST_LESS)
    return found


class _Composer:
    """Takes the events of a stream one by one."""

    def __init__(self, file: str) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._open: list[Open] = []
        self._anchors: dict[str, Anchored] = {}
        self._root: Node | None = None
        self._start = 0
        self._values = 0
        self._characters = 0
        self._skipped_depth: int | None = None

    def feed(self, event: yaml.Event) -> Composed | None:
        """Take the next event; returns a document when it is complete or was cut."""
        if self._skipped_depth is not None and not isinstance(event, yaml.DocumentStartEvent):
            return self._skip(event)
        if isinstance(event, yaml.NodeEvent):
            if _end_index(event) - self._start > MAX_DOCUMENT_CHARACTERS:
                return self._cut(
                    event, f"the document is longer than {MAX_DOCUMENT_CHARACTERS // 1_048_576} MiB", _SPLIT_HINT
                )
            return self._node(event)
        if isinstance(event, yaml.CollectionEndEvent):
            self._close()
        elif isinstance(event, yaml.DocumentStartEvent):
            self._begin(_start_index(event))
        elif isinstance(event, yaml.DocumentEndEvent):
            return self._end()
        return None

    def _begin(self, index: int) -> None:
        self.problems, self._open, self._anchors, self._root = [], [], {}, None
        self._start, self._values, self._characters, self._skipped_depth = index, 0, 0, None

    def _end(self) -> Composed | None:
        empty = isinstance(self._root, Scalar) and self._root.value is None
        return None if empty and not self.problems else Composed(self._root, tuple(self.problems))

    def _skip(self, event: yaml.Event) -> Composed | None:
        """Pass over the rest of a document that was cut."""
        depth = self._skipped_depth or 0
        if isinstance(event, yaml.CollectionStartEvent):
            if depth >= MAX_DEPTH:
                return self._too_deep(event)
            self._skipped_depth = depth + 1
        elif isinstance(event, yaml.CollectionEndEvent):
            self._skipped_depth = depth - 1
        return None

    def _node(self, event: yaml.NodeEvent) -> Composed | None:
        self._values += 1
        if self._values > MAX_VALUES:
            return self._cut(event, f"the document holds more than {MAX_VALUES:,} values", _SPLIT_HINT)
        if isinstance(event, yaml.ScalarEvent):
            self._characters += len(event.value)
            self._scalar(event)
        elif isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        elif len(self._open) == MAX_DEPTH:
            return self._too_deep(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._start_collection(event)
        return None

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        text, is_plain = event.value, not event.style
        value = scalars.resolve(text, plain=is_plain, tag=event.tag) if is_plain or event.tag else text
        if isinstance(value, Fault):
            self._report(event, value.message, value.hint)
            value = text
        if is_plain and text == "<<" and self._expects_key():
            self._report(event, "merge keys (<<) are not supported", "Write the fields out", key="<<")
            self._open[-1].awaits_value = True
            return
        node = Scalar(value, text, *_place(event))
        if event.anchor:
            self._anchors[event.anchor] = Anchored(node, 1, len(text), 0)
        self._attach(node)

    def _alias(self, event: yaml.AliasEvent) -> Composed | None:
        name = event.anchor or ""
        held = self._anchors.get(name)
        within = any(frame.anchor == name for frame in self._open)
        if held is None or within:
            what = "stands inside of what it repeats" if within else "has no anchor before it"
            self._report(event, f"the alias *{shortened(name)} {what}", "Write the value out")
            self._attach(Scalar(None, "", *_place(event)))
            return None
        name = shortened(name)
        self._values += held.values - 1
        self._characters += held.characters
        if self._values > MAX_VALUES or self._characters > MAX_UNFOLDED_CHARACTERS:
            return self._cut(event, f"the alias *{name} unfolds the document to too much", "Write fewer values out")
        if len(self._open) + held.height > MAX_DEPTH:
            return self._cut(event, f"the alias *{name} nests deeper than {MAX_DEPTH} levels", _NEST_LESS)
        if self._open:
            self._open[-1].height = max(self._open[-1].height, held.height)
        node = held.node
        if isinstance(node, Scalar) and self._expects_key():
            node = Scalar(node.value, node.text, *_place(event))
        self._attach(node)
        return None

    def _start_collection(self, event: yaml.CollectionStartEvent) -> None:
        is_map = isinstance(event, yaml.MappingStartEvent)
        if fault := scalars.collection_fault(event.tag, core="map" if is_map else "seq"):
            self._report(event, fault.message, fault.hint)
        self._open.append(Open(is_map, _place(event), event.anchor, self._values - 1, self._characters))

    def _close(self) -> None:
        frame = self._open.pop()
        node = frame.built()
        height = frame.height + 1
        if frame.anchor:
            values, characters = self._values - frame.values_before, self._characters - frame.characters_before
            self._anchors[frame.anchor] = Anchored(node, values, characters, height)
        if self._open:
            self._open[-1].height = max(self._open[-1].height, height)
        self._attach(node)

    def _expects_key(self) -> bool:
        return bool(self._open) and self._open[-1].is_map and not self._open[-1].awaits_value

    def _attach(self, node: Node) -> None:
        """Put a finished value where it belongs."""
        if not self._open:
            self._root = node
            return
        frame = self._open[-1]
        if not frame.is_map:
            frame.items.append(node)
        elif not frame.awaits_value:
            frame.key, frame.awaits_value = self._key(frame, node), True
        else:
            if frame.key is not None:
                frame.entries[str(frame.key.value)] = Entry(frame.key, node)
            frame.key, frame.awaits_value = None, False

    def _key(self, frame: Open, node: Node) -> Scalar | None:
        """The node if it can be a key, else None with a problem."""
        if not isinstance(node, Scalar):
            self._report(node, "a key has to be text, not a list or a mapping")
            return None
        if not isinstance(node.value, str):
            hint = f'Put it in quotes: "{shortened(node.text, 20)}"'
            self._report(node, f"the key {shown(node.value)} is not text", hint)
            return None
        if first := frame.entries.get(node.value):
            hint = f"The first is at {Position(self._file, first.key.line, first.key.column)}; remove one of them"
            self._report(node, "stands here for the second time", hint, key=node.value)
            return None
        return node

    def _report(self, at: yaml.Event | Node, message: str, hint: str = "", *, key: str | None = None) -> None:
        line, column = _place(at) if isinstance(at, yaml.Event) else (at.line, at.column)
        path = [step for frame in self._open if (step := frame.step()) is not None]
        field_path = dotted(path if key is None else [*path, key])
        self.problems.append(Problem(Position(self._file, line, column), field_path, message, hint))

    def _too_deep(self, event: yaml.Event) -> Composed:
        self._report(event, _TOO_DEEP, _NEST_LESS)
        return Composed(None, tuple(self.problems))

    def _cut(self, event: yaml.Event, message: str, hint: str) -> Composed:
        self._report(event, message, f"{hint}; the rest of the file was not read")
        depth = len(self._open) + isinstance(event, yaml.CollectionStartEvent)
        root = self._open[0].built() if self._open else self._root
        self._skipped_depth, self._open, self._anchors = depth, [], {}
        empty = Scalar(None, "", *_place(event))
        return Composed(root or empty, tuple(self.problems), cut=True)


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _start_index(event: yaml.Event) -> int:
    return event.start_mark.index if event.start_mark else 0


def _end_index(event: yaml.Event) -> int:
    return event.end_mark.index if event.end_mark else 0
