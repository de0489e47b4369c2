"""What becomes of the one request that costs credits."""

import asyncio

import pytest

from reconciler.errors import (
    AnswerError,
    AnswerLost,
    Forbidden,
    InputsRejected,
    NotFound,
    NotSent,
    ReconcilerError,
    SignInFailed,
    TooManyRequests,
)
from reconciler.up42.auth import TOKEN_PATH
from reconciler.up42.client import Endpoint, Settings

pytestmark = pytest.mark.anyio
PATH = "/v2/processing/processes/pansharpening/execution"
INPUTS = {"title": "UK", "item": "/v2/assets/stac/collections/21c0/items/23e4"}
JOB = {
    "jobID": "6856",
    "processID": "pansharpening",
    "workspaceID": "w1",
    "status": "created",
    "created": "2024-06-05T13:12:48.1Z",
    "definition": {"inputs": INPUTS},
}
#: Status → the error that says that nothing was created; every other status without a job id is an unknown outcome.
CLEAR = {
    400: InputsRejected,
    401: Forbidden,
    402: AnswerError,
    403: Forbidden,
    404: NotFound,
    405: AnswerError,
    413: AnswerError,
    415: AnswerError,
    422: InputsRejected,
    429: TooManyRequests,
}


async def create(client, **changes):
    return await client.processing.execute(
        "pansharpening", INPUTS, **({"workspace_id": "w1", "timeout_s": 5} | changes)
    )


async def test_a_created_job_is_returned(service, client, reply):
    """201 with a job: inputs and workspace are sent as documented, and the job comes back."""
    service.on("POST", PATH, reply(JOB, 201))

    job = await create(client)

    assert (job.job_id, job.status, job.title, job.workspace_id) == ("6856", "created", "UK", "w1")
    (got,) = service.asked(PATH)
    assert got.query == {"workspaceId": "w1"}
    assert got.json == {"inputs": INPUTS}


async def test_a_budget_is_named(service, client, reply):
    """The budget goes beside the workspace (up42-api.md section 0a)."""
    service.on("POST", PATH, reply(JOB))

    await create(client, budget_id="b 1")

    assert service.asked(PATH)[0].query == {"workspaceId": "w1", "budgetId": "b 1"}


@pytest.mark.parametrize("status", [200, 201, 202, 206])
async def test_any_success_with_a_job_id_is_a_job(service, client, reply, status):
    """201 is evidenced, 200 is what the SDK's tests say: any 2xx with an id is a job, however odd the rest."""
    service.on("POST", PATH, reply({"jobID": "6856", "created": "soon", "definition": 5}, status))

    job = await create(client)

    assert (job.job_id, job.process_id, job.inputs) == ("6856", "pansharpening", None)
    assert job.created == client.server_now()


async def test_a_job_without_any_date_is_dated_here(service, client, clock, reply):
    """Without a Date anywhere, this machine's clock is better than losing the job."""
    service.on("POST", TOKEN_PATH, reply({"access_token": "t"}, dated=False))
    service.on("POST", PATH, reply({"jobID": "6856"}, dated=False))

    assert (await create(client)).created == clock.now()


@pytest.mark.parametrize(("status", "error"), CLEAR.items())
async def test_clear_statuses_created_nothing(service, client, reply, status, error):
    """The table of product.md "How a job is created"; only a 401 is answered with a second request."""
    service.on("POST", PATH, reply({"jobID": "must not be read"}, status))

    with pytest.raises(AnswerError) as caught:
        await create(client)

    assert type(caught.value) is error
    assert len(service.asked(PATH)) == (2 if status == 401 else 1)


@pytest.mark.parametrize("hundred", [300, 400, 500])
async def test_every_other_status_is_an_unknown_outcome(service, client, reply, hundred):
    """All of 3xx, 4xx and 5xx that is not in the table may have created a job, and nothing is sent again."""
    statuses = [status for status in range(hundred, hundred + 100) if status not in CLEAR]
    service.on("POST", PATH, [reply({"jobID": "must not be read"}, status) for status in statuses])

    for status in statuses:
        with pytest.raises(AnswerLost) as caught:
            await create(client)
        assert (status, caught.value.retryable, bool(caught.value.hint)) == (status, False, True)

    assert len(service.asked(PATH)) == len(statuses)


@pytest.mark.parametrize(
    "answer",
    [
        {"json": {}, "status": 201},
        {"json": {"jobID": ""}, "status": 201},
        {"json": {"jobID": 5}, "status": 201},
        {"json": ["6856"], "status": 201},
        {"body": b"", "status": 200},
        {"body": b"", "status": 204},
        {"body": b"<html>", "status": 201},
        {"json": JOB, "status": 201, "cut_at": 30},
        {"json": JOB, "status": 201, "cut_at": 0},
        {"reset": True},
        {"json": JOB, "status": 201, "headers": {"Content-Encoding": "gzip"}},
        {"status": 1000},
    ],
    ids=[
        "no-id",
        "empty-id",
        "number-id",
        "list",
        "empty-200",
        "empty-204",
        "html",
        "cut-body",
        "no-body",
        "reset",
        "broken-encoding",
        "no-http",
    ],
)
async def test_no_job_id_is_an_unknown_outcome(service, client, reply, answer):
    """Whatever came back without a job id may have created one, and nothing is sent again."""
    service.on("POST", PATH, reply(**answer))

    with pytest.raises(AnswerLost) as caught:
        await create(client)

    assert caught.value.retryable is False
    assert len(service.asked(PATH)) == 1


