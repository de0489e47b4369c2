"""JSON from outside, read with its types: what breaks a rule is a ValueError of one clause, never another error."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from reconciler.model.output import Json

#: Deeper than any document of ours; far below what recursion can take.
MAX_DEPTH = 64
#: Larger numbers are no credits, lines or counts.
_MAX_INTEGER = 2**63


def parse(data: bytes) -> Json:
    """The value that the bytes hold.

    Raises:
        ValueError: they are not UTF-8, not JSON, nest deeper than MAX_DEPTH, give a name twice in one object, or hold
            a number that is none (NaN, 1e999) or too long.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError("it is not UTF-8") from error
    try:
        value: Json = json.loads(text, object_pairs_hook=_unique, parse_constant=_number, parse_float=_number)
    except _NotOurs:
        raise
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not JSON, or nests too deeply") from error
    if not _is_shallow(value):
        raise ValueError(f"it nests deeper than {MAX_DEPTH} levels")
    return value


class Fields:
    """A JSON object; each method reads one field by name and raises ValueError where it is not as the method says.

    Attributes:
        where: the object's path in the document, "" for the document itself.
    """

    def __init__(self, found: Any, where: str = "") -> None:
        if not isinstance(found, Mapping):
            raise ValueError(f"{where or 'it'} is not an object")  # noqa: TRY004 - what was read is wrong, not the caller
        self.found: Mapping[str, Any] = found
        self.where = where

    def path(self, name: str) -> str:
        """The field's path in the document."""
        return f"{self.where}.{name}" if self.where else name

    def wrong(self, name: str, right: str) -> ValueError:
        """What to raise for a field that is missing or not `right`."""
        return ValueError(f"{self.path(name)} is {'not ' + right if name in self.found else 'missing'}")

    def is_null(self, name: str) -> bool:
        """Whether the field is there and null."""
        if name not in self.found:
            raise self.wrong(name, "there")
        return self.found[name] is None

    def text(self, name: str) -> str:
        """A text."""
        value = self.found.get(name)
        if not isinstance(value, str):
            raise self.wrong(name, "a text")
        return value

    def text_or_none(self, name: str) -> str | None:
        """A text or null."""
        return None if self.is_null(name) else self.text(name)

    def integer(self, name: str, *, minimum: int | None = None) -> int:
        """A whole number of at most 63 bits, not less than `minimum`."""
        value = self.found.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= _MAX_INTEGER:
            raise self.wrong(name, "a whole number")
        if minimum is not None and value < minimum:
            raise self.wrong(name, f"a whole number from {minimum}")
        return value

    def integer_or_none(self, name: str, *, minimum: int | None = None) -> int | None:
        """As `integer`, or null."""
        return None if self.is_null(name) else self.integer(name, minimum=minimum)

    def number_or_none(self, name: str) -> float | None:
        """A finite number or null."""
        if self.is_null(name):
            return None
        value = self.found[name]
        if isinstance(value, float) and math.isfinite(value):
            return value
        if isinstance(value, float):
            raise self.wrong(name, "a finite number")
        return self.integer(name)

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self.found.get(name)
        if not isinstance(value, bool):
            raise self.wrong(name, "true or false")
        return value

    def moment(self, name: str) -> datetime:
        """An aware time, in UTC."""
        try:
            value = datetime.fromisoformat(self.text(name))
            if value.tzinfo is not None:
                return value.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise self.wrong(name, "a time") from error
        raise self.wrong(name, "a time with a zone")

    def moment_or_none(self, name: str) -> datetime | None:
        """As `moment`, or null."""
        return None if self.is_null(name) else self.moment(name)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self.found.get(name)
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self.wrong(name, "a list of texts")
        return tuple(value)

    def texts_or_none(self, name: str) -> tuple[str, ...] | None:
        """As `texts`, or null."""
        return None if self.is_null(name) else self.texts(name)

    def labels(self, name: str) -> Mapping[str, str]:
        """An object whose values are texts."""
        value = self.child(name).found
        if not all(isinstance(entry, str) for entry in value.values()):
            raise self.wrong(name, "an object of texts")
        return value

    def child(self, name: str) -> "Fields":
        """An object."""
        if name not in self.found:
            raise self.wrong(name, "there")
        return Fields(self.found[name], self.path(name))

    def child_or_none(self, name: str) -> "Fields | None":
        """An object or null."""
        return None if self.is_null(name) else self.child(name)

    def children(self, name: str) -> "list[Fields]":
        """A list of objects."""
        value = self.found.get(name)
        if not isinstance(value, list):
            raise self.wrong(name, "a list")
        return [Fields(entry, f"{self.path(name)}[{index}]") for index, entry in enumerate(value)]


class _NotOurs(ValueError):
    """JSON that Python reads and that we refuse."""


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _NotOurs("it gives a name twice in one object")
    return found


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _NotOurs("it holds a number that is not finite")
    return number


def _is_shallow(value: Json) -> bool:
    level: list[Json] = [value]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return True
    return False


def _children(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
