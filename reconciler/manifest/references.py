"""`fromOutput`: that each names an output, and that none leads back to where it started."""

from collections.abc import Iterator, Mapping, Sequence

from reconciler.manifest.candidates import Candidate
from reconciler.manifest.nodes import MapNode, Node, Path
from reconciler.manifest.rules import reference_places
from reconciler.manifest.wording import Fault, proposal, shortened
from reconciler.model.chain import FROM_OUTPUT, depends_on
from reconciler.model.problem import Position, Problem

#: Looking for the name that was meant takes long where there are many; the first few mistakes are helped.
_PROPOSALS = 20
_SHOWN_NAMES = 20


def problems(candidates: Sequence[Candidate], *, complete: bool) -> Iterator[Problem]:
    """Every reference that leads nowhere, and every cycle once.

    Args:
        candidates: those without an output are targets, too: what is wrong with them is said elsewhere.
        complete: every output of the tree is among them; else a name that is not known may still turn up.
    """
    targets = {c.output.name: depends_on(c.output) for c in candidates if c.output is not None}
    linked = [candidate for candidate in candidates if candidate.output and targets[candidate.output.name]]
    if linked and complete:
        yield from _unknown(linked, sorted({c.name for c in candidates if c.name is not None}))
    for cycle in _cycles({name: targets[name] for name in sorted(targets) if targets[name]}):
        yield _cycle_problem(next(c for c in linked if c.output and c.output.name == cycle[0]), cycle)


def _unknown(candidates: Sequence[Candidate], names: Sequence[str]) -> Iterator[Problem]:
    known = frozenset(names)
    told: set[tuple[Position, str]] = set()
    for candidate in candidates:
        for path, node in reference_places(candidate.document):
            name = candidate.document.text(*path, FROM_OUTPUT) or ""
            place = candidate.document.position(node.entries[FROM_OUTPUT].value)
            if name in known or (place, name) in told:
                continue
            told.add((place, name))
            nearest = proposal(name, names, what="There are") if len(told) <= _PROPOSALS else ""
            of_element = f" (for {candidate.element.shown})" if candidate.element else ""
            fault = Fault(f"is {shortened(name)}, which is no output{of_element}", nearest)
            yield candidate.document.problem(node.entries[FROM_OUTPUT].value, (*path, FROM_OUTPUT), fault)


def _cycles(edges: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """One cycle, its first name first, for each way back that a walk along the edges finds; without them there is none.

    Without recursion: a chain may be of any length.
    """
    done: set[str] = set()
    for start in edges:
        if start in done:
            continue
        way, on_way = [start], {start: 0}
        waiting = [iter(edges[start])]
        while waiting:
            target = next(waiting[-1], None)
            if target is None:
                waiting.pop()
                name = way.pop()
                del on_way[name]
                done.add(name)
            elif target in on_way:
                cycle = way[on_way[target] :]
                first = cycle.index(min(cycle))
                yield (*cycle[first:], *cycle[:first])
            elif target not in done:
                on_way[target] = len(way)
                way.append(target)
                waiting.append(iter(edges.get(target, ())))


def _cycle_problem(candidate: Candidate, cycle: Sequence[str]) -> Problem:
    document, target = candidate.document, cycle[1 % len(cycle)]
    path, node = next(
        (path, node) for path, node in reference_places(document) if document.text(*path, FROM_OUTPUT) == target
    )
    place: Path = (*path, FROM_OUTPUT)
    if len(cycle) == 1:
        fault = Fault("is the output itself", "An output is made from what other outputs make")
    else:
        fault = Fault(f"closes a cycle: {_way(cycle)}", "An output cannot be made from itself; take one reference away")
    return document.problem(_value(node), place, fault)


def _way(cycle: Sequence[str]) -> str:
    shown = list(cycle)
    if len(shown) > _SHOWN_NAMES:
        rest = len(shown) - _SHOWN_NAMES
        shown = [*shown[: _SHOWN_NAMES - 1], f"… ({rest:,} more)", shown[-1]]
    return " → ".join([*shown, cycle[0]])


def _value(node: MapNode) -> Node:
    return node.entries[FROM_OUTPUT].value
