"""An answer with an error status → the error that says so. Pure."""

from http import HTTPStatus

from reconciler.errors import (
    AnswerError,
    Forbidden,
    InputsRejected,
    NotFound,
    ServerFault,
    ServiceError,
    TooManyRequests,
)
from reconciler.model.job import InputError
from reconciler.up42 import wire
from reconciler.web import fields
from reconciler.web.exchange import Answer

_HINTS = {
    401: "Check that this account may use this workspace and this process.",
    402: "Check the credit balance and the budget.",
    403: "Check that this account may use this workspace and this process.",
    429: "Wait a little, or lower timing.requestsPerSecond.",
}


def failure(answer: Answer, *, about_inputs: bool = False) -> ServiceError:
    """The error for an answer whose status is not 2xx.

    A redirect is an `UnexpectedAnswer`: the API's are not followed, since the token would travel with them.

    Args:
        answer: the answer.
        about_inputs: the request carried inputs, so that a 400 or 422 means that they were not accepted.
    """
    status, method, url, body = answer.status, answer.request.method, answer.url, answer.shown_body()
    if status < 400:
        return answer.unexpected(f"The status {status} is a redirect or no answer at all, and is not followed.")
    try:
        value = fields.parse(answer.clean_body)
    except fields.Unreadable:
        value = None
    said = wire.explanation(value)
    message = f"UP42 answered {_name(status)} to {method} {url}{': ' + said if said else ''}."
    hint = _HINTS.get(status, "")
    if status in {400, 422} and about_inputs:
        found = wire.reasons(value) or (InputError(_phrase(status), "The service gave no reason."),)
        names = fields.plain(", ".join(dict.fromkeys(reason.name for reason in found)))
        sentence = f"UP42 did not accept the inputs: {names}."
        return InputsRejected(sentence, method=method, url=url, status=status, body=body, errors=found)
    if status in {401, 403}:
        return Forbidden(message, method=method, url=url, status=status, body=body, hint=hint)
    if status == 404:
        return NotFound(message, method=method, url=url, status=status, body=body)
    if status == 429:
        limited = TooManyRequests(message, method=method, url=url, status=status, body=body, retryable=True, hint=hint)
        limited.retry_after_s = answer.retry_after_s
        return limited
    kind = ServerFault if status >= 500 else AnswerError
    hint = "The service has a problem: run it again later." if status >= 500 else hint
    return kind(message, method=method, url=url, status=status, body=body, retryable=answer.passing, hint=hint)


def _name(status: int) -> str:
    return f"{status} {_phrase(status)}".strip()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
