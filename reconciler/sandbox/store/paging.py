"""Pages of a listing that goes from new to old, and the tokens that lead between them (up42-api.md section 8.2).

`next:<id>` is the page after a document, `prev:<id>` the one before it. That a token of a document which is gone by now
is refused, not answered by an empty page, is an assumption: an empty page would end a listing early and in silence.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from reconciler.sandbox.errors import basic_error


@dataclass(frozen=True)
class Cursor:
    """Where a page lies: beside the row numbered `seq`, on the older side, or the newer one if `backwards`.

    Without a cursor a page is the first one.
    """

    seq: int
    backwards: bool

    @property
    def condition(self) -> str:
        """In SQL, `seq` being its one value."""
        return "seq > ?" if self.backwards else "seq < ?"


@dataclass(frozen=True)
class Page:
    """Some documents from new to old, and the tokens of the pages beside them; None where there is none."""

    documents: list[dict[str, Any]]
    next_token: str | None
    prev_token: str | None


def cursor_from(token: str | None, seq_of: Callable[[str], int | None]) -> Cursor | None:
    """Read a token; `seq_of` finds the row of an id, None where there is none.

    Raises:
        HttpError: 400 for a token that no page gave.
    """
    if token is None:
        return None
    direction, _, document_id = token.partition(":")
    seq = seq_of(document_id) if direction in {"next", "prev"} else None
    if seq is None:
        raise basic_error(400, "token is not one that a page gave, or what it names is gone.")
    return Cursor(seq, direction == "prev")


def order(cursor: Cursor | None) -> str:
    """The order in SQL in which rows have to come for `page`."""
    return "seq ASC" if cursor is not None and cursor.backwards else "seq DESC"


def page(found: Iterable[dict[str, Any]], cursor: Cursor | None, limit: int) -> Page:
    """The page that begins with the first of what was found; no more than one document beyond it is looked at."""
    some = list(islice(found, limit + 1))
    more, kept = len(some) > limit, some[:limit]
    backwards = cursor is not None and cursor.backwards
    if backwards:
        kept.reverse()
    has_older = backwards or more
    has_newer = more if backwards else cursor is not None
    return Page(
        kept,
        next_token=f"next:{kept[-1]['id']}" if kept and has_older else None,
        prev_token=f"prev:{kept[0]['id']}" if kept and has_newer else None,
    )
