"""The workspace's job history in memory: listed once for planning, looked at again before each create."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from reconciler.engine.events import Asked, Notify
from reconciler.model.job import Job, Process
from reconciler.planning.fingerprint import fingerprint
from reconciler.up42.processing import Processing

_NEWEST_FIRST = "created,desc"


class Jobs:
    """All jobs of some processes in one workspace, by fingerprint. It only ever learns: a job is never forgotten."""

    def __init__(self, workspace_id: str, processes: Mapping[str, Process | None]) -> None:
        self._workspace_id = workspace_id
        self._processes = processes
        self._by_id: dict[str, Job] = {}
        self._fingerprints: dict[str, str] = {}
        self._by_fingerprint: dict[str, dict[str, None]] = {}

    def learn(self, jobs: Iterable[Job]) -> None:
        """Take in what a listing says. Jobs of other workspaces or processes do not count, whatever was asked for.

        A job whose workspace is null counts for the workspace whose listing returned it (product.md "Commands").
        """
        for job in jobs:
            ours = job.workspace_id is None or job.workspace_id.lower() == self._workspace_id.lower()
            if ours and job.process_id in self._processes:
                self._by_id[job.job_id] = job
                if job.inputs is not None and job.job_id not in self._fingerprints:
                    process = self._processes[job.process_id]
                    self.assign(job, fingerprint(job.process_id, self._workspace_id, job.inputs, process))

    def assign(self, job: Job, to_fingerprint: str) -> None:
        """Say which work a job is; the first word stands (a claim knows better than a definition)."""
        self._by_id[job.job_id] = job
        known = self._fingerprints.setdefault(job.job_id, to_fingerprint)
        self._by_fingerprint.setdefault(known, {})[job.job_id] = None

    def matching(self, wanted: str) -> tuple[Job, ...]:
        """Every job with this fingerprint, as last seen."""
        return tuple(self._by_id[job_id] for job_id in self._by_fingerprint.get(wanted, {}))

    def get(self, job_id: str) -> Job | None:
        """A job as last seen, or None."""
        return self._by_id.get(job_id)

    def unmatched(self, fingerprints: frozenset[str]) -> tuple[Job, ...]:
        """The jobs whose work is none of these."""
        return tuple(job for job_id, job in self._by_id.items() if self._fingerprints.get(job_id) not in fingerprints)

    def of_process(self, process_id: str) -> tuple[Job, ...]:
        """Every known job of a process, whatever its work."""
        return tuple(job for job in self._by_id.values() if job.process_id == process_id)

    def newest_created(self) -> datetime | None:
        """When the newest known job was created; None without jobs."""
        return max((job.created for job in self._by_id.values()), default=None)


class Listing:
    """Reads the service's job listing into a `Jobs`.

    Attributes:
        jobs_seen: how many jobs were listed for planning; None while nothing was.
    """

    def __init__(self, processing: Processing, jobs: Jobs, *, workspace_id: str, settle_s: float) -> None:
        self._processing = processing
        self._jobs = jobs
        self._workspace_id = workspace_id
        self._settle = timedelta(seconds=settle_s)
        self._process_ids: set[str] = set()
        self._turn = asyncio.Lock()
        self._begun = 0
        self.jobs_seen: int | None = None

    async def read_all(self, process_ids: frozenset[str], notify: Notify) -> None:
        """List every job of these processes that was not listed yet."""
        missing = process_ids - self._process_ids
        if not missing:
            return
        seen = 0
        async for page in self._processing.jobs(
            workspace_id=self._workspace_id, process_ids=sorted(missing), sort=_NEWEST_FIRST
        ):
            self._jobs.learn(page.jobs)
            seen += len(page.jobs)
            self.jobs_seen = (self.jobs_seen or 0) + len(page.jobs)
            notify(Asked("jobs", seen, None))
        self._process_ids |= missing

    async def look_again(self) -> None:
        """List the newest jobs back to what was known, in a listing that begins after this call.

        One look serves everybody who asked before it began. It goes back a settle window further than the newest
        job that is known, because a job may be listed later than younger ones.
        """
        asked_at = self._begun
        async with self._turn:
            if self._begun > asked_at:
                return
            self._begun += 1
            await self._read_newest()

    async def _read_newest(self) -> None:
        newest = self._jobs.newest_created()
        back_to = None if newest is None else newest - self._settle
        async for jobs in newest_first(
            self._processing, workspace_id=self._workspace_id, process_ids=sorted(self._process_ids), back_to=back_to
        ):
            self._jobs.learn(jobs)


async def newest_first(
    processing: Processing, *, workspace_id: str, back_to: datetime | None, process_ids: Sequence[str] = ()
) -> AsyncIterator[tuple[Job, ...]]:
    """The pages of a listing up to the one that goes past `back_to`; None: all. Without process ids, of all processes.

    A listing that is not sorted as asked is read to its end.
    """
    previous: datetime | None = None
    sorted_so_far = True
    async for page in processing.jobs(workspace_id=workspace_id, process_ids=process_ids, sort=_NEWEST_FIRST):
        yield page.jobs
        for job in page.jobs:
            sorted_so_far = sorted_so_far and (previous is None or job.created <= previous)
            previous = job.created
        if sorted_so_far and previous is not None and back_to is not None and previous < back_to:
            return
