"""A document with its `${…}` filled in: values change, places stay."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import is_

from reconciler.manifest.nodes import Document, Entry, ListNode, MapNode, Node, Path, Scalar, node_of, scalars
from reconciler.manifest.substitute import Scope, fill, untold
from reconciler.manifest.wording import Fault
from reconciler.model.chain import FROM_OUTPUT
from reconciler.model.problem import Problem

TO = ("spec", "delivery", "to")
NAME = ("spec", "delivery", "name")
_METADATA_NAME = ("metadata", "name")
_PROCESS, _TITLE = ("spec", "process"), ("spec", "title")
#: What is filled into one document or one set: a short manifest must not unfold to gigabytes.
MAX_FILLED_CHARACTERS = 64 * 1_048_576
TOO_MUCH = Fault(f"fills in more than {MAX_FILLED_CHARACTERS // 1_048_576} MiB of text", "Fill in less, or split it")
#: A value in a list takes more memory than its text.
_COLLECTION_WEIGHT = 8
_UNNAMED = "unnamed"
_MISPLACED = "holds ${, which cannot be filled in here"
#: Below `spec`: what always is text, so that a number that is filled in becomes text too.
_TEXTS: frozenset[Path] = frozenset({_PROCESS, _TITLE, ("spec", "newerThan"), ("spec", "budget"), TO, NAME})
_LISTS_OF_TEXTS: frozenset[Path] = frozenset({("spec", "ignoreJobs"), ("spec", "delivery", "assets", "roles")})


@dataclass(frozen=True, slots=True)
class FilledDocument:
    """A document after substitution; texts with a problem are as they were.

    Attributes:
        characters: how much was filled in, collections by their weight.
    """

    document: Document
    problems: tuple[Problem, ...]
    characters: int = 0


def fill_output(document: Document, variables: Mapping[str, str]) -> FilledDocument:
    """Fill in the texts below `spec` of a `ProcessingOutput`.

    `${output.…}` knows name and labels everywhere, the process in all other fields than `process`, and the title in
    all other fields than these two. A field that is missing stands for itself: `check` reports it.
    """
    filled = _filled(document, _Scopes(document, Scope(variables=variables)).at)
    return replace(filled, problems=(*filled.problems, *_outside_spec(document)))


def fill_template(document: Document, scope: Scope) -> FilledDocument:
    """Fill in a set's template, metadata included, for one element of the set.

    Args:
        document: a `ProcessingOutput` made of the template.
        scope: with the variables, the item and the values of the matrix; here they can be used everywhere.
    """
    in_name = replace(scope, in_name=True)
    named = _fill_section(document, "metadata", lambda path: in_name if path == _METADATA_NAME else scope)
    filled = _filled(named.document, _Scopes(named.document, scope).at)
    problems = (*named.problems, *filled.problems)
    return FilledDocument(filled.document, problems, named.characters + filled.characters)


def fill_project(document: Document, variables: Mapping[str, str]) -> FilledDocument:
    """Fill in the variables below `spec` of a `Project`; `delivery.to` is tried out and stays a template."""
    scope = Scope(variables=variables)
    filled = _filled(document, lambda path: None if path == TO else scope)
    filled = replace(filled, problems=(*filled.problems, *_outside_spec(document)))
    template = document.node(*TO)
    if not isinstance(template, Scalar) or not isinstance(template.value, str):
        return filled
    # What only an output can tell (whether it has a label) is found out when the template is filled in for it.
    faults = fill(template.value, untold(variables)).faults
    return replace(filled, problems=(*filled.problems, *(document.problem(template, TO, fault) for fault in faults)))


def fill_plainly(document: Document, variables: Mapping[str, str], *, but: Path | None = None) -> FilledDocument:
    """Fill in the variables below `spec` of any other document; what stands at `but` and below is left alone."""
    scope = Scope(variables=variables)
    filled = _filled(document, lambda path: None if but is not None and path[: len(but)] == but else scope)
    return replace(filled, problems=(*filled.problems, *_outside_spec(document)))


class _Scopes:
    """What may be filled in at each place below the `spec` of an output. Each is made when it is asked for."""

    def __init__(self, document: Document, base: Scope) -> None:
        self._document = document
        self._base = base

    def at(self, path: Path) -> Scope:
        """What may be filled in at a place."""
        if path == _PROCESS:
            return self._named
        if path == _TITLE:
            return self._titled
        if path == TO:
            return replace(self._full, in_path=True)
        return replace(self._full, in_file_name=True) if path == NAME else self._full

    @cached_property
    def _name(self) -> str:
        return self._document.text(*_METADATA_NAME) or _UNNAMED

    @cached_property
    def _process(self) -> str:
        return fill(self._document.text(*_PROCESS) or _UNNAMED, self._named).text

    @cached_property
    def _named(self) -> Scope:
        return replace(self._base, output={"name": self._name}, labels=_labels(self._document))

    @cached_property
    def _titled(self) -> Scope:
        return replace(self._named, output={"name": self._name, "process": self._process})

    @cached_property
    def _full(self) -> Scope:
        title = fill(self._document.text(*_TITLE) or self._name, self._titled).text
        return replace(self._named, output={"name": self._name, "process": self._process, "title": title})


def _filled(document: Document, scope_at: Callable[[Path], Scope | None]) -> FilledDocument:
    return _fill_section(document, "spec", scope_at)


def _fill_section(document: Document, name: str, scope_at: Callable[[Path], Scope | None]) -> FilledDocument:
    filling = _Filling(document, scope_at)
    section = document.root.entries.get(name)
    if section is None:
        return FilledDocument(document, ())
    value = filling.node(section.value, (name,))
    if value is section.value:
        return FilledDocument(document, tuple(filling.problems), filling.characters)
    entries = {**document.root.entries, name: Entry(section.key, value)}
    root = replace(document.root, entries=entries)
    return FilledDocument(replace(document, root=root), tuple(filling.problems), filling.characters)


@dataclass(slots=True)
class _Filling:
    """Goes through a document; `scope_at` is None where a text is left alone. The composer bounds the depth."""

    document: Document
    scope_at: Callable[[Path], Scope | None]
    problems: list[Problem] = field(default_factory=list)
    characters: int = 0

    def node(self, node: Node, path: Path, *, as_text: bool = False) -> Node:
        """The node with its texts filled in: itself where nothing changes."""
        if isinstance(node, Scalar):
            return self._scalar(node, path, as_text=as_text)
        if isinstance(node, ListNode):
            items = tuple(self.node(item, (*path, index)) for index, item in enumerate(node.items))
            return node if all(map(is_, items, node.items)) else replace(node, items=items)
        return self._mapping(node, path)

    def _scalar(self, node: Scalar, path: Path, *, as_text: bool) -> Node:
        if not isinstance(node.value, str) or "${" not in node.value:
            return node
        scope = self.scope_at(path)
        if scope is None or self.characters > MAX_FILLED_CHARACTERS:
            return node
        filled = fill(node.value, scope)
        if filled.faults:
            self._report(node, path, *filled.faults)
            return node
        is_collection = isinstance(filled.value, list | tuple | Mapping)
        self.characters += len(filled.text) * (_COLLECTION_WEIGHT if is_collection else 1)
        if self.characters > MAX_FILLED_CHARACTERS:
            self._report(node, path, TOO_MUCH)
            return node
        is_text = isinstance(filled.value, int | float) and (as_text or _is_text(path))
        return node_of(filled.text if is_text else filled.value, node.line, node.column)

    def _mapping(self, node: MapNode, path: Path) -> MapNode:
        entries: dict[str, Entry] = {}
        is_reference = FROM_OUTPUT in node.entries
        for key, entry in node.entries.items():
            if "${" in key:
                self._report(entry.key, (*path, key), Fault(_MISPLACED, "Write the key out"))
            value = self.node(entry.value, (*path, key), as_text=is_reference)
            entries[key] = entry if value is entry.value else Entry(entry.key, value)
        return node if all(map(is_, entries.values(), node.entries.values())) else replace(node, entries=entries)

    def _report(self, node: Node, path: Path, *faults: Fault) -> None:
        self.problems.extend(self.document.problem(node, path, fault) for fault in faults)


def _is_text(path: Path) -> bool:
    return path in _TEXTS or path[:-1] in _LISTS_OF_TEXTS or path[0] == "metadata"


def _outside_spec(document: Document) -> Iterator[Problem]:
    metadata = document.node("metadata")
    for path, node in scalars(metadata, ("metadata",)) if metadata else ():
        if isinstance(node.value, str) and "${" in node.value:
            yield document.problem(node, path, Fault(_MISPLACED, "Substitution works below spec"))


def _labels(document: Document) -> dict[str, str]:
    """The labels that are text; others are problems of their own."""
    labels = document.node("metadata", "labels")
    if not isinstance(labels, MapNode):
        return {}
    texts = ((key, document.text("metadata", "labels", key)) for key in labels.entries)
    return {key: text for key, text in texts if text is not None}
