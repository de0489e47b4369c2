import pytest

from reconciler.errors import Forbidden, UsageError
from reconciler.forge.approval import Approved, approved, artifact_name
from tests.forge.github_server import BOT

pytestmark = pytest.mark.anyio

MERGE, HEAD = "b" * 40, "a" * 40
NOTHING_CHOSEN = {"commit": MERGE, "number": None, "key": None}
PLAN, OTHER_PLAN = "sha256:" + "ab" * 32, "sha256:" + "cd" * 32


async def test_the_merged_pull_requests_plan_is_found(server, github, make_body):
    """From the commit on the main branch to the pull request, its comment's plan, and the run that keeps its file."""
    server.store.pull(6, merged="c" * 40)
    server.store.pull(7, merged=MERGE)
    server.store.comment(make_body())
    server.store.artifact(artifact_name(PLAN), 41)
    server.store.artifact(artifact_name(PLAN), 42)
    server.store.artifact(artifact_name(PLAN), 43, expired=True)

    found = await approved(github, BOT, **NOTHING_CHOSEN)

    assert (found.pull_request.number, found.marker.plan, found.run_id, found.outdated) == (7, PLAN, 42, False)


@pytest.mark.parametrize("commits", [{}, {"merged": "c" * 40}, {"trial": MERGE}], ids=["open", "other", "trial"])
async def test_a_pull_request_that_only_holds_the_commit_approves_nothing(server, github, make_body, commits):
    """A commit that came by a push, with another merge, or as the trial of one was approved by nobody here."""
    server.store.pull(7, **commits)
    server.store.comment(make_body())

    assert await approved(github, BOT, **NOTHING_CHOSEN) == Approved()


async def test_nobody_approves_by_quoting(server, github, make_body):
    """A marker that somebody else writes, or that our comment quotes, is no approval."""
    server.store.pull(merged=MERGE)
    server.store.comment(make_body(plan=OTHER_PLAN), "eve")
    server.store.comment("> " + make_body(plan=OTHER_PLAN))

    found = await approved(github, BOT, **NOTHING_CHOSEN)

    assert (found.pull_request.number, found.marker, found.run_id) == (7, None, None)


async def test_of_several_comments_the_newest_plan_counts(server, github, make_body):
    """Comments that a race has left do not bring an older plan back."""
    server.store.pull(merged=MERGE)
    server.store.comment(make_body(valid_at="2024-06-14T13:00:00Z"))
    server.store.comment(make_body(plan=OTHER_PLAN))

    assert (await approved(github, BOT, **NOTHING_CHOSEN)).marker.plan == PLAN


async def test_several_plans_have_to_be_told_apart(server, github, make_body):
    """With two roots on one pull request the key says which is meant; without it, both are named."""
    server.store.pull(merged=MERGE)
    server.store.comment(make_body(key="north"))
    server.store.comment(make_body(key="south", plan=OTHER_PLAN))

    with pytest.raises(UsageError, match="2 plans") as caught:
        await approved(github, BOT, **NOTHING_CHOSEN)

    assert "north, south" in caught.value.hint
    assert (await approved(github, BOT, **{**NOTHING_CHOSEN, "key": "south"})).marker.plan == OTHER_PLAN


async def test_a_plan_of_another_commit_is_outdated(server, github, make_body):
    """Commits that were pushed after the plan are seen."""
    server.store.pull(7, head="d" * 40, merged=MERGE)
    server.store.comment(make_body())

    assert (await approved(github, BOT, **NOTHING_CHOSEN)).outdated


async def test_a_plan_of_an_unknown_commit_is_not_outdated(server, github, make_body):
    """Nothing is claimed about a plan that does not name its commit."""
    server.store.pull(merged=MERGE)
    server.store.comment(make_body(commit=None))

    assert not (await approved(github, BOT, **NOTHING_CHOSEN)).outdated


async def test_a_pull_request_can_be_named(server, github, make_body):
    """By its number it need not be merged; one that is not there is a refusal."""
    server.store.pull(7)
    server.store.comment(make_body())

    assert (await approved(github, BOT, commit=None, number=7, key=None)).marker.plan == PLAN
    with pytest.raises(Forbidden, match="404"):
        await approved(github, BOT, commit=None, number=8, key=None)


async def test_something_has_to_be_looked_for(server, github):
    """Without a commit and a number nothing is asked."""
    with pytest.raises(UsageError, match="which pull request"):
        await approved(github, BOT, commit=None, number=None, key=None)
    assert not server.requests
