import pytest

from reconciler.sandbox.scenes import COAST, FIELDS, FIELDS_LATER, TOWN
from tests.sandbox.conftest import JOBS, PROCESSES

pytestmark = pytest.mark.anyio
SEARCH = "/v2/assets/stac/search"
WORK = (
    ("pansharpening", {"item": COAST.path}),
    ("detection-ships-airbus", {"item": COAST.path}),
    ("detection-change-simularity", {"sourceItem": FIELDS.path, "referenceItem": FIELDS_LATER.path}),
    ("true-color-conversion", {"item": TOWN.path}),
)


class Recorder:
    """Sends requests and keeps all that is answered: status, headers and bytes."""

    def __init__(self, driver):
        self.driver = driver
        self.answers = []

    async def ask(self, method, url, **options):
        answer = await self.driver.http.request(method, url, **options)
        self.answers.append((answer.status_code, sorted(answer.headers.items()), answer.content))
        return answer


async def lived(connect, folder, seed):
    """One life of a new sandbox, always the same requests at the same moments, with some faults."""
    async with connect(data_dir=folder, seed=seed) as driver:
        recorder = Recorder(driver)
        await recorder.ask(
            "POST", "/sandbox/faults", json={"fault": "server-error", "rate": 0.3, "request": "list-jobs"}
        )
        await recorder.ask("POST", "/sandbox/faults", json={"fault": "flipped-bytes", "rate": 0.5})
        await recorder.ask("POST", "/sandbox/faults", json={"fault": "job-fails", "rate": 0.3})
        for process, inputs in WORK:
            body = {"inputs": {"title": "A title", **inputs}}
            await recorder.ask("POST", f"{PROCESSES}/{process}/cost", json=body)
            await recorder.ask("POST", f"{PROCESSES}/{process}/execution", json=body)
            driver.clock.pass_(10)
            await recorder.ask("GET", JOBS)
        driver.clock.pass_(41)
        await driver.sign_in()
        await driver.http.delete("/sandbox/faults/1")
        listed = (await recorder.ask("GET", JOBS)).json()["jobs"]
        assert {job["status"] for job in listed} <= {
            "captured",
            "released",
        }  # all that was due, however slow it is here
        for path in (JOBS, "/v2/assets/stac/collections", "/v2/budgets", "/v2/eulas", "/v2/assets", "/sandbox/ledger"):
            await recorder.ask("GET", path)
        items = (await recorder.ask("POST", SEARCH, json={"limit": 100})).json()["features"]
        for asset in (asset for item in items for asset in item["assets"].values()):
            await recorder.ask("GET", asset["href"])
            signed = (await recorder.ask("POST", f"{asset['href']}/download-url")).json()["url"]
            await recorder.ask("GET", signed)
        driver.clock.pass_(-81)
        return recorder.answers


async def test_the_same_seed_clock_and_requests_give_the_same_answers(connect, tmp_path):
    """Two new sandboxes answer alike to the byte, documents, files, headers and faults; another seed differs."""
    first = await lived(connect, tmp_path / "first", 7)
    second = await lived(connect, tmp_path / "second", 7)
    other = await lived(connect, tmp_path / "other", 8)

    assert first == second
    assert {status for status, _, _ in first} == {200, 201, 503}
    assert [content for _, _, content in first] != [content for _, _, content in other]
