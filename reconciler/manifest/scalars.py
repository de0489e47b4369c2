"""What a YAML scalar means: the core schema of YAML 1.2 (section 10.3.2), where `yes`, `12:30` and dates are text."""

import math
import re
from typing import TypeAlias

from reconciler.manifest.wording import Fault, shown

Value: TypeAlias = str | int | float | bool | None

#: Numbers are at most this long: below what a float holds (even in hexadecimal), and what Python agrees to print.
LONGEST_NUMBER_CHARACTERS = 250
_PREFIX = "tag:yaml.org,2002:"
_MAY_MEAN_MORE = frozenset("-+.0123456789nNtTfF~")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WANTED = {"null": "empty", "bool": "true or false", "int": "a whole number", "float": "a number"}


def resolve(text: str, *, plain: bool, tag: str | None) -> Value | Fault:
    """The value of a scalar.

    Args:
        text: as written, quotes aside.
        plain: it stands without quotes.
        tag: an explicit tag in its long form, `!` for "not specific", None without one.

    Returns:
        The value, or what is wrong: an infinite number, one that is too long, a tag outside the core schema or
        one that does not fit the text.
    """
    if tag is None:
        return _by_form(text) if plain else text
    name = tag.removeprefix(_PREFIX)
    if tag == "!" or tag == _PREFIX + "str":
        return text
    if not tag.startswith(_PREFIX) or name not in _WANTED:
        return unknown_tag(tag)
    value = _by_form(text)
    if isinstance(value, Fault):
        return value
    return _fits(value, name) if _is_a(value, name) else Fault(f"is {shown(text)}, but its tag says {_WANTED[name]}")


def collection_fault(tag: str | None, *, core: str) -> Fault | None:
    """What is wrong with the tag of a collection whose own core tag is `map` or `seq`; None when all is well."""
    return None if tag in (None, "!", _PREFIX + core) else unknown_tag(tag or "")


def unknown_tag(tag: str) -> Fault:
    """The fault of a tag outside the core schema."""
    written = "!!" + tag.removeprefix(_PREFIX) if tag.startswith(_PREFIX) else tag
    return Fault(f"carries the tag {shown(written)}, which means nothing here", "Leave the tag out")


def _by_form(text: str) -> Value | Fault:
    if text and text[0] not in _MAY_MEAN_MORE:
        return text
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    return _number(text)


def _number(text: str) -> Value | Fault:
    if _NO_NUMBER.fullmatch(text):
        return Fault(f"is {shown(text)}, which JSON cannot say", "Write a finite number, or quotes if it is text")
    prefixed = _OCTAL.fullmatch(text) or _HEXADECIMAL.fullmatch(text)
    if not (prefixed or _FLOAT.fullmatch(text)):
        return text
    if len(text) > LONGEST_NUMBER_CHARACTERS:
        return Fault(f"is a number of {len(text):,} characters, which is too long", "Put it in quotes if it is text")
    if prefixed:
        return int(text, 0)
    if _INTEGER.fullmatch(text):
        return int(text)
    number = float(text)
    if math.isinf(number):
        return Fault(f"is {shown(text)}, which is too large for a number", "Put it in quotes if it is text")
    return number


def _is_a(value: Value, name: str) -> bool:
    if name == "null":
        return value is None
    if name == "bool":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    return isinstance(value, int if name == "int" else int | float)


def _fits(value: Value, name: str) -> Value:
    return float(value) if name == "float" and isinstance(value, int) else value
