import httpx
import pytest

from reconciler.sandbox.app import DEFAULT_WORKSPACE_ID

pytestmark = pytest.mark.anyio
TOKEN = "/realms/public/protocol/openid-connect/token"
GOOD = {"grant_type": "password", "username": "sandbox@example.com", "password": "sandbox", "client_id": "up42-api"}


async def test_a_token_answer_has_every_documented_field(driver):
    """The token answer has the fields and lifetimes of up42-api.md section 1.2."""
    answer = await driver.sign_in()

    assert answer["expires_in"] == 300
    assert answer["refresh_expires_in"] == 1800
    assert answer["token_type"] == "Bearer"
    assert answer["access_token"].count(".") == 2
    assert set(answer) >= {"refresh_token", "not-before-policy", "session_state", "scope"}


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        pytest.param(GOOD | {"password": "wrong"}, 401, "invalid_grant", id="wrong password"),
        pytest.param(GOOD | {"username": "someone"}, 401, "invalid_grant", id="wrong user"),
        pytest.param({"grant_type": "password"}, 401, "invalid_grant", id="no credentials"),
        pytest.param({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant", id="bad refresh"),
        pytest.param({"grant_type": "magic"}, 400, "unsupported_grant_type", id="unknown grant"),
        pytest.param({}, 400, "invalid_request", id="nothing"),
    ],
)
async def test_refused_sign_ins_look_like_keycloaks(driver, form, status, error):
    """Each refused sign-in has Keycloak's status and error word."""
    answer = await driver.http.post(TOKEN, data=form)

    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_a_token_ends_after_five_minutes(driver):
    """An access token is good for 300 seconds of the sandbox's clock and not longer."""
    driver.clock.pass_(299)
    early = await driver.http.get("/v2/eulas")
    driver.clock.pass_(1)
    late = await driver.http.get("/v2/eulas")

    assert (early.status_code, late.status_code) == (200, 401)
    assert late.json()["status"] == 401


async def test_a_refresh_token_gives_a_new_access_token(driver):
    """A refresh token outlives the access token and gives a new one that works."""
    refresh = (await driver.sign_in())["refresh_token"]
    driver.clock.pass_(1000)
    answer = await driver.http.post(TOKEN, data={"grant_type": "refresh_token", "refresh_token": refresh})
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    assert (await driver.http.get("/v2/eulas", headers=bearer)).status_code == 200


async def test_a_refresh_token_opens_no_door(driver):
    """A refresh token is not accepted in the place of an access token."""
    refresh = (await driver.sign_in())["refresh_token"]
    bearer = {"Authorization": f"Bearer {refresh}"}

    assert (await driver.http.get("/v2/eulas", headers=bearer)).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/processing/processes"),
        ("POST", "/v2/processing/processes/pansharpening/execution"),
        ("GET", "/v2/processing/jobs"),
        ("GET", "/v2/eulas"),
        ("GET", "/v2/payments/balances"),
        ("GET", "/v2/budgets"),
        ("GET", "/v2/assets/stac/"),
        ("POST", "/v2/assets/stac/search"),
        ("GET", "/v2/assets/0"),
    ],
)
async def test_the_api_needs_a_token(driver, method, path):
    """Without a token every endpoint of the API answers 401 with a body."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(driver.app), base_url="http://sandbox") as stranger:
        answer = await stranger.request(method, path)

    assert answer.status_code == 401
    assert answer.json()["title"] == "Unauthorized"


async def test_userinfo_names_the_default_workspace(driver):
    """`sub` of userinfo is the default workspace, as the SDK takes it."""
    answer = await driver.http.get("/realms/public/protocol/openid-connect/userinfo")

    assert answer.json()["sub"] == DEFAULT_WORKSPACE_ID


async def test_every_answer_carries_the_sandbox_clock(driver):
    """Date is the sandbox's time on good answers, errors and unknown paths."""
    for path in ("/v2/eulas", "/v2/eulas/none", "/nowhere"):
        answer = await driver.http.get(path)
        assert answer.headers["Date"] == "Sun, 01 Mar 2026 12:00:00 GMT"


async def test_a_fault_of_its_own_is_a_500_with_a_date(driver):
    """What nobody foresaw answers 500 with a problem body and the sandbox's time, and no insides."""
    with driver.sandbox.store.writing() as db:
        db.execute("DROP TABLE budgets")
    answer = await driver.http.get("/v2/budgets")

    assert answer.json() == {"title": "Internal Server Error", "status": 500}
    assert answer.headers["Date"] == "Sun, 01 Mar 2026 12:00:00 GMT"


async def test_unknown_paths_and_methods_are_json(driver):
    """What does not exist is 404 and what cannot be done is 405, both as problem bodies."""
    missing = await driver.http.get("/v2/nowhere")
    wrong = await driver.http.delete("/v2/eulas")

    assert missing.json() == {"title": "Not Found", "status": 404}
    assert wrong.json() == {"title": "Method Not Allowed", "status": 405}
