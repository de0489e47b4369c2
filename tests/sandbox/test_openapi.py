import dataclasses
import re
from urllib.parse import urlsplit

import jsonschema
import pytest

from reconciler.sandbox.account import eulas
from reconciler.sandbox.api import openapi
from reconciler.sandbox.app import DEFAULT_BUDGET_ID, DEFAULT_WORKSPACE_ID, DOORS
from reconciler.sandbox.scenes import COAST, TOWN

pytestmark = pytest.mark.anyio
ROOT = "/v2/assets/stac"


async def test_the_document_is_open_and_linked(driver):
    """The landing page leads to the document, which is answered without a token, as OpenAPI 3.1."""
    links = (await driver.http.get(f"{ROOT}/")).json()["links"]
    link = next(link for link in links if link["rel"] == "service-desc")
    answer = await driver.http.get(link["href"], headers={"Authorization": ""})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == link["type"] == "application/vnd.oai.openapi+json;version=3.1"
    assert answer.json()["openapi"] == "3.1.0"
    assert answer.json()["servers"] == [{"url": "http://sandbox"}]


async def test_every_door_is_in_the_document(driver):
    """Each door of the service is one operation, under its own name, path and method; references lead somewhere."""
    document = (await driver.http.get(f"{ROOT}/api")).json()
    found = {
        (operation["operationId"], method.upper(), path)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }

    assert found == {(door.name, door.method, door.path) for door in DOORS if not door.control}
    referred = set(re.findall(r"'#/components/schemas/(\w+)'", str(document)))
    assert referred == set(document["components"]["schemas"])


@pytest.mark.parametrize(
    "doors",
    [
        pytest.param([dataclasses.replace(DOORS[0], about=None)], id="no description"),
        pytest.param([DOORS[0], dataclasses.replace(DOORS[1], name=DOORS[0].name)], id="one name for two"),
    ],
)
def test_a_door_that_is_not_described_is_found_out(doors):
    """No document is made of a door without a description, or of two with one name."""
    with pytest.raises(ValueError, match="doors without"):
        openapi.document(doors, "http://sandbox")


async def test_a_wrong_method_is_told_the_right_ones(driver):
    """405 names the methods of all doors at a path."""
    answer = await driver.http.put(f"{ROOT}/collections/{TOWN.collection_id}")

    assert (answer.status_code, answer.json()["title"]) == (405, "Method Not Allowed")
    assert answer.headers["allow"] == "DELETE, GET, HEAD"


