"""A document against its JSON Schema: every mistake once, in our own words.

The schemas are the only place that says which fields exist and what they hold; this module turns what `jsonschema`
finds into sentences. Two annotations of a schema speak to people: `patternErrorMessage` says what a pattern means
(editors with YAML support show it too), and the first of `examples` becomes the hint.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from reconciler.manifest import scalars
from reconciler.manifest.nodes import Document, Node, Path, Scalar
from reconciler.manifest.wording import Fault, flow, listed, printable, proposal, shortened, shown
from reconciler.model.output import Json
from reconciler.model.problem import Problem

JsonSchema: TypeAlias = Mapping[str, Any]

_LONGEST_EXAMPLE = 150
_PROPOSALS = 100
_SECRET = re.compile("user|pass|token|secret|credential|key", re.IGNORECASE)
_PLACE_OF_SECRETS: Path = ("spec", "provider")
_KINDS_OF_VALUES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping of fields",
}


@dataclass(frozen=True, slots=True)
class _Mistake:
    """What `jsonschema` found, as far as it is used here.

    Attributes:
        path: of the value that is wrong, or that lacks or has too many fields.
        keyword, asked: the schema's keyword that failed, and its value.
        of_name: not a value is wrong but a key of it.
    """

    path: Path
    keyword: str
    asked: Any
    schema: Any
    instance: Any
    of_name: bool


@dataclass(frozen=True, slots=True)
class SchemaCheck:
    """A schema, read twice: one validator is quick to say that all is well, the other can say what is not."""

    quick: jsonschema_rs.Draft202012Validator
    strict: Validator

    def is_valid(self, value: Json) -> bool:
        """Whether a value is as the schema says."""
        return self.quick.is_valid(value)


def validator(schema: JsonSchema) -> SchemaCheck:
    """What `problems` checks a document with; made once for each kind, as making it is slow."""
    return SchemaCheck(jsonschema_rs.Draft202012Validator(dict(schema)), _Strict(schema))


def problems(document: Document, data: Json, against: SchemaCheck) -> Iterator[Problem]:
    """Every way in which a document is not as its schema says, in no particular order.

    Args:
        document: for places.
        data: what the document says.
        against: the schema.
    """
    if against.is_valid(data):
        return
    blamed: set[tuple[bool, Path]] = set()
    for error in against.strict.iter_errors(data):
        mistake = _mistake(error)
        if mistake.keyword == "additionalProperties":
            yield from _unknown(document, mistake)
        elif mistake.of_name:
            yield _bad_name(document, mistake)
        elif (of_fields := mistake.keyword == "required", mistake.path) not in blamed:
            # One sentence for a value that breaks two rules; `required` comes once for each missing field.
            blamed.add((of_fields, mistake.path))
            yield from _missing(document, mistake) if of_fields else (_wrong(document, mistake),)


def _mistake(error: ValidationError) -> _Mistake:
    return _Mistake(
        path=tuple(error.absolute_path),
        keyword=str(error.validator),
        asked=error.validator_value,
        schema=error.schema,
        instance=error.instance,
        of_name="propertyNames" in error.relative_schema_path,
    )


def _pattern(_: Validator, pattern: str, instance: Json, __: JsonSchema) -> Iterator[ValidationError]:
    """JSON Schema's `$` is the end of the text; Python's would let a line break follow."""
    if isinstance(instance, str) and not _strict_end(pattern).search(instance):
        yield ValidationError("does not match")


@cache
def _strict_end(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\$\Z", r"\\Z", pattern))


# Made when the module is read: it depends on nothing, and holds no state.
_Strict: Any = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]  # its stub is untyped


def _missing(document: Document, mistake: _Mistake) -> Iterator[Problem]:
    place = document.key(*mistake.path) or document.root
    for name in mistake.asked:
        if name not in mistake.instance:
            fault = Fault("is missing", _example(name, mistake.schema["properties"].get(name, {})))
            yield document.problem(place, (*mistake.path, name), fault)


def _unknown(document: Document, mistake: _Mistake) -> Iterator[Problem]:
    known = mistake.schema["properties"]
    extras = [name for name in mistake.instance if name not in known]
    for index, name in enumerate(extras):
        path = (*mistake.path, name)
        if mistake.path == _PLACE_OF_SECRETS and _SECRET.search(name):
            fault = Fault("does not belong into a manifest", _instead_of_secret(name))
        else:
            hint = proposal(name, list(known), what="The fields here are") if index < _PROPOSALS else ""
            fault = Fault("is not a field", hint)
        yield document.problem(document.key(*path) or document.root, path, fault)


def _instead_of_secret(name: str) -> str:
    variable = "UP42_USERNAME" if "user" in name.lower() else "UP42_PASSWORD or UP42_PASSWORD_FILE"
    return f"Remove it, and set {variable} in the environment"


def _bad_name(document: Document, mistake: _Mistake) -> Problem:
    path = (*mistake.path, mistake.instance)
    fault = Fault(f"is called {shown(mistake.instance)}, but its name has to be {wanted(mistake.schema)}")
    return document.problem(document.key(*path) or document.root, path, fault)


def _wrong(document: Document, mistake: _Mistake) -> Problem:
    node = document.node(*mistake.path) or document.root
    is_number = isinstance(mistake.instance, int | float) and not isinstance(mistake.instance, bool)
    quoted = shortened(node.text) if isinstance(node, Scalar) and is_number else shown(mistake.instance)
    length = f" ({len(mistake.instance):,} characters)" if mistake.keyword == "maxLength" else ""
    fault = Fault(
        f"is {quoted}{length}, but has to be {wanted(mistake.schema, mistake.keyword)}", _remedy(mistake, node)
    )
    return document.problem(node, mistake.path, fault)


def wanted(schema: JsonSchema, keyword: str = "") -> str:
    """What a schema asks for, as the end of the sentence "has to be …"; `keyword` is the one that failed."""
    if "const" in schema:
        return flow(schema["const"])
    if "enum" in schema:
        return listed((flow(value) for value in schema["enum"]), joint="or")
    if keyword in ("minLength", "maxLength"):
        least, most = schema.get("minLength"), schema.get("maxLength")
        length = f"{least} to {most:,}" if least and most else f"at most {most:,}" if most else f"at least {least}"
        return f"text of {length} characters"
    if "patternErrorMessage" in schema:
        return str(schema["patternErrorMessage"])
    kind = _KINDS_OF_VALUES.get(schema.get("type", ""), "something else")
    if keyword == "minItems":
        return f"{kind} that is not empty"
    return kind + _range(schema)


def _range(schema: JsonSchema) -> str:
    least, above, most = schema.get("minimum"), schema.get("exclusiveMinimum"), schema.get("maximum")
    if above is not None:
        return f" above {above}" + (f", at most {most:,}" if most is not None else "")
    if least is not None:
        return f" from {least} to {most:,}" if most is not None else f" of at least {least}"
    return ""


def _remedy(mistake: _Mistake, node: Node) -> str:
    """Quotes to add or to take away, where that is all; else an example."""
    name = mistake.path[-1] if mistake.path and isinstance(mistake.path[-1], str) else ""
    prefix = f"{name}: " if name else ""
    if mistake.keyword == "type" and isinstance(node, Scalar) and 0 < len(node.text) < _LONGEST_EXAMPLE:
        meant = scalars.resolve(node.text, plain=True, tag=None)
        if mistake.asked == "string" and node.value is not None and _Strict(mistake.schema).is_valid(node.text):
            return f'Put it in quotes: {prefix}"{printable(node.text)}"'
        if (
            isinstance(node.value, str)
            and not isinstance(meant, Fault | str)
            and _Strict(mistake.schema).is_valid(meant)
        ):
            return f"Leave the quotes out: {prefix}{node.text}"
    return _example(name, mistake.schema)


def _example(name: str, schema: JsonSchema) -> str:
    prefix = f"{name}: " if name else ""
    texts = (flow(value) for value in schema.get("examples", ()))
    fitting = next((text for text in texts if len(text) <= _LONGEST_EXAMPLE), "")
    if fitting:
        return f"For example: {prefix}{fitting}"
    return f"Its fields are: {listed(schema['properties'])}" if "properties" in schema else ""
