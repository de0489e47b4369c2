"""The sandbox as people use it: its own commands, in processes of their own."""

import json
import re
import signal
from pathlib import Path

import httpx
import pytest

from tests.e2e.harness import COAST, Repo, output

DATA = ".reconciler/sandbox"


def serving(repo: Repo, *options: str):
    """Start `sandbox serve` and return it with its base URL."""
    process = repo.start("sandbox", "serve", "--data", DATA, *options)
    for line in process.stdout:
        if match := re.fullmatch(r"export (UP42_\w+)=(.*)\n", line):
            repo.environment[match[1]] = match[2]
        if "WORKSPACE" in line:
            return process
    raise AssertionError(process.stderr.read())


def stopped(process) -> None:
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 143


def test_every_fault_is_documented(repo: Repo) -> None:
    """The list has each fault, its options with their defaults, and how to ask for them."""
    listed = repo.run("sandbox", "faults", "--list").ended(0).out

    assert "lost-reply\n" in listed
    assert "retry-after=seconds" in listed
    assert "rate=SHARE" in listed
    assert len(re.findall(r"^[a-z-]+$", listed, re.MULTILINE)) == 21


def test_rules_are_added_shown_and_cleared(repo: Repo) -> None:
    """A rule of the command line is kept with the data folder, shown as it can be written, and taken out."""
    added = repo.run("sandbox", "faults", "--data", DATA, "--add", "job-fails:nth=2", "--add", "latency").ended(0)
    shown = repo.run("sandbox", "faults", "--data", DATA).ended(0)
    cleared = repo.run("sandbox", "faults", "--data", DATA, "--clear").ended(0)

    assert "job-fails:count=1,skip=1" in added.out
    assert shown.out == added.out
    assert "latency:seconds=0.05" in shown.out
    assert (cleared.out, "No faults" in cleared.err) == ("", True)


def test_a_running_sandbox_has_new_rules_at_once(repo: Repo) -> None:
    """A rule that another process adds counts for the next request; those of --fault take the place of all before."""
    repo.run("sandbox", "faults", "--data", DATA, "--add", "latency:seconds=9").ended(0)
    process = serving(repo, "--fault", "server-error:request=token,status=500")
    token = f"{repo.environment['UP42_AUTH_URL']}/realms/public/protocol/openid-connect/token"
    (rule,) = httpx.get(f"{repo.environment['UP42_API_URL']}/sandbox/faults").json()["faults"]
    first = httpx.post(token).status_code
    repo.run("sandbox", "faults", "--data", DATA, "--clear", "--add", "rate-limited").ended(0)
    second = httpx.post(token).status_code
    stopped(process)

    assert (rule["fault"], first, second) == ("server-error", 500, 429)


def test_the_embedded_sandbox_fails_as_told(repo: Repo) -> None:
    """Under --sandbox an answer that is lost in process is survived, and nothing is paid twice."""
    repo.write(output("coast"))
    repo.run("sandbox", "faults", "--add", "lost-reply:request=execute,count=1").ended(0)

    applied = repo.run("apply", "--sandbox", "--yes", "outputs.yaml").ended(0)

    assert "is not known" in applied.err
    assert len(json.loads(repo.run("jobs", "--sandbox", "--format", "json").ended(0).out)["jobs"]) == 1


@pytest.mark.parametrize("last_good", ["captured", "successful"])
def test_both_regimes_are_served(repo: Repo, last_good: str) -> None:
    """With either last good status an apply delivers, and the job ends there, paid."""
    repo.write("apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: p}\nspec: {timing: {grace: 1s}}\n", "p.yaml")
    repo.write(output("coast"))
    process = serving(repo, "--last-good", last_good, "--time-scale", "100")
    repo.run("apply", ".", "--yes").ended(0)
    (job,) = json.loads(repo.run("jobs", "--format", "json").ended(0).out)["jobs"]
    stopped(process)

    assert (job["status"], job["credits"]) == (last_good, 58)


def test_a_sandbox_can_be_filled(repo: Repo) -> None:
    """The command adds so many finished jobs, and says so."""
    found = repo.run("sandbox", "fill", "--jobs", "250").ended(0)
    jobs = json.loads(repo.run("jobs", "--sandbox", "--format", "json").ended(0).out)["jobs"]

    assert "250 captured jobs" in found.err
    assert {job["status"] for job in jobs} == {"captured"}


def test_a_folder_that_cannot_be_used(repo: Repo) -> None:
    """A data folder that cannot be made is one sentence for each command."""
    Path(repo.folder / "file").write_text(COAST, encoding="utf-8")

    for command in (["serve"], ["fill", "--jobs", "1"], ["faults"]):
        found = repo.run("sandbox", *command, "--data", "file/within").ended(1)
        assert "cannot be made" in found.err
