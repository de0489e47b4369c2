"""The JSON Schemas of the manifest kinds."""

import json
from functools import cache
from importlib import resources
from typing import Any

from reconciler.errors import UsageError
from reconciler.manifest import check
from reconciler.manifest.check import SchemaCheck
from reconciler.manifest.identify import KINDS


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


@cache
def validator(kind: str) -> SchemaCheck:
    """What a document of a kind is checked with; it holds no state.

    What stands in the template of a set is left out: it is checked as a ProcessingOutput, when it is filled in.
    """
    wanted = schema(kind)
    if kind == "ProcessingOutputSet":
        template = wanted["properties"]["spec"]["properties"]["template"]
        template["properties"] = {name: {} for name in template["properties"]}
    return check.validator(wanted)
