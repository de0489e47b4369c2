import pytest

from reconciler.sandbox.scenes import COAST, TOWN

pytestmark = pytest.mark.anyio
JOBS = "/v2/processing/jobs"
OTHER = "0f7f6c1e-1111-4222-8333-444455556666"


@pytest.fixture
async def history(driver):
    """Five jobs: two captured pansharpenings, an invalid one, a captured conversion elsewhere, and a new one."""
    made = [
        await driver.execute("pansharpening", item=COAST.path),
        await driver.execute("pansharpening", item=COAST.path),
        await driver.execute("pansharpening", item=TOWN.path),
        await driver.execute("true-color-conversion", item=TOWN.path, query=f"?workspaceId={OTHER}"),
    ]
    driver.clock.pass_(60)
    return [*made, await driver.execute("pansharpening", item=COAST.path)]


async def ids(driver, query):
    answer = await driver.http.get(f"{JOBS}?{query}")
    assert answer.status_code == 200, answer.text
    return [job["jobID"] for job in answer.json()["jobs"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", [4, 3, 2, 1, 0], id="newest first"),
        pytest.param("sort=created,asc", [0, 1, 2, 3, 4], id="oldest first"),
        pytest.param("processId=true-color-conversion", [3], id="process"),
        pytest.param("processId=true-color-conversion,pansharpening", [4, 3, 2, 1, 0], id="processes"),
        pytest.param("status=captured", [3, 1, 0], id="status"),
        pytest.param("status=invalid,created", [4, 2], id="statuses"),
        pytest.param("status=dismissed", [], id="unknown status"),
        pytest.param(f"workspaceId={OTHER}", [3], id="workspace"),
        pytest.param("workspaceId=00000000-0000-4000-8000-000000000000", [], id="unknown workspace"),
        pytest.param("minDuration=31", [3, 1, 0], id="at least"),
        pytest.param("minDuration=32", [], id="longer"),
        pytest.param("minDuration=0&maxDuration=0", [2], id="no time at all"),
        pytest.param("sort=creditConsumption.credits,desc&status=captured", [3, 1, 0], id="by credits"),
        pytest.param("sort=creditConsumption.credits,asc", [2, 4, 0, 1, 3], id="by credits, those without any first"),
        pytest.param("sort=processID,asc&limit=1", [0], id="by process"),
        pytest.param("sort=status,asc&limit=3", [0, 1, 3], id="by status"),
    ],
)
async def test_query_parameters(driver, history, query, expected):
    """Each query parameter of section 7.1 selects and orders as it says."""
    assert await ids(driver, query) == [history[number] for number in expected]


async def test_jobs_by_ids(driver, history):
    """`ids` gives exactly the jobs named, unknown ids being passed over."""
    found = await ids(driver, f"ids={history[2]},{history[0].upper()},none")

    assert set(found) == {history[0], history[2]}


#: Text, and in their disguise a number, nothing, a key of another type, and a number that no database holds.
NO_TOKENS = [f"token={text}" for text in ("x", "NQ", "W10", "WyJ4IiwxXQ", "WzEsOTk5OTk5OTk5OTk5OTk5OTk5OTk5XQ")]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=501", "limit=x", "limit=-1", "sort=color,asc", "sort=created,up", "minDuration=x", *NO_TOKENS],
)
async def test_parameters_that_make_no_sense(driver, query):
    """A parameter that makes no sense is 400 with a problem body."""
    answer = await driver.http.get(f"{JOBS}?{query}")

    assert (answer.status_code, answer.json()["title"]) == (400, "Bad Request")


async def test_pages_are_linked_by_paths(driver, history):
    """Next links are paths, keep the query, and lead through every job once."""
    seen, path = [], f"{JOBS}?limit=2&processId=pansharpening&sort=created,asc"
    while path:
        assert path.startswith(f"{JOBS}?")
        answer = (await driver.http.get(path)).json()
        seen += [job["jobID"] for job in answer["jobs"]]
        path = next((link["href"] for link in answer["links"] if link["rel"] == "next"), None)

    assert seen == [history[number] for number in (0, 1, 2, 4)]


async def test_a_job_created_between_two_pages_shifts_nothing(driver, history):
    """Newest first, a new job does not push one that was seen onto the next page."""
    first = (await driver.http.get(f"{JOBS}?limit=3")).json()
    await driver.execute("pansharpening", item=COAST.path)
    link = next(link["href"] for link in first["links"] if link["rel"] == "next")
    second = (await driver.http.get(link)).json()

    assert [job["jobID"] for job in [*first["jobs"], *second["jobs"]]] == history[::-1]


async def test_a_page_has_twenty_jobs_unless_asked(driver):
    """Without a limit a page has 20 jobs."""
    for _ in range(21):
        await driver.execute("pansharpening", item=COAST.path)

    assert len(await ids(driver, "")) == 20
    assert len(await ids(driver, "limit=500")) == 21


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("field", ["processID", "status", "created", "updated", "creditConsumption.credits"])
async def test_pages_of_every_sort_hold_the_whole_listing(driver, history, field, direction):
    """Whatever the sort, pages of two in a row are the listing as one page has it; a new job in between shifts none."""
    query = f"sort={field},{direction}"
    whole = [job["jobID"] for job in (await driver.http.get(f"{JOBS}?limit=500&{query}")).json()["jobs"]]
    seen, path = [], f"{JOBS}?limit=2&{query}"
    while path:
        answer = (await driver.http.get(path)).json()
        seen += [job["jobID"] for job in answer["jobs"]]
        path = next((link["href"] for link in answer["links"] if link["rel"] == "next"), None)
        await driver.execute("pansharpening", item=COAST.path)

    assert [job_id for job_id in seen if job_id in whole] == whole
    assert len(seen) == len(set(seen))
