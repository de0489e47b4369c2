"""Reading single JSON values: tolerant where a field may be odd, strict where it may not. Pure."""

import datetime as dt
import json
import math
import re
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

_TIMESTAMP = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})[Tt ](?P<minute>\d{2}:\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s?(?P<zone>[Zz]|[+-]\d{2}(?::?\d{2})?)?",
    re.ASCII,
)
#: Past this a number is no amount of money, and a float no longer names every whole one.
_MOST_CREDITS = 2**53
#: How many characters of the service's own words an error message repeats.
PLAIN_LENGTH = 200


class Unreadable(ValueError):
    """A value has not the documented shape; the text is one sentence. The session turns it into `UnexpectedAnswer`."""


def parse(body: bytes) -> Any:
    """The JSON value of an answer's body.

    Half surrogate pairs, which JSON may escape but no file or terminal can hold, become `?`.

    Raises:
        Unreadable: it is not UTF-8, not JSON (`NaN` included), or nested too deep.
    """
    try:
        text = body.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_refuse_constant)
        if "\\ud" in text or "\\uD" in text:
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise Unreadable("The answer is not JSON.") from error
    return value


def timestamp(value: Any) -> dt.datetime:
    """An aware UTC time from RFC 3339 text with 0 to 9 fraction digits (up42-api.md section 7.2).

    Digits past the microsecond are cut off. A missing zone is read as UTC, missing seconds as 0, second 60 as 59.

    Raises:
        Unreadable: anything else.
    """
    match = _TIMESTAMP.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Unreadable("A time is not written as RFC 3339 asks.")
    second = min(int(match["second"] or 0), 59)
    fraction = (match["fraction"] or "0").ljust(6, "0")[:6]
    zone = (match["zone"] or "Z").upper().replace(":", "")
    offset = "+0000" if zone == "Z" else zone.ljust(5, "0")
    try:
        read = dt.datetime.strptime(f"{match['date']}T{match['minute']}{offset}", "%Y-%m-%dT%H:%M%z")
        return read.replace(second=second, microsecond=int(fraction)).astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise Unreadable("A time does not exist in the calendar.") from error


def moment(value: Any) -> dt.datetime | None:
    """As `timestamp`, but None for anything that is no time: for fields that nothing depends on."""
    try:
        return timestamp(value)
    except Unreadable:
        return None


def http_date(value: str | None) -> dt.datetime | None:
    """The aware UTC time of a `Date` or `Retry-After` header; None where there is none or it cannot be read."""
    try:
        read = parsedate_to_datetime(value or "")
        return (read if read.tzinfo else read.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def whole_credits(value: Any) -> int | None:
    """Money: a whole number of credits that is not negative, `63.0` included; None (unknown) for anything else."""
    read = number(value)
    if read is None or read < 0 or read >= _MOST_CREDITS or read != int(read):
        return None
    return int(value)


def number(value: Any) -> float | None:
    """A finite number, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        read = float(value)
    except OverflowError:
        return None
    return read if math.isfinite(read) else None


def text(value: Any) -> str | None:
    """A string that is not empty, else None."""
    return value if isinstance(value, str) and value else None


def mapping(value: Any) -> Mapping[str, Any]:
    """A JSON object; anything else, null and absence included, reads as an empty one."""
    return value if isinstance(value, Mapping) else {}


def listing(value: Any) -> Sequence[Any]:
    """A JSON array; anything else, null and absence included, reads as an empty one."""
    return value if isinstance(value, list) else []


def required_mapping(value: Any, what: str) -> Mapping[str, Any]:
    """A JSON object.

    Raises:
        Unreadable: it is something else; the sentence names `what`.
    """
    if not isinstance(value, Mapping):
        raise Unreadable(f"{what} is not a JSON object.")
    return value


def required_text(holder: Mapping[str, Any], key: str, what: str) -> str:
    """The string under `key`, not empty.

    Raises:
        Unreadable: it is missing or something else; the sentence names `what`.
    """
    value = text(holder.get(key))
    if value is None:
        raise Unreadable(f"{what} has no {key}.")
    return value


def plain(words: str, limit: int = PLAIN_LENGTH) -> str:
    """The service's own words, safe inside a sentence: one line, printable characters only, at most `limit`."""
    line = " ".join(words[: limit * 8].split())
    shown = "".join(character if character.isprintable() else "?" for character in line)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _refuse_constant(word: str) -> Any:
    raise ValueError(word)
