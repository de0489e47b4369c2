"""Prices that come to light while a plan is applied, held against what is left."""

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.model.outcome import OutcomeKind
from tests.e2e.harness import COAST
from tests.engine.world import World

pytestmark = pytest.mark.anyio


def output(name: str, process: str, item: Any) -> dict[str, Any]:
    spec = {"process": process, "inputs": {"item": item}}
    return {"kind": "ProcessingOutput", "metadata": {"name": name}, "spec": spec}


CHAIN = (
    output("coast", "pansharpening", COAST),
    output("ships", "detection-ships-airbus", {"fromOutput": "coast"}),
    output("tanks", "detection-storage-tanks-airbus", {"fromOutput": "coast"}),
)


async def test_late_prices_add_up_to_the_ceiling(new_world: Callable[[], World]) -> None:
    """Either of two late outputs fits what is left, both do not: one is deferred."""
    world = new_world()
    world.write(*CHAIN)

    result = await world.apply(ceiling_credits=58 + 44 + 43)

    kinds = sorted(outcome.kind for outcome in result.outcomes)
    assert kinds == [OutcomeKind.COMPLETE, OutcomeKind.COMPLETE, OutcomeKind.DEFERRED]
    assert await world.charged_credits() == 58 + 44


async def test_late_prices_add_up_to_a_policys_limit(new_world: Callable[[], World]) -> None:
    """The same for a limit of a policy, whatever the ceiling."""
    world = new_world()
    limits = {"creditsPerPlan": 58 + 44 + 43}
    world.write({"kind": "Policy", "metadata": {"name": "rails"}, "spec": {"limits": limits}}, *CHAIN)

    result = await world.apply(ceiling_credits=1000)

    assert sum(outcome.kind is OutcomeKind.DEFERRED for outcome in result.outcomes) == 1
    assert await world.charged_credits() == 58 + 44
