import datetime as dt

import pytest

from reconciler.sandbox.scenes import COAST, FIELDS, SCENES, TOWN

pytestmark = pytest.mark.anyio
ROOT = "/v2/assets/stac"
COLLECTION = f"{ROOT}/collections/{COAST.collection_id}"


def links(document):
    return {link["rel"]: link["href"] for link in document["links"]}


@pytest.mark.parametrize("path", [ROOT, f"{ROOT}/"])
async def test_the_landing_page(driver, path):
    """The landing page is the catalog of section 8.1, with or without the slash."""
    page = (await driver.http.get(path)).json()

    assert (page["type"], page["id"], page["stac_version"]) == ("Catalog", "up42-storage", "1.0.0")
    assert set(links(page)) >= {"self", "root", "data", "search"}
    assert next(link for link in page["links"] if link["rel"] == "search")["method"] == "POST"
    assert "https://api.stacspec.org/v1.0.0-rc.1/item-search#filter" in page["conformsTo"]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.title)
async def test_the_example_scenes_have_fixed_places(driver, scene):
    """Each example scene is a whole STAC 1.0.0 item at its fixed path, in a collection of its own."""
    item = (await driver.http.get(scene.path)).json()
    collection = (await driver.http.get(f"{ROOT}/collections/{scene.collection_id}")).json()

    assert (item["type"], item["stac_version"], item["id"]) == ("Feature", "1.0.0", scene.item_id)
    assert item["collection"] == collection["id"] == scene.collection_id
    assert links(item)["self"] == f"http://sandbox{scene.path}"
    assert set(links(item)) == {"self", "parent", "collection", "root"}
    assert set(collection) >= {"type", "description", "license", "extent", "links", "stac_version"}
    ring = item["geometry"]["coordinates"][0]
    assert ring[0] == ring[-1]
    west, south, east, north = item["bbox"]
    assert west < east
    assert south < north
    assert dt.datetime.fromisoformat(item["properties"]["datetime"]).tzinfo is not None


async def test_a_bundle_has_its_bands_described(driver):
    """A bundle's assets are titled as orders are, with role data and named bands."""
    assets = (await driver.http.get(COAST.path)).json()["assets"].values()

    assert [asset["title"] for asset in assets] == ["Panchromatic data", "Multispectral data"]
    assert [[band["common_name"] for band in asset["eo:bands"]] for asset in assets] == [
        ["pan"],
        ["blue", "green", "red", "nir"],
    ]
    assert all("data" in asset["roles"] and asset["href"].startswith("http://sandbox/v2/assets/") for asset in assets)


async def test_collections_page_newest_first(driver):
    """Pages of collections follow `token=next:`, newest first, each once, and the last has no next link."""
    seen, path = [], f"{ROOT}/collections?limit=3"
    while path:
        page = (await driver.http.get(path)).json()
        seen += [collection["id"] for collection in page["collections"]]
        path = links(page).get("next")

    assert seen == [scene.collection_id for scene in reversed(SCENES)]


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
async def test_collections_page_backwards(driver, limit):
    """From the last page, prev links lead back through everything that came before; the first page has none."""
    path, pages = f"{ROOT}/collections?limit={limit}", []
    while path:
        page = (await driver.http.get(path)).json()
        pages.append([collection["id"] for collection in page["collections"]])
        path = links(page).get("next")
    backwards, path = [], links(page).get("prev")
    while path:
        assert "token=prev:" in path
        page = (await driver.http.get(path)).json()
        assert "next" in links(page)
        backwards.append([collection["id"] for collection in page["collections"]])
        path = links(page).get("prev")

    assert backwards == pages[-2::-1]


async def test_a_page_whose_neighbour_is_gone_is_refused(driver):
    """A token that names a deleted collection is 400, not an early end of the listing."""
    page = (await driver.http.get(f"{ROOT}/collections?limit=1")).json()
    await driver.http.delete(f"{ROOT}/collections/{page['collections'][0]['id']}")

    assert (await driver.http.get(links(page)["next"])).status_code == 400


async def test_what_the_landing_page_leads_to(driver):
    """The landing page's additions lead somewhere: conformance says the same, queryables are a schema of their own."""
    page = (await driver.http.get(f"{ROOT}/")).json()
    conformance = (await driver.http.get(links(page)["conformance"])).json()
    answer = await driver.http.get(links(page)["http://www.opengis.net/def/rel/ogc/1.0/queryables"])

    assert conformance == {"conformsTo": page["conformsTo"]}
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json()["$id"] == str(answer.url)
    assert answer.json()["title"] == "STAC Storage Queryables"
    assert {"job_id", "collection", "eo:cloud_cover", "workspace_id"} <= set(answer.json()["properties"])


async def test_queryables_of_a_collection(driver):
    """A collection has the same queryables under its own address; an unknown collection has none."""
    answer = await driver.http.get(f"{COLLECTION}/queryables")

    assert answer.json()["$id"] == f"http://sandbox{COLLECTION}/queryables"
    assert (await driver.http.get(f"{ROOT}/collections/none/queryables")).status_code == 404


