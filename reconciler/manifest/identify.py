"""Whose document it is: ours, of another tool, or ours with a mistake in its first two fields."""

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.manifest.nodes import ListNode, MapNode, Node, Scalar
from reconciler.manifest.wording import Fault, nearest, proposal, shown

API_VERSION = "reconciler/v1"
KINDS: tuple[str, ...] = ("ProcessingOutput", "ProcessingOutputSet", "Policy", "Project")


@dataclass(frozen=True, slots=True)
class Identity:
    """What a document says it is.

    Attributes:
        kind: one of KINDS; None where the document is foreign or has a fault.
        foreign: another tool's document.
        field, node, fault: what is wrong, and where; `fault` is None when nothing is.
    """

    kind: str | None = None
    foreign: bool = False
    field: str = ""
    node: Node | None = None
    fault: Fault | None = None


_FOREIGN = Identity(foreign=True)


def identify(root: Node, *, explicit: bool) -> Identity:
    """Tell whose document this is.

    A document is ours by its `apiVersion`. One without it, or with one that looks like a misspelling of ours, is a
    mistake rather than foreign when its kind is one of ours; so is a list of documents that are ours.

    Args:
        root: the whole document.
        explicit: its file was named by the user, so it has to be ours.
    """
    if not isinstance(root, MapNode):
        items = root.items if isinstance(root, ListNode) else ()
        if not explicit and not any(isinstance(item, MapNode) and _claims_ours(item) for item in items):
            return _FOREIGN
        kind = "a list" if not isinstance(root, Scalar) else shown(root.value)
        return Identity(node=root, fault=Fault(f"the document is {kind}, but has to be a mapping of fields", _start()))
    if fault := _version_fault(root, explicit=explicit):
        return fault
    return _kind(root)


def _version_fault(root: MapNode, *, explicit: bool) -> Identity | None:
    entry = root.entries.get("apiVersion")
    claims_ours = explicit or _claims_ours(root)
    if entry is None:
        if not claims_ours:
            return _FOREIGN
        return Identity(field="apiVersion", node=root, fault=Fault("is missing", _start()))
    version = _value(root, "apiVersion")
    if version == API_VERSION:
        return None
    wrong = Identity(field="apiVersion", node=entry.value, fault=_other_version(version, explicit=explicit))
    if explicit or not isinstance(version, str):
        return wrong if claims_ours else _FOREIGN
    misspelled = version.startswith("reconciler/") or (claims_ours and nearest(version, [API_VERSION]) is not None)
    return wrong if misspelled else _FOREIGN


def _claims_ours(root: MapNode) -> bool:
    return _value(root, "apiVersion") == API_VERSION or _value(root, "kind") in KINDS


def _other_version(version: object, *, explicit: bool) -> Fault:
    text = version if isinstance(version, str) else None
    where = " in a file that is named explicitly" if explicit else ""
    return Fault(f"is {shown(text)}, but has to be {API_VERSION}{where}", _start())


def _kind(root: MapNode) -> Identity:
    entry = root.entries.get("kind")
    if entry is None:
        fault = Fault("is missing", f"Add one of: {', '.join(KINDS)}")
        return Identity(field="kind", node=root, fault=fault)
    kind = _value(root, "kind")
    if isinstance(kind, str) and kind in KINDS:
        return Identity(kind=kind)
    return Identity(field="kind", node=entry.value, fault=_unknown_kind(kind, KINDS))


def _unknown_kind(kind: object, kinds: Sequence[str]) -> Fault:
    if not isinstance(kind, str):
        return Fault("is not text", f"The kinds are: {', '.join(kinds)}")
    return Fault(f"is {shown(kind)}, which is no kind of {API_VERSION}", proposal(kind, kinds, what="The kinds are"))


def _value(root: MapNode, key: str) -> str | float | bool | None:
    entry = root.entries.get(key)
    return entry.value.value if entry and isinstance(entry.value, Scalar) else None


def _start() -> str:
    return f"Begin it with apiVersion: {API_VERSION}"
