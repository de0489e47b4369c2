import pytest

from reconciler.sandbox.app import DEFAULT_WORKSPACE_ID

pytestmark = pytest.mark.anyio
HOOKS = f"/workspaces/{DEFAULT_WORKSPACE_ID}/webhooks"
NEW = {"url": "https://example.com/hook", "name": "orders", "events": ["order.status"]}


async def test_a_webhook_lives(driver):
    """A webhook is created inactive, told, replaced and deleted, each answer wrapped in data and error."""
    created = (await driver.http.post(HOOKS, json=NEW)).json()["data"]
    path = f"{HOOKS}/{created['id']}"
    driver.clock.pass_(1)
    replaced = (await driver.http.put(path, json={**NEW, "active": True})).json()["data"]
    told = (await driver.http.get(path)).json()
    listed = (await driver.http.get(HOOKS)).json()["data"]
    gone = await driver.http.delete(path)

    assert created == {"id": created["id"], "active": False, **NEW, **times(created)}
    assert replaced == {**created, "active": True, "updatedAt": replaced["updatedAt"]}
    assert replaced["updatedAt"] > created["updatedAt"] == created["createdAt"]
    assert told == {"data": replaced, "error": None}
    assert listed == [replaced]
    assert (gone.status_code, (await driver.http.get(path)).status_code) == (204, 404)


def times(webhook):
    return {name: webhook[name] for name in ("createdAt", "updatedAt")}


async def test_a_test_sends_to_nobody(driver):
    """A test of a webhook says when it started, and that nothing was run: the sandbox calls nobody."""
    created = (await driver.http.post(HOOKS, json=NEW)).json()["data"]
    answer = (await driver.http.post(f"{HOOKS}/{created['id']}/tests")).json()["data"]

    assert (answer["testsRun"], answer["testsSucceeded"]) == (0, 0)
    assert answer["startedAt"].startswith("2026-03-01T12:00:00")


async def test_the_events(driver):
    """The two documented events are told."""
    events = (await driver.http.get("/webhooks/events")).json()["data"]

    assert [event["name"] for event in events] == ["order.status", "job.status"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {**NEW, "url": "http://example.com"},
        {**NEW, "events": ["other"]},
        {**NEW, "events": "order.status"},
        {**NEW, "active": "yes"},
        {**NEW, "more": 1},
    ],
    ids=str,
)
async def test_a_webhook_that_makes_no_sense(driver, body):
    """Another body is 400 in the legacy error shape."""
    answer = await driver.http.post(HOOKS, json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")


async def test_webhooks_belong_to_a_workspace(driver):
    """Another workspace does not see it, and no text but a UUID is a workspace."""
    created = (await driver.http.post(HOOKS, json=NEW)).json()["data"]
    other = f"/workspaces/11111111-1111-4111-8111-111111111111/webhooks/{created['id']}"

    assert (await driver.http.get(other)).status_code == 404
    assert (await driver.http.get("/workspaces/none/webhooks")).status_code == 404