async def test_collections_of_a_workspace(driver):
    """`workspace_id` selects collections."""
    page = (await driver.http.get(f"{ROOT}/collections?workspace_id=0f7f6c1e-1111-4222-8333-444455556666")).json()

    assert page["collections"] == []


async def test_items_of_a_collection(driver):
    """A collection's items are a FeatureCollection."""
    page = (await driver.http.get(f"{COLLECTION}/items?limit=1")).json()

    assert page["type"] == "FeatureCollection"
    assert [item["id"] for item in page["features"]] == [COAST.item_id]
    assert "next" not in links(page)


async def test_a_result_is_a_collection_with_one_item(driver):
    """A captured job's results.collection leads to its item, which knows the job, the title and the workspace."""
    job, _ = await driver.finished("pansharpening", item=COAST.path)
    url = job["results"]["collection"]
    collection = (await driver.http.get(url)).json()
    (item,) = (await driver.http.get(links(collection)["items"])).json()["features"]

    assert collection["title"] == item["properties"]["title"] == "A title"
    assert item["properties"]["up42-system:job_id"] == job["jobID"]
    assert item["properties"]["up42-system:workspace_id"] == job["workspaceID"]
    ((key, asset),) = item["assets"].items()
    assert key == f"{asset['href'].rsplit('/', 1)[1][:8]}_pan_{job['jobID']}.tiff"
    assert asset["title"] == "Pansharpened multispectral data"
    assert asset["roles"] == ["pansharpened", "data", "multispectral"]
    assert asset["type"] == "image/tiff; application=geotiff; profile=cloud-optimized"


async def test_title_and_tags_can_be_changed(driver):
    """PATCH changes title and tags, answers the item, and stays."""
    body = {"up42-user:title": "Mine", "up42-user:tags": ["a", "b"]}
    answer = await driver.http.patch(COAST.path, json=body)
    item = (await driver.http.get(COAST.path)).json()

    assert answer.status_code == 200
    assert answer.json() == item
    assert {key: item["properties"][key] for key in body} == body


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"title": "x"},
        {"up42-user:title": 3},
        {"up42-user:title": {}},
        {"up42-user:tags": "a"},
        {"up42-user:tags": [1]},
    ],
)
async def test_other_changes_are_refused(driver, body):
    """PATCH of anything else is 400 and changes nothing."""
    before = (await driver.http.get(COAST.path)).json()
    answer = await driver.http.patch(COAST.path, json=body)

    assert answer.status_code == 400
    assert (await driver.http.get(COAST.path)).json() == before


async def test_changes_of_what_is_not_there(driver):
    """PATCH of an unknown item and DELETE of an unknown collection are 404."""
    body = {"up42-user:title": "Mine", "up42-user:tags": None}

    assert (await driver.http.patch(f"{COLLECTION}/items/none", json=body)).status_code == 404
    assert (await driver.http.delete(f"{ROOT}/collections/none")).status_code == 404


async def test_title_and_tags_can_be_taken_away(driver):
    """Null takes a title and tags away, each on its own as well."""
    await driver.http.patch(COAST.path, json={"up42-user:title": "Mine", "up42-user:tags": ["a"]})
    await driver.http.patch(COAST.path, json={"up42-user:tags": None})
    item = (await driver.http.get(COAST.path)).json()

    assert (item["properties"]["up42-user:title"], item["properties"]["up42-user:tags"]) == ("Mine", None)


async def test_a_deleted_collection_is_gone_with_all_it_held(driver):
    """DELETE answers 204, then collection, item and asset are 404, and the bytes are off the disk."""
    href = next(iter((await driver.http.get(TOWN.path)).json()["assets"].values()))["href"]
    path = f"{ROOT}/collections/{TOWN.collection_id}"
    answer = await driver.http.delete(path)
    gone = [(await driver.http.get(where)).status_code for where in (path, f"{path}/items", TOWN.path, href)]

    assert answer.status_code == 204
    assert gone == [404] * 4
    assert not driver.sandbox.blobs.path(href.rsplit("/", 1)[1]).exists()
    assert (await driver.http.delete(path)).status_code == 404


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "token=prev:x", "token=next:x", "token=x"])
async def test_paging_that_makes_no_sense(driver, query):
    """A limit or token that makes no sense is 400."""
    assert (await driver.http.get(f"{ROOT}/collections?{query}")).status_code == 400


async def test_links_start_where_the_request_went(driver, connect):
    """Links start with the request's host, or with the base URL of the settings."""
    other = {"Host": "127.0.0.1:9"}
    assert links((await driver.http.get(FIELDS.path, headers=other)).json())["root"].startswith("http://127.0.0.1:9/")
    async with connect(base_url="https://api.example.com/") as fixed:
        item = (await fixed.http.get(FIELDS.path)).json()
        assert links(item)["self"] == f"https://api.example.com{FIELDS.path}"
