"""Processes, their prices, and jobs (up42-api.md sections 2 and 4 to 7). One method for each endpoint."""

import datetime as dt
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict, Unpack

from reconciler.errors import (
    AnswerError,
    AnswerLost,
    Forbidden,
    InputsRejected,
    NotFound,
    ServiceError,
    TooManyRequests,
    UnexpectedAnswer,
    UsageError,
)
from reconciler.model.job import Job, Process, Quote
from reconciler.model.output import Json
from reconciler.up42 import wire
from reconciler.up42.paging import Page, linked_pages
from reconciler.up42.session import Call, Session
from reconciler.web.exchange import Answer
from reconciler.web.links import segment

_ROOT = "/v2/processing"
#: Jobs on a page. The service's own maximum is not documented: a page size that it refuses is lowered, None: unset.
PAGE_SIZES: tuple[int | None, ...] = (500, 100, None)
#: Job ids in one request, so that its address stays shorter than servers accept.
IDS_AT_ONCE = 100
#: Statuses after which it is certain that an execution created nothing (product.md "How a job is created").
NOTHING_CREATED = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422, 429})


class JobFilter(TypedDict, total=False):
    """What to list; what is absent, None or an empty list is not asked for, 0 is.

    `min_duration`, `max_duration`: taken for seconds; the unit is not documented. `sort`: `<field>,<asc or desc>`.
    `page_size`: jobs on a page; absent: as many as the service takes.
    """

    workspace_id: str | None
    process_ids: Sequence[str]
    status: Sequence[str]
    ids: Sequence[str]
    min_duration: int | None
    max_duration: int | None
    sort: str | None
    page_size: int | None


@dataclass(frozen=True, slots=True)
class JobPage:
    """Some jobs of a listing, and the `Date` of the answer that had them, aware, UTC (None without one)."""

    jobs: tuple[Job, ...]
    server_time: dt.datetime | None


