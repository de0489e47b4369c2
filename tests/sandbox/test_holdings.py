import pytest

from reconciler.sandbox.app import DEFAULT_WORKSPACE_ID
from reconciler.sandbox.scenes import COAST, TOWN

pytestmark = pytest.mark.anyio
ASSETS = "/v2/assets"
#: Three bundles of two files, the town and the river of one.
FILES = 8
FIELDS = {
    "id",
    "accountId",
    "workspaceId",
    "createdAt",
    "updatedAt",
    "name",
    "size",
    "contentType",
    "source",
    "producerName",
    "collectionName",
    "geospatialMetadataExtractionStatus",
    "title",
    "tags",
}


async def listed(driver, **query):
    answer = await driver.http.get(ASSETS, params={"size": 100, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_every_file_of_the_storage_is_listed(driver):
    """A Spring page holds one entry for each asset, with the fields of section 9.3."""
    page = await listed(driver)

    assert page["totalElements"] == len(page["content"]) == FILES
    assert all(set(asset) == FIELDS for asset in page["content"])


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"workspaceId": DEFAULT_WORKSPACE_ID}, FILES),
        ({"workspaceId": "11111111-1111-4111-8111-111111111111"}, 0),
        ({"search": "COAST"}, 2),
        ({"search": "rgb.tiff"}, 1),
        ({"sources": "PROCESSING"}, 1),
        ({"sources": ["PROCESSING", "ARCHIVE"]}, FILES + 1),
        ({"sources": "PROCESSING,ARCHIVE"}, FILES + 1),
        ({"collectionNames": "sandbox"}, 8),
        ({"collectionNames": "another"}, 0),
        ({"producerNames": "UP42 sandbox"}, FILES + 1),
        ({"tags": "harvest"}, 1),
        ({"createdAfter": "2026-03-01T12:00:30Z"}, 1),
        ({"createdBefore": "2026-03-01T12:00:30Z"}, FILES),
        ({"geospatialMetadataExtractionStatus": "SUCCESSFUL"}, FILES + 1),
        ({"geospatialMetadataExtractionStatus": "FAILED"}, 0),
    ],
    ids=str,
)
async def test_a_listing_can_be_narrowed(driver, query, count):
    """Each parameter of section 9.3 narrows the listing of the scenes' files and one job's result."""
    await driver.finished("true-color-conversion", item=TOWN.path)
    asset = (await listed(driver, search="rgb.tiff"))["content"][0]
    await driver.http.post(f"{ASSETS}/{asset['id']}/metadata", json={"tags": ["harvest"]})
    if query.get("workspaceId") == DEFAULT_WORKSPACE_ID:
        query = {**query, "sources": "ARCHIVE"}

    assert (await listed(driver, **query))["totalElements"] == count


@pytest.mark.parametrize("field", ["name", "title", "size", "createdAt", "updatedAt", "source", "collectionName"])
async def test_a_listing_can_be_sorted(driver, field):
    """Both directions of each field give the same assets in the opposite order of that field."""
    up = [asset[field] for asset in (await listed(driver, sort=f"{field},asc"))["content"]]
    down = [asset[field] for asset in (await listed(driver, sort=f"{field},desc"))["content"]]

    assert up == sorted(up)
    assert down == up[::-1]


async def test_pages_lose_nothing(driver):
    """Pages of one hold all assets, each once."""
    whole = [asset["id"] for asset in (await listed(driver))["content"]]
    pages = [(await listed(driver, size=1, page=number))["content"] for number in range(len(whole))]

    assert [asset["id"] for page in pages for asset in page] == whole


@pytest.mark.parametrize(
    "query", [{"sort": "colour,asc"}, {"size": 0}, {"page": -1}, {"createdAfter": "yesterday"}], ids=str
)
async def test_a_listing_that_makes_no_sense(driver, query):
    """A parameter that makes no sense is 400 in the error shape of the family."""
    answer = await driver.http.get(ASSETS, params=query)

    assert (answer.status_code, set(answer.json())) == (400, {"code", "message", "details"})


async def test_metadata_tells_the_size_of_the_bytes(driver):
    """The metadata of an asset has its size and type, as its download has."""
    href = (await driver.http.get(COAST.path)).json()["assets"]["pan.tiff"]["href"]
    metadata = (await driver.http.get(f"{href}/metadata")).json()
    content = await driver.http.get(href)

    assert (metadata["size"], metadata["contentType"]) == (len(content.content), content.headers["Content-Type"])


async def test_title_and_tags_can_be_set(driver):
    """A POST changes what it names, leaves the rest, and tells the asset as it is now; null takes away."""
    asset = (await listed(driver, search="pan.tiff"))["content"][0]
    path = f"{ASSETS}/{asset['id']}/metadata"
    driver.clock.pass_(5)
    both = (await driver.http.post(path, json={"title": "Mine", "tags": ["a", "b"]})).json()
    only = (await driver.http.post(path, json={"tags": None})).json()

    assert both == {**asset, "title": "Mine", "tags": ["a", "b"], "updatedAt": both["updatedAt"]}
    assert both["updatedAt"] > asset["updatedAt"]
    assert only == {**both, "tags": []}


@pytest.mark.parametrize(
    "body",
    ["no", {}, {"title": 1}, {"title": {}}, {"tags": "a"}, {"tags": {}}, {"tags": [1]}, {"name": "x"}, [1]],
    ids=str,
)
async def test_a_change_that_makes_no_sense(driver, body):
    """A body of another shape is 400, and changes nothing."""
    asset = (await listed(driver))["content"][0]
    answer = await driver.http.post(f"{ASSETS}/{asset['id']}/metadata", json=body)

    assert answer.status_code == 400
    assert (await listed(driver))["content"][0] == asset


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_unknown_asset(driver, method):
    """Metadata of an asset that is not there is 404."""
    answer = await driver.http.request(method, f"{ASSETS}/none/metadata", json={"title": "x"})

    assert answer.status_code == 404
