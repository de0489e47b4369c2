import pytest

from reconciler.sandbox.app import DEFAULT_WORKSPACE_ID
from reconciler.sandbox.scenes import COAST, FIELDS, FIELDS_LATER, RIVER, SCENES, TOWN

pytestmark = pytest.mark.anyio
SEARCH = "/v2/assets/stac/search"
NEWEST_FIRST = [scene.item_id for scene in reversed(SCENES)]
INSIDE_COAST = [1.33, 51.08]
BOX_COAST = [1.32, 51.07, 1.34, 51.09]


def prop(name, op, value):
    return {"filter": {"op": op, "args": [{"property": name}, value]}}


async def found(driver, body):
    answer = await driver.http.post(SEARCH, json=body)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["features"]]


@pytest.mark.parametrize(
    ("body", "scenes"),
    [
        pytest.param({}, [TOWN, FIELDS_LATER, FIELDS, COAST, RIVER], id="everything"),
        pytest.param({"collections": [COAST.collection_id]}, [COAST], id="collections"),
        pytest.param({"ids": [COAST.item_id, TOWN.item_id]}, [TOWN, COAST], id="ids"),
        pytest.param({"datetime": "2024-06-14T10:52:31Z"}, [COAST], id="instant"),
        pytest.param({"datetime": "2024-06-14T12:52:31+02:00"}, [COAST], id="instant with offset"),
        pytest.param({"datetime": "2024-06-01T00:00:00Z/2024-06-30T00:00:00Z"}, [FIELDS, COAST], id="interval"),
        pytest.param({"datetime": "2024-07-01T00:00:00Z/.."}, [FIELDS_LATER], id="open end"),
        pytest.param({"datetime": "../2024-05-31T00:00:00Z"}, [TOWN], id="open start"),
        pytest.param({"bbox": BOX_COAST}, [COAST], id="bbox"),
        pytest.param({"bbox": [1.32, 51.07, 0, 1.34, 51.09, 9]}, [COAST], id="bbox of six"),
        pytest.param({"bbox": [170, -80, -170, 80]}, [], id="bbox over the antimeridian"),
        pytest.param({"bbox": [1.0, 50, 0.9, 53]}, [TOWN, FIELDS_LATER, FIELDS, COAST], id="bbox around the world"),
        pytest.param({"intersects": {"type": "Point", "coordinates": INSIDE_COAST}}, [COAST], id="intersects"),
        pytest.param({"intersects": {"type": "Point", "coordinates": [0, 0]}}, [], id="intersects nothing"),
        pytest.param(prop("eo:cloud_cover", "<", 10), [TOWN, FIELDS_LATER, FIELDS, COAST, RIVER], id="filter"),
        pytest.param(prop("eo:cloud_cover", ">", 10), [], id="filter without match"),
        pytest.param(prop("title", "=", COAST.title), [COAST], id="filter by text"),
        pytest.param(prop("collection", "=", COAST.collection_id), [COAST], id="filter by collection"),
        pytest.param(prop("collection_name", "=", "imported"), [], id="filter by short name"),
        pytest.param(prop("nothing", "=", 1), [], id="missing property"),
        pytest.param(
            {"filter": {"op": "not", "args": [prop("nothing", "=", 1)["filter"]]}}, [], id="missing inside not"
        ),
        pytest.param(prop("eo:cloud_cover", "=", "text"), [], id="other type"),
        pytest.param(
            {"sortby": [{"field": "properties.datetime", "direction": "asc"}]},
            [TOWN, FIELDS, COAST, RIVER, FIELDS_LATER],
            id="sorted up",
        ),
        pytest.param(
            {"sortby": [{"field": "gsd", "direction": "desc"}, {"field": "datetime", "direction": "desc"}]},
            [TOWN, RIVER, FIELDS_LATER, COAST, FIELDS],
            id="sorted by two",
        ),
        pytest.param({"filter-lang": "cql2-json", "collections": [TOWN.collection_id]}, [TOWN], id="language"),
    ],
)
async def test_what_a_search_finds(driver, body, scenes):
    """Each field of a search selects and orders as section 8.4 says, newest first where nothing else is asked."""
    assert await found(driver, body) == [scene.item_id for scene in scenes]


