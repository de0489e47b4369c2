"""Outputs made from other outputs' results: `{fromOutput: NAME, role: …, asset: …, title: …}` in place of a link."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.model.output import Json, Output

FROM_OUTPUT = "fromOutput"


@dataclass(frozen=True, slots=True)
class Reference:
    """One result item of another output.

    Attributes:
        output: the name of the output whose item is meant.
        role, asset, title: which of several items: the one that has an asset with this role, an asset with this key,
            or itself or an asset of it this title; None: it does not matter.
    """

    output: str
    role: str | None = None
    asset: str | None = None
    title: str | None = None


def references(inputs: Mapping[str, Json]) -> tuple[Reference, ...]:
    """Every reference in the inputs, at any depth, each once, in order. Inputs are checked (manifest.rules)."""
    return tuple(dict.fromkeys(_references(inputs)))


def depends_on(output: Output) -> tuple[str, ...]:
    """The names of the outputs that this one is made from, sorted."""
    return tuple(sorted({reference.output for reference in references(output.inputs)}))


def with_links(inputs: Mapping[str, Json], link_of: Callable[[Reference], str | None]) -> dict[str, Json]:
    """The inputs with each reference replaced by its link; one without a link stays."""
    return {name: _with_links(value, link_of) for name, value in inputs.items()}


def _reference(value: Json) -> Reference | None:
    if not isinstance(value, Mapping):
        return None
    name = value.get(FROM_OUTPUT)
    if not isinstance(name, str):
        return None
    return Reference(name, _text(value, "role"), _text(value, "asset"), _text(value, "title"))


def _text(value: Mapping[str, Json], key: str) -> str | None:
    found = value.get(key)
    return found if isinstance(found, str) else None


def _references(value: Json) -> Iterator[Reference]:
    reference = _reference(value)
    if reference is not None:
        yield reference
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from _references(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from _references(entry)


def _with_links(value: Json, link_of: Callable[[Reference], str | None]) -> Json:
    reference = _reference(value)
    if reference is not None:
        return link_of(reference) or value
    if isinstance(value, Mapping):
        return {key: _with_links(entry, link_of) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_with_links(entry, link_of) for entry in value]
    return value
