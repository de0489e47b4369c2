"""What every JSON document has in common: its version, and how values are written.

Written values are deterministic (fields in one order, free maps sorted by key) and hold no secret: every link has
lost its query and credentials, so no signed URL gets into a document.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

import reconciler
from reconciler.model.output import Json
from reconciler.model.problem import Position, Problem

#: A minor step only adds fields; readers ignore what they do not know and refuse another major number.
FORMAT_VERSION = "1.0"

#: From `://` on: user and password, what may be kept, the query. (Starting at the scheme would take quadratic time.)
_URL_REST = re.compile(r"://(?:[^\s/?#]*@)?(?P<kept>[^\s?#]*)(?:\?[^\s#]*)?")

Document: TypeAlias = dict[str, Json]


def header() -> Document:
    """The first fields of every document."""
    return {"format_version": FORMAT_VERSION, "tool_version": reconciler.__version__}


def document_text(document: Mapping[str, Json]) -> str:
    """The document as text, without a line break at the end.

    Visible ASCII only, so that it is safe on every terminal and in every locale, and without `##`, which CI runners
    read as the start of a command; a JSON reader gets the values unchanged.
    """
    text = json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False)
    return text.replace("\x7f", "\\u007f").replace("##", "#\\u0023")


def time_text(time: datetime | None) -> str | None:
    """RFC 3339 in UTC with a `Z`, microseconds only where there are some; None stays None."""
    return None if time is None else time.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def plain(value: Json) -> Json:
    """The value with sorted maps, links without secrets, and null for numbers that JSON cannot write."""
    if isinstance(value, str):
        return link(value)
    if isinstance(value, Mapping):
        return {str(key): plain(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, Sequence):
        return [plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def link(text: str) -> str:
    """The text with every URL in it reduced to what may be kept: no query, no user name or password."""
    return _URL_REST.sub(r"://\g<kept>", text)


def optional_link(url: str | None) -> str | None:
    """As `link`; None stays None."""
    return None if url is None else link(url)


def source_range(position: Position) -> Document:
    """Where something stands in a manifest; line and column count from 1."""
    return {"filename": position.file, "start": {"line": position.line, "column": position.column}}


def problem_diagnostic(problem: Problem) -> Document:
    """A problem in a manifest, in the shape of Terraform's diagnostics."""
    return {
        "severity": "error",
        "summary": link(problem.message),
        "detail": link(problem.hint),
        "field": problem.field,
        "range": source_range(problem.position),
    }


def note_diagnostic(note: str) -> Document:
    """A sentence that stops nothing."""
    return {"severity": "warning", "summary": link(note), "detail": "", "field": "", "range": None}
