import datetime as dt
import email.utils

import httpx
import pytest

from reconciler.sandbox.account.limiter import BURST, PER_SECOND, Limiter
from reconciler.sandbox.moments import Clock
from reconciler.sandbox.scenes import COAST
from reconciler.sandbox.serve import ThreadedServer

pytestmark = pytest.mark.anyio
CLOCK = "/sandbox/clock"


def test_the_clock_can_be_driven_through_the_socket(settings):
    """A test in another process moves time on: a job gets on, and the Date header with it."""
    with ThreadedServer(settings) as server:
        moved = httpx.post(f"{server.base_url}{CLOCK}", json={"advanceSeconds": 90}).json()
        date = httpx.get(f"{server.base_url}{CLOCK}").headers["Date"]

    assert moved == {"now": "2026-03-01T12:01:30.000000Z", "rate": 1}
    assert email.utils.parsedate_to_datetime(date) == dt.datetime(2026, 3, 1, 12, 1, 30, tzinfo=dt.UTC)


async def test_a_job_follows_the_driven_clock(driver):
    """Advancing by the time of a job finishes it."""
    job_id = await driver.execute("pansharpening", item=COAST.path)
    await driver.http.post(CLOCK, json={"advanceSeconds": 41})

    assert (await driver.job(job_id))["status"] == "captured"


async def test_the_clock_stands_still_runs_fast_and_remembers(connect, clock):
    """At rate 0 time stands, at 10 it runs tenfold, from where it was; the next process goes on with it."""

    async def now(driver):
        return (await driver.http.get(CLOCK)).json()["now"][11:19]

    async with connect(clock_rate=0) as driver:
        clock.pass_(100)
        stood = await now(driver)
        await driver.http.post(CLOCK, json={"rate": 10})
        clock.pass_(6)
        ran = await now(driver)
    async with connect() as driver:
        clock.pass_(6)
        went_on = await now(driver)

    assert (stood, ran, went_on) == ("12:00:00", "12:01:00", "12:02:00")


async def test_the_clock_can_be_set_ahead(driver):
    """A moment to come can be named."""
    answer = await driver.http.post(CLOCK, json={"now": "2026-03-02T00:00:00Z"})

    assert answer.json()["now"] == "2026-03-02T00:00:00.000000Z"


@pytest.mark.parametrize(
    "body",
    [
        {"advanceSeconds": -1},
        {"now": "2026-03-01T11:59:59Z"},
        {"now": "noon"},
        {"rate": -1},
        {"rate": "fast"},
        {"advanceSeconds": True},
        {"hour": 3},
        [],
    ],
    ids=str,
)
async def test_a_clock_never_goes_back(driver, body):
    """What would turn time back, or makes no sense, is 400 and changes nothing."""
    answer = await driver.http.post(CLOCK, json=body)

    assert answer.status_code == 400
    assert (await driver.http.get(CLOCK)).json() == {"now": "2026-03-01T12:00:00.000000Z", "rate": 1}


async def test_the_balance_can_be_set(driver):
    """The account's credits can be set, and the ledger tells every line."""
    answer = (await driver.http.patch("/sandbox/account", json={"availableCredits": 70})).json()
    await driver.finished("pansharpening", item=COAST.path)
    entries = (await driver.http.get("/sandbox/ledger")).json()["entries"]

    assert answer == {"availableCredits": 70}
    assert await driver.balance() == sum(entry["amount"] for entry in entries) == 12
    assert [entry["kind"] for entry in entries[-3:]] == ["HOLD", "HOLD_RELEASE", "PROCESSING"]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("none", "an object"),
        ({"fault": "meteor"}, "no fault 'meteor'"),
        ({"fault": "latency", "minutes": 1}, "no option 'minutes'"),
        ({"fault": "latency", "seconds": "long"}, "seconds=long"),
        ({"fault": "latency", "rate": 2}, "rate=2"),
        ({"fault": "latency", "count": -1}, "count=-1"),
        ({"fault": "job-fails", "request": "search"}, "only to: execute"),
        ({"fault": "job-stuck", "status": "captured"}, "status=captured"),
    ],
    ids=str,
)
async def test_a_rule_that_makes_no_sense(driver, rule, says):
    """Another rule is 400 with one sentence that says what would be right, and is not kept."""
    answer = await driver.http.post("/sandbox/faults", json=rule)

    assert answer.status_code == 400
    assert says in answer.json()["detail"]
    assert (await driver.http.get("/sandbox/faults")).json()["faults"] == []


async def test_one_rule_can_be_taken_out(driver):
    """A rule is deleted by its number; another number is 404."""
    numbers = [
        (await driver.http.post("/sandbox/faults", json={"fault": "latency", "seconds": 0})).json()["number"]
        for _ in range(2)
    ]
    statuses = [(await driver.http.delete(f"/sandbox/faults/{n}")).status_code for n in (numbers[0], numbers[0], "x")]
    left = (await driver.http.get("/sandbox/faults")).json()["faults"]

    assert statuses == [204, 404, 404]
    assert [rule["number"] for rule in left] == numbers[1:]


async def test_the_rate_limit_is_kept_when_asked_for(connect, clock):
    """After a burst every request is 429 until time passes; the control doors are not limited."""
    async with connect(limit_rate=True) as driver:
        statuses = [(await driver.http.get("/v2/eulas/none")).status_code for _ in range(BURST)]
        control = (await driver.http.get(CLOCK)).status_code
        clock.pass_(0.02)
        later = [(await driver.http.get("/v2/eulas/none")).status_code for _ in range(3)]

    assert statuses == [404] * (BURST - 1) + [429]  # signing in took one
    assert control == 200
    assert later == [404, 404, 429]


def test_each_address_has_a_limit_of_its_own(clock):
    """One address that has used up its requests does not hold back another; a pause gives a whole burst, not more."""
    limiter = Limiter(Clock(clock), enforced=True)
    first = [limiter.admits("127.0.0.1") for _ in range(BURST + 1)]
    clock.pass_(3600)
    again = [limiter.admits("127.0.0.1") for _ in range(BURST + 1)]

    assert first == again == [True] * BURST + [False]
    assert limiter.admits("127.0.0.2")


def test_the_sustained_rate(clock):
    """Over a long time a client that never stops gets the published rate, after its first burst."""
    limiter = Limiter(Clock(clock), enforced=True)
    admitted = 0
    for _ in range(2000):
        clock.pass_(0.005)
        admitted += limiter.admits("127.0.0.1")

    assert admitted == pytest.approx(min(2000, BURST + 10 * PER_SECOND), abs=2)
