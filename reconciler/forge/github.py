"""GitHub's REST API, as far as a plan's comment needs it: one method for each endpoint, all through one door.

The token goes to the API's own host, over TLS or to this machine, and nowhere else: not to a redirect (none is
followed), not to a next page elsewhere.
"""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.errors import Forbidden
from reconciler.forge.answers import Reply, failure, next_path
from reconciler.forge.marker import Comment
from reconciler.web import fields
from reconciler.web.exchange import Answer, Request
from reconciler.web.network import Network
from reconciler.web.retrying import Retries

#: How many times a request is sent at most, and seconds before the second time; doubled from there.
ATTEMPTS, FIRST_WAIT_S = 5, 1.0
#: Pages of a hundred that are read at most; longer listings are taken for endless.
MOST_PAGES = 100

_READ, _WRITE, _ACTIONS = "pull-requests: read", "pull-requests: write", "actions: read"
_API_VERSION = "2022-11-28"


@dataclass(frozen=True, slots=True)
class Target:
    """One repository at one API, and who asks. `api_url` and `repository` are checked (forge.workflow_run)."""

    api_url: str
    repository: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request, as far as anybody needs it; a commit is None where it is not said."""

    number: int
    head_commit: str | None
    merge_commit: str | None
    merged: bool


class GitHub:
    """The endpoints. What only reads is tried again for what passes, and raises as said here.

    Raises:
        Forbidden: the token is not accepted, or not for this (401, 403, and 404, which GitHub answers for both).
        TooManyRequests, ServerFault: still after five tries.
        AnswerError: another error status.
        NotSent, AnswerLost: there was no connection, or no whole answer.
        UnexpectedAnswer: a redirect, or an answer that is not as documented.
    """

    def __init__(self, network: Network, target: Target, retries: Retries) -> None:
        self.retries = retries
        self._network = network
        self._target = target

    async def comments(self, number: int) -> list[Comment]:
        """All comments of a pull request, each once, whoever wrote them."""
        found: dict[int, Comment] = {}
        async for answer, value in self._pages(f"/issues/{number}/comments?per_page=100", _READ):
            for entry in _entries(answer, value):
                comment_id = entry.get("id")
                if isinstance(comment_id, int):
                    author = fields.text(fields.mapping(entry.get("user")).get("login"))
                    found[comment_id] = Comment(comment_id, author or "", fields.text(entry.get("body")) or "")
        return list(found.values())

    async def create_comment(self, number: int, body: str) -> Reply:
        """Send a new comment, once; the reply may be a refusal.

        Raises:
            AnswerLost: it may have been created.
            NotSent: it was not.
        """
        return await self._write("POST", f"/issues/{number}/comments", body)

    async def update_comment(self, comment_id: int, body: str) -> Reply:
        """Send a comment's new text, once; the reply may be a refusal.

        Raises:
            AnswerLost, NotSent: no whole answer came.
        """
        return await self._write("PATCH", f"/issues/comments/{comment_id}", body)

    async def login(self) -> str | None:
        """The login of whoever the token is for; None for the token of an installation, which may not ask."""
        try:
            answer = await self._get(f"{self._target.api_url}/user", _READ)
        except Forbidden as error:
            if error.status == 401:
                raise
            return None
        return fields.text(_mapping(answer).get("login"))

    async def pull_request(self, number: int) -> PullRequest:
        """One pull request."""
        answer = await self._get(self._url(f"/pulls/{number}"), _READ)
        found = _pull_request(_mapping(answer))
        if found is None:
            raise answer.unexpected("It is no pull request.")
        return found

    async def pull_requests_of(self, commit: str) -> list[PullRequest]:
        """The pull requests that a commit belongs to, merged or not."""
        found: list[PullRequest] = []
        async for answer, value in self._pages(f"/commits/{commit}/pulls?per_page=100", _READ):
            read = (_pull_request(entry) for entry in _entries(answer, value))
            found.extend(one for one in read if one is not None)
        return found

    async def run_with_artifact(self, name: str) -> int | None:
        """The id of the latest workflow run of this repository that keeps an artifact of this name; None: none does."""
        answer = await self._get(self._url(f"/actions/artifacts?name={name}&per_page=100"), _ACTIONS)
        runs = [
            fields.mapping(entry.get("workflow_run")).get("id")
            for entry in _entries(answer, _mapping(answer).get("artifacts"))
            if entry.get("name") == name and entry.get("expired") is False
        ]
        return max((run for run in runs if isinstance(run, int)), default=None)

    async def _pages(self, path: str, permission: str) -> AsyncIterator[tuple[Answer, Any]]:
        url, seen = self._url(path), set[str]()
        while True:
            answer = await self._get(url, permission)
            yield answer, answer.json()
            following = next_path(self._target.api_url, answer)
            if following is None:
                return
            seen.add(url)
            url = self._target.api_url + following
            if url in seen or len(seen) >= MOST_PAGES:
                raise answer.unexpected("Its pages have no end.")

    async def _get(self, url: str, permission: str) -> Answer:
        request = Request("GET", url, self._headers())

        async def ask() -> Reply:
            return Reply(await self._network.fetch(request))

        reply = await self.retries.run(ask, final=lambda _: False)
        return succeeded(reply, permission)

    async def _write(self, method: str, path: str, body: str) -> Reply:
        content = json.dumps({"body": body}).encode()
        headers = {**self._headers(), "Content-Type": "application/json"}
        # A connection of its own: one that died while it was idle would leave the outcome unknown for nothing.
        return Reply(await self._network.fetch(Request(method, self._url(path), headers, content, fresh=True)))

    def _url(self, path: str) -> str:
        return f"{self._target.api_url}/repos/{self._target.repository}{path}"

    def _headers(self) -> dict[str, str]:
        return {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": _API_VERSION,
            "Authorization": f"Bearer {self._target.token}",
        }


def succeeded(reply: Reply, permission: str = _WRITE) -> Answer:
    """The 2xx answer of a reply.

    Raises:
        ServiceError: it is another one.
    """
    if not 200 <= reply.answer.status < 300:
        raise failure(reply, permission=permission)
    return reply.answer


def _mapping(answer: Answer) -> Mapping[str, Any]:
    value = answer.json()
    with answer.readable():
        return fields.required_mapping(value, "The answer")


def _entries(answer: Answer, value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, list):
        raise answer.unexpected("It is no list.")
    return [entry for entry in value if isinstance(entry, Mapping)]


def _pull_request(value: Mapping[str, Any]) -> PullRequest | None:
    number = value.get("number")
    if not isinstance(number, int):
        return None
    return PullRequest(
        number,
        fields.text(fields.mapping(value.get("head")).get("sha")),
        fields.text(value.get("merge_commit_sha")),
        fields.text(value.get("merged_at")) is not None,
    )
