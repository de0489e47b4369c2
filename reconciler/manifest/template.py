"""The template of a set, as a document of its own."""

from dataclasses import replace

from reconciler.manifest.elements import Element
from reconciler.manifest.identify import API_VERSION
from reconciler.manifest.nodes import Document, Entry, MapNode, Path, Scalar, scalars
from reconciler.model.problem import Position

TEMPLATE: Path = ("spec", "template")


def template_of(document: Document) -> Document | None:
    """The `ProcessingOutput` that a set's template is, with the set's labels; None where it is no mapping."""
    template = document.node(*TEMPLATE)
    if not isinstance(template, MapNode):
        return None
    place = (template.line, template.column)
    head = {"apiVersion": API_VERSION, "kind": "ProcessingOutput"}
    entries = {key: Entry(Scalar(key, key, *place), Scalar(value, value, *place)) for key, value in head.items()}
    entries |= template.entries
    metadata, labels = entries.get("metadata"), document.node("metadata", "labels")
    if metadata and isinstance(metadata.value, MapNode) and isinstance(labels, MapNode):
        entries["metadata"] = Entry(metadata.key, _with_labels(metadata.value, labels))
    return replace(document, kind="ProcessingOutput", root=replace(template, entries=entries), prefix=TEMPLATE)


def _with_labels(metadata: MapNode, defaults: MapNode) -> MapNode:
    own = metadata.entries.get("labels")
    if own is None:
        entry = Entry(Scalar("labels", "labels", defaults.line, defaults.column), defaults)
    elif isinstance(own.value, MapNode):
        entry = Entry(own.key, replace(own.value, entries={**defaults.entries, **own.value.entries}))
    else:
        return metadata
    return replace(metadata, entries={**metadata.entries, "labels": entry})


def doubtful_places(template: Document, element: Element) -> frozenset[Position]:
    """Where the template holds what a stand-in cannot tell."""
    return frozenset(
        template.position(node)
        for _, node in scalars(template.root)
        if isinstance(node.value, str) and "${" in node.value and element.is_doubtful(node.value)
    )
