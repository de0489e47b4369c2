"""A search whose fields stand in the query of a GET: the body that a POST would have (STAC API - Item Search).

The service documents POST only (up42-api.md section 8.4), so all of this is an addition. `filter` is CQL2 text unless
`filter-lang` says otherwise, as the STAC filter extension has it.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from reconciler.sandbox.errors import basic_error
from reconciler.sandbox.searching import cql

_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)


def search_body(query: Mapping[str, str]) -> dict[str, Any]:
    """The body of the same search; unknown parameters are passed over.

    Raises:
        HttpError: 400, with one sentence about the first parameter that cannot be read.
    """
    body = {}
    for name, read in _READERS.items():
        if name not in query:
            continue
        try:
            body[name] = read(query[name])
        except (ValueError, RecursionError) as error:
            raise basic_error(400, f"{name} cannot be read.") from error
    if "filter" in query:
        body["filter"] = _filter(query["filter"], query.get("filter-lang", "cql2-text"))
    return body


def next_query(query: Mapping[str, str], page: int) -> dict[str, str]:
    """The parameters that ask for another page of the same search."""
    known = {name: text for name, text in query.items() if name in _READERS or name in {"filter", "filter-lang"}}
    return {**known, "page": str(page)}


def _filter(text: str, language: str) -> Any:
    try:
        match language:
            case "cql2-text":
                return cql.from_cql_text(text)
            case "cql2-json":
                return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise basic_error(400, f"filter is not valid {language}.") from error
    raise basic_error(400, "filter-lang can only be cql2-text or cql2-json.")


def _texts(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def _numbers(text: str) -> list[float]:
    return [float(word) for word in text.split(",")]


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _sortby(text: str) -> list[dict[str, str]]:
    """`+` is ascending, as nothing is; unquoted in a URL it arrives as a space."""
    words = _texts(text)
    return [{"field": word.lstrip("+- "), "direction": "desc" if word.startswith("-") else "asc"} for word in words]


_READERS: Mapping[str, Callable[[str], Any]] = {
    "collections": _texts,
    "ids": _texts,
    "datetime": str,
    "sortby": _sortby,
    "limit": _whole,
    "page": _whole,
    "bbox": _numbers,
    "intersects": json.loads,
}
