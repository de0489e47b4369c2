"""How `${…}` is written: templates to texts and expressions."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

#: A template of a set is filled in again and again; a long one is not worth the memory.
_LONGEST_REMEMBERED_CHARACTERS = 4096
_TOKEN = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")


@dataclass(frozen=True, slots=True)
class Expression:
    """What stands between `${` and `}`, without spaces around it."""

    text: str

    @property
    def namespace(self) -> str:
        """What stands before the first dot."""
        return self.text.partition(".")[0]


class Escape:
    """`$${`: the text `${`."""


class Unclosed:
    """`${` without its `}`."""


Piece: TypeAlias = str | Expression | Escape | Unclosed
_ESCAPE, _UNCLOSED = Escape(), Unclosed()


def fill_variables(template: str, variables: Mapping[str, str]) -> str:
    """The same template with its variables filled in as text; variables that do not exist stay."""

    def left(piece: Piece) -> str:
        if isinstance(piece, Expression):
            value = variables.get(piece.text.removeprefix("var.")) if piece.namespace == "var" else None
            return f"${{{piece.text}}}" if value is None else value.replace("${", "$${")
        return piece if isinstance(piece, str) else "$${" if isinstance(piece, Escape) else "${"

    return "".join(map(left, parsed(template))) if "${" in template else template


def expressions(template: str) -> Iterator[Expression]:
    """Every expression of a template, in order."""
    return (piece for piece in parsed(template) if isinstance(piece, Expression))


def parsed(template: str) -> tuple[Piece, ...]:
    """A template's texts and expressions in order, without empty texts."""
    return _remembered(template) if len(template) <= _LONGEST_REMEMBERED_CHARACTERS else _parsed(template)


def _parsed(template: str) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    end = 0
    for token in _TOKEN.finditer(template):
        pieces.append(template[end : token.start()])
        end = token.end()
        if token[1] is not None:
            pieces.append(Expression(token[1].strip()))
        else:
            pieces.append(_UNCLOSED if token[0] == "${" else _ESCAPE)
    pieces.append(template[end:])
    return tuple(piece for piece in pieces if piece != "")


_remembered = lru_cache(maxsize=1024)(_parsed)
