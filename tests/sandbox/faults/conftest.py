"""Clients of sandboxes on real ports, with time that the tests drive."""

import contextlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.sandbox.faults.line import Line


@pytest.fixture
def lines(settings, clock) -> Callable[..., contextlib.AbstractContextManager[Line]]:
    """Open a client; keyword arguments change the sandbox's settings."""

    def opened(**changes):
        return Line(replace(settings, **changes), clock)

    return opened


@pytest.fixture
def line(lines):
    with lines() as connected:
        yield connected
