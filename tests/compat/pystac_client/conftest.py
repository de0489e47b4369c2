"""Two sandboxes for the newest pystac-client, over plain HTTP: one of a few items, and one of a thousand."""

import pathlib
import subprocess
from collections.abc import Iterator

import pystac_client
import pytest
import requests

from tests.compat.serving import ROOT, served

#: Results in the small sandbox, beside its example scenes, and items in the large one, with them.
FEW, MANY = 3, 1_000
_FILL = """
import pathlib, sys
from dataclasses import replace
from reconciler.sandbox import bundles, storage
from reconciler.sandbox.ids import id_from
from reconciler.sandbox.imagery.rasters import facts_of
from reconciler.sandbox.sandbox import open_sandbox
from reconciler.sandbox.scenes import TOWN
from reconciler.sandbox.settings import DEFAULT_WORKSPACE_ID, SandboxSettings
from reconciler.sandbox.stac import GEOTIFF, Asset, Item

sandbox = open_sandbox(SandboxSettings(pathlib.Path(sys.argv[1])))
now = sandbox.clock.micros()
with sandbox.store.writing() as db:
    facts = facts_of(bundles.load(db, sandbox.blobs, TOWN.path).colours.path)
    for number in map(str, range(int(sys.argv[2]))):
        made = {word: id_from("many", word, number) for word in ("item", "collection", "job", "asset")}
        asset = Asset(f"{number}.tiff", made["asset"], "Data", GEOTIFF, ("data",), ("red", "green", "blue"))
        storage.add(db, Item(made["item"], made["collection"], DEFAULT_WORKSPACE_ID, f"Filled job {number}",
                             now, now, facts, [asset], source="PROCESSING", job_id=made["job"]), [])
"""


def fill(folder: pathlib.Path, number: int) -> None:
    """Put so many results into a sandbox that is not running yet."""
    subprocess.run([ROOT / ".venv" / "bin" / "python", "-c", _FILL, folder, str(number)], check=True)


@pytest.fixture(scope="session")
def client(tmp_path_factory) -> Iterator[pystac_client.Client]:
    """A client of the example scenes and a few results."""
    yield from _opened(tmp_path_factory.mktemp("few") / "data", FEW)


@pytest.fixture(scope="session")
def items(client):
    """All that is in the small sandbox, by title."""
    return {item.properties["title"]: item for item in client.search().items()}


@pytest.fixture(scope="session")
def large(tmp_path_factory) -> Iterator[pystac_client.Client]:
    """A client of a thousand items, four of them the example scenes."""
    yield from _opened(tmp_path_factory.mktemp("many") / "data", MANY - 4)


def _opened(folder: pathlib.Path, number: int) -> Iterator[pystac_client.Client]:
    fill(folder, number)
    with served(folder) as sandbox:
        form = {"grant_type": "password", "client_id": "up42-api"}
        form |= {"username": sandbox.username, "password": sandbox.password}
        answer = requests.post(f"{sandbox.url}/realms/public/protocol/openid-connect/token", data=form, timeout=30)
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        yield pystac_client.Client.open(f"{sandbox.url}/v2/assets/stac/", headers=headers)
