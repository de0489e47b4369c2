"""A new account for each file of tests: a sandbox, and the SDK as it is on PyPI, signed in to it through the tunnel."""

import os
import pathlib
import shutil
from collections.abc import Iterator

import pytest

from tests.compat.serving import Served, served
from tests.compat.tunnel import tunnelled
from tests.compat.up42.account import TIME_SCALE

os.environ["UP42_DISABLE_VERSION_CHECK"] = "true"  # the SDK would ask PyPI as soon as it is imported

import up42

#: The hosts that are written into the SDK.
API, AUTH = "api.up42.com", "auth.up42.com"


@pytest.fixture(scope="session")
def ready_folder(tmp_path_factory) -> pathlib.Path:
    """A data folder with the example scenes, to be copied: painting them takes a while."""
    folder = tmp_path_factory.mktemp("ready") / "data"
    with served(folder):
        return folder


@pytest.fixture(scope="module")
def options() -> tuple[str, ...]:
    """What else `serve` is told; a file of tests may have options of its own."""
    return ()


@pytest.fixture(scope="module", autouse=True)
def sandbox(ready_folder, options, tmp_path_factory) -> Iterator[Served]:
    """A sandbox that the SDK takes for UP42, and is signed in to. No other host is asked for anything."""
    folder = tmp_path_factory.mktemp("sandbox")
    shutil.copytree(ready_folder, folder / "data")
    arguments = ("--time-scale", str(TIME_SCALE), "--base-url", f"https://{API}", *options)
    with (
        served(folder / "data", *arguments) as sandbox,
        tunnelled({API: sandbox.port, AUTH: sandbox.port}, folder) as tunnel,
        pytest.MonkeyPatch.context() as environment,
    ):
        for name, value in tunnel.environment.items():
            environment.setenv(name, value)
        up42.authenticate(username=sandbox.username, password=sandbox.password)
        yield sandbox
    assert tunnel.refused == []


@pytest.fixture(scope="module")
def storage(sandbox):
    """The SDK's STAC client."""
    return up42.stac_client()


@pytest.fixture(scope="module")
def scenes(storage):
    """The example scenes by their titles."""
    return {item.properties["title"]: item for item in storage.search().items()}
