"""Request bodies against a process's own schema: the first fault, in the service's wording (up42-api.md section 4)."""

from collections.abc import Sequence
from typing import Any

import jsonschema

from reconciler.sandbox.errors import HttpError, problem
from reconciler.sandbox.processing.processes import Process


def shape_error(process: Process, body: Any) -> HttpError | None:
    """The 400 answer for a body that does not fit the schema; None for one that does."""
    validator = jsonschema.Draft202012Validator(process.body_schema())
    faults = sorted(validator.iter_errors(body), key=lambda fault: (len(fault.absolute_path), str(fault.validator)))
    if not faults:
        return None
    # Of the top-most faults a missing input says most, so it goes first.
    shallow = [fault for fault in faults if len(fault.absolute_path) == len(faults[0].absolute_path)]
    first = next((fault for fault in shallow if fault.validator == "required"), shallow[0])
    return problem(400, **{"schema-error": _sentence(first)})


def _sentence(fault: jsonschema.ValidationError) -> str:
    where = _place(list(fault.absolute_path))
    limit: Any = fault.validator_value
    given: Any = fault.instance
    wordings = {
        "required": lambda: f"must contain {[name for name in limit if name not in given]} properties",
        "additionalProperties": lambda: f"must not contain {_unknown(fault)} properties",
        "type": lambda: f"must be {limit}",
        "minLength": lambda: f"must be longer than or equal to {limit} characters",
        "maxLength": lambda: f"must be shorter than or equal to {limit} characters",
        "minimum": lambda: f"must be bigger than or equal to {limit}",
        "maximum": lambda: f"must be smaller than or equal to {limit}",
        "minItems": lambda: f"must contain at least {limit} items",
    }
    wording = wordings.get(str(fault.validator))
    return f"{where} {wording() if wording else 'does not fit the schema'}"


def _unknown(fault: jsonschema.ValidationError) -> str:
    given: Any = fault.instance
    known = fault.schema["properties"] if isinstance(fault.schema, dict) else {}
    return "{" + ", ".join(repr(name) for name in sorted(given) if name not in known) + "}"


def _place(path: Sequence[str | int]) -> str:
    return "data" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
