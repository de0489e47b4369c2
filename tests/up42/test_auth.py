import asyncio

import pytest

from reconciler.errors import NotSent, SignInFailed
from reconciler.up42.auth import TOKEN_PATH
from reconciler.up42.client import Credentials, Endpoint

pytestmark = pytest.mark.anyio
PROCESSES = "/v2/processing/processes"


@pytest.fixture
def api(service, reply):
    service.on("GET", PROCESSES, reply({"processes": []}))
    return service


async def test_the_password_grant_is_sent_as_documented(api, client, credentials):
    """The token request is the form that up42-api.md section 1.2 gives."""
    await client.processing.processes()

    (sign_in,) = api.sign_ins
    assert sign_in.form == {
        "grant_type": "password",
        "username": credentials.username,
        "password": credentials.password,
        "client_id": "up42-api",
    }
    assert sign_in.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in sign_in.headers


async def test_a_token_is_used_until_shortly_before_it_expires(api, client, clock):
    """One sign-in serves all requests of its 300 seconds but the last 30."""
    await client.processing.processes()
    clock.elapsed_s += 269
    await client.processing.processes()
    assert len(api.sign_ins) == 1

    clock.elapsed_s += 2
    await client.processing.processes()
    assert len(api.sign_ins) == 2
    assert [one.headers["authorization"] for one in api.asked(PROCESSES)] == [
        "Bearer token-1",
        "Bearer token-1",
        "Bearer token-2",
    ]


@pytest.mark.parametrize("said", [{}, {"expires_in": None}, {"expires_in": "x"}, {"expires_in": 0}])
async def test_a_lifetime_that_is_not_said_is_five_minutes(api, client, clock, reply, said):
    """Without `expires_in` the documented lifetime counts."""
    api.on("POST", TOKEN_PATH, reply({"access_token": "t"} | said))
    await client.processing.processes()
    clock.elapsed_s += 269
    await client.processing.processes()
    assert len(api.sign_ins) == 1

    clock.elapsed_s += 2
    await client.processing.processes()
    assert len(api.sign_ins) == 2


async def test_a_short_lifetime_is_half_used(api, client, clock, reply):
    """A token that lives shorter than the margin is not asked for anew at each request."""
    api.on("POST", TOKEN_PATH, reply({"access_token": "t", "expires_in": 20}))
    await client.processing.processes()
    clock.elapsed_s += 9
    await client.processing.processes()

    assert len(api.sign_ins) == 1


async def test_many_requests_at_once_sign_in_once(api, client):
    """Whoever waits for the same token shares it."""
    await asyncio.gather(*(client.processing.processes() for _ in range(10)))

    assert len(api.sign_ins) == 1


async def test_many_refusals_at_once_renew_once(api, client, reply):
    """A token that is revoked under many requests is replaced by one."""
    await client.processing.processes()
    api.on("GET", PROCESSES, lambda got: reply({"processes": []}, 401 if "token-1" in str(got.headers) else 200))

    await asyncio.gather(*(client.processing.processes() for _ in range(10)))

    assert len(api.sign_ins) == 2


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, {"error": "invalid_grant", "error_description": "Invalid user credentials"}, "invalid_grant"),
        (400, {"error": "unauthorized_client"}, "unauthorized_client"),
        (403, {"error": "<script>"}, "status 403"),
        (401, None, "status 401"),
    ],
)
async def test_refused_credentials_say_what_to_check(api, client, reply, status, body, reason, credentials):
    """Wrong credentials are one clear sentence, with a hint, without the credentials; nothing else is asked."""
    api.on("POST", TOKEN_PATH, reply(body, status))

    with pytest.raises(SignInFailed, match=reason) as caught:
        await client.processing.processes()

    assert "UP42_USERNAME" in caught.value.hint
    assert credentials.password not in f"{caught.value!r} {vars(caught.value)}"
    assert caught.value.retryable is False
    assert len(api.requests) == 1


async def test_refused_credentials_are_not_sent_again(api, client, reply):
    """Repeated refusals may lock an account, so all later requests fail with the first one's answer."""
    api.on("POST", TOKEN_PATH, reply({"error": "invalid_grant"}, 401))

    outcomes = await asyncio.gather(*(client.processing.processes() for _ in range(5)), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [SignInFailed] * 5
    assert len(api.sign_ins) == 1


async def test_a_stumbling_auth_host_is_asked_again(api, client, reply):
    """5xx and a broken connection pass."""
    api.on("POST", TOKEN_PATH, [reply(status=503), reply(reset=True), reply({"access_token": "t"})])

    await client.processing.processes()

    assert len(api.sign_ins) == 3


async def test_without_a_token_nothing_is_sent(api, client, reply):
    """An auth host that stays down is NotSent, after its own retries and no more: nothing reached the API."""
    api.on("POST", TOKEN_PATH, reply(status=503))

    with pytest.raises(NotSent, match="Could not sign in") as caught:
        await client.processing.processes()

    assert caught.value.retryable
    assert len(api.sign_ins) == 6
    assert api.api_requests == []


async def test_an_auth_host_that_swallows_answers_is_not_an_unknown_outcome(api, client, reply):
    """A lost answer of the auth host says nothing about a job: it is NotSent."""
    api.on("POST", TOKEN_PATH, reply(reset=True))

    with pytest.raises(NotSent):
        await client.processing.execute("pansharpening", {"title": "x"}, workspace_id="w", timeout_s=5)

    assert api.api_requests == []


@pytest.mark.parametrize(
    "answer",
    [{"token": "x"}, {"access_token": ""}, {"access_token": "a\r\nX-Evil: 1"}, {"access_token": "ü"}, []],
    ids=["missing", "empty", "header-injection", "not-ascii", "list"],
)
async def test_a_token_that_cannot_be_sent_is_refused(api, client, reply, answer):
    """A token that is none never gets into a header, nor into a message."""
    api.on("POST", TOKEN_PATH, reply(answer))

    with pytest.raises(NotSent, match="no usable token"):
        await client.processing.processes()

    assert api.api_requests == []


async def test_the_password_does_not_follow_a_redirect(api, client, elsewhere, reply):
    """The auth host cannot send the credentials on to another one."""
    api.on("POST", TOKEN_PATH, reply(status=307, headers={"Location": elsewhere.url + TOKEN_PATH}))

    with pytest.raises(NotSent, match="redirect"):
        await client.processing.processes()

    assert elsewhere.requests == []


async def test_an_unreachable_auth_host_is_not_sent(service, build, free_port_url):
    """No connection, no request."""
    async with build(endpoint=Endpoint(service.url, free_port_url)) as client:
        with pytest.raises(NotSent, match=r"Could not sign in at 127\.0\.0\.1"):
            await client.processing.processes()

    assert service.requests == []


def test_the_password_is_not_part_of_its_text():
    """Credentials can be logged by accident without harm."""
    shown = repr(Credentials("ann", "hunter2"))

    assert "ann" in shown
    assert "hunter2" not in shown