async def visits(driver):
    """One good call of each door, in an order in which each can succeed: name, path, and how it is called."""
    job, (item,) = await driver.finished("pansharpening", item=COAST.path)
    (asset,) = (urlsplit(asset["href"]).path for asset in item["assets"].values())
    signed = urlsplit((await driver.http.post(f"{asset}/download-url")).json()["url"])
    processes, budget, eula = "/v2/processing/processes", f"/v2/budgets/{DEFAULT_BUDGET_ID}", f"/v2/eulas/{eulas.UP42}"
    document = (await driver.http.get(f"{eula}/documents")).json()["content"][0]
    collection = f"{ROOT}/collections/{TOWN.collection_id}"
    inputs = {"json": {"inputs": {"title": "A title", "item": COAST.path}}}
    form = {"grant_type": "password", "username": driver.settings.username, "password": driver.settings.password}
    realm = "/realms/public/protocol/openid-connect"
    accepting = {"json": {"isAccepted": True}}
    hooks = f"/workspaces/{DEFAULT_WORKSPACE_ID}/webhooks"
    hook = {"json": {"url": "https://example.com", "name": "a", "events": ["job.status"]}}
    kept, dropped = [(await driver.http.post(hooks, **hook)).json()["data"]["id"] for _ in range(2)]
    return [
        ("get-openapi", f"{ROOT}/api", {}),
        ("token", f"{realm}/token", {"data": form}),
        ("userinfo", f"{realm}/userinfo", {}),
        ("get-balance", "/v2/payments/balances", {}),
        ("list-budgets", "/v2/budgets", {"params": {"includeUsage": "true"}}),
        ("get-budget-settings", "/v2/budgets/settings", {}),
        ("get-budget", budget, {"params": {"includeUsage": "true"}}),
        ("get-budget-usage", f"{budget}/usage", {}),
        ("list-eulas", "/v2/eulas", {}),
        ("get-eula", eula, {}),
        ("list-eula-documents", f"{eula}/documents", {}),
        ("get-eula-document", f"{eula}/documents/{document['id']}", {}),
        ("accept-eula", f"{eula}/documents/{document['id']}", accepting),
        ("accept-eula-put", f"{eula}/documents/{document['id']}", accepting),
        ("get-eula-pdf", urlsplit(document["url"]).path, {}),
        ("list-processes", processes, {}),
        ("get-process", f"{processes}/pansharpening", {}),
        ("validate", f"{processes}/pansharpening/validation", inputs),
        ("price", f"{processes}/pansharpening/cost", inputs),
        ("execute", f"{processes}/pansharpening/execution", inputs),
        ("list-jobs", "/v2/processing/jobs", {}),
        ("get-job", f"/v2/processing/jobs/{job['jobID']}", {}),
        ("stac-landing", ROOT, {}),
        ("stac-landing-slash", f"{ROOT}/", {}),
        ("get-conformance", f"{ROOT}/conformance", {}),
        ("get-queryables", f"{ROOT}/queryables", {}),
        ("get-collection-queryables", f"{collection}/queryables", {}),
        ("list-collections", f"{ROOT}/collections", {}),
        ("get-collection", collection, {}),
        ("get-item", COAST.path, {}),
        ("patch-item", COAST.path, {"json": {"up42-user:tags": ["a"]}}),
        ("search", f"{ROOT}/search", {"json": {"limit": 2}}),
        ("search-by-query", f"{ROOT}/search", {"params": {"limit": 2}}),
        ("list-items", f"{collection}/items", {}),
        ("delete-collection", collection, {}),
        ("download", asset, {}),
        ("download-url", f"{asset}/download-url", {}),
        ("signed-download", f"{signed.path}?{signed.query}", {}),
        ("list-assets", "/v2/assets", {}),
        ("get-asset-metadata", f"{asset}/metadata", {}),
        ("set-asset-metadata", f"{asset}/metadata", {"json": {"title": "A"}}),
        ("list-webhook-events", "/webhooks/events", {}),
        ("list-webhooks", hooks, {}),
        ("create-webhook", hooks, hook),
        ("get-webhook", f"{hooks}/{kept}", {}),
        ("replace-webhook", f"{hooks}/{kept}", hook),
        ("test-webhook", f"{hooks}/{kept}/tests", {}),
        ("delete-webhook", f"{hooks}/{dropped}", {}),
    ]


async def test_good_answers_are_as_described(driver):
    """A good call of every door is answered with a status, a media type and a body that the document has."""
    document = (await driver.http.get(f"{ROOT}/api")).json()
    operations = {
        operation["operationId"]: (method, operation)
        for methods in document["paths"].values()
        for method, operation in methods.items()
    }
    visited = await visits(driver)
    for name, path, options in visited:
        method, operation = operations[name]
        answer = await driver.http.request(method.upper(), path, **options)
        assert answer.is_success, (name, answer.text)
        described = operation["responses"][str(answer.status_code)].get("content")
        if described is None:
            assert not answer.content, name
            continue
        schema = described[answer.headers["content-type"]].get("schema", True)
        if schema is not True:
            checked = {**schema, "components": document["components"]}
            jsonschema.validate(answer.json(), checked, jsonschema.Draft202012Validator)

    assert {name for name, _, _ in visited} == set(operations)


EXECUTION = "/v2/processing/processes/pansharpening/execution"
WEIGHTS = '[{"band": "red", "weight": 1e999}]'
INFINITE = f'{{"inputs": {{"title": "A", "item": "{COAST.path}", "greyWeights": {WEIGHTS}}}}}'


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        pytest.param("PATCH", COAST.path, b'{"up42-user:title": "\\ud800"}', id="half a surrogate, escaped"),
        pytest.param("PATCH", COAST.path, b'{"up42-user:title": "\xed\xa0\x80"}', id="half a surrogate"),
        pytest.param("POST", EXECUTION, INFINITE.encode(), id="a number beyond all bounds"),
    ],
)
async def test_bodies_that_could_not_be_given_back_are_refused(driver, method, path, body):
    """What JSON can write, and an answer that repeats it cannot, is 400."""
    answer = await driver.http.request(method, path, content=body)

    assert answer.status_code == 400
