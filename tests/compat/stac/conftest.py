"""A sandbox for the judges of its STAC API, and the schemas that these ask for, without any other host."""

import contextlib
import pathlib
import shutil
from collections.abc import Iterator

import pytest
import requests

from tests.compat.serving import Served, served
from tests.compat.stac.schemas import HOSTS, served_schemas
from tests.compat.tunnel import Tunnel, tunnelled

#: A job takes 0.4 s.
TIME_SCALE = "100"


@pytest.fixture(scope="session")
def ready_folder(tmp_path_factory) -> pathlib.Path:
    """A data folder with the example scenes, to be copied: painting them takes a while."""
    folder = tmp_path_factory.mktemp("ready") / "data"
    with served(folder):
        return folder


@contextlib.contextmanager
def fresh_sandbox(ready_folder: pathlib.Path, folder: pathlib.Path) -> Iterator[Served]:
    """A sandbox on a copy of the ready data folder."""
    with served(shutil.copytree(ready_folder, folder / "data"), "--time-scale", TIME_SCALE) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def sandbox(ready_folder, tmp_path_factory) -> Iterator[Served]:
    """A sandbox of its own for each file of tests."""
    with fresh_sandbox(ready_folder, tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def tunnel(tmp_path_factory) -> Iterator[Tunnel]:
    """The way to the schemas; every other host is refused, and none may have been asked for."""
    with (
        served_schemas() as port,
        tunnelled(dict.fromkeys(HOSTS, port), tmp_path_factory.mktemp("tunnel")) as tunnel,
        pytest.MonkeyPatch.context() as environment,
    ):
        for name, value in tunnel.environment.items():
            environment.setenv(name, value)
        yield tunnel
    assert tunnel.refused == []


def token(sandbox: Served) -> str:
    """An access token; it lasts for five minutes."""
    form = {"grant_type": "password", "username": sandbox.username, "password": sandbox.password}
    answer = requests.post(f"{sandbox.url}/realms/public/protocol/openid-connect/token", data=form, timeout=10)
    return answer.json()["access_token"]


@pytest.fixture
def api(sandbox) -> Iterator[requests.Session]:
    """A client that has just signed in."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token(sandbox)}"
        yield session
