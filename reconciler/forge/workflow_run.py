"""What a GitHub workflow run says of itself: its variables and the event that started it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.errors import UsageError
from reconciler.web import fields
from reconciler.web.endpoints import base_url

#: Where the REST API of github.com is; GitHub Enterprise says its own in GITHUB_API_URL.
API_URL = "https://api.github.com"

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}/(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}")
_TOKEN = re.compile(r"[\x21-\x7e]+")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Step:
    """What the running step may tell others; None where it cannot.

    Attributes:
        summary_path, output_path: files that it adds text to.
        annotates: whether the log's reader understands workflow commands.
    """

    summary_path: str | None = None
    output_path: str | None = None
    annotates: bool = False


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """What the run knows; None where it does not say. Outside of GitHub all of it may be None.

    Attributes:
        api_url: checked: on TLS or on this machine, without a slash at its end.
        pull_request: the number of the pull request that the event is about.
        commit: the commit that was checked out for the event: the head of a pull request, never GitHub's trial merge
            of it; None for an event that does not say.
    """

    api_url: str = API_URL
    repository: str | None = None
    token: str | None = field(default=None, repr=False)
    pull_request: int | None = None
    commit: str | None = None


def read_step(environ: Mapping[str, str]) -> Step:
    """Read what every command may use, whatever else the environment holds. An empty variable says nothing."""
    return Step(
        environ.get("GITHUB_STEP_SUMMARY") or None,
        environ.get("GITHUB_OUTPUT") or None,
        environ.get("GITHUB_ACTIONS") == "true",
    )


def planned_commit(environ: Mapping[str, str], event: bytes | None = None) -> str | None:
    """As `WorkflowRun.commit`, whatever else the environment holds: for what every plan says of its source."""
    return _commit(_event(event), environ.get("GITHUB_EVENT_NAME"), environ.get("GITHUB_SHA"))


def read(environ: Mapping[str, str], event: bytes | None = None) -> WorkflowRun:
    """Read a run's variables, and the event's document (GITHUB_EVENT_PATH) if there is one.

    Raises:
        UsageError: a variable holds what it must not hold. An event that cannot be read says nothing.
    """

    def text(name: str) -> str | None:
        return environ.get(name) or None

    facts = _event(event)
    repository = text("GITHUB_REPOSITORY")
    return WorkflowRun(
        api_url=base_url(text("GITHUB_API_URL") or API_URL, "GITHUB_API_URL"),
        repository=None if repository is None else checked_repository(repository, "GITHUB_REPOSITORY"),
        token=_token(text("GITHUB_TOKEN") or text("GH_TOKEN")),
        pull_request=_pull_request(facts),
        commit=planned_commit(environ, event),
    )


def checked_repository(name: str, source: str) -> str:
    """OWNER/NAME, safe as two segments of a path.

    Raises:
        UsageError: it is something else; `source` names where it comes from.
    """
    if not _REPOSITORY.fullmatch(name):
        raise UsageError(f"{source} is no repository.", hint="It looks like OWNER/NAME.")
    return name


def checked_commit(commit: str, source: str) -> str:
    """A whole commit id, safe as one segment of a path.

    Raises:
        UsageError: it is something else; `source` names where it comes from.
    """
    if not _COMMIT.fullmatch(commit):
        raise UsageError(f"{source} is no commit.", hint="Give all 40 (or 64) lower-case hex digits of its id.")
    return commit


def _token(text: str | None) -> str | None:
    token = (text or "").strip()
    if token and not _TOKEN.fullmatch(token):
        raise UsageError("GITHUB_TOKEN (or GH_TOKEN) holds characters that no token has.")
    return token or None


def _event(data: bytes | None) -> Mapping[str, Any]:
    try:
        return {} if data is None else fields.mapping(fields.parse(data))
    except fields.Unreadable:
        return {}


def _pull_request(event: Mapping[str, Any]) -> int | None:
    number = fields.mapping(event.get("pull_request")).get("number")
    issue = fields.mapping(event.get("issue"))
    if number is None and fields.mapping(issue.get("pull_request")):
        number = issue.get("number")  # a comment on a pull request; other issues have no plan
    return number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else None


def _commit(event: Mapping[str, Any], event_name: str | None, sha: str | None) -> str | None:
    pull_request = fields.mapping(event.get("pull_request"))
    if pull_request:
        sha = fields.text(fields.mapping(pull_request.get("head")).get("sha"))
    elif event_name == "issue_comment":
        sha = None  # GITHUB_SHA is the default branch's, not the pull request's
    return sha if sha is not None and _COMMIT.fullmatch(sha) else None
