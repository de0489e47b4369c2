import pathlib

import pytest

from reconciler.cli.sandbox import serve
from reconciler.sandbox.app import DOORS
from reconciler.sandbox.faults.kinds import KINDS
from reconciler.sandbox.processing.processes import PROCESSES

DOCS = pathlib.Path(__file__).parent.parent.parent / "docs"
PAGE = (DOCS / "sandbox.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_every_endpoint_is_in_the_table(door):
    """The table has a row for each endpoint, with all of its five columns."""
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {door.method} {door.path} |")]

    assert len(row.split(" |")) == 6, row


def test_every_row_is_an_endpoint():
    """The table has no row for what is not there."""
    rows = [line.split(" | ")[0].removeprefix("| ") for line in PAGE.splitlines() if line.startswith("| ")]
    methods = {"GET", "POST", "PUT", "PATCH", "DELETE"}
    endpoints = {row for row in rows if row.split(" ")[0] in methods}

    assert endpoints == {f"{door.method} {door.path}" for door in DOORS}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_fault_is_in_the_table(kind):
    """The table of faults names each, with its options."""
    (row,) = [line for line in PAGE.splitlines() if line.startswith("| `") and f"`{kind.name}`" in line.split(" | ")[0]]

    assert all(option in row for option in kind.options)


def test_every_option_of_serve_is_in_the_table():
    """Each option of the command has a row, but for those that every page of help explains."""
    options = {option.opts[0] for option in serve.params} - {"--port", "--data"}

    assert {option for option in options if f"| `{option}" not in PAGE} == set()


@pytest.mark.parametrize("process_id", PROCESSES)
def test_every_process_is_in_its_table(process_id):
    """The page about processes has a row for each."""
    assert f"\n| `{process_id}` |" in (DOCS / "sandbox-processes.md").read_text(encoding="utf-8")
