"""What differs between two input documents, field by field. The only user of deepdiff."""

from collections.abc import Mapping, Sequence

from deepdiff import DeepDiff
from deepdiff.helper import NotPresent

from reconciler.model.output import Json
from reconciler.model.plan import FieldChange


def field_changes(before: Mapping[str, Json], after: Mapping[str, Json]) -> tuple[FieldChange, ...]:
    """The differences, sorted by path; both sides are expected in canonical form (planning.fingerprint)."""
    # Without a threshold of 0, documents that share few keys are one difference without a path.
    tree = DeepDiff(before, after, view="tree", threshold_to_diff_deeper=0)
    changes = [
        FieldChange(_dotted(level.path(output_format="list")), _plain(level.t1), _plain(level.t2))
        for levels in tree.values()
        for level in levels
    ]
    return tuple(sorted(changes, key=lambda change: change.path))


def _dotted(path: Sequence[str | int]) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _plain(value: object) -> Json:
    # deepdiff marks an absent side with a class or instance of its own; it must not leave this module.
    if value is NotPresent or isinstance(value, NotPresent):
        return None
    return value  # type: ignore[return-value]  # what went in was Json, and deepdiff hands the same objects out
