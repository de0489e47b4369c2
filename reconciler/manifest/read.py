"""The whole way from files to what they declare."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.errors import ManifestInvalid
from reconciler.manifest import collector, expand, foreach, policies, unique
from reconciler.manifest.candidates import Made, Maker
from reconciler.manifest.checking import Checked, checked
from reconciler.manifest.digest import digest
from reconciler.manifest.fill import fill_plainly, fill_project
from reconciler.manifest.identify import KINDS
from reconciler.manifest.limiting import limited
from reconciler.manifest.load import Loaded, load, load_project
from reconciler.manifest.nodes import Document
from reconciler.manifest.schemas import schema
from reconciler.manifest.template import TEMPLATE
from reconciler.manifest.tree import SearchSet, Tree, problems_of
from reconciler.model.output import Project
from reconciler.model.problem import Position, Problem

__all__ = ["KINDS", "read", "read_project", "schema"]


@dataclass(frozen=True, slots=True)
class _Part:
    """What a document came to.

    Attributes:
        made: its outputs that need no search.
        document: for the digest.
        search_set: of a set that does.
        is_open: nobody knows yet which outputs it declares.
    """

    document: Document
    made: Made
    search_set: SearchSet | None = None
    is_open: bool = False


def read(paths: Sequence[str | Path], *, cwd: Path, variables: Mapping[str, str]) -> Tree:
    """Read and check every manifest below `paths`; of sets that need a search, all that can be told without items.

    Args:
        paths: files and folders, relative ones seen from `cwd`.
        cwd: the current folder, absolute.
        variables: what `${var.x}` stands for, by x.

    Raises:
        ManifestInvalid: with every problem, sorted by place; of a file with more than 100, the first 100 and a count.
        UsageError: a path does not exist or cannot be read.
    """
    with collector.held():
        return _read(load(paths, cwd=cwd), variables)


def read_project(cwd: Path, *, variables: Mapping[str, str]) -> Project:
    """The Project around a folder, for what needs no outputs: in `cwd` itself, or above it up to the git root.

    Raises:
        ManifestInvalid: with every problem of its document.
    """
    loaded = load_project(cwd)
    project = _project(loaded, variables)
    problems = [*loaded.problems, *(project.problems if project else ())]
    if problems:
        raise ManifestInvalid(limited(problems))
    return expand.project(project.document if project else None, place=loaded.place.as_posix())


def _read(loaded: Loaded, variables: Mapping[str, str]) -> Tree:
    known = {problem.position for problem in loaded.problems}
    project = _project(loaded, variables)
    project_document = project.document if project and not project.problems else None
    place = loaded.place.as_posix()
    # Nobody knows where outputs go that leave it to a Project with problems.
    default = None if project and project.problems else expand.default_destination(project_document, place=place)
    maker = Maker(variables, default, known)
    ruling = [
        checked(fill_plainly(document, variables), known) for document in loaded.documents if document.kind == "Policy"
    ]
    parts = [_part(document, maker) for document in loaded.documents if document.kind != "Policy"]
    made = [part.made for part in parts]
    problems = [*loaded.problems, *(project.problems if project else ())]
    problems += [problem for one in ruling for problem in one.problems]
    problems += [problem for one in made for problem in one.problems]
    problems += problems_of(made, complete=not any(part.is_open for part in parts))
    problems += _repeated(loaded.documents)
    if problems:
        raise ManifestInvalid(limited(problems))
    every = [*(part.document for part in parts), *(one.document for one in ruling)]
    every += [project_document] if project_document else []
    return Tree(
        project=expand.project(project_document, place=place),
        policies=tuple(policies.policy(one.document) for one in ruling),
        notes=loaded.notes if parts else (*loaded.notes, "No ProcessingOutput was found."),
        digest=digest(every, place=place, variables=variables),
        parts=tuple(part.search_set or part.made for part in parts),
        maker=maker,
    )


def _project(loaded: Loaded, variables: Mapping[str, str]) -> Checked | None:
    if loaded.project is None:
        return None
    known = {problem.position for problem in loaded.problems}
    return checked(fill_project(loaded.project, variables), known)


def _part(document: Document, maker: Maker) -> _Part:
    if document.kind == "ProcessingOutput":
        made = maker.single(document)
        return _Part(made.candidates[0].document, made)
    result = _set(document, maker.variables, maker.known)
    if result.problems:
        blamed = {problem.position for problem in result.problems}
        tried = replace(maker, known=maker.known | blamed).tried(result.document, is_sound=False)
        return _Part(result.document, Made((), (*result.problems, *tried.problems)), is_open=True)
    search = foreach.search_of(result.document)
    if search is None:
        return _Part(result.document, maker.of_set(result.document))
    search_set = SearchSet(document.text("metadata", "name") or "", result.document, search)
    return _Part(result.document, maker.tried(result.document, is_sound=True), search_set, is_open=True)


def _set(document: Document, variables: Mapping[str, str], known: AbstractSet[Position]) -> Checked:
    """A set with its `forEach` filled in and checked, and the files that it names read."""
    result = checked(fill_plainly(document, variables, but=TEMPLATE), known)
    if result.problems:
        return result
    inlined = foreach.inlined(result.document)
    return Checked(inlined.document, result.data, inlined.problems)


def _repeated(documents: Sequence[Document]) -> list[Problem]:
    """Sets and policies that share a name with another of their kind."""
    kinds = {"ProcessingOutputSet": "set", "Policy": "policy"}
    return [
        problem
        for kind, what in kinds.items()
        for problem in unique.repeated_documents([one for one in documents if one.kind == kind], what)
    ]
