import pytest
import yaml

from reconciler.errors import UsageError
from reconciler.starter.files import DEFAULT_ACTION, Standing, compare, starter_files

ACTIONS = ["./.github/actions/reconciler", "acme/reconciler@v1", "acme/tools/reconciler@main", "a-b/c.d@release/1.0"]


@pytest.mark.parametrize("action", ACTIONS)
def test_the_workflow_uses_the_action_that_is_named(action):
    """Wherever the starter speaks of the action it is the named one, and no placeholder is left."""
    files = starter_files(action)
    workflow = yaml.safe_load(files[".github/workflows/reconciler.yml"])
    used = {step["uses"] for job in workflow["jobs"].values() for step in job["steps"]}

    assert used == {"actions/checkout@v4", action}
    assert not [path for path, data in files.items() if b"@ACTION@" in data]


@pytest.mark.parametrize("action", ["", "acme/reconciler", "acme@v1", "../x", "./../x", "a/b@v1\n", 'a/b@"', "a/b@v 1"])
def test_what_is_no_action_is_refused(action):
    """Nothing that would break the workflow's YAML, or name nothing, gets into it."""
    with pytest.raises(UsageError, match="--action"):
        starter_files(action)


def test_nobody_else_can_own_the_default_action():
    """Without --action the workflow looks in its own repository: no name elsewhere that somebody may have taken."""
    assert DEFAULT_ACTION.startswith("./")


def test_how_files_stand():
    """Missing, same and different are told apart; what is there and cannot be read is different."""
    wanted = {"a": b"1", "b": b"2", "c": b"3", "d": b"4"}

    assert compare(wanted, {"b": b"2", "c": b"x", "d": None}) == Standing(("a",), ("b",), ("c", "d"))
