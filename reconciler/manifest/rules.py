"""What a JSON Schema cannot say about a manifest: texts with a meaning, and what the inputs must not hold."""

from collections.abc import Callable, Iterator
from functools import partial

from reconciler.manifest.nodes import Document, ListNode, MapNode, Node, Path, Scalar
from reconciler.manifest.values import destination, duration_s, item_link_fault, time
from reconciler.manifest.wording import Fault, shown
from reconciler.model.problem import Problem

INPUTS: Path = ("spec", "inputs")
#: Inputs that hold one item, and those that hold several (up42-api.md section 12).
ITEM_INPUTS = ("item", "sourceItem", "referenceItem")
ITEM_LIST_INPUTS = ("items",)
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
    for path, meaning in _TEXT_RULES[document.kind].items():
        node, text = document.node(*path), document.text(*path)
        if node is not None and text is not None and isinstance(fault := meaning(text), Fault):
            yield document.problem(node, path, fault)
    inputs = document.node(*INPUTS)
    if document.kind == "ProcessingOutput" and isinstance(inputs, MapNode):
        yield from _inputs(document, inputs)


def _inputs(document: Document, inputs: MapNode) -> Iterator[Problem]:
    if title := inputs.entries.get("title"):
        yield document.problem(title.key, (*INPUTS, "title"), Fault("does not stand here", "Write spec.title instead"))
    for path, entry_key in _keys(inputs, INPUTS):
        if path[-1] == "fromOutput":
            fault = Fault("is not supported by this version of reconciler", "Write the link of an item that exists")
            yield document.problem(entry_key, path, fault)
    for name in ITEM_INPUTS:
        if entry := inputs.entries.get(name):
            yield from _item(document, (*INPUTS, name), entry.value)
    for name in ITEM_LIST_INPUTS:
        if entry := inputs.entries.get(name):
            items = entry.value.items if isinstance(entry.value, ListNode) else (entry.value,)
            for index, item in enumerate(items):
                path = (*INPUTS, name, index) if isinstance(entry.value, ListNode) else (*INPUTS, name)
                yield from _item(document, path, item)


def _item(document: Document, path: Path, node: Node) -> Iterator[Problem]:
    if isinstance(node, MapNode) and "fromOutput" in node.entries:
        return
    if isinstance(node, Scalar) and isinstance(node.value, str):
        fault = item_link_fault(node.value)
    else:
        what = (
            shown(node.value) if isinstance(node, Scalar) else "a list" if isinstance(node, ListNode) else "a mapping"
        )
        fault = Fault(f"is {what}, but has to be a link to an item", "Take the link from `reconciler items`")
    if fault:
        yield document.problem(node, path, fault)


def _keys(node: Node, path: Path) -> Iterator[tuple[Path, Scalar]]:
    """Every key at any depth, with the path of its field. The composer bounds the depth."""
    if isinstance(node, MapNode):
        for key, entry in node.entries.items():
            yield (*path, key), entry.key
            yield from _keys(entry.value, (*path, key))
    elif isinstance(node, ListNode):
        for index, item in enumerate(node.items):
            yield from _keys(item, (*path, index))
