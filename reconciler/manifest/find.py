"""Which files are read: the walk through folders, and the way up to the git root. Contents are not judged here."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.manifest.wording import Fault, listed, printable, shown
from reconciler.model.problem import Position, Problem

_ENDINGS = (".yaml", ".yml")
_NO_SURPRISE = frozenset({".git", ".reconciler"})  # in every repository: passed over without a word
_NAME_ONE = "Name a manifest or a folder of manifests."


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read.

    Attributes:
        path: absolute.
        shown: as people are told, starting at what they typed.
        explicit: it was named itself, not met in a folder.
    """

    path: Path
    shown: str
    explicit: bool = False


@dataclass(frozen=True, slots=True)
class Walk:
    """What one PATH leads to: its files in sorted order, what was passed over, what could not be read."""

    start: Path
    files: tuple[Found, ...]
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def walk(path: str | Path, *, cwd: Path) -> Walk:
    """The files of one PATH: itself, or every `*.yaml` and `*.yml` below it, sorted by name folder by folder.

    Folders whose name starts with a dot are passed over. Symbolic links are followed; no folder is read twice.

    Raises:
        UsageError: there is nothing at `path`, or something that is neither file nor folder, or it cannot be read.
    """
    given = Path(os.path.normpath(path))
    start = absolute(given, cwd=cwd)
    try:
        mode = start.stat().st_mode
    except (OSError, ValueError) as error:
        raise UsageError(f"{_decent(given)} cannot be read: {_reason(error)}.", hint=_NAME_ONE) from error
    if stat.S_ISREG(mode):
        return Walk(start, (Found(start, _decent(given), explicit=True),))
    if not stat.S_ISDIR(mode):
        raise UsageError(f"{_decent(given)} is neither a file nor a folder.", hint=_NAME_ONE)
    return _Walker().walk(start, given)


def absolute(path: Path, *, cwd: Path) -> Path:
    """`path` seen from `cwd`, absolute, `..` taken out by name: where people think it is, links or not."""
    return Path(os.path.normpath(cwd.absolute() / path))


def git_root(start: Path) -> Path | None:
    """The nearest folder at or above `start` that holds `.git`; None without one."""
    return next((folder for folder in (start, *start.parents) if os.path.lexists(folder / ".git")), None)


def folders_above(start: Path, *, cwd: Path) -> Iterator[Path]:
    """The folders in which the Project of `start` may stand, nearest first.

    They end at the git root; without one at `cwd`, and where that is not above `start`, with the nearest alone.
    """
    nearest = start if _is(start, stat.S_IFDIR) else start.parent
    way_up = (nearest, *nearest.parents)
    here = absolute(Path(), cwd=cwd)
    last = git_root(nearest) or (here if here in way_up else nearest)
    yield from way_up[: way_up.index(last) + 1]


def directly_in(folder: Path, *, cwd: Path, shown_absolute: bool) -> tuple[Found, ...]:
    """The YAML files that stand in `folder` itself, sorted; none where it cannot be listed."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.name.endswith(_ENDINGS) and _is(path, stat.S_IFREG))
    except OSError:
        return ()
    shown = folder if shown_absolute else Path(os.path.relpath(folder, cwd.absolute()))
    return tuple(Found(path, _decent(shown / path.name)) for path in paths)


def read_bytes(found: Found, *, limit: int) -> bytes | Problem:
    """The content of a file of at most `limit` bytes, or why there is none.

    Raises:
        UsageError: a file named explicitly cannot be read.
    """
    try:
        with found.path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        reason = _reason(error)
        if found.explicit:
            raise UsageError(f"{found.shown} cannot be read: {reason}.", hint="Check its permissions.") from error
        return Problem(Position(found.shown, 1, 1), "", f"the file cannot be read: {reason}", "Check its permissions")
    if len(content) > limit:
        message = f"the file is larger than {limit // 1_048_576} MiB"
        return Problem(Position(found.shown, 1, 1), "", message, "Split it into several files")
    return content


def read_beside(folder: str, name: str, *, limit: int) -> bytes | Fault:
    """The content of a regular file of at most `limit` bytes that a manifest names, or why there is none.

    Args:
        folder: absolute: of the manifest.
        name: as the manifest says; it starts at `folder`.
        limit: in bytes.
    """
    hint = "Write the path of a file, starting at the folder of this manifest"
    if name.startswith(("/", "~")) or Path(name).is_absolute():
        return Fault(f"is {shown(name)}, but has to start at the folder of this manifest", hint)
    path = Path(os.path.normpath(Path(folder) / name))
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return Fault(f"is {shown(name)}, where no regular file is", hint)
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except (OSError, ValueError) as error:
        return Fault(f"is {shown(name)}, which cannot be read: {_reason(error)}", hint)
    if len(content) > limit:
        return Fault(f"is {shown(name)}, which is larger than {limit // 1_048_576} MiB", "Simplify the geometry")
    return content


@dataclass(frozen=True, slots=True)
class _Walker:
    """Goes through a folder without recursion, so that no depth of folders can hurt."""

    files: list[Found] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    seen: set[Path] = field(default_factory=set)

    def walk(self, start: Path, shown: Path) -> Walk:
        """Everything below `start`, whose name for people is `shown`."""
        waiting = [(start, shown)]
        while waiting:
            path, name = waiting.pop()
            if _is(path, stat.S_IFDIR):
                inside = self._entries(path, name)
                waiting.extend((path / entry, name / entry) for entry in reversed(inside))
            else:
                self.files.append(Found(path, _decent(name)))
        return Walk(start, tuple(self.files), tuple(self.notes), tuple(self.problems))

    def _entries(self, folder: Path, shown: Path) -> list[str]:
        """The names in a folder that are to be visited, sorted."""
        real = folder.resolve()
        if real in self.seen:
            return []
        self.seen.add(real)
        try:
            names = sorted(path.name for path in folder.iterdir())
        except OSError as error:
            message = f"the folder cannot be read: {_reason(error)}"
            self.problems.append(Problem(Position(_decent(shown), 1, 1), "", message, "Check its permissions"))
            return []
        folders = {name for name in names if _is(folder / name, stat.S_IFDIR)}
        manifests = [name for name in names if name.endswith(_ENDINGS) and name not in folders]
        files = {name for name in manifests if _is(folder / name, stat.S_IFREG)}
        hidden = {name for name in folders if name.startswith(".")}
        self._note(shown, sorted(hidden - _NO_SURPRISE), "the name starts with a dot")
        self._note(shown, [name for name in manifests if name not in files], "no regular file is there")
        return [name for name in names if name in files or name in folders - hidden]

    def _note(self, folder: Path, names: Iterable[str], why: str) -> None:
        if every := [_decent(Path(name)) for name in names]:
            self.notes.append(f"{_decent(folder)}: passed over {listed(every)} ({why}).")


def _is(path: Path, kind: int) -> bool:
    """Whether a path leads to a file of this kind (`stat.S_IFREG` …); False where nobody can say."""
    try:
        return stat.S_IFMT(path.stat().st_mode) == kind
    except OSError:
        return False


def _decent(path: Path) -> str:
    """A path that every terminal can show; bytes that are no text become escapes."""
    return printable(path.as_posix())


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or "it is no valid path"
