"""How one sandbox is set up, and the fixed ids of its account."""

import asyncio
import datetime as dt
import pathlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

#: `sub` of userinfo, and the workspace of jobs that name none. Any other UUID is a workspace, too.
DEFAULT_WORKSPACE_ID = "5a0d8a0e-7c1b-4b6e-9f5e-3d1c2b4a6f70"
DEFAULT_ACCOUNT_ID = "b1f6f7c2-54f3-4b0e-8f6d-0a9c1d2e3f41"
#: The one budget that every new sandbox has.
DEFAULT_BUDGET_ID = "3e9d1c52-8d0f-4c7c-a6b5-64f0c1d2e3b4"
DEFAULT_BUDGET_SETTING_ID = "9c0f4f5e-2f0d-4d0f-9a3c-7d2b1e6a8f10"


@dataclass(frozen=True)
class SandboxSettings:
    """What a sandbox is told at its start.

    Attributes:
        data_dir: holds everything that lasts; created where it is missing.
        time_scale: how many times faster than "real" a job's stages pass; at 1.0 a job takes 40 s. Above 0.
        base_url: the start of every absolute link; None takes it from each request's Host.
        initial_credits: the balance of a new data folder; an existing one keeps its own. The default covers
            every process on the example scenes, and all but change detection on whole Landsat scenes.
        now: the only clock, aware; None is the system's.
        seed: makes every id of a new data folder reproducible; None makes them random.
        terminal: the last good status, as up42-api.md section 0a describes the two regimes.
        enforce_budgets: whether a UP42 budget that does not cover a job's price has it rejected.
        limit_rate: whether the published rate limit is enforced (up42-api.md section 11).
        clock_rate: how fast its clock runs; 0 stands still. None goes on as the data folder did, at first 1.
        sleep: lets seconds pass for answers that are late or slow.
    """

    data_dir: pathlib.Path
    time_scale: float = 1.0
    base_url: str | None = None
    username: str = "sandbox@example.com"
    password: str = field(default="sandbox", repr=False)
    initial_credits: int = 1_000_000
    now: Callable[[], dt.datetime] | None = None
    seed: int | None = None
    terminal: Literal["captured", "successful"] = "captured"
    enforce_budgets: bool = False
    limit_rate: bool = False
    clock_rate: float | None = None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
