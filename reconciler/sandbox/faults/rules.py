"""Rules: which fault happens to which requests, and how often. Pure: the same seed and requests, the same faults."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.faults.kinds import KINDS, REQUESTS, Kind, Option, Value

_SELECTORS = ("request", "containing", "rate", "skip", "count", "nth")


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        kind: the name of the fault.
        request: the only request that it is about, by its door's name; None is all those usual for the fault.
        containing: a text that the path, query or body has to contain; "" is any.
        rate: the share of such requests to which it happens, 0 to 1.
        skip: how many of them pass before; count: to how many it happens at most, None is no limit.
    """

    kind: str
    request: str | None = None
    containing: str = ""
    rate: float = 1.0
    skip: int = 0
    count: int | None = None
    options: Mapping[str, Value] = field(default_factory=dict)

    def is_about(self, request: str, text: str) -> bool:
        """Whether a request counts for it; `text` is its path, query and body."""
        kind = KINDS[self.kind]
        usual = kind.requests if kind.usual is None else kind.usual
        fits = request == self.request if self.request is not None else usual is None or request in usual
        return fits and self.containing in text

    def happens(self, *, key: str, seen: int, happened: int) -> bool:
        """Whether it happens to the request that is the `seen`-th, from 1, that counts for it.

        `key` is the seed and the rule's own number; `happened` is how often it has happened before.
        """
        if seen <= self.skip or (self.count is not None and happened >= self.count):
            return False
        return drawn_share(key, seen) < self.rate

    def document(self) -> dict[str, Any]:
        """As `rule_from` reads it."""
        chosen = {"request": self.request, "containing": self.containing or None, "count": self.count}
        set_ones = {name: value for name, value in chosen.items() if value is not None}
        return {"fault": self.kind, **set_ones, "rate": self.rate, "skip": self.skip, **self.options}


def drawn_share(key: str, *number: int) -> float:
    """A number from 0 to 1, 1 excluded, that depends on nothing but the arguments."""
    digest = hashlib.sha256(":".join((key, *map(str, number))).encode()).digest()
    return int.from_bytes(digest[:6]) / (1 << 48)


def rule_from_text(text: str) -> Rule:
    """Read `FAULT` or `FAULT:name=value,name=value`.

    Raises:
        SandboxError: as `rule_from`, or a part has no name and value.
    """
    kind, _, rest = text.partition(":")
    document: dict[str, Any] = {"fault": kind.strip()}
    for part in filter(None, rest.split(",")):
        name, equals, value = part.partition("=")
        if not equals:
            raise SandboxError(f"{part!r} in the fault {text!r} is not of the form name=value.")
        document[name.strip()] = _plain(value.strip())
    return rule_from(document)


def rule_from(document: Any) -> Rule:
    """Read a rule, its fault's options filled in; `nth` N stands for skip N-1 and count 1.

    Raises:
        SandboxError: an unknown fault, option or request, or a value that makes no sense; the text says what would.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("fault"), str):
        raise SandboxError('A rule is an object with "fault", the name of a fault.')
    kind = KINDS.get(document["fault"])
    if kind is None:
        raise SandboxError(f"There is no fault {document['fault']!r}; there are: {', '.join(KINDS)}.")
    unknown = sorted(set(document) - {"fault", *_SELECTORS, *kind.options})
    if unknown:
        known = ", ".join((*kind.options, *_SELECTORS))
        raise SandboxError(f"The fault {kind.name} has no option {unknown[0]!r}; it has: {known}.")
    options = {name: _option(kind, name, document.get(name, option.default)) for name, option in kind.options.items()}
    skip, count = _whole(document, "skip", 0), _whole(document, "count", None)
    if (nth := _whole(document, "nth", None)) is not None:
        skip, count = max(nth, 1) - 1, 1
    rate = document.get("rate", 1.0)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
        raise SandboxError(f"rate={rate} makes no sense: it is a share from 0 to 1.")
    return Rule(
        kind=kind.name,
        request=_request(kind, document.get("request")),
        containing=str(document.get("containing", "")),
        rate=float(rate),
        skip=skip or 0,
        count=count,
        options=options,
    )


def _request(kind: Kind, name: Any) -> str | None:
    if name is None:
        return None
    possible = REQUESTS if kind.requests is None else kind.requests
    if not isinstance(name, str) or name not in possible:
        raise SandboxError(f"The fault {kind.name} cannot happen to {name!r}, only to: {', '.join(sorted(possible))}.")
    return name


def _option(kind: Kind, name: str, value: Any) -> Value:
    option = kind.options[name]
    if _fits(option, value):
        return type(option.default)(value)
    would = ", ".join(map(str, option.choices)) or type(option.default).__name__
    raise SandboxError(f"{name}={value} of the fault {kind.name} makes no sense; what would: {would}.")


def _fits(option: Option, value: Any) -> bool:
    if option.choices:
        return value in option.choices
    if isinstance(option.default, bool | str):
        return type(value) is type(option.default)
    is_number = isinstance(value, int if isinstance(option.default, int) else int | float)
    return is_number and not isinstance(value, bool) and option.low <= value <= option.high


def _whole(document: Mapping[str, Any], name: str, default: int | None) -> int | None:
    value = document.get(name, default)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 31):
        return value
    raise SandboxError(f"{name}={value} makes no sense: it is a whole number from 0.")


def _plain(text: str) -> Value:
    """A value of the command line: a number or a truth where it reads as one, else text."""
    if text in {"true", "false"}:
        return text == "true"
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text
