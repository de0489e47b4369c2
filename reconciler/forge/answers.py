"""What GitHub's answers mean: limits that pass, refusals in words, the next page. Pure.

Sources: docs.github.com/rest, "Rate limits for the REST API", "Using pagination in the REST API" (version 2022-11-28).
"""

import re
from dataclasses import dataclass
from http import HTTPStatus

from reconciler.errors import AnswerError, Forbidden, ServerFault, ServiceError, TooManyRequests
from reconciler.web import fields
from reconciler.web.exchange import Answer
from reconciler.web.links import own_path

_NEXT_LINK = re.compile(r'<([^<>]*)>\s*;\s*rel="next"')
_DELETED_MEANWHILE = ("PATCH", 404)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as the retry loop sees it."""

    answer: Answer

    @property
    def limited(self) -> bool:
        """Whether a rate limit refused it, the secondary ones included, which GitHub answers with 403, too."""
        headers = self.answer.headers
        asked = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
        return self.answer.status == 429 or (self.answer.status == 403 and asked)

    @property
    def passing(self) -> bool:
        """Whether another try may succeed; one that updates a comment looks for it anew, so a deleted one passes."""
        deleted = (self.answer.request.method, self.answer.status) == _DELETED_MEANWHILE
        return self.limited or self.answer.passing or deleted

    @property
    def retry_after_s(self) -> float | None:
        """Seconds that GitHub asks to wait, by `Retry-After` or until the limit is reset; None where it does not.

        The reset is a time in epoch seconds, measured from the answer's own `Date`: this machine may be wrong.
        """
        if self.answer.retry_after_s is not None or not self.limited:
            return self.answer.retry_after_s
        reset, now = self.answer.headers.get("x-ratelimit-reset", ""), fields.http_date(self.answer.headers.get("date"))
        if now is None or not (reset.isascii() and reset.isdigit() and len(reset) <= 12):
            return None
        return max(float(reset) - now.timestamp(), 0.0)


def failure(reply: Reply, *, permission: str) -> ServiceError:
    """The error for an answer whose status is not 2xx.

    Args:
        reply: the answer.
        permission: what the token needs for the request, as workflows write it (`pull-requests: write`).
    """
    answer = reply.answer
    status, method, url, body = answer.status, answer.request.method, answer.url, answer.shown_body()
    if status < 400:
        return answer.unexpected("It is a redirect, which is not followed; was the repository renamed?")
    said = _explanation(answer)
    message = f"GitHub answered {_name(status)} to {method} {url}{': ' + said if said else ''}."
    if reply.limited:
        hint = "Run it again later."
        limited = TooManyRequests(message, method=method, url=url, status=status, body=body, retryable=True, hint=hint)
        limited.retry_after_s = reply.retry_after_s
        return limited
    if status in {401, 403, 404}:
        return Forbidden(message, method=method, url=url, status=status, body=body, hint=_what_is_missing(permission))
    if status >= 500:
        hint = "GitHub has a problem: run it again later."
        return ServerFault(message, method=method, url=url, status=status, body=body, retryable=True, hint=hint)
    hint = "Cut the text: reconciler plan --format markdown stays below the limit." if "too long" in said else ""
    return AnswerError(message, method=method, url=url, status=status, body=body, hint=hint)


def next_path(api_url: str, answer: Answer) -> str | None:
    """Path and query of the next page; None after the last.

    Raises:
        UnexpectedAnswer: the next page is at another host, where the token must not go.
    """
    match = _NEXT_LINK.search(answer.headers.get("link", ""))
    if match is None:
        return None
    path = own_path(api_url, match[1])
    if path is None:
        raise answer.unexpected("Its next page is at another host.")
    return path


def _what_is_missing(permission: str) -> str:
    return (
        f"The token needs `{permission}` in this repository (in a workflow: permissions); "
        "the workflow of a fork's pull request never has it."
    )


def _explanation(answer: Answer) -> str:
    """GitHub's own words, without a full stop; "" where it gave none."""
    try:
        value = fields.mapping(fields.parse(answer.clean_body))
    except fields.Unreadable:
        return ""
    details = (fields.text(fields.mapping(one).get("message")) for one in fields.listing(value.get("errors")))
    words = [fields.text(value.get("message")), *details]
    return fields.plain("; ".join(word.rstrip(". ") for word in words if word))


def _name(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
