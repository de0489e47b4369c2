"""Whether a plan can be saved: what a file cannot hold unchanged must not be bought from one."""

from collections.abc import Mapping

from reconciler.documents.values import document_text, link, plain
from reconciler.errors import PlanNotSavable
from reconciler.json_reading import parse
from reconciler.model.output import Json, Output
from reconciler.model.plan import Plan


def check_savable(plan: Plan) -> None:
    """Make sure that every output comes back from its JSON as it is.

    Raises:
        PlanNotSavable: an input, title, destination or file name of an output holds a link with a query or with
            credentials, which no document keeps, or an input holds what JSON cannot; names the first such output.
    """
    for change in plan.changes:
        if not _keeps(change.output):
            raise PlanNotSavable(
                f"The plan cannot be saved: output {change.output.name} has a value that no file keeps as it is.",
                hint="Write links without query and credentials, which could be secret, and numbers that are finite; "
                "or apply the manifests instead of a saved plan.",
            )


def _keeps(output: Output) -> bool:
    texts = (output.title, output.delivery.to, output.delivery.name or "")
    if any(link(text) != text for text in texts):
        return False
    try:
        kept = parse(document_text({"inputs": plain(output.inputs)}).encode("ascii"))
    except ValueError:
        return False
    return _same(kept, {"inputs": output.inputs})


def _same(kept: Json, value: Json) -> bool:
    if isinstance(value, Mapping):
        return (
            isinstance(kept, dict)
            and kept.keys() == value.keys()
            and all(_same(kept[key], entry) for key, entry in value.items())
        )
    if isinstance(value, list | tuple):
        return (
            isinstance(kept, list)
            and len(kept) == len(value)
            and all(_same(mine, entry) for mine, entry in zip(kept, value, strict=True))
        )
    return type(kept) is type(value) and kept == value