@pytest.mark.parametrize("name", ["job_id", "up42-system:job_id"])
async def test_results_are_found_by_their_job(driver, name):
    """Both names of the job id find a job's items and no others, alone and inside `and`."""
    job, (item,) = await driver.finished("pansharpening", item=COAST.path)
    await driver.finished("true-color-conversion", item=TOWN.path)
    by_job = prop(name, "=", job["jobID"])["filter"]
    by_title = prop("title", "=", "A title")["filter"]

    assert await found(driver, {"filter": by_job}) == [item["id"]]
    assert await found(driver, {"filter": {"op": "and", "args": [by_title, by_job]}}) == [item["id"]]
    assert len(await found(driver, {"filter": {"op": "or", "args": [by_title, by_job]}})) == 2
    assert await found(driver, prop(name, "=", "none")) == []


async def test_a_search_shows_work_that_is_due(driver):
    """A search that is the first request after a job was due finds its results."""
    job_id = await driver.execute("pansharpening", item=COAST.path)
    driver.clock.pass_(41)

    assert len(await driver.search(job_id)) == 1


async def test_pages_lead_through_everything(driver):
    """Next links are POSTs with a whole body, and lead through all items once."""
    seen, body = [], {"limit": 1, **prop("workspace_id", "=", DEFAULT_WORKSPACE_ID)}
    while body:
        answer = (await driver.http.post(SEARCH, json=body)).json()
        seen += [item["id"] for item in answer["features"]]
        link = next((link for link in answer["links"] if link["rel"] == "next"), None)
        body = link and link["body"]
        if link:
            assert (link["method"], link["href"]) == ("POST", f"http://sandbox{SEARCH}")

    assert seen == NEWEST_FIRST


async def test_pages_by_number(driver):
    """`page` counts from 0; a page after the last is empty."""
    pages = [await found(driver, {"limit": 3, "page": number}) for number in range(3)]

    assert pages == [NEWEST_FIRST[:3], NEWEST_FIRST[3:], []]


async def test_a_sorted_search_pages_too(driver):
    """Sorting and paging go together."""
    body = {"limit": 2, "page": 1, "sortby": [{"field": "datetime", "direction": "desc"}]}

    assert await found(driver, body) == [COAST.item_id, FIELDS.item_id]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param([], id="no object"),
        pytest.param({"limit": 0}, id="limit 0"),
        pytest.param({"limit": True}, id="limit no number"),
        pytest.param({"page": -1}, id="page"),
        pytest.param({"ids": "a"}, id="ids"),
        pytest.param({"collections": [1]}, id="collections"),
        pytest.param({"datetime": "yesterday"}, id="datetime"),
        pytest.param({"datetime": "../.."}, id="open datetime"),
        pytest.param({"datetime": "2024-06-14T10:52:31"}, id="datetime without zone"),
        pytest.param({"datetime": "2024-07-01T00:00:00Z/2024-06-01T00:00:00Z"}, id="datetime backwards"),
        pytest.param({"bbox": [1, 2, 3]}, id="bbox of three"),
        pytest.param({"bbox": [0, 10, 1, 9]}, id="bbox upside down"),
        pytest.param({"bbox": ["0", 0, 1, 1]}, id="bbox of text"),
        pytest.param({"bbox": BOX_COAST, "intersects": {"type": "Point", "coordinates": [0, 0]}}, id="both"),
        pytest.param({"intersects": "Point"}, id="intersects text"),
        pytest.param({"intersects": {"type": "Point", "coordinates": "x"}}, id="intersects no geometry"),
        pytest.param({"intersects": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0]]]}}, id="open ring"),
        pytest.param({"sortby": "datetime"}, id="sortby text"),
        pytest.param({"sortby": [{"direction": "asc"}]}, id="sortby without field"),
        pytest.param({"sortby": [{"field": "gsd", "direction": "up"}]}, id="sortby direction"),
        pytest.param({"filter": "job_id = 1"}, id="filter text"),
        pytest.param({"filter": {"op": "="}}, id="filter without args"),
        pytest.param({"filter": {"op": "=", "args": [{"property": "a"}]}}, id="filter with one arg"),
        pytest.param({"filter": {}, "filter-lang": "cql2-text"}, id="filter language"),
    ],
)
async def test_searches_that_make_no_sense(driver, body):
    """A search that makes no sense is 400 with one sentence, never an empty answer."""
    answer = await driver.http.post(SEARCH, json=body)

    assert answer.status_code == 400
    assert answer.json()["message"].endswith(".")
