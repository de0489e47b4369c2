"""How manifest problems speak: values shortened and made harmless, fields as dotted paths, the nearest known word."""

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reconciler.model.output import Json

SHOWN_CHARACTERS = 60
_LISTED_WORDS = 12
_LONGEST_WORD = 64
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN_TEXT = re.compile(r"[A-Za-z/$][A-Za-z0-9_/.${}-]*")
_NOT_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a value, before anyone knows where it stands; worded as in `Problem`."""

    message: str
    hint: str = ""


def printable(text: str) -> str:
    """`text` with control, bidirectional and other unprintable characters written as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def shortened(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """`text` made printable, at most `limit` characters long, with `…` where something was left out."""
    safe = printable(text[: limit + 1])
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"


def shown(value: Json) -> str:
    """A value as a problem quotes it: at most 62 printable characters; collections by their kind only."""
    if value is None:
        return "empty"
    if isinstance(value, str):
        return f'"{shortened(value)}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return shortened(repr(value))
    return "a list" if isinstance(value, Sequence) else "a mapping"


def flow(value: Json) -> str:
    """A value as one line of YAML, for examples."""
    if isinstance(value, str):
        plain = _PLAIN_TEXT.fullmatch(value) and value.lower() not in _NOT_TEXT
        return value if plain else json.dumps(value, ensure_ascii=False)
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, Sequence):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"


def listed(words: Iterable[str], *, joint: str = "and") -> str:
    """`a, b and c`, cut after a dozen words."""
    every = [shortened(word) for word in words]
    if len(every) > _LISTED_WORDS:
        return f"{', '.join(every[:_LISTED_WORDS])} and {len(every) - _LISTED_WORDS} more"
    return f" {joint} ".join([", ".join(every[:-1]), every[-1]]) if len(every) > 1 else "".join(every)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant; None without a likely one."""
    if len(word) > _LONGEST_WORD:
        return None
    folded = {option.lower().replace("_", ""): option for option in known}
    close = difflib.get_close_matches(word.lower().replace("_", "").replace("-", ""), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def proposal(word: str, known: Sequence[str], *, what: str) -> str:
    """The hint for a word that is not known: the nearest one, or what there is."""
    meant = nearest(word, known)
    return f'Did you mean "{meant}"?' if meant else f"{what}: {listed(known)}"


def dotted(path: Iterable[str | int]) -> str:
    """A field's path as people write it: `spec.inputs.items[0]`; unusual keys in quotes."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif _PLAIN_KEY.fullmatch(step) and len(step) <= SHOWN_CHARACTERS:
            parts.append(f".{step}" if parts else step)
        else:
            parts.append(f'["{shortened(step)}"]')
    return "".join(parts)
