"""Checking an output's inputs against what the process publishes. Pure; the service checks their meaning."""

import difflib
from collections.abc import Mapping
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError

from reconciler.model.job import Process
from reconciler.model.output import Json, Output
from reconciler.model.plan import Reason
from reconciler.planning import fingerprint

_CODE = "blocked_because_input_invalid"
_VALUE_LENGTH = 60


def submitted(output: Output, api_url: str) -> dict[str, Json]:
    """The `inputs` object as it is sent: with `title`, without nulls, item links absolute.

    The service's own examples use absolute links (up42-api.md section 8.3); relative ones are not evidenced.
    """
    plain = {name: _absolute(value, api_url.rstrip("/")) for name, value in output.inputs.items() if value is not None}
    return {"title": output.title, **plain}


def foreign_links(output: Output, api_url: str) -> tuple[Reason, ...]:
    """One reason for each item link that leads to another host than the API's: the item is not in this storage."""
    return tuple(_reason(f"input {name}: {why}") for name, why in _foreign_links(output, api_url))


def problems(output: Output, process: Process) -> tuple[Reason, ...]:
    """What the published schemas have against the inputs; empty if nothing.

    A process that publishes no inputs is not checked, a schema that is none itself is passed over: the service
    has the last word.
    """
    if not process.inputs:
        return ()
    found: list[Reason] = []
    given: dict[str, Json] = {"title": output.title, **output.inputs}
    for name in given:
        if name not in process.inputs and name != "title":
            near = difflib.get_close_matches(name, [known for known in process.inputs if known != "title"], n=1)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(sorted(process.inputs))}"
            found.append(_reason(f"input {name}: process {process.process_id} has no such input; {hint}"))
    for name, described in process.inputs.items():
        value = given.get(name)
        if value is None:
            if described.required:
                found.append(_reason(f"input {name} is missing; process {process.process_id} needs it"))
            continue
        found.extend(_reason(f"input {name}{where}: {why}") for where, why in _violations(value, described.schema))
    return tuple(found)


def _reason(text: str) -> Reason:
    return Reason(_CODE, text)


def _violations(value: Json, schema: Mapping[str, Json]) -> list[tuple[str, str]]:
    try:
        Draft202012Validator.check_schema(schema)
        errors = sorted(Draft202012Validator(schema).iter_errors(value), key=lambda error: error.json_path)
    except (SchemaError, RecursionError):
        return []
    except Exception as error:  # noqa: BLE001 - a $ref that leads nowhere raises what the referencing library likes
        del error
        return []
    return [(error.json_path.removeprefix("$"), _sentence(error)) for error in errors]


def _sentence(error: ValidationError) -> str:
    shown = repr(error.instance)
    shown = shown if len(shown) <= _VALUE_LENGTH else f"{shown[: _VALUE_LENGTH - 1]}…"
    wanted = {
        "type": lambda limit: f"has to be of type {limit}",
        "enum": lambda limit: f"has to be one of {', '.join(map(str, limit))}",
        "minimum": lambda limit: f"has to be at least {limit}",
        "maximum": lambda limit: f"has to be at most {limit}",
        "minLength": lambda limit: f"has to have at least {limit} characters",
        "maxLength": lambda limit: f"has to have at most {limit} characters",
    }.get(str(error.validator))
    return f"{shown} {wanted(error.validator_value)}" if wanted else error.message.partition("\n")[0][:200]


def _foreign_links(output: Output, api_url: str) -> list[tuple[str, str]]:
    host = urlsplit(api_url).netloc.lower()
    found: list[tuple[str, str]] = []
    for name, value in output.inputs.items():
        for entry in value if isinstance(value, list | tuple) else (value,):
            if not isinstance(entry, str) or fingerprint.item_path(entry) is None:
                continue
            netloc = urlsplit(entry).netloc.lower()
            if netloc and netloc != host:
                found.append((name, f"the item is at {netloc}, but this run talks to {host}"))
    return found


def _absolute(value: Json, base: str) -> Json:
    if isinstance(value, str):
        return f"{base}{value}" if value.startswith("/") and fingerprint.item_path(value) else value
    if isinstance(value, Mapping):
        return {key: _absolute(entry, base) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_absolute(entry, base) for entry in value]
    return value
