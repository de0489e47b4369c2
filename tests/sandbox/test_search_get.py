import json

import pytest

from reconciler.sandbox.scenes import COAST, SCENES, TOWN

pytestmark = pytest.mark.anyio
SEARCH = "/v2/assets/stac/search"
ITEMS = f"/v2/assets/stac/collections/{COAST.collection_id}/items"
EVERYTHING = SCENES[::-1]
BY_TIME = sorted(SCENES, key=lambda scene: scene.acquired)
BY_TITLE_DOWN = sorted(SCENES, key=lambda scene: scene.title, reverse=True)
POINT = {"type": "Point", "coordinates": [1.33, 51.08]}
BY_TITLE = {"op": "=", "args": [{"property": "title"}, COAST.title]}


async def found(driver, path, **parameters):
    answer = await driver.http.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/geo+json"
    return [item["id"] for item in answer.json()["features"]]


@pytest.mark.parametrize(
    ("parameters", "scenes"),
    [
        pytest.param({}, EVERYTHING, id="everything"),
        pytest.param({"collections": f"{COAST.collection_id},none"}, [COAST], id="collections"),
        pytest.param({"ids": f"{COAST.item_id},{TOWN.item_id}"}, [TOWN, COAST], id="ids"),
        pytest.param({"ids": COAST.item_id, "bbox": "20,20,21,21"}, [], id="ids and bbox"),
        pytest.param({"datetime": "2024-06-14T10:52:31Z"}, [COAST], id="datetime"),
        pytest.param({"bbox": "1.32,51.07,1.34,51.09"}, [COAST], id="bbox"),
        pytest.param({"bbox": "1.33,51.08,1.33,51.08"}, [COAST], id="bbox of no area"),
        pytest.param({"bbox": "1.32,51.07,0,1.34,51.09,9"}, [COAST], id="bbox of six"),
        pytest.param({"intersects": json.dumps(POINT)}, [COAST], id="intersects"),
        pytest.param({"filter": f"title = '{COAST.title}'"}, [COAST], id="text is the language"),
        pytest.param({"filter": "gsd < 0", "filter-lang": "cql2-text"}, [], id="text"),
        pytest.param({"filter": json.dumps(BY_TITLE), "filter-lang": "cql2-json"}, [COAST], id="json"),
        pytest.param({"sortby": "+properties.datetime"}, BY_TIME, id="up"),
        pytest.param({"sortby": "-title,datetime"}, BY_TITLE_DOWN, id="by two"),
        pytest.param({"limit": "1", "page": "1"}, [EVERYTHING[1]], id="page"),
        pytest.param({"limit": "1000000"}, EVERYTHING, id="great limit"),
        pytest.param({"colour": "red"}, EVERYTHING, id="unknown parameter"),
    ],
)
async def test_what_a_search_by_get_finds(driver, parameters, scenes):
    """A GET finds what a POST with the same fields finds."""
    assert await found(driver, SEARCH, **parameters) == [scene.item_id for scene in scenes]


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"limit": "0"}, id="limit 0"),
        pytest.param({"limit": "-1"}, id="limit below"),
        pytest.param({"limit": "ten"}, id="limit text"),
        pytest.param({"page": "-1"}, id="page"),
        pytest.param({"bbox": "[1.32,51.07,1.34,51.09]"}, id="bbox in brackets"),
        pytest.param({"bbox": "1,2,3,4,5"}, id="bbox of five"),
        pytest.param({"bbox": "nan,1,2,3"}, id="bbox without number"),
        pytest.param({"intersects": "POINT (1 2)"}, id="intersects text"),
        pytest.param({"intersects": '{"type": "Point", "coordinates": [NaN, 1]}'}, id="intersects without number"),
        pytest.param({"bbox": "1,2,3,4", "intersects": json.dumps(POINT)}, id="both"),
        pytest.param({"datetime": "2024-06-14"}, id="datetime"),
        pytest.param({"filter": "title ="}, id="filter text"),
        pytest.param({"filter": "{", "filter-lang": "cql2-json"}, id="filter json"),
        pytest.param({"filter": "1", "filter-lang": "cql2-json"}, id="filter number"),
        pytest.param({"filter": "title = 'a'", "filter-lang": "sql"}, id="filter language"),
    ],
)
async def test_searches_by_get_that_make_no_sense(driver, parameters):
    """A parameter that makes no sense is 400 with one sentence, in a search and in a collection's items."""
    for path in (SEARCH, ITEMS):
        if path == ITEMS and "page" in parameters:
            continue  # a collection's items are paged by tokens
        answer = await driver.http.get(path, params=parameters)
        assert answer.status_code == 400, path
        assert answer.json()["message"].endswith(".")


async def test_pages_of_a_get_lead_through_everything(driver):
    """Next links are GETs that keep the search, and lead through all that matches once."""
    seen, path = [], f"{SEARCH}?limit=1&filter=eo:cloud_cover%20%3C%2010&filter-lang=cql2-text"
    while path:
        answer = (await driver.http.get(path)).json()
        seen += [item["id"] for item in answer["features"]]
        link = next((link for link in answer["links"] if link["rel"] == "next"), None)
        assert link is None or link["method"] == "GET"
        path = link and link["href"]

    assert seen == [scene.item_id for scene in EVERYTHING]


async def test_a_greater_limit_than_allowed_is_lowered(driver):
    """A limit above 10,000 counts as 10,000, in the answer's next link as well."""
    body = {"limit": 20_000}
    answer = await driver.http.post(SEARCH, json=body)

    assert answer.status_code == 200
    assert len(answer.json()["features"]) == len(SCENES)
    assert (await driver.http.get(ITEMS, params=body)).status_code == 200


@pytest.mark.parametrize(
    ("parameters", "matches"),
    [
        ({"bbox": "1.32,51.07,1.34,51.09"}, True),
        ({"bbox": "20,20,21,21"}, False),
        ({"datetime": "2024-06-14T10:52:31Z"}, True),
        ({"datetime": "../2024-06-13T00:00:00Z"}, False),
        ({"filter": "gsd > 0"}, True),
        ({"filter": "gsd < 0"}, False),
        ({"collections": TOWN.collection_id, "page": "7"}, True),
    ],
)
async def test_items_of_a_collection_can_be_narrowed(driver, parameters, matches):
    """A collection's items are narrowed as OGC API - Features has it; what belongs to searches is passed over."""
    assert await found(driver, ITEMS, **parameters) == ([COAST.item_id] if matches else [])
