"""Which files a starter repository has, and whether they can be written. Pure, but for reading the templates."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from reconciler.errors import UsageError

#: Where the workflow looks for the action unless told otherwise: a path of the repository itself, which nobody else
#: can put something under, as they could under a name that is not theirs.
DEFAULT_ACTION = "./.github/actions/reconciler"

#: Where each template goes.
_PLACES = {
    "manifests/project.yaml": "project.yaml",
    "manifests/outputs.yaml": "outputs.yaml",
    "manifests/policy.yaml": "policy.yaml",
    ".github/workflows/reconciler.yml": "workflow.yml",
    "README.md": "readme.md",
    ".gitignore": "gitignore",
}
_ACTION = re.compile(r"\./[\w./-]+|[A-Za-z0-9][A-Za-z0-9-]*/[\w.-]+(?:/[\w.-]+)*@[\w./-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the wanted files stand to those that are there; paths in the order in which they are written."""

    missing: tuple[str, ...]
    same: tuple[str, ...]
    different: tuple[str, ...]


def starter_files(action: str = DEFAULT_ACTION) -> dict[str, bytes]:
    """The contents of every file, by its path below the repository's folder.

    Args:
        action: what the workflow uses, as GitHub writes it: OWNER/REPO@REF, or ./ and a folder of the repository.

    Raises:
        UsageError: `action` is neither.
    """
    if not _ACTION.fullmatch(action) or ".." in action:
        raise UsageError("--action names no action.", hint="It looks like OWNER/REPO@REF, or ./folder.")
    folder = resources.files("reconciler.starter")
    texts = {place: folder.joinpath(name).read_text("utf-8") for place, name in _PLACES.items()}
    return {place: text.replace("@ACTION@", action).encode() for place, text in texts.items()}


def compare(wanted: Mapping[str, bytes], there: Mapping[str, bytes | None]) -> Standing:
    """Which files are missing, the same, or different.

    Args:
        wanted: contents by path.
        there: contents of what is there by path; None for what is there and is no readable file.
    """
    return Standing(
        missing=tuple(path for path in wanted if path not in there),
        same=tuple(path for path, data in wanted.items() if path in there and there[path] == data),
        different=tuple(path for path, data in wanted.items() if path in there and there[path] != data),
    )
