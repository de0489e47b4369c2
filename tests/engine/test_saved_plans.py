"""Promise 2 as a property: for any manifests, job histories and prices, and whatever the world does in between."""

import asyncio
import itertools
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, example, given, settings
from hypothesis import strategies as st

from reconciler.errors import PlanStale
from reconciler.model.outcome import OutcomeKind
from reconciler.model.plan import Action
from tests.e2e.harness import COAST, TOWN
from tests.engine.world import Saved, World

_DONE = {OutcomeKind.COMPLETE, OutcomeKind.UNCHANGED}
PROCESSES = ("pansharpening", "detection-ships-airbus", "detection-storage-tanks-airbus")
ITEMS = (COAST, TOWN)
WORK = tuple(itertools.product(PROCESSES, ITEMS))
CEILING = 100_000
#: What somebody else's job does, and how many seconds ago it was made.
_BY_HAND = {
    "captured": ("", 300),
    "job-fails": ("job-fails", 300),
    "job-released": ("job-released", 300),
    "runs": ("", 5),
    "runs, fails": ("job-fails", 5),
}
FAILING = ("job-fails", "job-released")


@dataclass(frozen=True)
class Happening:
    """Something that the world does: `what` to `work`, an index of WORK."""

    what: str
    work: int = 0
    credits: int = 0


@st.composite
def declared(draw: st.DrawFn) -> list[dict[str, Any]]:
    """One to four outputs: any work, some with retries, some made from an earlier one."""
    documents: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 4))):
        process, item = WORK[draw(st.integers(0, len(WORK) - 1))]
        inputs: dict[str, Any] = {"item": item}
        rasters = [one["metadata"]["name"] for one in documents if one["spec"]["process"] == PROCESSES[0]]
        if rasters and draw(st.integers(0, 2)) == 0:
            process = draw(st.sampled_from(PROCESSES[1:]))
            inputs = {"item": {"fromOutput": draw(st.sampled_from(rasters))}}
        spec = {"process": process, "inputs": inputs, "priority": draw(st.integers(0, 2))}
        if draw(st.booleans()):
            spec["retry"] = {"attempts": draw(st.integers(1, 3))}
        documents.append({"kind": "ProcessingOutput", "metadata": {"name": f"o{number}"}, "spec": spec})
    return documents


