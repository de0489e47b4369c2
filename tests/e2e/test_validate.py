"""Manifests that are wrong: every mistake at once, with its place."""

import re

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
