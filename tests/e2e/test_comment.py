"""`reconciler comment github`: the real command against a server that behaves as GitHub's API does."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from tests.e2e.harness import Ran, Repo
from tests.forge.conftest import body
from tests.forge.github_server import INSTALLATION, PERSON, REPOSITORY, GitHubServer

pytestmark = pytest.mark.anyio
PLAN, MERGE = "sha256:" + "ab" * 32, "b" * 40


@pytest.fixture
async def server(repo: Repo, anyio_backend: str) -> AsyncIterator[GitHubServer]:
    """A GitHub, and a workflow run of a pull request that the repo's environment speaks of."""
    async with GitHubServer() as running:
        event = repo.folder.parent / "event.json"
        event.write_text(json.dumps({"pull_request": {"number": 7, "head": {"sha": "a" * 40}}}))
        repo.environment.update(
            CI="true",
            GITHUB_API_URL=running.url,
            GITHUB_REPOSITORY=REPOSITORY,
            GITHUB_EVENT_NAME="pull_request",
            GITHUB_EVENT_PATH=str(event),
            GITHUB_SHA=MERGE,
            GITHUB_TOKEN=INSTALLATION,
        )
        repo.write(body("one to create"), "plan.md")
        yield running


async def run(repo: Repo, *arguments: str, **environment: str) -> Ran:
    """The command, while the server of this loop answers it."""
    return await asyncio.to_thread(repo.run, "comment", "github", *arguments, **environment)


async def test_a_workflow_keeps_one_comment(repo: Repo, server: GitHubServer) -> None:
    """In a run nothing has to be named: a comment is created, left alone, brought up to date, and never a second."""
    said = [(await run(repo, "--body", "plan.md")).ended(0).out for _ in range(2)]
    repo.write(body("two to create"), "plan.md")
    said.append((await run(repo, "--body", "plan.md")).ended(0).out)

    assert said == [
        "The plan is a new comment on pull request 7.\n",
        "The plan's comment is up to date already on pull request 7.\n",
        "The plan's comment is brought up to date on pull request 7.\n",
    ]
    assert [one["body"].splitlines()[-1] for one in server.store.comments] == ["two to create"]


async def test_a_person_names_what_is_meant(repo: Repo, server: GitHubServer) -> None:
    """Without a run the options say which pull request, and GH_TOKEN does as well as GITHUB_TOKEN."""
    outside = {"GITHUB_REPOSITORY": "", "GITHUB_EVENT_PATH": "", "GITHUB_TOKEN": "", "GH_TOKEN": PERSON}

    (await run(repo, "--body", "plan.md", "--repo", REPOSITORY, "--pr", "9", **outside)).ended(0)

    assert [(one["issue"], one["user"]["login"]) for one in server.store.comments] == [(9, "Ann")]


async def test_a_newer_plan_and_leftovers_are_said(repo: Repo, server: GitHubServer) -> None:
    """What was not done, and what is left to a person, is told."""
    server.store.comment(body(valid_at="2030-01-01T00:00:00Z"))
    server.store.comment(body())

    found = (await run(repo, "--body", "plan.md")).ended(0)

    assert "newer plan is left as it is" in found.out
    assert "1 more comment of ours" in found.err
    assert not server.writes


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        ((), {}, "Exactly one of --plan, --body and --read"),
        (("--body", "plan.md", "--read"), {}, "Exactly one of --plan, --body and --read"),
        (("--body", "plan.md", "--key", "k"), {}, "--commit and --key go with --read"),
        (("--body", "none.md"), {}, "none.md cannot be read: No such file or directory."),
        (("--body", "bytes.md"), {}, "bytes.md is not UTF-8 text."),
        (("--body", "large.md"), {}, "large.md is larger than any comment"),
        (("--body", "plain.md"), {}, "first line is not the marker"),
        (("--body", "plan.md"), {"GITHUB_EVENT_PATH": "none"}, "--pr N"),
        (("--body", "plan.md"), {"GITHUB_REPOSITORY": ""}, "--repo OWNER/NAME"),
        (("--body", "plan.md", "--repo", "../.."), {}, "--repo is no repository"),
        (("--body", "plan.md"), {"GITHUB_API_URL": "http://ghe.example"}, "GITHUB_API_URL is not on TLS"),
        (("--read", "--commit", "main"), {}, "--commit is no commit"),
    ],
)
async def test_usage_errors(repo: Repo, server: GitHubServer, arguments, environment, said) -> None:
    """What cannot be used is refused with 64 before anything is asked or sent."""
    repo.write("## Plan\n", "plain.md")
    (repo.folder / "bytes.md").write_bytes(b"\xff\xfe")
    (repo.folder / "large.md").write_bytes(b"x" * 1_048_577)

    found = (await run(repo, *arguments, **environment)).ended(64)

    assert said in found.err
    assert not server.requests


@pytest.mark.parametrize(
    ("token", "permitted", "said"),
    [
        ("", True, "There is no token for GitHub."),
        ("wrong", True, "Bad credentials"),
        (INSTALLATION, False, "`pull-requests: write`"),
    ],
)
async def test_without_permission_it_ends_with_8(repo: Repo, server: GitHubServer, token, permitted, said) -> None:
    """A token that is missing, wrong or too weak is told apart, and never shown."""
    server.permitted = permitted

    found = (await run(repo, "--body", "plan.md", GITHUB_TOKEN=token)).ended(8)

    assert said in found.err
    assert token == "" or token not in found.err


async def test_a_merge_reads_what_was_approved(repo: Repo, server: GitHubServer) -> None:
    """On the main branch the approved plan is found, as a document and as outputs for the next step."""
    server.store.pull(7, merged=MERGE)
    server.store.comment(body())
    server.store.artifact("reconciler-plan-" + "ab" * 32, 42)
    output = repo.folder / "output"

    found = await run(repo, "--read", GITHUB_EVENT_PATH="", GITHUB_EVENT_NAME="push", GITHUB_OUTPUT=str(output))

    document = found.ended(0).document
    assert (document["plan_digest"], document["plan_run_id"], document["pull_request"]) == (PLAN, 42, 7)
    assert f"\n{PLAN}\n" in output.read_text()
    assert found.err == ""


@pytest.mark.parametrize(
    ("merged", "comment", "kept", "said"),
    [
        ("c" * 40, body(), True, "no pull request was merged"),
        (MERGE, "lgtm", True, "no comment on pull request 7 shows a plan"),
        (MERGE, body(commit="d" * 40), True, "not of the last commit"),
        (MERGE, body(), False, "no workflow run keeps"),
    ],
)
async def test_what_is_not_found_is_told(repo: Repo, server: GitHubServer, merged, comment, kept, said) -> None:
    """A merge without an approved plan is no error: the document has nulls, and a note says why."""
    server.store.pull(7, merged=merged)
    server.store.comment(comment)
    server.store.artifact("reconciler-plan-" + "ab" * 32, 42, expired=not kept)

    found = (await run(repo, "--read", GITHUB_EVENT_PATH="", GITHUB_EVENT_NAME="push")).ended(0)

    assert said in found.err
