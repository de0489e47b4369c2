import asyncio
import datetime as dt

import pytest

from reconciler import __version__
from reconciler.errors import (
    AnswerError,
    AnswerLost,
    NotFound,
    ServerFault,
    TooManyRequests,
)
from reconciler.up42.client import Settings, Timeouts
from reconciler.up42.session import Call

pytestmark = pytest.mark.anyio
PATH = "/v2/thing"
GET = Call("GET", PATH)
PASSING_STATUSES = [429, 500, 502, 503, 504]


async def test_a_request_has_token_and_name(service, client, reply):
    """Every request to the API carries the token, who asks, and a wish for a fresh answer."""
    service.on("GET", PATH, reply({}))

    await client.session.request(GET)

    (got,) = service.asked(PATH)
    assert got.headers["authorization"] == "Bearer token-1"
    assert got.headers["user-agent"] == f"reconciler/{__version__}"
    assert got.headers["cache-control"] == "no-cache"
    assert "content-type" not in got.headers


async def test_query_and_body_are_written(service, client, reply):
    """Query values are encoded, commas kept; a body is JSON."""
    service.on("POST", PATH, reply({}))

    await client.session.request(Call("POST", PATH + "?a=1", {"processId": "x,y z&"}, {"inputs": {"n": 1.5}}))

    (got,) = service.asked(PATH)
    assert got.target == PATH + "?a=1&processId=x,y+z%26"
    assert got.headers["content-type"] == "application/json"
    assert got.json == {"inputs": {"n": 1.5}}


@pytest.mark.parametrize("status", PASSING_STATUSES)
async def test_passing_statuses_are_tried_again(service, client, clock, reply, status):
    """What may pass is repeated, with waits that grow."""
    service.on("GET", PATH, [reply(status=status), reply(status=status), reply({"ok": 1})])

    answer = await client.session.request(GET)

    assert answer.json() == {"ok": 1}
    assert clock.sleeps_s == [0.375, 0.75]


@pytest.mark.parametrize(
    "misdeed", [{"reset": True}, {"json": {"a": 1}, "cut_at": 3}], ids=["reset-before-answer", "cut-body"]
)
async def test_a_broken_connection_is_tried_again(service, client, reply, misdeed):
    """A GET whose answer broke is repeated."""
    service.on("GET", PATH, [reply(**misdeed), reply({"ok": 1})])

    assert (await client.session.request(GET)).json() == {"ok": 1}
    assert len(service.asked(PATH)) == 2


async def test_a_silent_answer_is_tried_again(service, hasty, reply):
    """A GET that nobody answers within the read timeout is repeated."""
    service.on("GET", PATH, [reply(silent=True), reply({"ok": 1})])

    assert (await hasty.session.request(GET)).json() == {"ok": 1}


@pytest.mark.parametrize(
    ("misdeed", "error"),
    [
        ({"reset": True}, AnswerLost),
        ({"json": {"a": 1}, "cut_at": 0}, AnswerLost),
        ({"silent": True}, AnswerLost),
        ({"status": 503}, ServerFault),
        ({"status": 429}, TooManyRequests),
    ],
    ids=["reset", "cut", "silent", "503", "429"],
)
async def test_after_six_tries_the_last_error_is_raised(service, hasty, reply, misdeed, error):
    """Retries end, and the error says that a later run may do better."""
    service.on("GET", PATH, reply(**misdeed))

    with pytest.raises(error) as caught:
        await hasty.session.request(GET)

    assert len(service.asked(PATH)) == 6
    assert caught.value.retryable
    assert caught.value.hint


@pytest.mark.parametrize("misdeed", [{"reset": True}, {"status": 503}, {"status": 429}], ids=["reset", "503", "429"])
async def test_what_may_not_be_repeated_is_sent_once(service, client, reply, misdeed):
    """A call that is not repeatable leaves once, whatever happens."""
    service.on("PATCH", PATH, reply(**misdeed))

    with pytest.raises((AnswerLost, AnswerError)):
        await client.session.request(Call("PATCH", PATH, repeatable=False))

    assert len(service.asked(PATH)) == 1


