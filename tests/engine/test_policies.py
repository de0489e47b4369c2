"""Policies against a whole world: a budget counts what the service really charged."""

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.errors import Refused
from reconciler.model.plan import Action, Verdict
from tests.e2e.harness import COAST
from tests.engine.world import World

pytestmark = pytest.mark.anyio


def output(name: str, weight: int, **metadata: Any) -> dict[str, Any]:
    inputs = {"item": COAST, "greyWeights": [{"band": "red", "weight": weight}]}
    spec = {"process": "pansharpening", "inputs": inputs}
    return {"kind": "ProcessingOutput", "metadata": {"name": name, **metadata}, "spec": spec}


def coastal(name: str, weight: int) -> dict[str, Any]:
    return output(name, weight, labels={"team": "coastal"})


def budget(credit_count: int) -> dict[str, Any]:
    budgets = [{"match": {"team": "coastal"}, "credits": credit_count, "period": "month"}]
    return {"kind": "Policy", "metadata": {"name": "rails"}, "spec": {"budgets": budgets}}


async def test_a_budget_holds_over_several_applies_of_a_month(new_world: Callable[[], World]) -> None:
    """What was bought before counts; the next month begins anew; what was bought already stays downloadable."""
    world = new_world()
    world.write(coastal("one", 1))
    await world.apply()
    price = await world.charged_credits()
    world.write(budget(2 * price - 1), coastal("one", 1), coastal("two", 2), output("free", 3))

    (check,) = (await world.plan()).plan.checks
    with pytest.raises(Refused, match="rails/budgets"):
        await world.apply()
    assert check.verdict is Verdict.FAIL
    assert f"{price:,} charged + 0 running + {price:,} planned" in check.text
    assert await world.charged_credits() == price

    fitted = (await world.plan(fit=True)).plan
    assert {change.output.name: change.action for change in fitted.changes} == {
        "one": Action.UNCHANGED,
        "two": Action.DEFERRED,
        "free": Action.CREATE,
    }
    assert not fitted.failed_checks

    world.pass_(31 * 24 * 3600)
    assert [check.verdict for check in (await world.plan()).plan.checks] == [Verdict.PASS]


async def test_where_a_budget_pays_for_nothing_no_spending_is_read(new_world: Callable[[], World]) -> None:
    """A rerun stays cheap: no listing for a budget that is not asked for anything, however overdrawn it is."""
    world = new_world()
    world.write(coastal("one", 1))
    await world.apply()
    world.write(budget(1), coastal("one", 1))

    made = (await world.plan()).plan

    assert [check.text.partition(" of ")[0] for check in made.checks] == ["nothing planned"]
    assert made.jobs_seen is None
    assert not made.has_changes
