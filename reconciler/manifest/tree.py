"""A manifest tree that was read: all that it declares, as far as that can be known without asking for items."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.errors import ManifestInvalid
from reconciler.manifest import collector, references, unique
from reconciler.manifest.candidates import Candidate, Made, Maker
from reconciler.manifest.elements import items_of
from reconciler.manifest.limiting import limited
from reconciler.manifest.nodes import Document
from reconciler.model.job import Item
from reconciler.model.output import Declared, Output, Project
from reconciler.model.policy import Policy
from reconciler.model.problem import Problem
from reconciler.model.search import Search


@dataclass(frozen=True, slots=True)
class SearchSet:
    """A set whose items have to be asked for; its document is checked."""

    name: str
    document: Document
    search: Search


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole manifest tree, read and checked as far as nothing has to be asked.

    Attributes:
        digest: as `Declared.digest`.
        searches: distinct, in a fixed order; empty: nothing has to be asked.
        parts: in file order: outputs that need no search, or a set that does.
        maker: makes the outputs of such a set.
    """

    project: Project
    policies: tuple[Policy, ...]
    notes: tuple[str, ...]
    digest: str
    parts: tuple[Made | SearchSet, ...]
    maker: Maker

    @property
    def search_sets(self) -> tuple[SearchSet, ...]:
        """The sets whose items have to be asked for, in file order."""
        return tuple(part for part in self.parts if isinstance(part, SearchSet))

    @property
    def searches(self) -> tuple[Search, ...]:
        """What has to be asked: distinct, in a fixed order; empty: nothing."""
        distinct = {one.search for one in self.search_sets}
        return tuple(sorted(distinct, key=lambda search: (search.body_text, search.limit or 0)))

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The outputs that need no search, in file order; those of a set in the order of their names."""
        return _outputs(part for part in self.parts if isinstance(part, Made))

    def with_items(self, found: Mapping[Search, Sequence[Item]]) -> Declared:
        """All outputs, once the items are known. Names, destinations and references are checked over all of them.

        Args:
            found: for each of `searches` its items in their order; those beyond its limit are left out.

        Raises:
            ManifestInvalid: with every problem, as `read`.
        """
        with collector.held():
            return self._declared(found)

    def _declared(self, found: Mapping[Search, Sequence[Item]]) -> Declared:
        if not self.search_sets:  # all was known, and checked, when it was read
            return Declared(self.project, self.outputs, self.notes, self.policies, self.digest)
        made: list[Made] = []
        notes = list(self.notes)
        for part in self.parts:
            if isinstance(part, Made):
                made.append(part)
                continue
            items = found[part.search][: part.search.limit]
            made.append(self.maker.of_items(part.document, items_of(items)))
            if not items:
                notes.append(f"The search of the set {part.name} found no item, so it declares no output.")
        problems = [*(problem for part in made for problem in part.problems), *problems_of(made, complete=True)]
        if problems:
            raise ManifestInvalid(limited(problems))
        return Declared(self.project, _outputs(made), tuple(notes), self.policies, self.digest)


def problems_of(made: Sequence[Made], *, complete: bool) -> list[Problem]:
    """What is wrong among outputs: names, destinations, references; `complete`: there are no others."""
    candidates: list[Candidate] = [candidate for part in made for candidate in part.candidates]
    return [
        *unique.repeated_names(candidates),
        *unique.shared_destinations(candidates),
        *references.problems(candidates, complete=complete),
    ]


def _outputs(parts: Iterable[Made]) -> tuple[Output, ...]:
    return tuple(candidate.output for part in parts for candidate in part.candidates if candidate.output is not None)
