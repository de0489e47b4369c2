"""From a pull request to its merge: the action's own scripts, the real command, a sandbox, and a server like GitHub."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from tests.e2e.harness import Ran, Repo, Service, output
from tests.forge.github_server import INSTALLATION, REPOSITORY, GitHubServer

pytestmark = pytest.mark.anyio

ACTION = yaml.safe_load((Path(__file__).parents[2] / "action.yml").read_text("utf-8"))
SCRIPTS = {step["name"]: step["run"] for step in ACTION["runs"]["steps"] if "run" in step}
MERGE = "b" * 40
POLICY = """---
apiVersion: reconciler/v1
kind: Policy
metadata: {name: rails}
spec: {limits: {creditsPerPlan: 10}}
"""


class Runner:
    """A machine that runs steps of the action: its temporary folder, and what steps tell it."""

    def __init__(self, folder: Path, repo: Repo, github: GitHubServer) -> None:
        self._folder = folder
        self._repo = repo
        self._github = github
        self.place = folder / "runner"
        binary = self.place / "reconciler" / "bin" / "reconciler"
        binary.parent.mkdir(parents=True)
        binary.write_text(f'#!/bin/sh\nexec {sys.executable} -m reconciler "$@"\n')
        binary.chmod(0o755)

    async def step(self, name: str, **environment: str) -> tuple[Ran, dict[str, str]]:
        """Run a step's script; what it did, and its outputs."""
        script, told = self._folder / "script.sh", self._folder / "told"
        script.write_text(SCRIPTS[name])
        told.write_text("")
        event = self._folder / "event.json"
        event.write_text(json.dumps({"pull_request": {"number": 7, "head": {"sha": "a" * 40}}}))
        given = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            **self._repo.environment,
            "RUNNER_TEMP": str(self.place),
            "RECONCILER_STATE": str(self._folder / "state"),
            "CI": "true",
            "GITHUB_API_URL": self._github.url,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_TOKEN": INSTALLATION,
            "GITHUB_OUTPUT": str(told),
            "GITHUB_EVENT_PATH": str(event),
            "EXTRA_ARGS": "",
            "MAX_CREDITS": "",
            "PLAN_FILE": "",
            "KEY": "",
            "GIVEN": "",
            **environment,
        }
        bash = shutil.which("bash") or "/bin/bash"
        done = await asyncio.to_thread(
            subprocess.run,
            [bash, "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=self._repo.folder,
            env=given,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        outputs = dict(re.findall(r"^(\w+)<<(?:\w+)\n(.*)\n", told.read_text(), flags=re.MULTILINE))
        return Ran(done.returncode, done.stdout, done.stderr), outputs

    def keep(self, outputs: dict[str, str], github: GitHubServer) -> None:
        """What actions/upload-artifact and actions/download-artifact do between two runs."""
        github.store.artifact(outputs["plan_artifact"], 42)
        fetched = self.place / "reconciler-approved"
        fetched.mkdir()
        shutil.move(outputs["plan_path"], fetched)


@pytest.fixture
async def github(anyio_backend: str) -> AsyncIterator[GitHubServer]:
    async with GitHubServer() as running:
        yield running


@pytest.fixture
def runner(tmp_path: Path, repo: Repo, github: GitHubServer) -> Runner:
    return Runner(tmp_path, repo, github)


async def test_a_merge_applies_the_plan_that_was_reviewed(
    repo: Repo, service: Service, github: GitHubServer, runner: Runner
) -> None:
    """Planned, shown, merged, found again by its digest, applied; the second apply of the merge pays nothing."""
    repo.write(output("coast"))
    _, planned = await runner.step("Plan", MANIFESTS="outputs.yaml")
    await runner.step("Show the plan on the pull request", PLAN_FILE=planned["plan_path"])
    assert service.posts()["execution"] == 0
    (comment,) = github.store.comments
    assert planned["plan_digest"] in comment["body"]
    runner.keep(planned, github)
    github.store.pull(7, merged=MERGE)

    _, approved = await runner.step("Find the plan that was approved", GITHUB_SHA=MERGE, GITHUB_EVENT_PATH="")
    first, _ = await runner.step("Apply", DIGEST=approved["plan_digest"])
    again, _ = await runner.step("Apply", DIGEST=approved["plan_digest"])

    assert approved["plan_digest"] == planned["plan_digest"]
    assert approved["plan_run_id"] == "42"
    assert "1 job created" in first.ended(0).out
    assert "No changes." in again.ended(0).out
    assert service.posts()["execution"] == 1


async def test_a_merge_does_not_apply_what_was_not_reviewed(
    repo: Repo, service: Service, github: GitHubServer, runner: Runner
) -> None:
    """Manifests that changed after the plan, or another plan's file, stop the apply before anything is paid."""
    repo.write(output("coast"))
    _, planned = await runner.step("Plan", MANIFESTS="outputs.yaml")
    await runner.step("Show the plan on the pull request", PLAN_FILE=planned["plan_path"])
    runner.keep(planned, github)

    (await runner.step("Apply", DIGEST="sha256:" + "0" * 64))[0].ended(3)
    repo.write(output("coast", more="priority: 3") + output("ships", "detection-ships-airbus"))
    stopped, _ = await runner.step("Apply", DIGEST=planned["plan_digest"])

    assert "ships: it is not in the plan" in stopped.ended(3).err
    assert service.posts()["execution"] == 0


async def test_a_plan_that_a_policy_refuses_fails_and_is_shown(
    repo: Repo, service: Service, github: GitHubServer, runner: Runner
) -> None:
    """The check on the pull request is red, and the comment says why."""
    repo.write(output("coast") + POLICY)

    failed, planned = await runner.step("Plan", MANIFESTS="outputs.yaml")
    await runner.step("Show the plan on the pull request", PLAN_FILE=planned["plan_path"])

    failed.ended(4)
    assert planned["refused"] == "true"
    assert "Policies: 1 failed" in github.store.comments[0]["body"]
