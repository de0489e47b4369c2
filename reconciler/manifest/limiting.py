"""How many problems are told."""

from collections.abc import Iterable
from itertools import groupby

from reconciler.model.problem import Problem

MAX_PROBLEMS_PER_FILE = 100


def limited(problems: Iterable[Problem]) -> list[Problem]:
    """Sorted; of each file the first ones, and how many more there are."""
    kept: list[Problem] = []
    for _, of_file in groupby(sorted(set(problems)), key=lambda problem: problem.position.file):
        every = list(of_file)
        kept += every[:MAX_PROBLEMS_PER_FILE]
        if rest := every[MAX_PROBLEMS_PER_FILE:]:
            count = f"{len(rest):,} more problems" if len(rest) > 1 else "1 more problem"
            kept.append(Problem(rest[0].position, "", f"{count} in this file from here on", "Solve the others first"))
    return kept
