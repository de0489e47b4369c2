import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import UsageError
from reconciler.forge.approval import Approved
from reconciler.forge.github import PullRequest
from reconciler.forge.marker import marker_of
from reconciler.forge.report import approved_outputs, output_lines, step_outputs, write_outputs, write_summary
from reconciler.model.job import Quote
from reconciler.model.plan import Action
from tests.forge.conftest import body
from tests.views import conftest as views

DIGEST = "sha256:" + "ab" * 32


def read(text):
    """What the runner makes of an output file: the reading of `name<<END` of actions/runner."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        if line:
            name, _, end = line.partition("<<")
            found[name] = "\n".join(itertools.takewhile(lambda one, end=end: one != end, lines))
    return found


PLANS = {
    "nothing to do": ([views.change(Action.UNCHANGED)], False, {}),
    "paid": (
        [views.change(Action.CREATE, "a", quote=Quote(63)), views.change(Action.REPLACE, "b", quote=Quote(7))],
        False,
        {"has_changes": "true", "has_paid": "true", "credits": "70"},
    ),
    "a price of 0": ([views.change(Action.CREATE, quote=Quote(0))], False, {"has_changes": "true", "has_paid": "true"}),
    "unknown": ([views.change(Action.CREATE)], False, {"has_changes": "true", "has_paid": "true", "unquoted": "1"}),
    "free": ([views.change(Action.DOWNLOAD)], False, {"has_changes": "true"}),
    "blocked": ([views.change(Action.BLOCKED)], False, {"has_changes": "true", "blocked": "1"}),
    "refused": ([], True, {"refused": "true"}),
}


@pytest.mark.parametrize(("changes", "refused", "expected"), PLANS.values(), ids=PLANS)
def test_what_later_steps_may_ask_of_a_plan(changes, refused, expected):
    """Paid and free, known and unknown prices, blocked and refused are told apart; all is text."""
    nothing = {
        "has_changes": "false",
        "has_paid": "false",
        "credits": "0",
        "unquoted": "0",
        "blocked": "0",
        "refused": "false",
        "plan_digest": DIGEST,
        "plan_artifact": "reconciler-plan-" + "ab" * 32,
        "plan_path": "plan.json",
    }

    assert step_outputs(views.plan(*changes), DIGEST, "plan.json", refused=refused) == nothing | expected


def test_a_plan_that_is_not_saved_has_no_path():
    """The output is there all the same, and empty."""
    assert step_outputs(views.plan(), DIGEST, None, refused=False)["plan_path"] == ""


def test_what_later_steps_may_ask_of_an_approval():
    """Everything that is not found is empty, so that a condition on it does not hold."""
    found = Approved(PullRequest(7, None, None, merged=True), marker_of(body()), 42)

    assert approved_outputs(found) == {
        "pull_request": "7",
        "plan_digest": DIGEST,
        "plan_artifact": "reconciler-plan-" + "ab" * 32,
        "plan_run_id": "42",
    }
    assert set(approved_outputs(Approved()).values()) == {""}


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cc", "Zl", "Zp"])) | st.sampled_from(["END0", "x<<y", "a=b"]))
)
def test_no_value_ends_itself_or_sets_another(lines):
    """Whatever lines a value has, it is read back whole and alone; a word that it holds does not end it."""
    value = "\n".join(lines)
    words = (f"END{number}" for number in itertools.count())

    assert read(output_lines({"first": value, "second": "2"}, lambda: next(words))) == {"first": value, "second": "2"}


def test_the_end_cannot_be_foreseen(tmp_path):
    """Two writes use words of their own, too long to be guessed."""
    for name in ("one", "two"):
        write_outputs(str(tmp_path / name), {"a": "1"})
    ends = [re.search(r"<<(\w+)\n", (tmp_path / name).read_text())[1] for name in ("one", "two")]

    assert ends[0] != ends[1]
    assert min(map(len, ends)) > 32


def test_what_is_there_stays(tmp_path):
    """Outputs and summaries are added, on a line of their own whatever the text before ended with, as UTF-8."""
    output, summary = tmp_path / "output", tmp_path / "summary"
    output.write_text("before=1")
    summary.write_text("before\n")

    write_outputs(str(output), {"a": "km²\ud800"})
    write_summary(str(summary), "15.8 km²")

    assert output.read_text(encoding="utf-8").startswith("before=1\na<<")
    assert "\nkm²?\n" in output.read_text(encoding="utf-8")
    assert summary.read_text(encoding="utf-8") == "before\n15.8 km²\n"


@pytest.mark.parametrize("path", ["missing/folder/file", "\0"])
def test_a_file_that_cannot_be_written_is_an_error(tmp_path, path):
    """A later step that asks for an output must not find nothing and go on."""
    with pytest.raises(UsageError, match="GITHUB_OUTPUT"):
        write_outputs(str(tmp_path / path), {"a": "1"})
