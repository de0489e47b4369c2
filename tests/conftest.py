"""Fixtures that every part shares."""

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The project runs on asyncio only."""
    return "asyncio"
