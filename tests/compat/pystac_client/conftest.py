"""Two sandboxes for the newest pystac-client, over plain HTTP: one of a few items, and one of a thousand."""

import pathlib
from collections.abc import Iterator

import pystac_client
import pytest
import requests

from tests.compat.serving import run, served

#: Results in the small sandbox, beside its example scenes, and items in the large one, with them.
FEW, MANY, SCENES = 3, 1_000, 5


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
    """A client of a thousand items, the example scenes among them."""
    yield from _opened(tmp_path_factory.mktemp("many") / "data", MANY - SCENES)


def _opened(folder: pathlib.Path, number: int) -> Iterator[pystac_client.Client]:
    run("sandbox", "fill", "--data", str(folder), "--jobs", str(number))
    with served(folder) as sandbox:
        form = {"grant_type": "password", "client_id": "up42-api"}
        form |= {"username": sandbox.username, "password": sandbox.password}
        answer = requests.post(f"{sandbox.url}/realms/public/protocol/openid-connect/token", data=form, timeout=30)
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        yield pystac_client.Client.open(f"{sandbox.url}/v2/assets/stac/", headers=headers)
