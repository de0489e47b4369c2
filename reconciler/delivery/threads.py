"""Blocking calls from async code, never left behind."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a blocking call in a thread. A cancellation takes effect when the call has ended, not before.

    `asyncio.to_thread` would go on at once, and the caller's clean-up would close a file that the thread
    still writes to.
    """
    work = asyncio.get_running_loop().run_in_executor(None, partial(function, *args, **kwargs))
    interruption: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait((work,))
        except asyncio.CancelledError as error:
            interruption = error
    if interruption is not None:
        if not work.cancelled():
            work.exception()  # looked at, so that the loop does not report it as forgotten
        raise interruption
    return work.result()
