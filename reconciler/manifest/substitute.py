"""`${…}`: plain substitution, no programming (product.md "Manifests")."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.manifest.canonical import json_text
from reconciler.manifest.expressions import Expression, Piece, Unclosed, parsed
from reconciler.manifest.values import data_fault, segment_fault
from reconciler.manifest.wording import Fault, listed, proposal, shortened
from reconciler.model.output import Json

ASSET_FIELDS = ("key", "role", "title", "item", "ext")
OUTPUT_FIELDS = ("name", "process", "title", "labels")
#: Longer values of variables are refused: a short manifest must not unfold to gigabytes.
LONGEST_VARIABLE_CHARACTERS = 4096
LONGEST_TEXT_CHARACTERS = 1_048_576
#: Stands for a value that only an output can give.
_ANY = "any"
_NO_NAME = re.compile("[^a-z0-9-]")


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be filled in at a place.

    Attributes:
        output: the output's fields by name, those that may be used here; None where there is no output.
        labels: the output's labels; None where it is not known yet which output that is, and any may exist.
        variables: `${var.x}` by x.
        item, matrix: `${item.x}` and `${matrix.x}` by x; None outside of a set, or where its forEach has none.
        is_data: `item` comes from the service, so that nothing is known of its values.
        in_path: each filled-in piece has to be one safe part of a path.
        in_file_name: `${asset.…}` is left for later, and `${` cannot be written as text.
        in_name: what is filled in is made fit for an output's name.
    """

    output: Mapping[str, str] | None = None
    labels: Mapping[str, str] | None = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    item: Mapping[str, Json] | None = None
    matrix: Mapping[str, Json] | None = None
    is_data: bool = False
    in_path: bool = False
    in_file_name: bool = False
    in_name: bool = False


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with everything filled in, as far as it could be: sound only without faults.

    Attributes:
        value: what the text stands for: where it is one expression, that one's value with its type; else `text`.
    """

    text: str
    faults: tuple[Fault, ...] = ()
    value: Json = None


def untold(variables: Mapping[str, str]) -> Scope:
    """The scope of a path that will be filled in for outputs nobody knows yet, to find mistakes that all share."""
    return Scope(dict.fromkeys(("name", "process", "title"), _ANY), None, variables, in_path=True)


def fill(template: str, scope: Scope) -> Filled:
    """Fill in every `${…}`; `$${` stands for `${` itself. Filled-in values are data and never looked at again."""
    if "${" not in template:
        return Filled(template, value=template)
    pieces = parsed(template)
    values: list[Json] = []
    faults: list[Fault] = []
    for piece in pieces:
        value = _filled(piece, scope)
        if isinstance(value, Fault):
            faults.append(value)
        else:
            values.append(value)
    text = text_of(values[0]) if len(pieces) == len(values) == 1 else _joined(values)
    if isinstance(text, Fault):
        return Filled("", (*faults, text), "")
    keeps_type = len(pieces) == len(values) == 1 and not (scope.in_path or scope.in_file_name or scope.in_name)
    return Filled(text, tuple(faults), values[0] if keeps_type else text)


def _joined(values: Sequence[Json]) -> str | Fault:
    """One text of several values, unless it grows too long."""
    texts: list[str] = []
    size = 0
    for value in values:
        texts.append(text_of(value))
        size += len(texts[-1])
        if size > LONGEST_TEXT_CHARACTERS:
            return Fault(f"becomes longer than {LONGEST_TEXT_CHARACTERS:,} characters", "Fill in less")
    return "".join(texts)


def text_of(value: Json) -> str:
    """A value inside of a longer text: text as it is, everything else as JSON writes it."""
    return value if isinstance(value, str) else json_text(value)


def name_safe(text: str) -> str:
    """A text as a part of an output's name: lower case, `-` for every character that a name cannot hold."""
    return _NO_NAME.sub("-", text.lower())


def _filled(piece: Piece, scope: Scope) -> Json | Fault:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, Expression):
        return _value(piece, scope)
    if isinstance(piece, Unclosed):
        return Fault("holds ${ without its }", "Write $${ where ${ is meant as text")
    if scope.in_file_name:
        return Fault("holds ${ as text, which a file name cannot", "Leave it out")
    return "${"


def _value(expression: Expression, scope: Scope) -> Json | Fault:
    namespace, _, name = expression.text.partition(".")
    if namespace == "asset":
        return _asset(name, scope)
    value: Json | Fault
    if namespace == "var":
        value = _variable(name, scope.variables)
    elif namespace == "output" and scope.output is not None:
        value = _output(name, scope.output, scope.labels)
    elif namespace == "item" and scope.item is not None:
        value = _item(name, scope.item)
        if scope.is_data and not isinstance(value, Fault) and (why := data_fault(value)):
            value = Fault(f"fills in ${{{shortened(expression.text)}}}, which {why}", "Choose another field")
    elif namespace == "matrix" and scope.matrix is not None:
        known = [f"matrix.{axis}" for axis in scope.matrix]
        value = scope.matrix[name] if name in scope.matrix else _unknown(expression.text, known, what="There are")
    elif namespace in ("item", "matrix"):
        value = _without_set(expression.text, namespace, scope)
    else:
        return _unknown(expression.text, _namespaces(scope), what="Here can be used")
    return value if isinstance(value, Fault) else _fitting(value, expression, scope)


