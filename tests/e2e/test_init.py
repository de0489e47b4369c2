"""`reconciler init`: the real command, and what can be done with what it writes."""

import pytest

from tests.e2e.harness import Repo

WRITTEN = [
    ".github/workflows/reconciler.yml",
    ".gitignore",
    "README.md",
    "manifests/outputs.yaml",
    "manifests/policy.yaml",
    "manifests/project.yaml",
]


def test_a_starter_can_be_planned_at_once(repo: Repo) -> None:
    """Without an account, a token or any setting: what init writes is valid, and the sandbox has a plan for it."""
    said = repo.run("init", "start").ended(0).out
    repo.folder /= "start"

    assert repo.files(".") == WRITTEN
    assert all(path in said for path in WRITTEN)
    assert "reconciler plan --sandbox manifests" in said
    repo.run("validate", "manifests").ended(0)
    assert "2 to create" in repo.run("plan", "--sandbox", "--fail-on", "policy", "manifests").ended(0).out


def test_running_it_again_changes_nothing(repo: Repo) -> None:
    """Files that are there as they would be written are fine; those that are missing are added."""
    repo.run("init").ended(0)
    (repo.folder / "README.md").unlink()

    said = repo.run("init").ended(0).out

    assert [line for line in said.splitlines() if line.startswith("written")] == ["written  README.md"]
    assert repo.files(".") == WRITTEN


@pytest.mark.parametrize("kind", ["text", "folder", "dangling link"])
def test_nothing_is_overwritten(repo: Repo, kind: str) -> None:
    """If one file is there already and differs, it is named, and not a single one is written."""
    place = repo.folder / "README.md"
    if kind == "text":
        place.write_text("ours")
    elif kind == "folder":
        place.mkdir()
    else:
        place.symlink_to("nowhere")

    found = repo.run("init").ended(1)

    assert "README.md" in found.err
    assert "Nothing is written" in found.err
    assert [path for path in repo.files(".") if path != "README.md"] == []
    assert not (repo.folder / "nowhere").exists()


@pytest.mark.parametrize("arguments", [("taken",), ("--action", "acme/reconciler")])
def test_what_cannot_be_used_is_refused(repo: Repo, arguments: tuple[str, ...]) -> None:
    """A file in place of the folder, and an action that is none, are usage errors; nothing is written."""
    (repo.folder / "taken").write_text("")

    repo.run("init", *arguments).ended(64)

    assert repo.files(".") == ["taken"]
