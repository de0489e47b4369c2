"""The whole way from files to what they declare."""

import json
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import Any

from jsonschema.protocols import Validator

from reconciler.errors import ManifestInvalid, UsageError
from reconciler.manifest import check, expand, rules
from reconciler.manifest.fill import TO, FilledDocument, fill_output, fill_project
from reconciler.manifest.identify import KINDS
from reconciler.manifest.load import Loaded, load, load_project
from reconciler.manifest.nodes import Document
from reconciler.model.output import Declared, Project
from reconciler.model.problem import Position, Problem

MAX_PROBLEMS_PER_FILE = 100


@dataclass(frozen=True, slots=True)
class _Checked:
    """A document with every `${…}` filled in, and all that is wrong with it."""

    document: Document
    problems: tuple[Problem, ...]


def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a manifest kind.

    Raises:
        UsageError: there is no such kind.
    """
    if kind not in KINDS:
        raise UsageError(f"There is no schema of {kind}.", hint=f"The kinds are: {', '.join(KINDS)}.")
    text = resources.files("reconciler.schemas").joinpath(f"{kind}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def read(paths: Sequence[str | Path], *, cwd: Path, variables: Mapping[str, str]) -> Declared:
    """Read and check every manifest below `paths`.

    Args:
        paths: files and folders, relative ones seen from `cwd`.
        cwd: the current folder, absolute.
        variables: what `${var.x}` stands for, by x.

    Raises:
        ManifestInvalid: with every problem, sorted by place; of a file with more than 100, the first 100 and a count.
        UsageError: a path does not exist or cannot be read.
    """
    loaded = load(paths, cwd=cwd)
    known = {problem.position for problem in loaded.problems}
    project = _project(loaded, variables)
    validator = check.validator(schema("ProcessingOutput"))
    outputs = [_checked(fill_output(document, variables), validator, known) for document in loaded.documents]
    sound = [output.document for output in outputs if not output.problems]
    if project and project.problems:  # nobody knows where outputs go that leave it to the Project
        sound = [document for document in sound if document.node(*TO)]
    project_document = project.document if project and not project.problems else None
    place = loaded.place.as_posix()
    expanded = expand.expand(sound, project_document, place=place, variables=variables)
    problems = [*loaded.problems, *(project.problems if project else ()), *expanded.problems]
    problems += [problem for output in outputs for problem in output.problems]
    problems += expand.repeated_names([output.document for output in outputs])
    if problems:
        raise ManifestInvalid(_limited(problems))
    notes = loaded.notes if outputs else (*loaded.notes, "No ProcessingOutput was found.")
    return Declared(expand.project(project_document, place=place), expanded.outputs, notes)


def read_project(cwd: Path, *, variables: Mapping[str, str]) -> Project:
    """The Project around a folder, for what needs no outputs: in `cwd` itself, or above it up to the git root.

    Raises:
        ManifestInvalid: with every problem of its document.
    """
    loaded = load_project(cwd)
    project = _project(loaded, variables)
    problems = [*loaded.problems, *(project.problems if project else ())]
    if problems:
        raise ManifestInvalid(_limited(problems))
    return expand.project(project.document if project else None, place=loaded.place.as_posix())


def _project(loaded: Loaded, variables: Mapping[str, str]) -> _Checked | None:
    if loaded.project is None:
        return None
    known = {problem.position for problem in loaded.problems}
    return _checked(fill_project(loaded.project, variables), check.validator(schema("Project")), known)


def _checked(filled: FilledDocument, validator: Validator, known: AbstractSet[Position]) -> _Checked:
    """Check in steps; what one step blamed, the next does not blame again for something that follows from it."""
    problems = list(filled.problems)
    for step in (check.problems(filled.document, validator), rules.problems(filled.document)):
        blamed = known | {problem.position for problem in problems}
        problems += [problem for problem in step if problem.position not in blamed]
    return _Checked(filled.document, tuple(problems))


def _limited(problems: Iterable[Problem]) -> list[Problem]:
    """Sorted; of each file the first ones, and how many more there are."""
    limited: list[Problem] = []
    for _, of_file in groupby(sorted(set(problems)), key=lambda problem: problem.position.file):
        every = list(of_file)
        limited += every[:MAX_PROBLEMS_PER_FILE]
        if rest := every[MAX_PROBLEMS_PER_FILE:]:
            count = f"{len(rest):,} more problems" if len(rest) > 1 else "1 more problem"
            limited.append(
                Problem(rest[0].position, "", f"{count} in this file from here on", "Solve the others first")
            )
    return limited
