"""What goes out and what comes back, as values. Pure."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from reconciler.errors import UnexpectedAnswer
from reconciler.web import fields
from reconciler.web.backoff import read_retry_after_s
from reconciler.web.links import without_query

#: Statuses after which the same request may succeed later.
PASSING = frozenset({429, 500, 502, 503, 504})
#: How much of a body an error keeps, in characters.
BODY_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class Request:
    """What goes out; `url` is absolute. Its text never shows headers, content or query.

    Attributes:
        fresh: over a connection of its own, so that no dead connection of an earlier request can swallow it.
        read_s: seconds between two pieces of the answer; None: as configured.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)
    fresh: bool = False
    read_s: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status; `body` is decoded from its content encoding."""

    request: Request
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def url(self) -> str:
        """The address without its query."""
        return without_query(self.request.url)

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in PASSING

    @property
    def retry_after_s(self) -> float | None:
        """Seconds that the answer asks to wait; None where it does not."""
        return read_retry_after_s(self.headers.get("retry-after"), self.headers.get("date"))

    @property
    def clean_body(self) -> bytes:
        """The body, without the token that was sent, should it be echoed."""
        token = self.request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        return self.body.replace(token, b"(token)") if token else self.body

    def shown_body(self) -> str:
        """The beginning of the body for people, at most 2,000 characters."""
        shown = self.clean_body[: BODY_LENGTH * 4].decode("utf-8", "replace")
        return "".join(one if one.isprintable() or one in "\n\t" else "?" for one in shown)[:BODY_LENGTH]

    def json(self) -> Any:
        """The value of the body.

        Raises:
            UnexpectedAnswer: it is not JSON.
        """
        with self.readable():
            return fields.parse(self.body)

    @contextmanager
    def readable(self) -> Iterator[None]:
        """Turn `Unreadable` inside the block into an error that says which answer it was.

        Raises:
            UnexpectedAnswer: the block could not read the answer.
        """
        try:
            yield
        except fields.Unreadable as error:
            raise self.unexpected(str(error)) from error

    def unexpected(self, sentence: str) -> UnexpectedAnswer:
        """The error for an answer that is not as documented; `sentence` says what is wrong with it."""
        return UnexpectedAnswer(
            f"The answer to {self.request.method} {self.url} cannot be read: {sentence}",
            method=self.request.method,
            url=self.url,
            status=self.status,
            body=self.shown_body(),
        )
