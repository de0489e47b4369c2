"""action.yml and the starter's workflow: rules of safety for what they say, and their scripts run for real."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.forge.approval import Approved
from reconciler.forge.report import approved_outputs, step_outputs
from reconciler.starter.files import starter_files
from tests.e2e.harness import Ran, Repo, output
from tests.views import conftest as views

ACTION = yaml.safe_load((Path(__file__).parents[2] / "action.yml").read_text("utf-8"))
WORKFLOW = yaml.safe_load(starter_files()[".github/workflows/reconciler.yml"])
BASH = shutil.which("bash") or "/bin/bash"
STEPS = [*ACTION["runs"]["steps"], *(step for job in WORKFLOW["jobs"].values() for step in job["steps"])]
SCRIPTS = {step["name"]: step["run"] for step in STEPS if "run" in step}
#: Only ever what the run itself knows: no title, branch, body or other text of somebody.
UNTRUSTED = re.compile(r"github\.(head_ref|event\.[\w.]*(title|body|ref|label|name|email|message)\b)")


@pytest.mark.parametrize("name", SCRIPTS)
def test_nothing_is_pasted_into_a_script(name: str) -> None:
    """A script gets every value in a variable of its environment: an expression in it would run whatever it holds."""
    assert "${{" not in SCRIPTS[name]


def test_actions_of_others_are_pinned() -> None:
    """Only GitHub's own actions are used, each by its major version."""
    others = {step["uses"] for step in STEPS if "uses" in step and not step["uses"].startswith("./")}

    assert others
    assert not [used for used in others if not re.fullmatch(r"actions/[\w-]+@v\d+", used)]


def test_jobs_have_the_permissions_that_they_need_and_no_more() -> None:
    """Nothing is allowed but by a job; only the plan may write, and only comments; only the apply reads artifacts."""
    assert WORKFLOW["permissions"] == {}
    assert {name: job["permissions"] for name, job in WORKFLOW["jobs"].items()} == {
        "validate": {"contents": "read"},
        "plan": {"contents": "read", "pull-requests": "write"},
        "apply": {"contents": "read", "pull-requests": "read", "actions": "read"},
    }


def test_forks_never_see_a_secret() -> None:
    """Two jobs have secrets: for this repository's own pull requests, a member's comment, and a push."""
    jobs = WORKFLOW["jobs"]

    assert [name for name, job in jobs.items() if "secrets." in str(job)] == ["plan", "apply"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in jobs["plan"]["if"]
    assert """contains(fromJSON('["OWNER", "MEMBER", "COLLABORATOR"]')""" in jobs["plan"]["if"]
    assert jobs["apply"]["if"] == "github.event_name == 'push'"
    assert "pull_request_target" not in str(WORKFLOW)


def test_no_checkout_keeps_the_token() -> None:
    """What runs later in a job cannot read the token from the clone."""
    checkouts = [step for step in STEPS if step.get("uses", "").startswith("actions/checkout@")]

    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_the_action_runs_from_the_repository_and_not_from_what_is_reviewed() -> None:
    """The pull request's own files are checked out beside the action, as data."""
    checkouts = [step for step in WORKFLOW["jobs"]["plan"]["steps"] if "checkout" in step["uses"]]

    assert [step["with"].get("path") for step in checkouts] == [None, "reviewed"]
    assert "ref" not in checkouts[0]["with"]


def test_texts_of_others_decide_nothing_but_by_equality() -> None:
    """No title, branch name or body is used anywhere but in comparisons of the conditions."""
    used = [value for step in STEPS for part in ("env", "with") for value in step.get(part, {}).values()]

    assert not [value for value in used if UNTRUSTED.search(str(value))]


def test_the_outputs_of_the_action_are_those_of_its_steps() -> None:
    """Every output that the action reads from a step is one that the command writes."""
    known = {
        "plan": set(step_outputs(views.plan(), "sha256:" + "ab" * 32, None, refused=False)),
        "approved": set(approved_outputs(Approved())),
    }
    read = set(re.findall(r"steps\.(\w+)\.outputs\.(\w+)", str(ACTION)))

    assert {("plan", "plan_digest"), ("approved", "plan_run_id")} <= read
    assert not [(step, name) for step, name in read if name not in known[step]]


@pytest.fixture
def step(repo: Repo, tmp_path: Path) -> Any:
    """Runs the script of a step as the runner does, with the real command in the place where the action installs it."""
    binary = tmp_path / "runner" / "reconciler" / "bin" / "reconciler"
    binary.parent.mkdir(parents=True)
    binary.write_text(f'#!/bin/sh\nexec {sys.executable} -m reconciler "$@"\n')
    binary.chmod(0o755)
    script = tmp_path / "script.sh"

    def run(name: str, **environment: str) -> Ran:
        script.write_text(SCRIPTS[name])
        done = subprocess.run(
            [BASH, "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=repo.folder,
            env={"PATH": os.environ["PATH"], "RUNNER_TEMP": str(tmp_path / "runner"), "CI": "true", **environment},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


def test_paths_and_options_are_taken_a_line_each(repo: Repo, step: Any) -> None:
    """Names with blanks stay whole, and empty lines are nothing."""
    repo.write(output("one"), "with blanks.yaml")
    repo.write(output("two"), "two.yaml")

    assert step("Validate", MANIFESTS="with blanks.yaml\n\ntwo.yaml\n", EXTRA_ARGS="").ended(0).out == ""
    assert step("Validate", MANIFESTS="two.yaml", EXTRA_ARGS="--format=json").ended(0).document["valid"]


@pytest.mark.parametrize("name", ["$(touch pwned)", "`touch pwned`", "; touch pwned #", "'\"; touch pwned; '", "*"])
def test_no_input_is_run(repo: Repo, step: Any, name: str) -> None:
    """Whatever an input holds is handed over as it is, and not read by the shell."""
    repo.write(output("one"))

    found = step("Validate", MANIFESTS=name, EXTRA_ARGS="")

    assert found.code in (64, 65)
    assert repo.files(".") == ["outputs.yaml"]


def test_no_path_is_an_option(step: Any) -> None:
    """A path that looks like an option is a path that is not there."""
    assert step("Validate", MANIFESTS="--help", EXTRA_ARGS="").code in (64, 65)


@pytest.mark.parametrize(("command", "code"), [("plan", 0), ("apply", 0), ("validate", 0), ("destroy", 64), ("", 64)])
def test_only_what_it_can_is_asked(step: Any, command: str, code: int) -> None:
    """A command that is misspelt is an error, not a run that does nothing."""
    step("Check what is asked", COMMAND=command).ended(code)


@pytest.mark.parametrize(
    ("digest", "code", "said"),
    [("", 0, "::notice title=reconciler::Nothing is applied"), ("sha256:ab", 1, "not kept any more")],
)
def test_an_apply_without_a_plan(step: Any, digest: str, code: int, said: str) -> None:
    """No approval is nothing to do; an approval whose file has gone is an error."""
    found = step("Apply", DIGEST=digest, GIVEN="", PLAN_FILE="", EXTRA_ARGS="", MAX_CREDITS="").ended(code)

    assert said in found.out
