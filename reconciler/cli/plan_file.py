"""Plan files on disk: found, read whole or not at all, written whole or not at all."""

import os
from pathlib import Path

from reconciler.cli import files
from reconciler.documents.plan import plan_json
from reconciler.documents.plan_reading import parse_plan
from reconciler.documents.saving import check_savable
from reconciler.documents.values import Document, document_text
from reconciler.errors import PlanFileInvalid, UsageError
from reconciler.model.output import Json
from reconciler.model.plan import Plan

_LARGEST_BYTES = 256 * 1_048_576
_BEGINNING_BYTES = 4096


def is_plan_file(path: str) -> bool:
    """Whether a path leads to a saved plan: a file that begins as one, or is called `.json` and is no manifest."""
    place = Path(path)
    beginning = _beginning(place)
    return b'"plan_digest"' in beginning or (place.suffix == ".json" and b"apiVersion" not in beginning)


def load(path: str) -> Json:
    """The document of a plan file, to be read by `plan_reading.plan_from_json`.

    Raises:
        UsageError: the file cannot be read.
        PlanFileInvalid: it is not JSON.
    """
    data = files.read_bytes(path, limit_bytes=_LARGEST_BYTES, what=f"The plan file {path}")
    if len(data) > _LARGEST_BYTES:
        raise PlanFileInvalid(f"{path} is larger than any plan.", hint="Name a file that plan --out has written.")
    return parse_plan(data)


def save(made: Plan, path: str) -> Document:
    """Write a plan; a file that is there already is replaced if it is a plan, else left alone.

    Raises:
        UsageError: it cannot be written, or something else stands there.
        PlanNotSavable: the plan holds what no file may keep.
    """
    check_savable(made)
    document = plan_json(made)
    place = Path(path)
    if place.exists() and not (place.is_file() and b'"plan_digest"' in _beginning(place)):
        raise UsageError(f"{path} is there already and is no plan file.", hint="Choose another name for --out.")
    part = place.with_name(f"{place.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(document_text(document) + "\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(place)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"The plan cannot be written to {path}: {error.strerror}.") from error
    return document


def _beginning(place: Path) -> bytes:
    """Nothing where there is no file that can be read."""
    try:
        with place.open("rb") as file:
            return file.read(_BEGINNING_BYTES)
    except (OSError, ValueError):
        return b""
