"""Faults inside a JSON answer: a page once more, a page without entries, fields that nobody knows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from reconciler.sandbox.answers import JSONResponse
from reconciler.sandbox.faults.book import Faults

#: Where answers keep their entries.
_LISTS = ("jobs", "collections", "features", "processes", "content")
_AGAIN = "again"


@dataclass(frozen=True)
class Asked:
    """The request behind a page: what its next link has to ask for to get the same page again."""

    method: str
    href: str
    query: Mapping[str, str]
    body: bytes


def changed(answer: Response, faults: Faults, asked: Asked) -> Response:
    """The answer with what happens inside of it; one that is no JSON stays as it is."""
    kinds = [kind for kind in ("duplicate-page", "empty-page", "unknown-fields") if faults.get(kind)]
    if not kinds or not isinstance(answer, JSONResponse) or answer.status_code >= 400:
        return answer
    document = json.loads(bytes(answer.body))
    for kind in kinds:
        match kind:
            case "unknown-fields":
                field = str(faults.by_kind[kind].options["field"])
                _add_field(document, field)
            case "empty-page":
                document = {name: [] if name in _LISTS else value for name, value in document.items()}
                document["links"] = _links(document, asked)
            case _:
                document["links"] = _links(document, asked)
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return JSONResponse(document, answer.status_code, headers, answer.media_type)


def _add_field(document: Any, name: str) -> None:
    """Put the field into the answer, and into each entry of a page."""
    entries = [entry for key in _LISTS for entry in document.get(key, [])]
    for target in [document, *entries]:
        if isinstance(target, dict):
            target[name] = {"since": "a version that nobody knows yet"}


def _links(document: Mapping[str, Any], asked: Asked) -> list[dict[str, Any]]:
    """The links, with the next one leading to the page that was asked for.

    A counter keeps it unlike the request before: to ask for one link twice would be a loop.
    """
    others = [link for link in document["links"] if link["rel"] != "next"]
    if asked.method == "GET":
        before = asked.query.get(_AGAIN, "0")
        times = int(before) + 1 if before.isascii() and before.isdigit() else 1
        query = urlencode({**asked.query, _AGAIN: str(times)}, safe=",:")
        return [*others, {"rel": "next", "href": f"{asked.href}?{query}", "type": "application/json", "method": "GET"}]
    body = json.loads(asked.body or b"{}")
    before = body.get(_AGAIN)
    body[_AGAIN] = before + 1 if isinstance(before, int) else 1
    link = {"rel": "next", "href": asked.href, "type": "application/geo+json", "method": "POST", "merge": False}
    return [*others, {**link, "body": body}]
