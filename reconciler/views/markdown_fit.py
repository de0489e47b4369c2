"""Markdown that fits a limit: whole rows are left out, from the last section backwards, and counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

_BREAK = "\n\n"


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that may be cut.

    Attributes:
        title: Markdown that is always shown.
        head: the first lines of a table, left out together with the last row; "" where the rows are a list.
        rows: one line each.
        end: what closes the section, "" for nothing.
    """

    title: str
    head: str
    rows: tuple[str, ...]
    end: str = ""


def fit(parts: Sequence[str | Section], limit: int, more: str = "", *, enough: int = 0) -> str:
    """The parts with a blank line between them, as many rows as fit into `limit` UTF-8 bytes, so characters too.

    Every row is whole or left out; a section that was cut says `… 412 more`, followed by `more`. Texts and titles are
    never cut: they have to be short. No section falls below `enough` rows while another one has more than that, so
    that a long one does not hide all that stand behind it.
    """
    drawn = [part if isinstance(part, str) else _draw(part, len(part.rows), more) for part in parts]
    excess = _size(_BREAK.join(drawn)) - limit
    for least in (enough, 0):
        for index in reversed(range(len(parts))):
            part = parts[index]
            if excess <= 0 or isinstance(part, str) or len(part.rows) <= least:
                continue
            before = _size(drawn[index])
            cut = _draw(part, max(least, _rows_within(part, before - excess, more)), more)
            if _size(cut) < before:  # a short row may take less than the words that say it is missing
                drawn[index] = cut
                excess -= before - _size(cut)
    return _BREAK.join(drawn)


def _rows_within(section: Section, limit: int, more: str) -> int:
    """The largest number of rows, but not all, with which the section takes at most `limit` bytes; 0 if none does."""
    frame = _size(_draw(section, 0, more))
    lengths = list(accumulate((_size(row) + 1 for row in section.rows), initial=0))
    digits = len(f"{len(section.rows):,}")
    for kept in range(len(section.rows) - 1, 0, -1):
        # An estimate from below first, so that few candidates have to be drawn.
        if frame + lengths[kept] - digits <= limit and _size(_draw(section, kept, more)) <= limit:
            return kept
    return 0


def _draw(section: Section, kept: int, more: str) -> str:
    blocks = [section.title]
    if kept:
        lines = section.rows[:kept]
        blocks.append("\n".join((section.head, *lines) if section.head else lines))
    if kept < len(section.rows):
        blocks.append(f"… {len(section.rows) - kept:,} more {more}".rstrip())
    if section.end:
        blocks.append(section.end)
    return _BREAK.join(blocks)


def _size(text: str) -> int:
    return len(text.encode("utf-8"))
