"""One poller for all jobs in flight: a request for each hundred jobs, however many outputs wait."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from reconciler.clock import Clock
from reconciler.engine.events import Note, Notify
from reconciler.errors import JobVanished, NotFound, ServiceError, SignInFailed
from reconciler.model.job import Job
from reconciler.up42.client import Up42

_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 15.0
_GROWTH = 1.4


@dataclass(eq=False)
class _Watch:
    job: Job
    enough: Callable[[Job], bool]
    on_change: Callable[[Job], None]
    future: asyncio.Future[Job]
    missing_since_s: float | None = None


class Poller:
    """Asks for all watched jobs in turn; waits longer while nothing changes. Use it as an async context."""

    def __init__(self, up42: Up42, clock: Clock, notify: Notify, *, settle_s: float) -> None:
        self._up42 = up42
        self._clock = clock
        self._notify = notify
        self._settle = timedelta(seconds=settle_s)
        self._watches: list[_Watch] = []
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._broken: Exception | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def until(self, job: Job, enough: Callable[[Job], bool], on_change: Callable[[Job], None]) -> Job:
        """The job as soon as `enough` holds of it, which is also asked of `job` itself.

        `on_change` is told every new status. A connection that fails does not end the wait.

        Raises:
            SignInFailed: the credentials are not accepted any more.
            JobVanished: the service does not know the job for a whole settle window.
        """
        if enough(job):
            return job
        if self._broken is not None:
            raise self._broken
        watch = _Watch(job, enough, on_change, asyncio.get_running_loop().create_future())
        self._watches.append(watch)
        self._wake.set()
        try:
            return await watch.future
        finally:
            self._watches.remove(watch)

    async def _run(self) -> None:
        try:
            await self._poll_for_ever()
        except Exception as error:  # noqa: BLE001 - everybody who waits is told, and raises it
            self._broken = error
            for watch in self._watches:
                if not watch.future.done():
                    watch.future.set_exception(error)

    async def _poll_for_ever(self) -> None:
        wait_s = _FIRST_WAIT_S
        while True:
            if not self._watches:
                await self._wake.wait()
                wait_s = _FIRST_WAIT_S
            self._wake.clear()
            await self._pause(wait_s)
            try:
                changed = await self._poll()
            except SignInFailed:
                raise
            except ServiceError as error:
                self._notify(Note(f"The jobs cannot be looked at just now: {error}"))
                changed = False
            wait_s = _FIRST_WAIT_S if changed else min(wait_s * _GROWTH, _LONGEST_WAIT_S)

    async def _pause(self, seconds: float) -> None:
        """Sleep, but not past the moment when somebody new starts to wait."""
        sleep = asyncio.ensure_future(self._clock.sleep(seconds))
        wake = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait({sleep, wake}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleep.cancel()
            wake.cancel()
            await asyncio.gather(sleep, wake, return_exceptions=True)

    async def _poll(self) -> bool:
        ids = sorted({watch.job.job_id for watch in self._watches})
        found = await self._up42.processing.jobs_by_ids(ids)
        for job_id in set(ids) - found.keys():
            # The listing may lag behind, or not know `ids` at all.
            try:
                found[job_id] = await self._up42.processing.job(job_id)
            except NotFound:
                continue
        changed = False
        for watch in tuple(self._watches):
            changed = self._tell(watch, found.get(watch.job.job_id)) or changed
        return changed

    def _tell(self, watch: _Watch, job: Job | None) -> bool:
        if watch.future.done():
            return False
        if job is None:
            now_s = self._clock.monotonic_s()
            watch.missing_since_s = now_s if watch.missing_since_s is None else watch.missing_since_s
            if now_s - watch.missing_since_s > self._settle.total_seconds():
                watch.future.set_exception(JobVanished(watch.job.job_id))
            return False
        changed = job.status != watch.job.status
        watch.job, watch.missing_since_s = job, None
        if changed:
            watch.on_change(job)
        if watch.enough(job):
            watch.future.set_result(job)
        return changed
