"""The sandbox's own errors: one for people, one for HTTP answers."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any


class SandboxError(Exception):
    """Something that a person can put right; its text is one plain sentence."""


class HttpError(Exception):
    """An answer with an error status, raised by a handler and rendered at the edge.

    Attributes:
        status: the HTTP status.
        body: the JSON document, or text for an XML answer.
        headers: further headers.
    """

    def __init__(self, status: int, body: Mapping[str, Any] | str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def problem(status: int, **facts: Any) -> HttpError:
    """The error shape of `/v2/processing`: `{title, status, ...}` (up42-api.md sections 4 and 11)."""
    return HttpError(status, {"title": HTTPStatus(status).phrase, "status": status, **facts})


def basic_error(status: int, message: str) -> HttpError:
    """The error shape of the other v2 endpoints: `{code, message, details}` (up42-api.md section 11).

    The words that `code` may hold are not documented; the status phrase in capitals is an assumption.
    """
    code = HTTPStatus(status).name
    return HttpError(status, {"code": code, "message": message, "details": None})
