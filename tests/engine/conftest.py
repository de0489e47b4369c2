"""A sandbox's data folder, made once and copied for each world."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.sandbox.app import create_app
from reconciler.sandbox.settings import SandboxSettings
from tests.engine.world import BASE_URL, World, WorldClock


@pytest.fixture(scope="session")
def ready_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ready")
    create_app(SandboxSettings(data_dir=folder / "data", base_url=BASE_URL, now=WorldClock(), seed=7))
    return folder / "data"


@pytest.fixture
def new_world(tmp_path: Path, ready_sandbox: Path) -> Callable[[], World]:
    """Makes worlds, each in a folder of its own."""
    numbers = itertools.count()

    def make() -> World:
        folder = tmp_path / f"world{next(numbers)}"
        folder.mkdir()
        (folder / ".git").mkdir()
        return World(folder, ready_sandbox)

    return make