@dataclass(frozen=True)
class History:
    """What is declared, what happened before the plan, what it costs, and what happens until the plan is applied."""

    documents: list[dict[str, Any]]
    before: list[Happening]
    between: list[Happening]
    extra: list[int]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Things happen to declared work above all: elsewhere they change nothing."""
    documents = draw(declared())
    mine = [WORK.index(work) for one in documents if (work := _work(one)) in WORK]

    def happenings(*kinds: str) -> list[Happening]:
        works = st.one_of(st.sampled_from(mine), st.sampled_from(mine), st.integers(0, len(WORK) - 1))
        return draw(st.lists(st.builds(Happening, st.sampled_from(kinds), works, st.integers(0, 30)), max_size=3))

    return History(
        documents,
        happenings("captured", "job-fails", "job-released", "runs", "runs, fails", "poor"),
        happenings(
            *("captured", "job-fails", "price", "poor", "rich", "applied", "deleted", "eula", "later", "will fail")
        ),
        draw(st.lists(st.integers(0, 30), min_size=len(PROCESSES), max_size=len(PROCESSES))),
    )


def _one(*, before: Sequence[Happening] = (), between: Sequence[Happening] = (), attempts: int = 1) -> History:
    """One output of the first work, and what happens to it."""
    process, item = WORK[0]
    spec = {"process": process, "inputs": {"item": item}, "retry": {"attempts": attempts}}
    document = {"kind": "ProcessingOutput", "metadata": {"name": "o0"}, "spec": spec}
    return History([document], list(before), list(between), [0] * len(PROCESSES))


#: The second output is made from the first, and its job fails although there would be further attempts.
_CHAIN = History(
    [
        *_one().documents,
        {
            "kind": "ProcessingOutput",
            "metadata": {"name": "o1"},
            "spec": {"process": PROCESSES[1], "inputs": {"item": {"fromOutput": "o0"}}, "retry": {"attempts": 3}},
        },
    ],
    [],
    [Happening("will fail", work=WORK.index((PROCESSES[1], COAST)))],
    [0] * len(PROCESSES),
)


def _work(document: dict[str, Any]) -> tuple[str, Any]:
    return document["spec"]["process"], document["spec"]["inputs"]["item"]


class Prices:
    """A price list: what each process costs more than it does by itself, quoted and charged alike."""

    def __init__(self, world: World, extra: list[int]) -> None:
        self._world = world
        self.extra = dict(zip(PROCESSES, extra, strict=True))
        self.post()

    def post(self, *faults: str) -> None:
        """Let these prices hold, and these faults beside them."""
        self._world.sandbox.faults.remove()
        for process_id, credit_count in self.extra.items():
            for request in ("price", "execute"):
                self._world.fault(f"price-rises:request={request},containing={process_id},credits={credit_count}")
        for fault in faults:
            self._world.fault(fault)


async def happen(world: World, prices: Prices, happening: Happening, saved: Saved | None = None) -> None:
    """Let the world do something."""
    if happening.what in _BY_HAND:
        await make_job(world, prices, happening)
        return
    process_id, _ = WORK[happening.work]
    match happening.what:
        case "will fail":
            prices.post(f"job-fails:containing={process_id}")
        case "price":
            prices.extra[process_id] = happening.credits
            prices.post()
        case "poor":
            world.sandbox.set_balance(happening.credits)
        case "rich":
            world.sandbox.set_balance(1_000_000)
        case "applied":
            await world.apply(saved, ceiling_credits=CEILING)
        case "deleted":
            await delete_results(world)
        case "eula":
            prices.post(f"eula-updated:request=get-process,containing={process_id},count=1")
        case _:
            world.pass_(600)


async def make_job(world: World, prices: Prices, happening: Happening) -> None:
    """Somebody else makes a job: what becomes of it, and how long ago it was."""
    process_id, item = WORK[happening.work]
    fault, seconds = _BY_HAND[happening.what]
    if fault:
        prices.post(f"{fault}:containing={process_id}")
    await world.make_job(process_id, {"item": item}, seconds=seconds)
    if fault:
        prices.post()


async def delete_results(world: World) -> None:
    """Somebody tidies storage up."""
    async with world.client() as http:
        jobs = await world.jobs()
        for collection in sorted(filter(None, ((job["results"] or {}).get("collection") for job in jobs))):
            assert (await http.delete(collection)).status_code in (204, 404)
    world.pass_(3600)


async def live(world: World, history: History) -> None:
    """Plan and save, let the world go on, apply; then hold what was done against what was shown."""
    prices = Prices(world, history.extra)
    world.write(*history.documents)
    for happening in history.before:
        await happen(world, prices, happening)
    saved = await world.save(ceiling_credits=CEILING)
    for happening in history.between:
        try:
            await happen(world, prices, happening, saved)
        except PlanStale:
            event("stale in between")
    executed, charged = len(world.executions), await world.charged_credits()
    try:
        result = await world.apply(saved, ceiling_credits=CEILING)
    except PlanStale:
        event("stale")
        assert world.executions[executed:] == []
        # Jobs that others have running may be charged meanwhile, so what is compared is what this run created.
    else:
        event("applied")
        event(f"{len(world.executions) - executed} created")
        _hold(saved, world.executions[executed:])
        if not saved.plan.unknown_cost_count and not _others_run(history):
            assert await world.charged_credits() - charged <= saved.plan.known_cost_credits
        fails = {"will fail", "applied"} & {happening.what for happening in history.between}
        if not saved.plan.count(Action.BLOCKED, Action.DEFERRED) and not fails and not _others_run(history):
            assert {outcome.kind for outcome in result.outcomes} <= _DONE
    prices.post()
    await used_once(world, saved)


def _hold(saved: Saved, executed: list[str]) -> None:
    """No job that the plan does not contain."""
    shown = [change.output.process_id for change in saved.plan.paid]
    for process_id in set(executed):
        assert executed.count(process_id) <= shown.count(process_id)


def _others_run(history: History) -> bool:
    """Whether jobs of others may be under way when the plan is applied."""
    return any(happening.what.startswith("runs") for happening in history.before)


async def used_once(world: World, saved: Saved) -> None:
    """Applying the plan again creates nothing."""
    executed = len(world.executions)
    try:
        await world.apply(saved, ceiling_credits=CEILING)
    except PlanStale:
        event("stale when applied again")
    assert world.executions[executed:] == []


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink takes minutes: a history is short by itself
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(history=histories())
@example(_one(between=[Happening("will fail")], attempts=3))
@example(_one(between=[Happening("price", credits=30)]))
@example(_one(before=[Happening("runs, fails")], between=[Happening("later")], attempts=2))
@example(_one(before=[Happening("captured")], between=[Happening("deleted"), Happening("later")]))
@example(_one(before=[Happening("job-fails")], between=[Happening("job-fails")], attempts=3))
@example(_one(between=[Happening("poor")]))
@example(_one(before=[Happening("poor")], between=[Happening("rich")]))
@example(_CHAIN)
@example(_one(between=[Happening("eula")]))
def test_a_saved_plan_never_pays_more_than_it_shows(new_world: Callable[[], World], history: History) -> None:
    """No job that it does not contain, no credit more than it shows; applied again, it creates nothing.

    A world that changed in between makes it less, or stale with nothing spent.
    """
    asyncio.run(live(new_world(), history))


def test_a_rebuy_is_used_once(new_world: Callable[[], World]) -> None:
    """A plan that pays again for deleted results does so once, even when they are deleted again."""

    async def run() -> None:
        world = new_world()
        world.write(*_one().documents)
        await world.apply()
        shutil.rmtree(world.folder / "outputs")
        await delete_results(world)
        saved = await world.save(rebuy=True)
        await world.apply(saved)
        assert len(world.executions) == 2
        shutil.rmtree(world.folder / "outputs")
        await delete_results(world)

        result = await world.apply(saved)

        assert [outcome.kind for outcome in result.outcomes] == [OutcomeKind.BLOCKED]
        assert len(world.executions) == 2

    asyncio.run(run())


def test_the_world_of_these_tests_is_one_that_delivers(new_world: Any) -> None:
    """The property above is about something: a plain world pays, delivers, and then has nothing to do."""

    async def run() -> None:
        world = new_world()
        world.write(*_one().documents)
        saved = await world.save()
        result = await world.apply(saved)
        assert [outcome.kind for outcome in result.outcomes] == [OutcomeKind.COMPLETE]
        assert await world.charged_credits() == saved.plan.known_cost_credits > 0
        assert (await world.plan()).plan.count(Action.UNCHANGED) == 1
        assert Path(result.outcomes[0].destination).is_dir()

    asyncio.run(run())


@pytest.mark.parametrize("what", FAILING)
def test_a_failed_job_of_somebody_else_is_a_history_of_these_tests(new_world: Any, what: str) -> None:
    """The histories above are what they say: the job is listed as released, and nothing was charged."""

    async def run() -> None:
        world = new_world()
        await happen(world, Prices(world, [0, 0, 0]), Happening(what))
        assert [job["status"] for job in await world.jobs()] == ["released"]
        assert await world.charged_credits() == 0

    asyncio.run(run())
