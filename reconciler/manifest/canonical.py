"""JSON in one form, so that equal values are equal texts."""

import json
from collections.abc import Mapping

from reconciler.model.output import Json


def json_text(value: Json) -> str:
    """A value as JSON writes it, on one line, in the order it has; what is no ASCII stays as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def canonical(value: Json) -> str:
    """The same text for equal values: keys sorted, and numbers by value (1.0 is 1)."""
    return json.dumps(_by_value(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _by_value(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _by_value(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_by_value(entry) for entry in value]
    return value
