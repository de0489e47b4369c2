"""`${…}`: plain substitution, no programming (product.md "Manifests")."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.manifest.values import segment_fault
from reconciler.manifest.wording import Fault, listed, proposal, shortened

ASSET_FIELDS = ("key", "role", "title", "item", "ext")
OUTPUT_FIELDS = ("name", "process", "title", "labels")
#: Longer values of variables are refused: a short manifest must not unfold to gigabytes.
LONGEST_VARIABLE_CHARACTERS = 4096
#: Stands for a value that only an output can give.
_ANY = "any"
_LATER = ("item", "matrix")
_TOKEN = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be filled in at a place.

    Attributes:
        output: the output's fields by name, those that may be used here; None where there is no output.
        labels: the output's labels; None where it is not known yet which output that is, and any may exist.
        variables: `${var.x}` by x.
        in_path: each filled-in piece has to be one safe part of a path.
        in_file_name: `${asset.…}` is left for later, and `${` cannot be written as text.
    """

    output: Mapping[str, str] | None = None
    labels: Mapping[str, str] | None = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    in_path: bool = False
    in_file_name: bool = False


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with everything filled in, as far as it could be: sound only without faults."""

    text: str
    faults: tuple[Fault, ...] = ()


def untold(variables: Mapping[str, str]) -> Scope:
    """The scope of a path that will be filled in for outputs nobody knows yet, to find mistakes that all share."""
    return Scope(dict.fromkeys(("name", "process", "title"), _ANY), None, variables, in_path=True)


def fill(template: str, scope: Scope) -> Filled:
    """Fill in every `${…}`; `$${` stands for `${` itself. Filled-in values are data and never looked at again."""
    if "${" not in template:
        return Filled(template)
    pieces: list[str] = []
    faults: list[Fault] = []
    for piece in _pieces(template, scope):
        if isinstance(piece, Fault):
            faults.append(piece)
        else:
            pieces.append(piece)
    return Filled("".join(pieces), tuple(faults))


def _pieces(template: str, scope: Scope) -> Iterator[str | Fault]:
    end = 0
    for token in _TOKEN.finditer(template):
        yield template[end : token.start()]
        end = token.end()
        if token[1] is not None:
            yield _value(token[1].strip(), scope)
        elif token[0] == "${":
            yield Fault("holds ${ without its }", "Write $${ where ${ is meant as text")
        elif scope.in_file_name:
            yield Fault("holds ${ as text, which a file name cannot", "Leave it out")
        else:
            yield "${"
    yield template[end:]


def _value(expression: str, scope: Scope) -> str | Fault:
    namespace, _, name = expression.partition(".")
    if namespace == "asset":
        return _asset(name, scope)
    if namespace == "var":
        value = _variable(name, scope.variables)
    elif namespace == "output" and scope.output is not None:
        value = _output(name, scope.output, scope.labels)
    elif namespace in _LATER:
        used = shortened(f"${{{expression}}}")
        return Fault(f"uses {used}, which is not supported by this version of reconciler", "Write the value out")
    else:
        return _unknown(expression, _namespaces(scope), what="Here can be used")
    if isinstance(value, Fault):
        return value
    if scope.in_file_name and "${" in value:
        return Fault(f"fills in ${{ with {shortened(expression)}, which a file name cannot hold", "Change the value")
    return (segment_fault(value) or value) if scope.in_path else value


def _namespaces(scope: Scope) -> list[str]:
    known = ["var.x"] if scope.output is None else [*(f"output.{name}" for name in scope.output), "var.x"]
    if scope.labels:
        known += [f"output.labels.{label}" for label in scope.labels]
    return known + ([f"asset.{name}" for name in ASSET_FIELDS] if scope.in_file_name else [])


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
