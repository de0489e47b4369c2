"""Documents to the outputs that they declare or fail to: one for a ProcessingOutput, many for a set."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import groupby

from reconciler.manifest import expand
from reconciler.manifest.checking import checked
from reconciler.manifest.elements import (
    Element,
    Source,
    depends_on_unknown,
    elements,
    entries_of,
    has_list,
    has_search,
    stand_ins,
)
from reconciler.manifest.expand import Default
from reconciler.manifest.fill import TO, FilledDocument, fill_output, fill_template
from reconciler.manifest.nodes import Document, Entry, MapNode, Path, Scalar, scalars
from reconciler.manifest.substitute import Scope
from reconciler.manifest.wording import Fault, shortened
from reconciler.model.output import Output
from reconciler.model.problem import Position, Problem

TEMPLATE: Path = ("spec", "template")
_NAME: Path = ("metadata", "name")
_LONGEST_NAME = 63
#: A set of which this many elements have problems is not looked at any further.
_FAULTY_ELEMENTS = 200


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be an output.

    Attributes:
        document: a `ProcessingOutput`, filled in; its places are those of the file or the template.
        output: None where something is wrong with it.
        element: which one of its set it is; None where it stands for itself.
        set_document: the set that it is one of.
    """

    document: Document
    output: Output | None = None
    element: Element | None = None
    set_document: Document | None = None

    @property
    def name(self) -> str | None:
        """Its name, right or wrong; None without one."""
        return self.document.text(*_NAME)


@dataclass(frozen=True, slots=True)
class Made:
    """Candidates of one document, and what is wrong with them."""

    candidates: tuple[Candidate, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Maker:
    """What making outputs takes besides their documents.

    Attributes:
        variables: `${var.x}` by x.
        default: where outputs go that do not say it; None where nobody knows, as the Project is wrong.
        known: places that were blamed before.
    """

    variables: Mapping[str, str]
    default: Default | None
    known: AbstractSet[Position]

    def single(self, document: Document) -> Made:
        """The one candidate of a `ProcessingOutput`."""
        candidate, problems = self._candidate(fill_output(document, self.variables))
        return Made((candidate,), problems)

    def of_set(self, document: Document, found: Sequence[Source] | None = None) -> Made:
        """The candidates of a set, in the order of their names.

        Args:
            document: its `forEach` is filled in and checked.
            found: the items of its search, of a set that has one; without them its template is tried out with
                stand-ins, and there is no candidate.
        """
        template = template_of(document)
        if template is None:
            return Made(())
        if has_search(document):
            every = stand_ins(document) if found is None else elements(document, found)
        else:
            every = elements(document, entries_of(document) if has_list(document) else None)
        unknown = _unknown_places(template)
        candidates: list[Candidate] = []
        faulty: list[tuple[Element, tuple[Problem, ...]]] = []
        name = document.text(*_NAME)
        for element in every:
            scope = Scope(variables=self.variables, item=element.item, matrix=element.matrix, where=element.where)
            filled = _named(fill_template(template, scope))
            candidate, problems = self._candidate(filled, set_name=name)
            if element.is_stand_in:
                problems = (*filled.problems, *(p for p in problems if p.position not in unknown))
            candidates.append(replace(candidate, element=element, set_document=document))
            if problems:
                faulty.append((element, problems))
                if len(faulty) == _FAULTY_ELEMENTS:
                    break
        candidates.sort(key=lambda candidate: candidate.name or "")
        told = tuple(_told(faulty, of=len(candidates)))
        return Made(() if has_search(document) and found is None else tuple(candidates), told)

    def _candidate(
        self, filled: FilledDocument, *, set_name: str | None = None
    ) -> tuple[Candidate, tuple[Problem, ...]]:
        result = checked(filled, self.known)
        document = result.document
        if result.problems or (self.default is None and document.node(*TO) is None):
            return Candidate(document), result.problems
        default = self.default or Default("", "")
        output = expand.output(result, default, self.variables, set_name=set_name)
        return (Candidate(document), (output,)) if isinstance(output, Problem) else (Candidate(document, output), ())


def template_of(document: Document) -> Document | None:
    """The `ProcessingOutput` that a set's template is, with the set's labels; None where it is no mapping."""
    template = document.node(*TEMPLATE)
    if not isinstance(template, MapNode):
        return None
    place = (template.line, template.column)
    head = {"apiVersion": "reconciler/v1", "kind": "ProcessingOutput"}
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


def _unknown_places(template: Document) -> frozenset[Position]:
    return frozenset(
        template.position(node)
        for _, node in scalars(template.root)
        if isinstance(node.value, str) and "${" in node.value and depends_on_unknown(node.value)
    )


def _named(filled: FilledDocument) -> FilledDocument:
    """A name that became too long is said in words of its own."""
    node, name = filled.document.node(*_NAME), filled.document.text(*_NAME)
    if node is None or name is None or len(name) <= _LONGEST_NAME:
        return filled
    fault = Fault(
        f"becomes {shortened(name)}, which has {len(name)} characters, but a name has at most {_LONGEST_NAME}",
        "Fill in something shorter, such as one field of a list's entries or one axis of the matrix",
    )
    return replace(filled, problems=(*filled.problems, filled.document.problem(node, _NAME, fault)))


def _told(faulty: Sequence[tuple[Element, tuple[Problem, ...]]], *, of: int) -> Iterator[Problem]:
    """Each problem of a set's elements once for each field, with the first element that has it."""
    pairs = sorted(
        ((problem, element) for element, problems in faulty for problem in set(problems)),
        key=lambda pair: (pair[0].position, pair[0].field, pair[1].shown),
    )
    for _, group in groupby(pairs, key=lambda pair: (pair[0].position, pair[0].field)):
        yield from _one_for_all(list(group), of=of)


def _one_for_all(pairs: Sequence[tuple[Problem, Element]], *, of: int) -> Iterable[Problem]:
    kinds = {problem for problem, _ in pairs}
    shared = [problem for problem in kinds if sum(other == problem for other, _ in pairs) == of]
    if shared:
        yield from sorted(shared)
    rest = [(problem, element) for problem, element in pairs if problem not in shared]
    if rest:
        problem, element = rest[0]
        others = len({id(other) for _, other in rest}) - 1
        more = f" and {others:,} more" if others else ""
        yield replace(problem, message=f"{problem.message} (for {element.shown}{more})")


Making = Callable[[Document], Made]
