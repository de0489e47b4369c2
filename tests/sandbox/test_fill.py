import pytest

from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.fill import fill
from reconciler.sandbox.scenes import COAST, SCENES

pytestmark = pytest.mark.anyio
JOBS = "/v2/processing/jobs"


async def walked(driver):
    """Every job of the listing, page by page."""
    page = (await driver.http.get(JOBS, params={"limit": 500})).json()
    jobs = page["jobs"]
    while hrefs := [link["href"] for link in page["links"] if link["rel"] == "next"]:
        page = (await driver.http.get(hrefs[0])).json()
        jobs += page["jobs"]
    return jobs


async def test_filled_jobs_are_like_others(driver):
    """A filled job has the fields of one that was processed, and an asset that can be downloaded and processed."""
    fill(driver.sandbox, 3)
    (filled, *_) = (await driver.http.get(JOBS)).json()["jobs"]
    real, (real_item,) = await driver.finished("pansharpening", item=COAST.path)
    (item,) = await driver.search(filled["jobID"])
    (asset,) = item["assets"].values()
    content = await driver.http.get(asset["href"])
    collection = await driver.http.get(filled["results"]["collection"])

    again, _ = await driver.finished("detection-ships-airbus", item=item["links"][0]["href"])

    assert again["status"] == "captured"
    assert filled.keys() == real.keys()
    assert filled["creditConsumption"].keys() == real["creditConsumption"].keys()
    assert (item.keys(), item["properties"].keys()) == (real_item.keys(), real_item["properties"].keys())
    assert content.content[:4] == b"II*\x00"
    assert collection.json()["id"] == item["collection"]


async def test_a_fill_adds_up(driver):
    """So many jobs more, all different, the balance as before, and the ledger closes."""
    before = await driver.balance()
    fill(driver.sandbox, 700)
    fill(driver.sandbox, 501)
    jobs = await walked(driver)
    entries = (await driver.http.get("/sandbox/ledger")).json()["entries"]

    assert len({job["jobID"] for job in jobs}) == len(jobs) == 1201
    assert {job["status"] for job in jobs} == {"captured"}
    assert await driver.balance() == before == sum(entry["amount"] for entry in entries)
    assert sum(entry["amount"] for entry in entries if entry["jobID"]) == -1201 * 58


async def test_shared_bytes_outlive_a_collection(driver):
    """Deleting one filled collection takes its asset, not the bytes that the others share."""
    fill(driver.sandbox, 2)
    one, other = (await driver.http.get(JOBS)).json()["jobs"]
    (item,) = await driver.search(other["jobID"])
    (asset,) = item["assets"].values()
    await driver.http.delete(one["results"]["collection"])

    assert await driver.search(one["jobID"]) == []
    assert (await driver.http.get(asset["href"])).status_code == 200


async def test_an_empty_storage_cannot_be_filled(driver):
    """Without any raster to share there is one sentence."""
    for scene in SCENES:
        await driver.http.delete(f"/v2/assets/stac/collections/{scene.collection_id}")

    with pytest.raises(SandboxError, match="no raster"):
        fill(driver.sandbox, 1)
