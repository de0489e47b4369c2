import asyncio
import datetime as dt
import json

import pytest

from reconciler.sandbox.app import DEFAULT_BUDGET_ID, DEFAULT_WORKSPACE_ID
from reconciler.sandbox.scenes import COAST, FIELDS, TOWN

pytestmark = pytest.mark.anyio
EXECUTION = "/v2/processing/processes/pansharpening/execution"
FIELDS_OF_A_JOB = {
    "processID",
    "jobID",
    "accountID",
    "workspaceID",
    "type",
    "definition",
    "status",
    "created",
    "updated",
    "started",
    "finished",
    "results",
    "creditConsumption",
}


async def test_execution_answers_201_with_the_job(driver):
    """Execution answers 201 and a job with every field, whose definition is what was sent."""
    inputs = {"title": "  Ä title ", "greyWeights": [{"weight": 1.0, "band": "red"}], "item": COAST.path}
    workspace = "0f7f6c1e-1111-4222-8333-444455556666"
    answer = await driver.http.post(f"{EXECUTION}?workspaceId={workspace}", json={"inputs": inputs})
    job = answer.json()

    assert answer.status_code == 201
    assert set(job) == FIELDS_OF_A_JOB
    assert json.dumps(job["definition"]) == json.dumps({"inputs": inputs})
    assert (job["status"], job["workspaceID"], job["type"]) == ("created", workspace, "process")
    assert job["created"] == job["updated"] == "2026-03-01T12:00:00.000000Z"
    assert (job["started"], job["finished"], job["results"], job["creditConsumption"]) == (None,) * 4
    assert answer.headers["Location"].endswith(f"/v2/processing/jobs/{job['jobID']}")


async def test_a_good_job_passes_every_status(driver):
    """Seen each second, a good job shows every status in order, and its times are those of its transitions."""
    job_id = await driver.execute("pansharpening", item=COAST.path)
    seen = []
    for _ in range(42):
        job = await driver.job(job_id)
        if not seen or seen[-1] != job["status"]:
            seen.append(job["status"])
        driver.clock.pass_(1)

    assert seen == ["created", "licensed", "valid", "accepted", "running", "successful", "captured"]
    assert job["started"] == "2026-03-01T12:00:08.000000Z"
    assert job["finished"] == "2026-03-01T12:00:39.000000Z"
    assert job["updated"] == "2026-03-01T12:00:40.000000Z"
    assert job["results"]["errors"] is None
    assert set(job["creditConsumption"]) == {"credits", "holdID", "consumptionID"}


async def test_a_job_that_nobody_looked_at_is_finished_on_time(driver):
    """A job first looked at a day later has the times at which it was due, and its results."""
    job, items = await driver.finished("pansharpening", item=COAST.path)
    driver.clock.pass_(86_400)
    await driver.sign_in()

    assert (await driver.job(job["jobID"]))["finished"] == "2026-03-01T12:00:39.000000Z"
    assert job["status"] == "captured"
    assert len(items) == 1


@pytest.mark.parametrize(
    ("process", "item", "status", "errors"),
    [
        pytest.param("detection-trees-spacept", FIELDS.path, "unlicensed", None, id="unlicensed"),
        pytest.param("pansharpening", TOWN.path, "invalid", ["MissingPanchromaticAsset"], id="invalid"),
    ],
)
async def test_jobs_that_are_turned_away(driver, process, item, status, errors):
    """A job that never ran ends with its status, its reasons where it has some, and no credits."""
    job, items = await driver.finished(process, item=item)

    assert job["status"] == status
    assert (job["results"] and [error["name"] for error in job["results"]["errors"]]) == errors
    assert job["creditConsumption"] is None
    assert job["started"] is not None
    assert job["finished"] is not None
    assert items == []


async def test_a_job_the_balance_does_not_cover_is_rejected(driver):
    """A price above the balance ends in `rejected`, and nothing is held."""
    driver.sandbox.set_balance(57)
    job, _ = await driver.finished("pansharpening", item=COAST.path)

    assert (job["status"], job["creditConsumption"]) == ("rejected", None)
    assert await driver.balance() == 57


async def test_credits_are_held_then_deducted(driver):
    """The price leaves the balance at `accepted`, and gets a consumption id only at `captured`."""
    job_id = await driver.execute("pansharpening", item=COAST.path)
    balances = [await driver.balance()]
    for seconds in (6, 33, 1):
        driver.clock.pass_(seconds)
        consumption = (await driver.job(job_id))["creditConsumption"]
        balances.append(await driver.balance())
        if seconds != 1:
            assert set(consumption) == {"credits", "holdID"}

    assert balances == [10_000, 9_942, 9_942, 9_942]
    assert (await driver.job(job_id))["creditConsumption"]["consumptionID"]


