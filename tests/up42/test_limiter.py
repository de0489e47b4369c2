import asyncio

import pytest

from reconciler.up42.limiter import Limiter

pytestmark = pytest.mark.anyio


async def pass_through(limiter, clock, count):
    """When each of `count` requests that came at once may leave, in the order in which they came."""
    left_at = {}

    async def one(number):
        async with limiter.slot():
            left_at[number] = clock.elapsed_s

    await asyncio.gather(*(one(number) for number in range(count)))
    return left_at


async def test_a_burst_leaves_at_once(clock):
    """As many as the burst allows do not wait."""
    left_at = await pass_through(Limiter(clock, rate_per_s=10, burst=5), clock, 5)

    assert set(left_at.values()) == {0.0}
    assert clock.sleeps_s == []


async def test_after_the_burst_the_rate_holds(clock):
    """Further requests leave one by one, a tenth of a second apart at 10/s."""
    left_at = await pass_through(Limiter(clock, rate_per_s=10, burst=2), clock, 6)

    assert list(left_at.values()) == pytest.approx([0, 0, 0.1, 0.2, 0.3, 0.4])


async def test_the_first_to_come_is_the_first_to_go(clock):
    """The queue is fair."""
    left_at = await pass_through(Limiter(clock, rate_per_s=10, burst=1), clock, 20)

    assert list(left_at) == list(range(20))


async def test_nobody_polls(clock):
    """One sleep for each request that waits, however many wait behind it."""
    await pass_through(Limiter(clock, rate_per_s=10, burst=1), clock, 21)

    assert len(clock.sleeps_s) == 20


async def test_a_pause_fills_the_burst_again_and_no_more(clock):
    """Time without requests is not saved up beyond the burst."""
    limiter = Limiter(clock, rate_per_s=10, burst=3)
    await pass_through(limiter, clock, 3)
    clock.elapsed_s = 100.0

    left_at = await pass_through(limiter, clock, 4)

    assert list(left_at.values()) == pytest.approx([100, 100, 100, 100.1])


async def test_a_hold_stops_everybody(clock):
    """What one request was told, all obey; a shorter hold does not shorten a longer one."""
    limiter = Limiter(clock)
    limiter.hold_back(30)
    limiter.hold_back(5)

    left_at = await pass_through(limiter, clock, 3)

    assert list(left_at.values()) == pytest.approx([30, 30, 30])


async def test_a_hold_reaches_those_who_wait_already(clock):
    """A hold that comes while a request sleeps in the queue is obeyed by it."""
    limiter = Limiter(clock, rate_per_s=1, burst=1)
    async with limiter.slot():
        pass
    waiting = asyncio.create_task(pass_through(limiter, clock, 1))
    await asyncio.sleep(0)
    limiter.hold_back(50)

    assert (await waiting)[0] >= 50


async def test_requests_in_flight_are_bounded(clock):
    """No more than `concurrency` hold a place at once."""
    limiter = Limiter(clock, concurrency=3)
    inside = most = 0

    async def one():
        nonlocal inside, most
        async with limiter.slot():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(one() for _ in range(10)))

    assert most == 3


async def test_one_who_leaves_the_queue_holds_nobody_up(clock):
    """A cancelled request gives its place back."""
    limiter = Limiter(clock, concurrency=1)
    async with limiter.slot():
        waiting = asyncio.create_task(pass_through(limiter, clock, 1))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    assert await pass_through(limiter, clock, 1) == {0: 0.0}
