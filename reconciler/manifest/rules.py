"""What a JSON Schema cannot say about a manifest: texts with a meaning, and what the inputs must not hold."""

import re
from collections.abc import Callable, Iterator
from functools import partial

from reconciler.manifest.nodes import Document, ListNode, MapNode, Node, Path, Scalar, plain
from reconciler.manifest.values import destination, duration_s, item_link_fault, time
from reconciler.manifest.wording import Fault, listed, proposal, shown
from reconciler.model.chain import FROM_OUTPUT
from reconciler.model.problem import Problem

INPUTS: Path = ("spec", "inputs")
#: Inputs that hold one item, and those that hold several (up42-api.md section 12).
ITEM_INPUTS = ("item", "sourceItem", "referenceItem")
ITEM_LIST_INPUTS = ("items",)
_ALL_ITEM_INPUTS = (*ITEM_INPUTS, *ITEM_LIST_INPUTS)
_REFERENCE_FIELDS = (FROM_OUTPUT, "role", "asset", "title")
_CHOOSING = "It says which of several result items is meant: the one with this role, asset or title"
_NAME = re.compile("[a-z0-9-]{1,63}")
#: The shortest duration that makes sense for each waiting time, in seconds.
LEAST_DURATION_S = {"settle": 1.0, "lease": 1.0, "grace": 0.0}
_TEXT_RULES: dict[str, dict[Path, Callable[[str], object]]] = {
    "ProcessingOutput": {
        ("spec", "newerThan"): time,
        ("spec", "delivery", "to"): partial(destination, folder="/"),
    },
    "Project": {
        ("spec", "state"): partial(destination, folder="/"),
        ("spec", "delivery", "to"): partial(destination, folder="/"),
        **{("spec", "timing", name): partial(duration_s, least_s=least) for name, least in LEAST_DURATION_S.items()},
    },
}


def problems(document: Document) -> Iterator[Problem]:
    """Every way in which a document breaks a rule. Values of the wrong type are passed over: `check` reports them.

    Whether `newerThan` lies in the future is not looked at: that takes a clock.
    """
    for path, meaning in _TEXT_RULES.get(document.kind, {}).items():
        node, text = document.node(*path), document.text(*path)
        if node is not None and text is not None and isinstance(fault := meaning(text), Fault):
            yield document.problem(node, path, fault)
    inputs = document.node(*INPUTS)
    if document.kind == "ProcessingOutput" and isinstance(inputs, MapNode):
        yield from _inputs(document, inputs)


def _inputs(document: Document, inputs: MapNode) -> Iterator[Problem]:
    if title := inputs.entries.get("title"):
        yield document.problem(title.key, (*INPUTS, "title"), Fault("does not stand here", "Write spec.title instead"))
    allowed = set(_item_places(inputs))
    for path, entry_key in _keys(inputs, INPUTS):
        if path[-1] == FROM_OUTPUT and path[:-1] not in allowed:
            fault = Fault(
                "does not stand here", f"It takes the place of a link to an item, in {listed(_ALL_ITEM_INPUTS)}"
            )
            yield document.problem(entry_key, path, fault)
    for path in allowed:
        if (node := document.node(*path)) is not None:
            yield from _item(document, path, node)


def _item_places(inputs: MapNode) -> Iterator[Path]:
    """Where links to items stand, or should."""
    for name in ITEM_INPUTS:
        if name in inputs.entries:
            yield (*INPUTS, name)
    for name in ITEM_LIST_INPUTS:
        if entry := inputs.entries.get(name):
            count = len(entry.value.items) if isinstance(entry.value, ListNode) else None
            yield from [(*INPUTS, name)] if count is None else [(*INPUTS, name, index) for index in range(count)]


def reference_places(document: Document) -> Iterator[tuple[Path, MapNode]]:
    """Every `{fromOutput: …}` of a checked output, in file order, with its path."""
    inputs = document.node(*INPUTS)
    for path in _item_places(inputs) if isinstance(inputs, MapNode) else ():
        node = document.node(*path)
        if isinstance(node, MapNode) and FROM_OUTPUT in node.entries:
            yield path, node


def _item(document: Document, path: Path, node: Node) -> Iterator[Problem]:
    if isinstance(node, MapNode) and FROM_OUTPUT in node.entries:
        yield from _reference(document, path, node)
        return
    if isinstance(node, Scalar) and isinstance(node.value, str):
        fault = item_link_fault(node.value)
    else:
        what = (
            shown(node.value) if isinstance(node, Scalar) else "a list" if isinstance(node, ListNode) else "a mapping"
        )
        hint = "Take the link from `reconciler items`, or write {fromOutput: NAME} for what another output makes"
        fault = Fault(f"is {what}, but has to be a link to an item", hint)
    if fault:
        yield document.problem(node, path, fault)


def _reference(document: Document, path: Path, node: MapNode) -> Iterator[Problem]:
    for key, entry in node.entries.items():
        place = (*path, key)
        if key not in _REFERENCE_FIELDS:
            fault = Fault("is not a field", proposal(key, _REFERENCE_FIELDS, what="The fields here are"))
            yield document.problem(entry.key, place, fault)
            continue
        text = document.text(*place)
        if key == FROM_OUTPUT and (text is None or not _NAME.fullmatch(text)):
            fault = Fault(
                f"is {shown(plain(entry.value))}, but has to be the name of an output", "For example: uk-2024-06-14"
            )
            yield document.problem(entry.value, place, fault)
        elif text is None or not text.strip() or not text.isprintable():
            fault = Fault(f"is {shown(plain(entry.value))}, but has to be text on one line", _CHOOSING)
            yield document.problem(entry.value, place, fault)


def _keys(node: Node, path: Path) -> Iterator[tuple[Path, Scalar]]:
    """Every key at any depth, with the path of its field. The composer bounds the depth."""
    if isinstance(node, MapNode):
        for key, entry in node.entries.items():
            yield (*path, key), entry.key
            yield from _keys(entry.value, (*path, key))
    elif isinstance(node, ListNode):
        for index, item in enumerate(node.items):
            yield from _keys(item, (*path, index))
