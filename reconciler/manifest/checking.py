"""Filled-in documents to checked ones: schema first, then the rules, nothing blamed twice."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from reconciler.manifest import check, foreach, rules
from reconciler.manifest.fill import FilledDocument
from reconciler.manifest.nodes import Document, plain
from reconciler.manifest.schemas import validator
from reconciler.model.output import Json
from reconciler.model.problem import Position, Problem


@dataclass(frozen=True, slots=True)
class Checked:
    """A document with every `${…}` filled in, what it says as plain data, and all that is wrong with it."""

    document: Document
    data: Json
    problems: tuple[Problem, ...]


def checked(filled: FilledDocument, known: AbstractSet[Position]) -> Checked:
    """Check in steps; what one step blamed, the next does not blame again for something that follows from it.

    Args:
        filled: of any kind.
        known: places that were blamed before.
    """
    document = filled.document
    problems = list(filled.problems)
    data = plain(document.root)
    for step in (check.problems(document, data, validator(document.kind)), _rules(document)):
        found = list(step)
        if found:
            blamed = known | {problem.position for problem in problems}
            problems += [problem for problem in found if problem.position not in blamed]
    return Checked(document, data, tuple(problems))


def _rules(document: Document) -> Iterable[Problem]:
    return foreach.problems(document) if document.kind == "ProcessingOutputSet" else rules.problems(document)