def _fitting(value: Json, expression: Expression, scope: Scope) -> Json | Fault:
    """The value as the place wants it."""
    if scope.in_name:
        return name_safe(text_of(value))
    if not (scope.in_path or scope.in_file_name):
        return value
    text = text_of(value)
    if scope.in_file_name and "${" in text:
        named = shortened(expression.text)
        return Fault(f"fills in ${{ with {named}, which a file name cannot hold", "Change the value")
    return (segment_fault(text) or text) if scope.in_path else text


def _without_set(expression: str, namespace: str, scope: Scope) -> Fault:
    used = shortened(f"${{{expression}}}")
    if scope.item is None and scope.matrix is None:
        return Fault(f"uses {used}, which exists in the template of a ProcessingOutputSet only", "Write the value out")
    wanted = "a search or a list" if namespace == "item" else "a matrix"
    return Fault(f"uses {used}, but the set's forEach has no {namespace}", f"Give spec.forEach {wanted}")


def _namespaces(scope: Scope) -> list[str]:
    known = [f"item.{name}" for name in scope.item or ()] + [f"matrix.{axis}" for axis in scope.matrix or ()]
    known += [f"output.{name}" for name in scope.output or ()] + ["var.x"]
    known += [f"output.labels.{label}" for label in scope.labels or ()]
    return known + ([f"asset.{name}" for name in ASSET_FIELDS] if scope.in_file_name else [])


def _item(name: str, item: Mapping[str, Json]) -> Json | Fault:
    """The field of an item or entry; `a.b` is the field of that name, else the field b of the field a."""
    value: Json = item
    rest = name
    while True:
        if not isinstance(value, Mapping):
            break
        if rest in value:
            return value[rest]
        head, dot, rest = rest.partition(".")
        if not dot or head not in value:
            break
        value = value[head]
    used = shortened(f"${{item.{name}}}")
    known = [f"item.{field}" for field in item if field != "properties"]
    properties = item.get("properties")
    if isinstance(properties, Mapping):
        known += [f"item.properties.{field}" for field in properties]
    return Fault(f"uses {used}, which does not exist here", proposal(f"item.{name}", known, what="There are"))


def _asset(name: str, scope: Scope) -> str | Fault:
    if not scope.in_file_name:
        return Fault(f"uses ${{asset.{shortened(name)}}}, which exists in delivery.name only", "Use output or var here")
    if name not in ASSET_FIELDS:
        return _unknown(f"asset.{name}", [f"asset.{known}" for known in ASSET_FIELDS], what="There are")
    return f"${{asset.{name}}}"


def _variable(name: str, variables: Mapping[str, str]) -> str | Fault:
    value = variables.get(name)
    if value is None:
        exist = f"set are: {listed(sorted(variables))}" if variables else "no RECONCILER_VAR_ variable is set"
        variable = f"RECONCILER_VAR_{shortened(name)}"
        return Fault(f"uses ${{var.{shortened(name)}}}, but {variable} is not set", f"Set {variable}; {exist}")
    if len(value) > LONGEST_VARIABLE_CHARACTERS:
        message = f"uses ${{var.{shortened(name)}}}, which is longer than {LONGEST_VARIABLE_CHARACTERS:,} characters"
        return Fault(message, "Write long values into the manifest")
    return value


def _output(name: str, output: Mapping[str, str], labels: Mapping[str, str] | None) -> str | Fault:
    start, _, label = name.partition(".")
    if start == "labels" and label:
        if labels is None:
            return _ANY
        if label in labels:
            return labels[label]
        exist = f"Its labels are: {listed(labels)}" if labels else "It has no labels"
        return Fault(f"uses ${{output.labels.{shortened(label)}}}, but the output has no such label", exist)
    if name in output:
        return output[name]
    if name in OUTPUT_FIELDS and name != "labels":
        return Fault(f"uses ${{output.{name}}}, which cannot be used here", f"Here can be used: {listed(output)}")
    known = [*(f"output.{known}" for known in output), *(f"output.labels.{label}" for label in labels or ())]
    return _unknown(f"output.{name}", known, what="There are")


def _unknown(expression: str, known: Sequence[str], *, what: str) -> Fault:
    return Fault(f"uses ${{{shortened(expression)}}}, which is not known", proposal(expression, known, what=what))
