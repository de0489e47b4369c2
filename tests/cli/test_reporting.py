import pytest

from reconciler.cli.reporting import report_plan
from reconciler.forge.report import SUMMARY_LIMIT
from reconciler.model.plan import Action
from tests.views import conftest as views

DIGEST = "sha256:" + "ab" * 32
PLAN = views.plan(views.change(Action.BLOCKED, "trees", reason="EULA not accepted"))


def never(*_):
    raise AssertionError("nobody reads it")


def test_outside_of_github_nothing_is_written_or_rendered(capsys):
    """A plan on somebody's own machine makes no text for a page that nobody has."""
    report_plan({"GITHUB_OUTPUT": "", "GITHUB_STEP_SUMMARY": ""}, PLAN, never, plan_path=None, markdown=never)

    assert capsys.readouterr() == ("", "")


def test_a_workflow_run_is_told(tmp_path, capsys):
    """Outputs, the summary page within its limit, and remarks on stderr, so that stdout stays the plan's document."""
    environ = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }

    report_plan(environ, PLAN, lambda: DIGEST, plan_path="plan.json", markdown=lambda limit: f"at most {limit}")

    assert f"\n{DIGEST}\n" in (tmp_path / "output").read_text()
    assert (tmp_path / "summary").read_text() == f"at most {SUMMARY_LIMIT}\n"
    out, err = capsys.readouterr()
    assert (out, err.startswith("::warning file=")) == ("", True)


@pytest.mark.parametrize("variable", ["GITHUB_TOKEN", "GITHUB_API_URL", "GITHUB_REPOSITORY"])
def test_what_a_plan_does_not_need_cannot_stop_it(variable):
    """A token or an address that only comments need may be unusable."""
    report_plan({variable: "\u00e4\n"}, PLAN, lambda: DIGEST, plan_path=None, markdown=never)
