"""Reading a month's jobs: how far back the listing is walked, and which jobs count."""

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.delivery.destination import folder
from reconciler.engine import spending
from reconciler.engine.doors import Doors
from reconciler.model.output import Delivery, Output, Timing
from reconciler.model.problem import Position
from reconciler.model.receipt import Claim, ClaimPhase
from reconciler.model.spending import MoneyState, Spending
from reconciler.state.claims import Claims
from reconciler.state.objects import FolderObjects
from reconciler.up42.auth import TOKEN_PATH
from reconciler.up42.client import Credentials, Endpoint, Up42
from tests.serving import DrivenClock, Received, Reply, Service

pytestmark = pytest.mark.anyio
JOBS = "/v2/processing/jobs"
#: What the service's Date says.
NOW = dt.datetime(2024, 6, 3, 12, tzinfo=dt.UTC)


def job(job_id: str, created: str, status: str = "captured", price: int | None = 10, **fields: Any) -> dict[str, Any]:
    return {
        "jobID": job_id,
        "processID": "pansharpening",
        "status": status,
        "created": f"{created}T10:00:00Z",
        "updated": f"{created}T10:00:00Z",
        "workspaceID": "w",
        "definition": {"inputs": {"title": "t", "item": "x"}},
        "creditConsumption": None if price is None else {"credits": price},
        **fields,
    }


def output(name: str = "uk", **inputs: Any) -> Output:
    given = inputs or {"item": "x"}
    return Output(
        name, "pansharpening", "t", given, Delivery("/nowhere"), Position("m.yaml", 1, 1), {"team": "coastal"}
    )


class Told:
    """A service that lists these pages of jobs, and what was asked of it."""

    def __init__(self, service: Service, doors: Doors) -> None:
        self.service = service
        self.doors = doors
        self.by_id: dict[str, dict[str, Any]] = {}

    def lists(self, *pages: list[dict[str, Any]]) -> None:
        def answer(got: Received) -> Reply:
            if "ids" in got.query:
                return Reply({"jobs": [self.by_id[one] for one in got.query["ids"].split(",") if one in self.by_id]})
            number = int(got.query.get("page", "0"))
            following = [{"rel": "next", "href": f"{JOBS}?page={number + 1}"}] if number + 1 < len(pages) else []
            return Reply({"jobs": pages[number], "links": following})

        self.service.on("GET", JOBS, answer)

    def pages_read(self) -> int:
        return sum("ids" not in got.query for got in self.service.asked(JOBS))

    async def claimed(self, job_id: str, posting_at: dt.datetime) -> None:
        claims = self.doors.claims
        claim = Claim("fp1:a", 1, job_id, ClaimPhase.TAKEN, "ada", "claimed", None, posting_at, labels={"team": "x"})
        await claims.take(claim)
        await claims.mark_job(await claims.mark_posting(claim, at=posting_at, quoted_credits=9), job_id)

    async def spending(self, *outputs: Output, month: str | None = "2024-06") -> Spending:
        return await spending.of_outputs(outputs, self.doors, workspace_id="W", timing=Timing(), month=month)


@pytest.fixture
async def told(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Told]:
    async with Service() as service:
        service.on("POST", TOKEN_PATH, Reply({"access_token": "t", "expires_in": 300}))
        clock = DrivenClock()
        at = Endpoint(service.url, service.url)
        async with Up42(at, Credentials("ann", "pw"), clock) as up42:
            claims = Claims(FolderObjects(tmp_path), api_url=up42.api_url, workspace_id="W")
            yield Told(service, Doors(up42, claims, folder, clock, lambda event: None))


def ids(found: Spending) -> list[str]:
    return sorted(entry.job_id for entry in found.entries)


async def test_the_listing_is_read_back_to_the_months_start_and_no_further(told: Told) -> None:
    """Of a long history only this month's pages are asked for; jobs of other months on them do not count."""
    told.lists(
        [job("a", "2024-07-01"), job("b", "2024-06-30")],
        [job("c", "2024-06-01"), job("d", "2024-05-31")],
        [job("e", "2024-05-01")],
    )

    found = await told.spending()

    assert (ids(found), told.pages_read()) == (["b", "c"], 2)
    assert (found.reported_credits, found.month) == (20, "2024-06")


async def test_without_a_month_all_is_read(told: Told) -> None:
    """Every month has its own jobs."""
    told.lists([job("a", "2024-06-01")], [job("b", "2023-05-01")])

    found = await told.spending(month=None)

    assert {entry.job_id: entry.month for entry in found.entries} == {"a": "2024-06", "b": "2023-05"}


async def test_a_listing_that_is_not_sorted_as_asked_is_read_to_its_end(told: Told) -> None:
    """An old job on the first page does not hide a new one on the last."""
    told.lists([job("a", "2024-05-01"), job("b", "2024-06-01")], [job("c", "2024-05-01")], [job("d", "2024-06-02")])

    assert ids(await told.spending()) == ["b", "d"]


async def test_jobs_count_once_and_only_in_their_workspace(told: Told) -> None:
    """A page that comes again adds nothing; a job whose workspace is null counts where it was listed."""
    told.lists(
        [job("a", "2024-06-02", "running"), job("b", "2024-06-02", workspaceID="other")],
        [job("a", "2024-06-02"), job("c", "2024-06-01", workspaceID=None), job("d", "2024-06-01", workspaceID="W")],
    )

    found = await told.spending()

    assert ids(found) == ["a", "c", "d"]
    assert found.reported_credits == 30
    assert {entry.state for entry in found.entries} == {MoneyState.CHARGED}


async def test_a_job_that_is_not_listed_yet_is_found_by_its_claim(told: Told) -> None:
    """What a run created a moment ago is spent already; of old claims whose jobs are gone nothing is asked."""
    told.lists([])
    told.by_id = {"new": job("new", "2024-06-03", "created", None), "old": job("old", "2024-06-01")}
    await told.claimed("new", NOW - dt.timedelta(seconds=599))

    (entry,) = (await told.spending()).entries

    assert (entry.job_id, entry.output, entry.labels, entry.spent_credits) == ("new", "claimed", {"team": "x"}, 9)


async def test_nothing_is_asked_about_old_claims(told: Told) -> None:
    """A job that is not listed after the settle window does not exist."""
    told.lists([])
    told.by_id = {"old": job("old", "2024-06-01")}
    await told.claimed("old", NOW - dt.timedelta(seconds=601))

    assert (await told.spending()).entries == ()


async def test_a_job_belongs_to_the_output_with_its_work(told: Told) -> None:
    """Also where the process is not known any more; outputs that are made from others say nothing of their work."""
    other = job("b", "2024-06-01", definition={"inputs": {"item": "y"}})
    silent = job("c", "2024-06-01", definition=None)
    foreign = job("d", "2024-06-01", processID="upsampling")
    told.lists([job("a", "2024-06-01"), other, silent, foreign])

    found = await told.spending(output(), output("made", item={"fromOutput": "uk"}))

    assert {entry.job_id: entry.output for entry in found.entries} == {"a": "uk", "b": None, "c": None, "d": None}
    assert found.entries[0].labels == {"team": "coastal"}
    assert found.balance_credits is None
