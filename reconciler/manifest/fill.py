"""A document with its `${…}` filled in: values change, places stay."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from operator import is_

from reconciler.manifest.nodes import Document, Entry, ListNode, MapNode, Node, Path, Scalar, scalars
from reconciler.manifest.substitute import Scope, fill, untold
from reconciler.manifest.wording import Fault
from reconciler.model.problem import Problem

TO = ("spec", "delivery", "to")
NAME = ("spec", "delivery", "name")
_UNNAMED = "unnamed"
_MISPLACED = "holds ${, which cannot be filled in here"


@dataclass(frozen=True, slots=True)
class FilledDocument:
    """A document after substitution; texts with a problem are as they were."""

    document: Document
    problems: tuple[Problem, ...]


def fill_output(document: Document, variables: Mapping[str, str]) -> FilledDocument:
    """Fill in the texts below `spec` of a `ProcessingOutput`.

    `${output.…}` knows name and labels everywhere, the process in all other fields than `process`, and the title in
    all other fields than these two. A field that is missing stands for itself: `check` reports it.
    """
    named = {"name": document.text("metadata", "name") or _UNNAMED}
    scope = Scope(named, _labels(document), variables)
    process = fill(document.text("spec", "process") or _UNNAMED, scope).text
    titled = replace(scope, output={**named, "process": process})
    title = fill(document.text("spec", "title") or named["name"], titled).text
    full = replace(scope, output={**named, "process": process, "title": title})
    special: dict[Path, Scope] = {
        ("spec", "process"): scope,
        ("spec", "title"): titled,
        TO: replace(full, in_path=True),
        NAME: replace(full, in_file_name=True),
    }
    return _filled(document, lambda path: special.get(path, full))


def fill_project(document: Document, variables: Mapping[str, str]) -> FilledDocument:
    """Fill in the variables below `spec` of a `Project`; `delivery.to` is tried out and stays a template."""
    scope = Scope(variables=variables)
    filled = _filled(document, lambda path: None if path == TO else scope)
    template = document.node(*TO)
    if not isinstance(template, Scalar) or not isinstance(template.value, str):
        return filled
    # What only an output can tell (whether it has a label) is found out when the template is filled in for it.
    faults = fill(template.value, untold(variables)).faults
    return replace(filled, problems=(*filled.problems, *(document.problem(template, TO, fault) for fault in faults)))


def _filled(document: Document, scope_at: Callable[[Path], Scope | None]) -> FilledDocument:
    filling = _Filling(document, scope_at)
    entries = dict(document.root.entries)
    if spec := entries.get("spec"):
        entries["spec"] = Entry(spec.key, filling.node(spec.value, ("spec",)))
    problems = (*filling.problems, *_outside_spec(document))
    return FilledDocument(replace(document, root=replace(document.root, entries=entries)), problems)


@dataclass(frozen=True, slots=True)
class _Filling:
    """Goes through a document; `scope_at` is None where a text is left alone. The composer bounds the depth."""

    document: Document
    scope_at: Callable[[Path], Scope | None]
    problems: list[Problem] = field(default_factory=list)

    def node(self, node: Node, path: Path) -> Node:
        """The node with its texts filled in: itself where nothing changes."""
        if isinstance(node, Scalar):
            return self._scalar(node, path)
        if isinstance(node, ListNode):
            items = tuple(self.node(item, (*path, index)) for index, item in enumerate(node.items))
            return node if all(map(is_, items, node.items)) else replace(node, items=items)
        return self._mapping(node, path)

    def _scalar(self, node: Scalar, path: Path) -> Scalar:
        if not isinstance(node.value, str) or "${" not in node.value:
            return node
        scope = self.scope_at(path)
        if scope is None:
            return node
        filled = fill(node.value, scope)
        self._report(node, path, *filled.faults)
        return node if filled.faults else replace(node, value=filled.text, text=filled.text)

    def _mapping(self, node: MapNode, path: Path) -> MapNode:
        entries: dict[str, Entry] = {}
        for key, entry in node.entries.items():
            if "${" in key:
                self._report(entry.key, (*path, key), Fault(_MISPLACED, "Write the key out"))
            value = self.node(entry.value, (*path, key))
            entries[key] = entry if value is entry.value else Entry(entry.key, value)
        return node if all(map(is_, entries.values(), node.entries.values())) else replace(node, entries=entries)

    def _report(self, node: Node, path: Path, *faults: Fault) -> None:
        self.problems.extend(self.document.problem(node, path, fault) for fault in faults)


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
