import asyncio
import threading

import pytest

from reconciler.delivery.threads import in_thread

pytestmark = pytest.mark.anyio


async def test_a_result_and_an_error_come_through():
    """A blocking call answers as if it had been called here."""
    assert await in_thread(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await in_thread(divmod, 7, 0)


@pytest.mark.parametrize("fails", [False, True], ids=["call-succeeds", "call-fails"])
async def test_a_cancellation_waits_for_the_call(fails):
    """Clean-up after a cancellation never meets a thread that is still at work, however often it is cancelled."""
    entered, leave, ended = threading.Event(), threading.Event(), threading.Event()

    def block():
        entered.set()
        leave.wait(timeout=10)
        ended.set()
        if fails:
            raise OSError

    task = asyncio.create_task(in_thread(block))
    await in_thread(entered.wait, 10)
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()

    leave.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
