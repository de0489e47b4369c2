"""A set over a search: one walk, one price for each new kind of work, and nothing that depends on the order."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.model.plan import Action
from reconciler.sandbox.fill import fill
from tests.engine.world import World

pytestmark = pytest.mark.anyio
TIMING = {"requestsPerSecond": 10_000, "burst": 10_000}
FAST = {"kind": "Project", "metadata": {"name": "p"}, "spec": {"timing": TIMING}}


def scenes(name: str = "scenes", kinds: tuple[str, ...] = ("ships", "storage-tanks"), **search: Any) -> dict[str, Any]:
    """A set with an output for each filled item and each kind of detection."""
    return {
        "kind": "ProcessingOutputSet",
        "metadata": {"name": name},
        "spec": {
            "forEach": {
                "search": {"datetime": "2026-06-14T00:00:00Z/2026-06-15T00:00:00Z", **search},
                "matrix": {"kind": list(kinds)},
            },
            "template": {
                "metadata": {"name": "${matrix.kind}-${item.id}"},
                "spec": {"process": "detection-${matrix.kind}-airbus", "inputs": {"item": "${item.href}"}},
            },
        },
    }


def asked(world: World) -> Counter[str]:
    """How often each kind of request was sent: `POST search`, `POST cost`, and so on."""
    return Counter(f"{one.split()[0]} {one.rsplit('/', 1)[-1]}" for one in world.requests)


async def test_five_hundred_items_times_two(new_world: Callable[[], World]) -> None:
    """A thousand outputs: the search is walked once, and each new one's price is asked for once."""
    world = new_world()
    fill(world.sandbox, 500)
    world.write(FAST, scenes())

    made = (await world.plan()).plan

    assert made.count(Action.CREATE) == 1000
    assert {change.output.set_name for change in made.changes} == {"scenes"}
    found = asked(world)
    assert found["POST search"] == 1
    assert found["POST cost"] + found["POST price"] == 1000


async def test_a_limit_ends_the_walk(new_world: Callable[[], World]) -> None:
    """At most so many items, whatever there is."""
    world = new_world()
    fill(world.sandbox, 30)
    world.write(scenes(kinds=("ships",), limit=10, sortBy=[{"field": "datetime", "direction": "desc"}]))

    assert (await world.plan()).plan.count(Action.CREATE) == 10
    assert asked(world)["POST search"] == 1


async def test_two_sets_with_one_search_walk_it_once(new_world: Callable[[], World]) -> None:
    """Equal searches are one, whoever declares them."""
    world = new_world()
    fill(world.sandbox, 5)
    world.write(scenes("one", ("ships",)), scenes("two", ("storage-tanks",)))

    assert (await world.plan()).plan.count(Action.CREATE) == 10
    assert asked(world)["POST search"] == 1