async def test_a_job_whose_item_is_deleted_fails_and_is_released(driver):
    """Work that cannot be done turns the job `failed`, then `released`, and gives the credits back."""
    job_id = await driver.execute("pansharpening", item=COAST.path)
    driver.clock.pass_(8)
    await driver.job(job_id)
    await driver.http.delete(f"/v2/assets/stac/collections/{COAST.collection_id}")
    driver.clock.pass_(31)
    failed = await driver.job(job_id)
    driver.clock.pass_(1)
    released = await driver.job(job_id)

    assert (failed["status"], released["status"]) == ("failed", "released")
    assert released["results"] is None
    assert "consumptionID" not in released["creditConsumption"]
    assert await driver.balance() == 10_000


async def test_the_newer_regime_charges_at_successful(connect):
    """With `successful` as the last good status a job stays there, paid."""
    async with connect(terminal="successful") as driver:
        job, items = await driver.finished("pansharpening", item=COAST.path)

        assert job["status"] == "successful"
        assert job["updated"] == job["finished"]
        assert job["creditConsumption"]["consumptionID"]
        assert await driver.balance() == 10_000 - 58
        assert len(items) == 1


async def test_the_time_scale_shortens_every_stage(connect):
    """At scale 40 a job is captured after one second."""
    async with connect(time_scale=40.0) as driver:
        job_id = await driver.execute("pansharpening", item=COAST.path)
        driver.clock.pass_(1)

        assert (await driver.job(job_id))["status"] == "captured"


async def test_many_requests_at_once_give_one_result(driver):
    """However many requests find a job due, its work counts once: one item, one charge, one answer."""
    job_id = await driver.execute("pansharpening", item=COAST.path)
    driver.clock.pass_(41)
    jobs = await asyncio.gather(*(driver.job(job_id) for _ in range(8)))

    assert {job["status"] for job in jobs} == {"captured"}
    assert len({job["results"]["collection"] for job in jobs}) == 1
    assert len(await driver.search(job_id)) == 1
    assert await driver.balance() == 10_000 - 58


async def test_a_eula_accepted_too_late_does_not_help_an_old_job(driver):
    """Whether a job is licensed is decided at its moment, not when it is looked at."""
    job_id = await driver.execute("detection-trees-spacept", item=FIELDS.path)
    driver.clock.pass_(3)
    listed = (await driver.http.get("/v2/eulas")).json()["content"]
    eula = next(eula for eula in listed if not eula["isAccepted"])
    await driver.http.patch(f"/v2/eulas/{eula['id']}/documents/{eula['currentDocumentId']}", json={"isAccepted": True})
    again, items = await driver.finished("detection-trees-spacept", item=FIELDS.path)

    assert (await driver.job(job_id))["status"] == "unlicensed"
    assert again["status"] == "captured"
    assert len(items) == 1


async def test_an_execution_without_a_workspace_belongs_to_the_default_one(driver):
    """Without workspaceId a job is in the default workspace; one that is no UUID is 400."""
    job = await driver.job(await driver.execute("pansharpening", item=COAST.path))
    body = {"inputs": {"title": "x", "item": COAST.path}}
    wrong = await driver.http.post(f"{EXECUTION}?workspaceId=mine", json=body)

    assert job["workspaceID"] == DEFAULT_WORKSPACE_ID
    assert wrong.status_code == 400


async def test_a_budget_pays_for_its_jobs(driver):
    """A known budget shows what its jobs consumed; an unknown one is 404 and creates nothing."""
    await driver.finished("pansharpening", item=COAST.path, query=f"?budgetId={DEFAULT_BUDGET_ID}")
    usage = (await driver.http.get(f"/v2/budgets/{DEFAULT_BUDGET_ID}/usage")).json()
    budget = (await driver.http.get(f"/v2/budgets/{DEFAULT_BUDGET_ID}?includeUsage=true")).json()
    body = {"inputs": {"title": "x", "item": COAST.path}}
    unknown = await driver.http.post(f"{EXECUTION}?budgetId=none", json=body)

    assert usage == {"budgetId": DEFAULT_BUDGET_ID, "consumedCredits": 58}
    assert budget["remainingCredits"] == budget["spendLimit"] - 58
    assert unknown.status_code == 404
    assert len((await driver.http.get("/v2/processing/jobs")).json()["jobs"]) == 1


async def test_an_unknown_job_is_404(driver):
    """A job id that does not exist answers 404 with a problem body."""
    answer = await driver.http.get("/v2/processing/jobs/00000000-0000-4000-8000-000000000000")

    assert (answer.status_code, answer.json()["title"]) == (404, "Not Found")


async def test_job_times_are_utc_with_a_zone(driver):
    """Every time of a job can be read as an aware moment."""
    job, _ = await driver.finished("pansharpening", item=COAST.path)

    for name in ("created", "updated", "started", "finished"):
        assert dt.datetime.fromisoformat(job[name]).utcoffset() == dt.timedelta(0)
