"""What has to be unique in a tree: names of outputs, sets and policies, and destinations."""

from collections.abc import Iterator, Mapping, Sequence

from reconciler.manifest.candidates import Candidate
from reconciler.manifest.elements import Element
from reconciler.manifest.expand import blamed
from reconciler.manifest.fill import TO
from reconciler.manifest.nodes import Document
from reconciler.manifest.substitute import name_safe, text_of
from reconciler.manifest.values import same_place
from reconciler.manifest.wording import Fault
from reconciler.model.output import Json
from reconciler.model.problem import Position, Problem

_NAME = ("metadata", "name")


def repeated_names(candidates: Sequence[Candidate]) -> Iterator[Problem]:
    """A problem for each output whose name another one has already, checked or not; one for all outputs of a set."""
    first: dict[str, Candidate] = {}
    told: set[Position] = set()
    for candidate in candidates:
        node, name = candidate.document.node(*_NAME), candidate.name
        if node is None or name is None:
            continue
        earlier = first.setdefault(name, candidate)
        position = candidate.document.position(node)
        if earlier is candidate or (candidate.element and position in told):
            continue
        told.add(position)
        yield candidate.document.problem(node, _NAME, _name_fault(name, earlier, candidate))


def repeated_documents(documents: Sequence[Document], what: str) -> Iterator[Problem]:
    """A problem for each document whose name an earlier one has already; `what` they are called, for people."""
    first: dict[str, Position] = {}
    for document in documents:
        node, name = document.node(*_NAME), document.text(*_NAME)
        if node is None or name is None:
            continue
        position = document.position(node)
        if first.setdefault(name, position) is not position:
            fault = Fault(
                f"is the name of another {what} too", f"The other stands at {first[name]}; rename one of them"
            )
            yield document.problem(node, _NAME, fault)


def shared_destinations(candidates: Sequence[Candidate]) -> Iterator[Problem]:
    """A problem for each output that delivers to where another one does; one for all outputs of a set."""
    places: dict[str, Candidate] = {}
    told: set[Position] = set()
    for candidate in candidates:
        output, document = candidate.output, candidate.document
        if output is None:
            continue
        earlier = places.setdefault(same_place(output.delivery.to), candidate)
        # Of two outputs with one name the name alone is blamed.
        if earlier.output is None or earlier.output.name == output.name:
            continue
        node = blamed(document)
        position = document.position(node)
        if candidate.element and position in told:
            continue
        told.add(position)
        where = earlier.document.position(blamed(earlier.document))
        hint = f"That output stands at {where}; give each its own"
        if candidate.set_document is not None and candidate.set_document is earlier.set_document:
            hint = "Add ${output.name} to it; give each its own"
        fault = Fault(f"delivers to {output.delivery.to}, as {earlier.output.name} does", hint)
        yield document.problem(node, TO, fault)


def _name_fault(name: str, earlier: Candidate, candidate: Candidate) -> Fault:
    one, other = earlier.element, candidate.element
    node = earlier.document.node(*_NAME) or earlier.document.root
    where = f"The other stands at {earlier.document.position(node)}"
    if one is None or other is None or earlier.set_document is not candidate.set_document:
        of_set = f"becomes {name} for {other.shown}, which" if other else ""
        return Fault(f"{of_set} is the name of another output too".strip(), f"{where}; rename one of them")
    return Fault(f"becomes {name} both for {one.shown} and for {other.shown}", _difference(one, other))


def _difference(one: Element, other: Element) -> str:
    """What to do about two elements of a set that get one name."""
    for start, first, second in (("matrix", one.matrix, other.matrix), ("item", one.item, other.item)):
        if expression := _differing(start, first or {}, second or {}):
            return f"Add ${{{expression}}} to the name"
    if (one.item, one.matrix) == (other.item, other.matrix):
        return "They are the same; remove one of them"
    return "Their values differ only in what a name cannot hold; give each a field of its own for the name"


def _differing(start: str, first: Mapping[str, Json], second: Mapping[str, Json]) -> str | None:
    for field in first:
        value, other = first[field], second.get(field)
        if isinstance(value, Mapping) and isinstance(other, Mapping):
            if found := _differing(f"{start}.{field}", value, other):
                return found
        elif field in second and name_safe(text_of(value)) != name_safe(text_of(other)):
            return f"{start}.{field}"
    return None
