"""CQL2 filters: reading them, and what they imply about columns of the database.

The cql2 library reads and evaluates. Whether what it has read is a filter, `cql_grammar` says: the library's own check
takes 35 ms for a small filter, and minutes for a few comparisons inside each other.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import cql2

from reconciler.sandbox.searching.cql_grammar import is_filter, is_geometry

#: Deeper documents, and texts with more words that may nest, are refused: the library's recursion has no limit.
MAX_DEPTH, MAX_NESTING_WORDS = 64, 200
_NESTING_WORD = re.compile(r"[(=<>]|-(?!\d)|\b(?:not|between|like|in|is)\b", re.IGNORECASE)
#: Properties that are columns of the table of items.
_COLUMNS = {"id": "id", "collection": "collection_id", "job_id": "job_id", "up42-system:job_id": "job_id"}


def read(document: Any) -> cql2.Expr:
    """A filter in CQL2 JSON, ready to be matched.

    Raises:
        ValueError: it is no CQL2 JSON, or nested deeper than MAX_DEPTH.
    """
    if _is_too_deep(document):
        raise ValueError("too deep")
    expression = _expression(cql2.Expr, document)
    if not is_filter(expression.to_json()):  # as the library writes it: moments with an offset in UTC
        raise ValueError("no CQL2 JSON")
    return expression


def from_cql_text(text: str) -> Any:
    """A filter in CQL2 text as CQL2 JSON.

    Raises:
        ValueError: it is no CQL2 text, or may nest deeper than the library's parser bears.
    """
    if len(_NESTING_WORD.findall(text)) > MAX_NESTING_WORDS:
        raise ValueError("too long a CQL2 text")
    return _expression(cql2.parse_text, text).to_json()


def intersects(geometry: Any) -> cql2.Expr:
    """A test of items against one GeoJSON geometry.

    Raises:
        ValueError: it is no geometry.
    """
    if not is_geometry(geometry):
        raise ValueError("no GeoJSON geometry")
    return _expression(cql2.Expr, {"op": "s_intersects", "args": [{"property": "geometry"}, geometry]})


def holds(test: cql2.Expr, item: dict[str, Any]) -> bool:
    """Whether an item matches; a property that it does not have, or a comparison of unlike kinds, is no match."""
    try:
        return bool(test.matches(item))
    except Exception:  # noqa: BLE001 - cql2 raises bare Exception where nothing can be said
        return False


def implied(document: Any) -> Iterator[tuple[str, list[str]]]:
    """Columns of the table of items, each with texts of which every match has one.

    They come from `=` and `in` at the top of a filter, or inside an `and` there.
    """
    match document:
        case {"op": "and", "args": list(parts)}:
            for part in parts:
                yield from implied(part)
        case {"op": "=", "args": [{"property": str(name)}, str(text)]} if name in _COLUMNS:
            yield _COLUMNS[name], [text]
        case {"op": "=", "args": [str(text), {"property": str(name)}]} if name in _COLUMNS:
            yield _COLUMNS[name], [text]
        case {"op": "in", "args": [{"property": str(name)}, list(texts)]} if name in _COLUMNS:
            if all(isinstance(text, str) for text in texts):
                yield _COLUMNS[name], texts


def _expression(make: Callable[[Any], cql2.Expr], source: Any) -> cql2.Expr:
    try:
        return make(source)
    except Exception as error:  # what cql2 raises has no common class below Exception
        raise ValueError("no CQL2") from error


def _is_too_deep(document: Any) -> bool:
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for value in level
            for inner in (value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
        ]
        if not level:
            return False
    return True
