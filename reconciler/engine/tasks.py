"""Running coroutines together, with the plain error of the first that fails."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

_Value = TypeVar("_Value")


async def together(coroutines: Sequence[Coroutine[Any, Any, _Value]]) -> list[_Value]:
    """Every result, in order. The first error cancels the others, waits for their end, and is raised as it is."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
