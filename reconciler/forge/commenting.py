"""Putting a plan on a pull request: one comment for each key, kept up to date, never written blindly."""

from dataclasses import dataclass

from reconciler.errors import ServiceError, UsageError
from reconciler.forge.answers import Reply
from reconciler.forge.github import GitHub, succeeded
from reconciler.forge.marker import Choice, Write, choose, marker_of

#: Who writes with the token that a workflow run is given.
WORKFLOW_AUTHOR = "github-actions[bot]"


@dataclass(frozen=True, slots=True)
class Put:
    """What became of a comment.

    Attributes:
        write: what was done in the end, or why nothing had to be.
        duplicates: further comments of ours with the same key, left alone.
    """

    write: Write
    duplicates: int = 0


@dataclass(frozen=True, slots=True)
class _Tried:
    """One look, and what was sent after it; None: nothing had to be."""

    choice: Choice
    reply: Reply | None = None

    @property
    def passing(self) -> bool:
        return self.reply is not None and self.reply.passing

    @property
    def retry_after_s(self) -> float | None:
        return None if self.reply is None else self.reply.retry_after_s


async def author_of(github: GitHub, asked: str | None) -> str:
    """Whose comments are ours: who was named, else whoever the token is for, else the workflow's own bot."""
    return asked or await github.login() or WORKFLOW_AUTHOR


async def put(github: GitHub, number: int, body: str, author: str) -> Put:
    """Let a pull request show `body` in one comment of this author, whatever was there.

    Nothing is sent twice without a look in between: after a create whose answer was lost, or was a fault of GitHub,
    the comments are listed again, and it is created anew only where it is not among them.

    Raises:
        UsageError: the body has no marker.
        ServiceError: as `GitHub`, still after five tries.
    """
    check_marked(body)
    sent: list[Write] = []

    async def look_and_write() -> _Tried:
        choice = choose(await github.comments(number), author, body)
        if choice.write is Write.CREATE:
            sent.append(choice.write)
            return _Tried(choice, await github.create_comment(number, body))
        if choice.write is Write.UPDATE and choice.comment is not None:
            sent.append(choice.write)
            return _Tried(choice, await github.update_comment(choice.comment.comment_id, body))
        return _Tried(choice)

    tried = await github.retries.run(look_and_write, final=_is_about_looking)
    if tried.reply is not None:
        succeeded(tried.reply)
    found_ours = tried.choice.write is Write.NOTHING_EQUAL and bool(sent)
    return Put(sent[-1] if found_ours else tried.choice.write, tried.choice.duplicates)


def check_marked(body: str) -> None:
    """Refuse a body that no later run would find again.

    Raises:
        UsageError: its first line is no marker.
    """
    if marker_of(body) is None:
        raise UsageError(
            "The comment's first line is not the marker of a plan.",
            hint="Make it with reconciler plan --format markdown, and change nothing in front of it.",
        )


def _is_about_looking(error: ServiceError) -> bool:
    """Listing has its own retries: the two must not multiply."""
    return error.method == "GET"
