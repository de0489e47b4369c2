"""Files to documents: everything that touches the disk comes together here."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.manifest import find
from reconciler.manifest.compose import Composed, compose
from reconciler.manifest.find import Found, Walk
from reconciler.manifest.identify import API_VERSION, identify
from reconciler.manifest.nodes import Document, MapNode, Node
from reconciler.manifest.text import decode
from reconciler.model.problem import Position, Problem

MAX_FILE_BYTES = 64 * 1_048_576


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the files hold.

    Attributes:
        documents: all but Projects, in file order; their fields are not checked yet.
        project: the Project document of the tree; None without one.
        place: absolute: the folder of the Project's file, else the git root, else the current folder.
        notes: sentences about what was passed over.
        problems: of the files and of documents that cannot be told apart; fields are `check`'s.
    """

    documents: tuple[Document, ...]
    project: Document | None
    place: Path
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def load(paths: Sequence[str | Path], *, cwd: Path) -> Loaded:
    """Read every manifest below `paths`, and find the Project that they belong to.

    A Project is looked for among the files of each path; where it is not there, among the YAML files that stand
    directly in the folders above it (`find.folders_above`), of which the nearest counts.

    Raises:
        UsageError: no path is given, or one does not exist or cannot be read.
    """
    if not paths:
        raise UsageError("No manifest was named.", hint="Name a manifest or a folder of manifests.")
    reading = _Reading()
    walks = [(find.walk(path, cwd=cwd), Path(path).is_absolute()) for path in paths]
    inside = [reading.take(walk) for walk, _ in walks]  # before looking above, where only Projects are read
    projects: list[Document] = []
    for (walk, is_absolute), found in zip(walks, inside, strict=True):
        projects += found or reading.above(walk.start, cwd=cwd, shown_absolute=is_absolute)
    project = reading.only(projects)
    return Loaded(
        documents=tuple(document for document in reading.documents if document.kind != "Project"),
        project=project,
        place=Path(project.folder) if project else _place(walks[0][0].start, cwd=cwd),
        notes=tuple(reading.notes),
        problems=tuple(reading.problems),
    )


def load_project(cwd: Path) -> Loaded:
    """Find the Project around a folder without reading any other manifest: in it, or above it."""
    reading = _Reading()
    project = reading.only(reading.above(cwd.absolute(), cwd=cwd, shown_absolute=False))
    place = Path(project.folder) if project else _place(cwd.absolute(), cwd=cwd)
    return Loaded((), project, place, (), tuple(reading.problems))


def _place(start: Path, *, cwd: Path) -> Path:
    return find.git_root(start) or find.absolute(Path(), cwd=cwd)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was read so far."""

    documents: list[Document] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    seen: dict[Path, tuple[Document, ...]] = field(default_factory=dict)

    def take(self, walk: Walk) -> list[Document]:
        """Read what one PATH leads to; returns its Projects. A file that was read before is not read again."""
        self.notes.extend(walk.notes)
        self.problems.extend(walk.problems)
        projects: list[Document] = []
        for found in walk.files:
            real = found.path.resolve()
            if real not in self.seen:
                self.seen[real] = self._file(found)
                self.documents.extend(self.seen[real])
            projects.extend(document for document in self.seen[real] if document.kind == "Project")
        return projects

    def _file(self, found: Found) -> tuple[Document, ...]:
        """The documents of ours in a file; those of others become a note."""
        documents: list[Document] = []
        foreign = 0
        for composed in _composed(found):
            if isinstance(composed, Problem):
                self.problems.append(composed)
                break
            document, problems, is_foreign = _judge(composed, found)
            self.problems.extend(problems)
            foreign += is_foreign
            if document:
                documents.append(document)
            if composed.cut and not is_foreign:
                break  # skipping the rest could take as long as an attacker likes
        if foreign:
            what = "1 document" if foreign == 1 else f"{foreign} documents"
            self.notes.append(f"{found.shown}: passed over {what} of another apiVersion than {API_VERSION}.")
        return tuple(documents)

    def above(self, start: Path, *, cwd: Path, shown_absolute: bool) -> list[Document]:
        """The Projects in the nearest folder that has one: where `start` is, or above."""
        for folder in find.folders_above(start, cwd=cwd):
            files = find.directly_in(folder, cwd=cwd, shown_absolute=shown_absolute)
            if projects := [document for found in files for document in self._projects(found)]:
                return projects
        return []

    def _projects(self, found: Found) -> Iterator[Document]:
        """The Projects of a file that was not asked for; what else stands in it is nobody's business here."""
        real = found.path.resolve()
        if real not in self.seen:
            self.seen[real] = tuple(self._search(found))
        return (document for document in self.seen[real] if document.kind == "Project")

    def _search(self, found: Found) -> Iterator[Document]:
        content = find.read_bytes(found, limit=MAX_FILE_BYTES)
        if isinstance(content, bytes) and not (b"Project" in content and API_VERSION.encode() in content):
            return
        for composed in _composed(found):
            if isinstance(composed, Problem):
                self.problems.append(composed)
                return
            document, problems, _ = _judge(composed, found)
            if composed.root is None or (document and document.kind == "Project"):
                # A file that cannot be read may hide the Project, and with it the place where claims are kept.
                self.problems.extend(problems)
            if document and document.kind == "Project":
                yield document

    def only(self, projects: Iterable[Document]) -> Document | None:
        """The one Project of the tree; every further one is a problem that names the first."""
        first: Document | None = None
        reported: set[Position] = set()
        for project in projects:
            place = project.position(project.root)
            if first is None:
                first = project
                reported.add(place)
            elif place not in reported:
                reported.add(place)
                message = "is a second Project, but a tree has at most one"
                hint = f"The first is at {first.position(first.root)}; remove one of them"
                self.problems.append(Problem(place, "", message, hint))
        return first


def _composed(found: Found) -> Iterator[Composed | Problem]:
    """The documents of a file, or the problem that keeps it from being read."""
    content = find.read_bytes(found, limit=MAX_FILE_BYTES)
    text = decode(content, found.shown) if isinstance(content, bytes) else content
    if isinstance(text, Problem):
        yield text
    else:
        yield from compose(text, found.shown)


def _judge(composed: Composed, found: Found) -> tuple[Document | None, tuple[Problem, ...], bool]:
    """The document if it is ours, its problems, and whether it is another tool's."""
    if composed.root is None:
        return None, composed.problems, False
    identity = identify(composed.root, explicit=found.explicit)
    known_version = _has_version(composed.root)
    if identity.foreign and (known_version or not composed.cut):
        return None, (), True
    if composed.cut:
        return None, composed.problems, False
    if identity.fault and identity.node:
        place = Position(found.shown, identity.node.line, identity.node.column)
        problem = Problem(place, identity.field, identity.fault.message, identity.fault.hint)
        return None, (*composed.problems, problem), False
    if identity.kind is None or not isinstance(composed.root, MapNode):
        return None, composed.problems, False
    document = Document(found.shown, found.path.parent.as_posix(), identity.kind, composed.root)
    return document, composed.problems, False


def _has_version(root: Node) -> bool:
    return isinstance(root, MapNode) and "apiVersion" in root.entries
