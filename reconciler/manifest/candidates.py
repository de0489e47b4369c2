"""Documents to the outputs that they declare or fail to: one for a ProcessingOutput, many for a set."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from reconciler.manifest import expand
from reconciler.manifest.checking import checked
from reconciler.manifest.elements import (
    MAX_OUTPUTS,
    SEARCH,
    UNKNOWN,
    Element,
    Source,
    elements,
    entries_of,
    has_list,
    size,
    stand_ins,
)
from reconciler.manifest.expand import Default
from reconciler.manifest.fill import MAX_FILLED_CHARACTERS, TO, TOO_MUCH, FilledDocument, fill_output, fill_template
from reconciler.manifest.nodes import Document, Path
from reconciler.manifest.substitute import Scope
from reconciler.manifest.telling import told_once
from reconciler.manifest.template import TEMPLATE, doubtful_places, template_of
from reconciler.manifest.wording import Fault, shortened
from reconciler.model.output import Output
from reconciler.model.problem import Position, Problem

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
        """Its name, right or wrong; None without one, or where it could not be filled in."""
        name = self.document.text(*_NAME)
        return None if name is None or "${" in name else name


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

    def of_set(self, document: Document) -> Made:
        """The candidates of a set that needs no search, in the order of their names; its `forEach` is checked."""
        return self._filled(document, elements(document, entries_of(document) if has_list(document) else None))

    def of_items(self, document: Document, found: Sequence[Source]) -> Made:
        """The candidates of a set that searches, once its items are known, in the order of their names."""
        count = len(found) * size(document)
        if count > MAX_OUTPUTS:
            message = f"makes {count:,} outputs of {len(found):,} items, but a set has at most {MAX_OUTPUTS:,}"
            fault = Fault(message, "Give the search a limit, or split the set")
            return Made((), (document.problem(document.node(*SEARCH) or document.root, SEARCH, fault),))
        return self._filled(document, elements(document, found))

    def tried(self, document: Document, *, is_sound: bool) -> Made:
        """No candidate, but what is wrong with a set's template, whatever the items are.

        Args:
            document: of the set.
            is_sound: its `forEach` is checked; else nothing is known of what `${item.x}` and `${matrix.x}` may be.
        """
        made = self._filled(document, stand_ins(document) if is_sound else iter([UNKNOWN]))
        return Made((), made.problems)

    def _filled(self, document: Document, every: Iterable[Element]) -> Made:
        template = template_of(document)
        if template is None:
            return Made(())
        candidates: list[Candidate] = []
        faulty: list[tuple[Element, tuple[Problem, ...]]] = []
        name, characters = document.text(*_NAME), 0
        for element in every:
            filled = _named(fill_template(template, self._scope(element)))
            characters += filled.characters
            if characters > MAX_FILLED_CHARACTERS:
                return Made((), (document.problem(template.root, TEMPLATE, TOO_MUCH),))
            candidate, problems = self._candidate(filled, set_name=name)
            if element.unknown:
                doubtful = doubtful_places(template, element)
                problems = (*filled.problems, *(p for p in problems if p.position not in doubtful))
            candidates.append(replace(candidate, element=element, set_document=document))
            if problems:
                faulty.append((element, problems))
                if len(faulty) == _FAULTY_ELEMENTS:
                    break
        candidates.sort(key=lambda candidate: candidate.name or "")
        return Made(tuple(candidates), tuple(told_once(faulty, of=len(candidates))))

    def _scope(self, element: Element) -> Scope:
        return Scope(variables=self.variables, item=element.item, matrix=element.matrix, is_data=element.is_data)

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
