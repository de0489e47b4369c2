import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import UsageError
from reconciler.forge.workflow_run import API_URL, Step, WorkflowRun, checked_commit, planned_commit, read, read_step

SHA, HEAD = "b" * 40, "a" * 40


def test_outside_of_github_nothing_is_known():
    """Empty variables say nothing, as missing ones."""
    assert read({}) == read({"GITHUB_TOKEN": "", "GITHUB_REPOSITORY": ""}) == WorkflowRun(API_URL)


def test_a_run_is_read():
    """Every variable is found; the token is not shown."""
    run = read(
        {
            "GITHUB_API_URL": "https://ghe.example/api/v3/",
            "GITHUB_REPOSITORY": "acme/imagery.git-1",
            "GITHUB_TOKEN": " ghs_abc\n",
            "GITHUB_SHA": SHA,
        }
    )

    expected = WorkflowRun("https://ghe.example/api/v3", "acme/imagery.git-1", "ghs_abc", None, SHA)
    assert run == expected
    assert "ghs_abc" not in repr(run)


EVENTS = {
    "a pull request": ("pull_request", {"pull_request": {"number": 7, "head": {"sha": HEAD}}}, 7, HEAD),
    "a comment on one": ("issue_comment", {"issue": {"number": 7, "pull_request": {"url": "x"}}}, 7, None),
    "a comment elsewhere": ("issue_comment", {"issue": {"number": 7}}, None, None),
    "a push": ("push", {"after": SHA}, None, SHA),
    "no number": ("pull_request", {"pull_request": {"number": True, "head": {"sha": HEAD}}}, None, HEAD),
    "a negative number": ("pull_request", {"pull_request": {"number": -7, "head": {"sha": HEAD}}}, None, HEAD),
    "no commit": ("pull_request", {"pull_request": {"number": 7, "head": {"sha": "--flag"}}}, 7, None),
    "odd": ("pull_request", {"pull_request": [], "issue": "x"}, None, SHA),
    "no object": ("pull_request", [1, 2], None, SHA),
}


@pytest.mark.parametrize(("name", "event", "number", "commit"), EVENTS.values(), ids=EVENTS)
def test_what_the_event_says(name, event, number, commit):
    """The pull request and its own head, never the trial merge; a comment's event knows no commit of it."""
    run = read({"GITHUB_EVENT_NAME": name, "GITHUB_SHA": SHA}, json.dumps(event).encode())

    assert (run.pull_request, run.commit) == (number, commit)


@given(
    st.binary() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_no_event_is_more_than_silent(event):
    """Whatever the event's file holds, reading it raises nothing."""
    assert isinstance(read({}, event), WorkflowRun)


BAD_NAMES = ("acme", "acme/", "a/b/c", "../x", "acme/..", "acme/.", "a b/c", "a/b?c", "a/b\n")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        *(
            ("GITHUB_REPOSITORY", name)
            for name in ("acme", "acme/", "a/b/c", "../x", "acme/..", "acme/.", "a b/c", "a/b?c")
        ),
        ("GITHUB_API_URL", "http://ghe.example"),
        ("GITHUB_API_URL", "https://user:pw@ghe.example"),
        ("GITHUB_API_URL", "ghe.example"),
        ("GITHUB_TOKEN", "one\ntwo"),
        ("GH_TOKEN", "tökén"),
    ],
)
def test_a_variable_that_cannot_be_used_is_refused(variable, value):
    """A repository that would climb, an API off TLS, a token that would split a header: each is named, never quoted."""
    with pytest.raises(UsageError, match=variable) as caught:
        read({variable: value})

    assert "pw" not in str(caught.value)
    assert "one" not in str(caught.value)


@pytest.mark.parametrize("commit", ["main", SHA[:7], SHA.upper(), SHA + "\n", SHA + "/../x"])
def test_only_a_whole_commit_is_one(commit):
    """A branch, a short id, or anything that would climb in a path is refused."""
    assert checked_commit(SHA, "--commit") == SHA
    with pytest.raises(UsageError, match="--commit"):
        checked_commit(commit, "--commit")


def test_what_a_step_may_tell():
    """Its files and whether it annotates are read without a look at the rest, which may be unusable."""
    environ = {"GITHUB_STEP_SUMMARY": "summary", "GITHUB_OUTPUT": "output", "GITHUB_ACTIONS": "true"}

    assert read_step({**environ, "GITHUB_TOKEN": "tökén"}) == Step("summary", "output", annotates=True)
    assert read_step(dict.fromkeys(environ, "")) == Step()


def test_the_planned_commit_needs_nothing_else():
    """A plan knows its commit also where the rest of the environment cannot be used."""
    event = json.dumps({"pull_request": {"number": 7, "head": {"sha": HEAD}}}).encode()

    assert planned_commit({"GITHUB_SHA": SHA, "GITHUB_TOKEN": "tökén"}, event) == HEAD
    assert planned_commit({"GITHUB_SHA": SHA}) == SHA
    assert planned_commit({}) is None
