"""Where something stands in a manifest, and what is wrong with it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file; `line` and `column` count from 1, as editors do."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong in a manifest.

    `field` is the dotted path of the field (`spec.retry.attempts`, `metadata.name`), "" for the document itself.
    `message` says what is wrong, `hint` what would be right ("" where the message says it already).
    """

    position: Position
    field: str
    message: str
    hint: str = ""
