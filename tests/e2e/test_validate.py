"""Manifests that are wrong: every mistake at once, with its place."""

import re
import subprocess
import sys

import pytest

from tests.e2e.harness import COAST, Repo, Service, output

TEN_MISTAKES = """\
apiVersion: reconciler/v1
kind: ProcessingOutput
metadata: {name: Bad_Name, labels: {team: 1}}
spec:
  proces: pansharpening
  process: pansharpening
  inputs: {item: nowhere, title: x}
  newerThan: yesterday
  retry: {attempts: twice}
  priority: high
  preventReplace: maybe
  delivery: {to: "out/${output.nme}"}
"""
PLACES = ["3:18", "3:43", "5:3", "7:18", "7:27", "8:14", "9:21", "10:13", "11:19", "12:18"]


@pytest.mark.parametrize("command", ["validate", "plan"])
def test_ten_mistakes_are_ten_messages(repo: Repo, command: str) -> None:
    """Ten different mistakes in one manifest: ten messages with positions, and 65."""
    repo.write(TEN_MISTAKES)

    found = repo.run(command, "outputs.yaml").ended(65)

    places = re.findall(r"^outputs\.yaml:(\d+:\d+): ", found.out + found.err, flags=re.MULTILINE)
    assert places == PLACES
    assert 'Did you mean "process"?' in found.out + found.err


def test_github_annotations(repo: Repo) -> None:
    """--format github prints one workflow command for each problem."""
    repo.write(TEN_MISTAKES)

    found = repo.run("validate", "outputs.yaml", "--format", "github").ended(65)

    assert [line.split("::")[1][:29] for line in found.out.splitlines()] == ["error file=outputs.yaml,line="] * 10


def test_online_checks_inputs_against_the_live_processes(repo: Repo, service: Service) -> None:
    """What no manifest schema can know is found without a workspace, and nothing but GETs is sent."""
    repo.write(output("typo", inputs=f"{{item: {COAST}, greyWeigths: []}}") + output("none", "no-such-process"))
    repo.run("validate", "outputs.yaml").ended(0)

    found = repo.run("validate", "outputs.yaml", "--online", UP42_WORKSPACE_ID="").ended(65)

    assert "did you mean greyWeights?" in found.out
    assert "UP42 has no process no-such-process" in found.out
    assert set(service.posts()) <= {"token"}


def test_a_relative_state_folder_starts_at_the_current_folder(repo: Repo, service: Service) -> None:
    """RECONCILER_STATE is read as any path on a command line."""
    repo.write(output("coast"), "outputs.yaml")
    (repo.folder / "sub").mkdir()

    repo.run("apply", "outputs.yaml", "--yes", RECONCILER_STATE="sub/state").ended(0)

    assert (repo.folder / "sub" / "state" / "claims").is_dir()


SET = """\
apiVersion: reconciler/v1
kind: ProcessingOutputSet
metadata: {name: coast}
spec:
  forEach: {%s}
  template:
    metadata: {name: "coast-${%s}"}
    spec: {process: pansharpening, inputs: {item: %s}}
---
"""


def test_sets_are_counted(repo: Repo) -> None:
    """What a set lists is declared; what a search would find is not asked for offline, but its set is counted."""
    listed = SET % ("matrix: {s: [2, 5]}", "matrix.s", COAST)
    found = (SET % ("search: {collections: [c]}", "item.id", '"${item.href}"')).replace("name: coast}", "name: found}")
    repo.write(listed + output("alone") + "---\n" + found)

    ran = repo.run("validate", "outputs.yaml").ended(0)

    assert ran.out == "Valid: 3 outputs declared, 1 set expanded by the service.\n"


def test_the_first_line_comes_before_anything_is_read(repo: Repo) -> None:
    """Whatever becomes of it, the command says at once what it does; stdout is for the answer."""
    ran = repo.run("validate", "nothing-here").ended(64)

    assert ran.err.splitlines()[0] == "Reading manifests…"
    assert ran.out == ""


def test_offline_nothing_that_talks_to_a_service_is_loaded(repo: Repo) -> None:
    """Loading the engine takes longer than checking manifests: who stays offline does not wait for it."""
    repo.write(output("alone"))
    script = (
        "import sys; from reconciler.cli.main import run; code = run(['validate', 'outputs.yaml']);"
        "print(code, sorted({'httpx', 'deepdiff', 'obstore', 'asyncio'} & set(sys.modules)))"
    )

    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=repo.folder, capture_output=True, text=True, check=True, timeout=100
    )

    assert ran.stdout.splitlines()[-1] == "0 []"