@pytest.mark.parametrize("misdeed", [{"silent": True}, {"json": JOB, "silent_at": 10}], ids=["silent", "half-body"])
async def test_no_answer_in_time_is_an_unknown_outcome(service, client, reply, misdeed):
    """The time limit of the call counts, and the request is not repeated."""
    service.on("POST", PATH, reply(**misdeed))

    with pytest.raises(AnswerLost):
        await create(client, timeout_s=0.5)

    assert len(service.asked(PATH)) == 1


async def test_the_time_limit_replaces_the_read_timeout(service, hasty, reply):
    """A create that takes longer than other requests may is waited for as long as it was given."""
    service.on("POST", PATH, reply(silent=True))
    creating = asyncio.create_task(create(hasty, timeout_s=30))
    await service.until_asked(PATH, 1)

    done, _ = await asyncio.wait([creating], timeout=0.8)  # the read timeout of this client is 0.4 s

    assert not done
    creating.cancel()
    await asyncio.gather(creating, return_exceptions=True)


async def test_no_connection_is_not_an_unknown_outcome(service, build, free_port_url):
    """A refused connection created nothing, and says so."""
    async with build(endpoint=Endpoint(free_port_url, service.url)) as client:
        with pytest.raises(NotSent) as caught:
            await create(client)

    assert caught.value.retryable


async def test_no_turn_in_time_is_not_an_unknown_outcome(service, build, reply):
    """A create that waited for its turn until its time was over never left."""
    service.on("GET", "/v2/slow", reply(silent=True))
    service.on("POST", PATH, reply(JOB))
    async with build(settings=Settings(concurrency=1)) as client:
        other = asyncio.create_task(client.storage.item("/v2/slow"))
        await service.until_asked("/v2/slow", 1)

        with pytest.raises(NotSent, match="no turn"):
            await create(client, timeout_s=0.1)

        other.cancel()
        await asyncio.gather(other, return_exceptions=True)
    assert service.asked(PATH) == []


async def test_each_create_has_a_connection_of_its_own(service, client, reply):
    """A kept-alive connection that died unnoticed can never swallow a create."""
    service.on("GET", "/v2/payments/balances", reply({}))
    service.on("POST", PATH, reply(JOB))
    for _ in range(2):
        await client.account.balance()
        await create(client)

    creates = {got.connection for got in service.asked(PATH)}
    others = {got.connection for got in service.requests if got.path != PATH}
    assert len(creates) == 2
    assert len(others) == 1
    assert not creates & others


async def test_a_revoked_token_is_replaced_once(service, client, reply):
    """A 401 created nothing, so a fresh token and a second request are safe; each on its own connection."""
    service.on("POST", PATH, [reply(status=401), reply(JOB, 201)])

    assert (await create(client)).job_id == "6856"

    first, second = service.asked(PATH)
    assert (first.headers["authorization"], second.headers["authorization"]) == ("Bearer token-1", "Bearer token-2")
    assert first.connection != second.connection


async def test_a_lost_answer_after_a_401_is_an_unknown_outcome(service, client, reply):
    """The second request may have created a job although the first did not."""
    service.on("POST", PATH, [reply(status=401), reply(reset=True)])

    with pytest.raises(AnswerLost):
        await create(client)


async def test_a_failed_sign_in_after_a_401_created_nothing(service, client, reply):
    """Without a fresh token the second request never leaves."""
    service.on("POST", PATH, reply(status=401))
    service.on("POST", TOKEN_PATH, [reply({"access_token": "t"}), reply({"error": "invalid_grant"}, 401)])

    with pytest.raises(SignInFailed):
        await create(client)

    assert len(service.asked(PATH)) == 1


async def test_a_sign_in_that_hangs_after_a_401_created_nothing(service, client, reply):
    """Time that runs out between the refusal and the second request leaves nothing open."""
    service.on("POST", PATH, reply(status=401))
    service.on("POST", TOKEN_PATH, [reply({"access_token": "t"}), reply(silent=True)])

    with pytest.raises(NotSent):
        await create(client, timeout_s=0.5)


@pytest.mark.parametrize(("header", "expected"), [({"Retry-After": "17"}, 17.0), ({}, None)], ids=["said", "unsaid"])
async def test_a_429_says_when_to_come_back(service, client, reply, header, expected):
    """Nothing was created, and it is the caller who may send it again."""
    service.on("POST", PATH, reply(status=429, headers=header))

    with pytest.raises(TooManyRequests) as caught:
        await create(client)

    assert caught.value.retry_after_s == expected
    assert len(service.asked(PATH)) == 1


async def test_rejected_inputs_give_their_reasons(service, client, reply):
    """A 422 names what is wrong."""
    service.on("POST", PATH, reply({"errors": [{"name": "MissingPanchromaticAsset", "message": "No pan."}]}, 422))

    with pytest.raises(InputsRejected) as caught:
        await create(client)

    assert [error.name for error in caught.value.errors] == ["MissingPanchromaticAsset"]


@pytest.mark.parametrize("process_id", ["..", ".", ""])
async def test_a_process_id_cannot_change_the_endpoint(service, client, process_id):
    """An id from a manifest is one path segment, or nothing is sent."""
    with pytest.raises(ReconcilerError):
        await client.processing.execute(process_id, INPUTS, workspace_id="w1", timeout_s=5)

    assert service.requests == []


async def test_a_cancelled_create_stays_cancelled(service, client, reply):
    """Ctrl-C is not turned into an answer."""
    service.on("POST", PATH, reply(silent=True))
    creating = asyncio.create_task(create(client))
    await service.until_asked(PATH, 1)

    creating.cancel()
    with pytest.raises(asyncio.CancelledError):
        await creating