async def test_retry_after_is_obeyed_by_all(service, client, clock, reply):
    """What one answer asks, every later request waits for."""
    service.on("GET", PATH, [reply(status=429, headers={"Retry-After": "20"}), reply({})])
    service.on("GET", "/v2/other", reply({}))

    with pytest.raises(TooManyRequests):
        await client.session.request(Call("GET", PATH, repeatable=False))
    await client.session.request(Call("GET", "/v2/other"))

    assert clock.elapsed_s == 20


async def test_retry_after_may_be_a_date(service, client, clock, reply):
    """A date counts from the answer's own Date."""
    later = "Mon, 03 Jun 2024 12:00:40 GMT"
    service.on("GET", PATH, [reply(status=503, headers={"Retry-After": later}), reply({})])

    await client.session.request(GET)

    assert 40 <= clock.elapsed_s <= 45


async def test_a_long_retry_after_is_capped(service, client, clock, reply):
    """Nobody is sent away for a day."""
    service.on("GET", PATH, [reply(status=429, headers={"Retry-After": "86400"}), reply({})])

    await client.session.request(GET)

    assert 120 <= clock.elapsed_s <= 140


async def test_a_revoked_token_is_replaced_once(service, client, reply):
    """401 → a fresh token → again, also for what may not be repeated."""
    service.on("PATCH", PATH, [reply(status=401), reply({})])

    await client.session.request(Call("PATCH", PATH, repeatable=False))

    assert [got.headers["authorization"] for got in service.asked(PATH)] == ["Bearer token-1", "Bearer token-2"]


async def test_a_cancelled_request_stays_cancelled(service, client, reply):
    """The retry loop does not swallow Ctrl-C."""
    service.on("GET", PATH, reply(silent=True))
    asking = asyncio.create_task(client.session.request(GET))
    await service.until_asked(PATH, 1)

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert len(service.asked(PATH)) == 1


async def test_the_servers_time_is_its_date_and_what_passed_since(service, client, clock, reply):
    """The estimate stands on the API's Date and this machine's monotonic clock, never on its wall clock."""
    service.on("GET", PATH, reply({}))
    assert client.server_now() is None

    await client.session.request(GET)
    assert client.server_now() == dt.datetime(2024, 6, 3, 12, tzinfo=dt.UTC)

    clock.elapsed_s += 90.5
    assert client.server_now() == dt.datetime(2024, 6, 3, 12, 1, 30, 500_000, tzinfo=dt.UTC)


async def test_an_answer_without_a_date_leaves_the_servers_time(service, client, reply):
    """No Date, or nonsense, teaches nothing; an error answer with one does."""
    service.on("GET", PATH, [reply({}, dated=False), reply({}, dated=False, headers={"Date": "soon"})])
    await client.session.request(GET)
    await client.session.request(GET)
    assert client.server_now() is None

    with pytest.raises(NotFound):
        await client.session.request(Call("GET", "/v2/nothing"))
    assert client.server_now() is not None


async def test_the_rate_is_kept(service, build, clock, reply):
    """Requests leave no faster than the settings say."""
    service.on("GET", PATH, reply({}))
    settings = Settings(requests_per_second=2, burst=1)

    async with build(settings=settings) as client:
        for _ in range(5):
            await client.session.request(GET)

    assert clock.elapsed_s == pytest.approx(2.0)


async def test_requests_in_flight_are_bounded(service, build, reply):
    """No more than `concurrency` requests are open at the service at once."""
    service.on("GET", PATH, reply(silent=True))
    settings = Settings(concurrency=3, timeouts=Timeouts(read_s=5))

    async with build(settings=settings) as client:
        tasks = [asyncio.create_task(client.session.request(GET)) for _ in range(8)]
        await service.until_asked(PATH, 3)
        await asyncio.wait(tasks, timeout=0.05)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    assert len(service.asked(PATH)) == 3
