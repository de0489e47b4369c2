"""A server that behaves as GitHub's REST API does where plans meet pull requests, on a real loopback socket."""

import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.serving import Received, Reply, Service

REPOSITORY = "acme/imagery"
PERSON, INSTALLATION = "token-of-ann", "token-of-an-installation"
BOT = "github-actions[bot]"
#: What GitHub refuses a longer body with, in characters.
MOST_CHARACTERS = 65_536


@dataclass
class Store:
    """What the repository holds, each as the API shows it."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    artifacts: list[dict[str, Any]] = field(default_factory=list)

    def comment(self, body: str, author: str | None = BOT, number: int = 7) -> dict[str, Any]:
        user = None if author is None else {"login": author}
        # GitHub stores line endings as forms send them, and cuts off white space at both ends.
        kept = re.sub(r"\r\n|\r|\n", "\r\n", body.strip())
        self.comments.append({"id": 1000 + len(self.comments), "user": user, "body": kept, "issue": number})
        return self.comments[-1]

    def pull(self, number: int = 7, head: str = "a" * 40, merged: str | None = None, trial: str | None = None) -> None:
        """A pull request; `merged` is the commit of its merge, `trial` that of GitHub's trial while it is open."""
        at = None if merged is None else "2024-06-14T13:00:00Z"
        commit = merged or trial
        self.pulls.append({"number": number, "head": {"sha": head}, "merge_commit_sha": commit, "merged_at": at})

    def artifact(self, name: str, run_id: int, *, expired: bool = False) -> None:
        self.artifacts.append({"name": name, "expired": expired, "workflow_run": {"id": run_id}})


class GitHubServer(Service):
    """Answers from its store. `faults` has misdeeds by method, each used once, and what happens beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Store()
        self.faults: dict[str, deque[tuple[Reply, Callable[[Received], object]]]] = {}
        self.permitted = True

    def fault(
        self, method: str, reply: Reply, times: int = 1, *, done: bool = False, meanwhile: Callable[[], object] = bool
    ) -> None:
        """Let the next requests go wrong; `done` all the same, as when only the answer is lost."""
        beside = self._behave if done else lambda _: meanwhile()
        self.faults.setdefault(method, deque()).extend([(reply, beside)] * times)

    @property
    def writes(self) -> list[Received]:
        return [request for request in self.requests if request.method != "GET"]

    def _reply(self, request: Received) -> Reply:
        planned = self.faults.get(request.method)
        if planned:
            misdeed, beside = planned.popleft()
            beside(request)
            return misdeed
        return self._behave(request)

    def _behave(self, request: Received) -> Reply:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in (PERSON, INSTALLATION):
            return Reply({"message": "Bad credentials"}, 401)
        if request.path == "/user":
            return Reply({"login": "Ann"}) if token == PERSON else Reply(NOT_FOR_INSTALLATIONS, 403)
        inside = request.path.removeprefix(f"/repos/{REPOSITORY}")
        if inside == request.path:
            return Reply({"message": "Not Found"}, 404)
        if request.method != "GET" and not self.permitted:
            return Reply(NOT_FOR_INSTALLATIONS, 403)
        author = "Ann" if token == PERSON else BOT
        return self._in_repository(request, inside, author)

    def _in_repository(self, request: Received, path: str, author: str) -> Reply:
        store = self.store
        if request.method == "POST" and (found := re.fullmatch(r"/issues/(\d+)/comments", path)):
            return self._written(request, lambda body: store.comment(body, author, int(found[1])), 201)
        if request.method == "PATCH" and (found := re.fullmatch(r"/issues/comments/(\d+)", path)):
            mine = next((one for one in store.comments if one["id"] == int(found[1])), None)
            return Reply(NOT_FOUND, 404) if mine is None else self._written(request, lambda body: _set(mine, body), 200)
        if found := re.fullmatch(r"/issues/(\d+)/comments", path):
            return self._page(request, [one for one in store.comments if one["issue"] == int(found[1])])
        if found := re.fullmatch(r"/pulls/(\d+)", path):
            return next((Reply(one) for one in store.pulls if one["number"] == int(found[1])), Reply(NOT_FOUND, 404))
        if re.fullmatch(r"/commits/[0-9a-f]+/pulls", path):
            return self._page(request, store.pulls)
        if path == "/actions/artifacts":
            named = [one for one in store.artifacts if one["name"] == request.query["name"]]
            return Reply({"total_count": len(named), "artifacts": named})
        return Reply(NOT_FOUND, 404)

    def _written(self, request: Received, write: Any, status: int) -> Reply:
        body = json.loads(request.body)["body"]
        if len(body) > MOST_CHARACTERS:
            too_long = {"resource": "IssueComment", "message": "body is too long (maximum is 65536 characters)"}
            return Reply({"message": "Validation Failed", "errors": [too_long]}, 422)
        return Reply(write(body), status)

    def _page(self, request: Received, entries: list[dict[str, Any]]) -> Reply:
        size, number = int(request.query.get("per_page", 30)), int(request.query.get("page", 1))
        shown = entries[(number - 1) * size : number * size]
        if number * size >= len(entries):
            return Reply(shown)
        address = f"{self.url}{request.path}?per_page={size}&page="
        pages = -(-len(entries) // size)
        links = f'<{address}{number + 1}>; rel="next", <{address}{pages}>; rel="last"'
        return Reply(shown, headers={"Link": links, "ETag": 'W/"abc"', "X-RateLimit-Remaining": "4999"})


NOT_FOUND = {"message": "Not Found"}
NOT_FOR_INSTALLATIONS = {"message": "Resource not accessible by integration"}


def _set(comment: dict[str, Any], body: str) -> dict[str, Any]:
    comment["body"] = body.strip().replace("\n", "\r\n")
    return comment