class Processing:
    """The processing endpoints. Every method raises `ServiceError` as `Session.request`, beside what it names."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def processes(self) -> tuple[Process, ...]:
        """All processes, as summaries: `inputs` may be empty."""
        found: dict[str, Process] = {}
        async for page in linked_pages(self._session, Call("GET", f"{_ROOT}/processes")):
            with page.answer.readable():
                found.update({process.process_id: process for process in wire.processes(page.value)})
        return tuple(found.values())

    async def process(self, process_id: str) -> Process:
        """One process with its inputs.

        Raises:
            NotFound: there is no such process.
        """
        answer = await self._session.request(Call("GET", _process_path(process_id)))
        value = answer.json()
        with answer.readable():
            return wire.process(value)

    async def validate(self, process_id: str, inputs: Mapping[str, Json]) -> None:
        """Return if the service accepts these inputs, the title among them. Changes nothing there.

        Raises:
            InputsRejected: it does not; with the reasons.
            NotFound: there is no such process.
        """
        await self._session.request(_about_inputs(process_id, "validation", inputs))

    async def quote(self, process_id: str, inputs: Mapping[str, Json]) -> Quote:
        """What a job with these inputs, the title among them, would cost now. Changes nothing there.

        Raises:
            InputsRejected: the inputs are not accepted; with the reasons.
            NotFound: there is no such process.
        """
        answer = await self._session.request(_about_inputs(process_id, "cost", inputs))
        value = answer.json()
        with answer.readable():
            return wire.quote(value)

    async def execute(
        self,
        process_id: str,
        inputs: Mapping[str, Json],
        *,
        workspace_id: str,
        budget_id: str | None = None,
        timeout_s: float,
    ) -> Job:
        """Create a job: this is what costs credits. `inputs` includes the title.

        The request leaves at most once, over a connection of its own; only a 401, which creates nothing, is
        answered with a fresh token and a second one. All of it ends within `timeout_s` seconds. Any 2xx answer with a
        job id is success, whatever else it holds: what is missing is filled in (`created` with the server's time).

        Raises:
            NotSent: nothing left this machine; no job was created.
            SignInFailed: the credentials are not accepted; no job was created.
            InputsRejected: 400 or 422; no job was created.
            Forbidden: 401 after a fresh token, or 403; no job was created.
            NotFound: 404; no job was created.
            TooManyRequests: 429; no job was created; `retry_after_s` says when to come back.
            AnswerError: 402, 405, 413 or 415; no job was created.
            AnswerLost: anything else without a job id: whether there is a job is not known. Never `retryable`.
            UsageError: the inputs cannot be written as JSON; no job was created.
        """
        query = {"workspaceId": workspace_id} | ({} if budget_id is None else {"budgetId": budget_id})
        call = replace(_about_inputs(process_id, "execution", inputs), query=query, repeatable=False, once_s=timeout_s)
        try:
            answer = await self._session.request(call)
            return self._created(answer, process_id)
        except (InputsRejected, Forbidden, NotFound, TooManyRequests):
            raise
        except AnswerError as error:
            if error.status in NOTHING_CREATED:
                raise
            raise _outcome_unknown(error) from error
        except (AnswerLost, UnexpectedAnswer) as error:
            raise _outcome_unknown(error) from error

    async def jobs(self, **query: Unpack[JobFilter]) -> AsyncIterator[JobPage]:
        """List jobs, page by page, in the service's order; without `workspace_id`, all of the account.

        Raises:
            UnexpectedAnswer: a page cannot be read, or the pages lead to another host or in a circle.
        """
        asked = query.get("page_size")
        sizes = PAGE_SIZES if asked is None else (asked, *(size for size in PAGE_SIZES if size is None or size < asked))
        for size in sizes:
            begun = False
            try:
                async for page in linked_pages(self._session, Call("GET", f"{_ROOT}/jobs", _job_query(query, size))):
                    begun = True
                    yield _job_page(page)
            except AnswerError as error:
                if begun or error.status != 400 or size is None:
                    raise
            else:
                return

    async def job(self, job_id: str) -> Job:
        """One job.

        Raises:
            NotFound: there is no such job.
        """
        answer = await self._session.request(Call("GET", f"{_ROOT}/jobs/{_segment(job_id)}"))
        value = answer.json()
        with answer.readable():
            return wire.job(value)

    async def jobs_by_ids(self, ids: Iterable[str]) -> dict[str, Job]:
        """The jobs with these ids, in batches of 100. An id that the service does not list is absent.

        What the answer holds beside them does not count: a service that ignored the filter would send every job.
        """
        wanted = list(dict.fromkeys(ids))
        found: dict[str, Job] = {}
        for start in range(0, len(wanted), IDS_AT_ONCE):
            batch = wanted[start : start + IDS_AT_ONCE]
            missing = set(batch)
            async for page in self.jobs(ids=batch, page_size=IDS_AT_ONCE):
                found.update({job.job_id: job for job in page.jobs if job.job_id in missing})
                missing.difference_update(found)
                if not missing:
                    break
        return found

    def _created(self, answer: Answer, process_id: str) -> Job:
        value = answer.json()
        defaults = wire.JobDefaults(
            created=self._session.server_now() or self._session.retries.clock.now(), process_id=process_id
        )
        with answer.readable():
            return wire.job(value, defaults)


def _about_inputs(process_id: str, what: str, inputs: Mapping[str, Json]) -> Call:
    return Call("POST", f"{_process_path(process_id)}/{what}", body=wire.inputs_body(inputs), about_inputs=True)


def _process_path(process_id: str) -> str:
    return f"{_ROOT}/processes/{_segment(process_id)}"


def _segment(name: str) -> str:
    try:
        return segment(name)
    except ValueError as error:
        raise UsageError(f"There is no process or job with the id {name!r}.") from error


def _job_query(query: JobFilter, page_size: int | None) -> dict[str, str]:
    given = {
        "workspaceId": query.get("workspace_id"),
        "processId": ",".join(query.get("process_ids", ())) or None,
        "status": ",".join(query.get("status", ())) or None,
        "ids": ",".join(query.get("ids", ())) or None,
        "minDuration": query.get("min_duration"),
        "maxDuration": query.get("max_duration"),
        "sort": query.get("sort"),
        "limit": page_size,
    }
    return {name: str(value) for name, value in given.items() if value is not None}


def _job_page(page: Page) -> JobPage:
    with page.answer.readable():
        return JobPage(wire.jobs(page.value), page.server_time)


def _outcome_unknown(error: ServiceError) -> AnswerLost:
    return AnswerLost(
        f"Whether a job was created is not known: {error}",
        method=error.method,
        url=error.url,
        hint="The listing of jobs settles it.",
    )
