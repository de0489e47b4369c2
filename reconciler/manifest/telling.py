"""Problems that many elements of a set share, each told once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from reconciler.manifest.elements import Element
from reconciler.model.problem import Problem


def told_once(faulty: Sequence[tuple[Element, tuple[Problem, ...]]], *, of: int) -> Iterator[Problem]:
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
