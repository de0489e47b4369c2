import itertools
import json
import pathlib
import re
import sqlite3
import subprocess
import sys

import pytest

from tests.compat.stac.conftest import token

COMMAND = pathlib.Path(sys.executable).with_name("stac-api-validator")
#: Not `item-search#sort`: the judge sends `collections` as a text there, and takes the 400 for an error.
CLASSES = ("core", "collections", "features", "item-search", "filter")
#: What the judge recommends and the sandbox does not do; docs/sandbox.md says why, one by one.
EXPECTED_WARNINGS = [
    r"STAC API Specification https://api.stacspec.org/v1.0.0/ is the latest version, but API advertises an older .*",
    r"/ : Link\[rel=service-doc\] should exist",
    r"\[Collections\] : GET .* Links in catalogs and collections should always have a 'title' field,",
    r"\[Filter Ext\] /: pre-1.0.0-rc.1 Filter Extension conformance classes are advertised.",
]


@pytest.fixture(scope="module")
def collection(sandbox) -> str:
    """A collection with a page of items more than one: the judge pages through it, and looks for one at 20 E, 20 N."""
    with sqlite3.connect(sandbox.data / "sandbox.sqlite") as db:
        db.row_factory = sqlite3.Row
        row = dict(db.execute("SELECT * FROM items ORDER BY seq LIMIT 1").fetchone())
        for number in range(12):
            west, south = 20.1 + number / 20, 20.2
            row |= {"seq": None, "id": f"more-{number}", "west": west, "south": south, "east": 20.9, "north": 20.9}
            ring = [[west, south], [20.9, south], [20.9, 20.9], [west, 20.9], [west, south]]
            item = json.loads(row["doc"].replace(json.loads(row["doc"])["id"], row["id"]))
            item |= {"bbox": [west, south, 20.9, 20.9], "geometry": {"type": "Polygon", "coordinates": [ring]}}
            row["doc"] = json.dumps(item)
            columns, marks = ", ".join(row), ", ".join("?" * len(row))
            db.execute(f"INSERT INTO items({columns}) VALUES ({marks})", tuple(row.values()))  # noqa: S608 - its own
    db.close()
    return row["collection_id"]


@pytest.fixture(scope="module")
def verdict(sandbox, tunnel, collection) -> subprocess.CompletedProcess[str]:
    """What stac-api-validator says about all that the sandbox promises, paging included."""
    geometry = {"type": "Point", "coordinates": [20.8, 20.5]}
    classes = [word for name in CLASSES for word in ("--conformance", name)]
    command = [COMMAND, "--root-url", f"{sandbox.url}/v2/assets/stac/", "--collection", collection, *classes]
    command += ["--geometry", json.dumps(geometry), "--validate-pagination"]
    command += ["--headers", f"Authorization: Bearer {token(sandbox)}"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def listed(verdict, heading):
    """The lines below a heading of the judge's report."""
    _, _, below = verdict.stdout.partition(f"{heading}:\n")
    return [line.removeprefix("- ") for line in itertools.takewhile(lambda it: it.startswith("- "), below.splitlines())]


def test_the_api_validator_finds_no_error(verdict):
    """stac-api-validator goes through all classes and finds no error."""
    assert "Errors: none" in verdict.stdout, verdict.stdout + verdict.stderr
    assert verdict.returncode == 0
    assert "Filter Extension - CQL2-JSON conformance class" in verdict.stdout


def test_the_api_validator_recommends_nothing_new(verdict):
    """What stac-api-validator warns of is known, and is all said in docs/sandbox.md."""
    warnings = listed(verdict, "Warnings")

    assert [it for it in warnings if not any(re.fullmatch(known, it) for known in EXPECTED_WARNINGS)] == []
    assert [it for it in EXPECTED_WARNINGS if not any(re.fullmatch(it, warning) for warning in warnings)] == []
