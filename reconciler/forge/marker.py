"""The hidden first line of a plan's comment, and which of a pull request's comments is ours. Pure."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconciler.web import fields

_FIRST_LINE = re.compile(r"<!-- reconciler-plan: (?P<facts>\{.*\}) -->")
#: A longer first line is no marker of ours.
_LONGEST_LINE = 4096
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")


@dataclass(frozen=True, slots=True)
class Marker:
    """What a comment says of the plan that it shows.

    Attributes:
        key: tells the plans of one pull request apart; the comment is matched by it.
        plan: the plan's digest, `sha256:` and 64 hex digits.
        commit: that was planned; None where it does not say.
        valid_at: when the plan was made; aware, UTC.
    """

    key: str
    plan: str
    commit: str | None
    valid_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment of a pull request; `author` is a login, "" where the account is gone."""

    comment_id: int
    author: str
    body: str


class Write(StrEnum):
    """What has to be done to a pull request so that it shows a body."""

    CREATE = "create"
    UPDATE = "update"
    NOTHING_NEWER = "a newer plan is there"
    NOTHING_EQUAL = "the same text is there"


@dataclass(frozen=True, slots=True)
class Choice:
    """What to write, and where.

    Attributes:
        comment: the one to update or to leave as it is; None: there is none yet.
        duplicates: further comments of ours with the same key, left alone.
    """

    write: Write
    comment: Comment | None = None
    duplicates: int = 0


def marker_of(body: str) -> Marker | None:
    """The marker on the first line of a body; None where there is none that this version can read.

    A marker anywhere else, quoted for instance, is none.
    """
    line = normalised(body).partition("\n")[0].rstrip()
    match = _FIRST_LINE.fullmatch(line) if len(line) <= _LONGEST_LINE else None
    if match is None:
        return None
    try:
        facts = fields.mapping(fields.parse(match["facts"].encode("utf-8", "replace")))
        return _marker(facts["v"], facts["key"], facts["plan"], facts.get("commit"), facts["valid_at"])
    except (fields.Unreadable, KeyError):
        return None


def normalised(body: str) -> str:
    """The text as it is compared: GitHub changes line endings, and cuts off white space at both ends."""
    return body.replace("\r\n", "\n").replace("\r", "\n").strip()


def ours(comments: Sequence[Comment], author: str) -> list[tuple[Comment, Marker]]:
    """The comments that this author wrote with a marker, the oldest first. Logins do not tell cases apart."""
    written = [comment for comment in comments if comment.author.lower() == author.lower()]
    marked = [(comment, marker_of(comment.body)) for comment in sorted(written, key=lambda one: one.comment_id)]
    return [(comment, marker) for comment, marker in marked if marker is not None]


def choose(comments: Sequence[Comment], author: str, body: str) -> Choice:
    """What has to be written so that the pull request shows `body` once, and never over a newer plan.

    Of several comments with one key, which runs that raced have left, the oldest is kept up to date.

    Raises:
        ValueError: the body has no marker.
    """
    marker = marker_of(body)
    if marker is None:
        raise ValueError(body[:100])
    found = [(comment, other) for comment, other in ours(comments, author) if other.key == marker.key]
    if not found:
        return Choice(Write.CREATE)
    oldest, duplicates = found[0][0], len(found) - 1
    if any(other.valid_at > marker.valid_at for _, other in found):
        return Choice(Write.NOTHING_NEWER, oldest, duplicates)
    if normalised(oldest.body) == normalised(body):
        return Choice(Write.NOTHING_EQUAL, oldest, duplicates)
    return Choice(Write.UPDATE, oldest, duplicates)


def _marker(version: object, key: object, plan: object, commit: object, valid_at: object) -> Marker | None:
    if version != 1 or isinstance(version, bool) or not isinstance(key, str) or not isinstance(plan, str):
        return None
    if not key or not _DIGEST.fullmatch(plan):
        return None
    known = isinstance(commit, str) and _COMMIT.fullmatch(commit)
    return Marker(key, plan, str(commit) if known else None, fields.timestamp(valid_at))
