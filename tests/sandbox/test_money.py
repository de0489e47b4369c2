import pathlib
import shutil
import sqlite3
import tempfile

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.sandbox.account import money
from reconciler.sandbox.account.money import Kind
from reconciler.sandbox.faults.rules import rule_from_text
from reconciler.sandbox.scenes import COAST, TOWN
from reconciler.sandbox.settings import SandboxSettings
from reconciler.sandbox.store import database as store
from tests.sandbox.conftest import DrivenClock, Driver

STEPS = st.lists(st.tuples(st.sampled_from(["new", "charge", "give back"]), st.integers(0, 400)), max_size=40)


def ledger():
    db = sqlite3.connect(":memory:")
    db.row_factory = sqlite3.Row
    for tables in store._VERSIONS:
        db.executescript(tables)
    return db


@given(start=st.integers(0, 1000), steps=STEPS)
def test_the_ledger_adds_up(start, steps):
    """After any history: available = topped up - held - charged, never below 0, and no job is paid in part or twice."""
    db = ledger()
    money.set_available(db, start, at=0)
    held, charged = {}, {}
    for number, (step, amount) in enumerate(steps):
        if step == "new":
            covered = start - sum(held.values()) - sum(charged.values()) >= amount
            assert money.hold(db, str(number), amount, at=number) is covered
            if covered:
                held[str(number)] = amount
        elif held:
            job_id, price = held.popitem()
            (money.charge if step == "charge" else money.give_back)(db, job_id, price, at=number)
            if step == "charge":
                charged[job_id] = price

    lines, available = money.entries(db), money.available(db)
    db.close()
    assert available == sum(line.amount for line in lines) == start - sum(held.values()) - sum(charged.values()) >= 0
    for job_id in {line.job_id for line in lines} - {None}:
        assert sum(line.amount for line in lines if line.job_id == job_id) in {
            -held.get(job_id, 0),
            -charged.get(job_id, 0),
        }


def test_a_balance_can_be_set_up_and_down():
    """Setting the balance is one entry, whatever was there."""
    db = ledger()
    money.set_available(db, 500, at=1)
    money.set_available(db, 20, at=2)

    assert money.available(db) == 20
    assert [line.amount for line in money.entries(db)] == [500, -480]
    db.close()


@pytest.mark.anyio
async def test_the_balance_is_shared_in_the_order_of_the_jobs(driver):
    """Of two jobs with money for one, the earlier one gets it, however late both are looked at."""
    driver.sandbox.set_balance(60)
    first = await driver.execute("pansharpening", item=COAST.path)
    driver.clock.pass_(1)
    second = await driver.execute("pansharpening", item=COAST.path)
    driver.clock.pass_(60)

    assert (await driver.job(second))["status"] == "rejected"
    assert (await driver.job(first))["status"] == "captured"


@pytest.mark.anyio
async def test_every_line_of_the_ledger_has_a_cause(driver):
    """A captured job leaves a hold, its release and a charge of the same amount."""
    job, _ = await driver.finished("pansharpening", item=COAST.path)
    with driver.sandbox.store.reading() as db:
        lines = [(line.kind, line.amount) for line in money.entries(db) if line.job_id == job["jobID"]]

    assert lines == [(Kind.HOLD, -58), (Kind.HOLD_RELEASE, 58), (Kind.PROCESSING, -58)]


#: What may happen in a history: a job with a fault or none, on one of two budgets or none; time; a top-up.
JOBS = st.tuples(
    st.just("job"),
    st.sampled_from([None, "job-fails", "job-released", "job-stuck:status=accepted", "price-rises", "results-deleted"]),
    st.sampled_from(["", "open", "tight"]),
)
HISTORIES = st.lists(
    JOBS | st.tuples(st.just("time"), st.integers(1, 45)) | st.tuples(st.just("credits"), st.integers(0, 150)),
    max_size=12,
)


async def live(folder, clock, terminal, history):
    """Let a history happen, and judge the money after each of its steps by nothing but what the service tells."""
    changes = {"terminal": terminal, "enforce_budgets": True, "now": clock, "seed": 1}
    driver = Driver(SandboxSettings(folder, **changes), clock)
    async with driver.http:
        await driver.sign_in()
        budgets = {"": None}
        for name, limit in (("open", None), ("tight", 100)):
            fields = {"name": name} if limit is None else {"name": name, "spendLimit": limit}
            budgets[name] = (await driver.http.post("/sandbox/budgets", json=fields)).json()["id"]
        put_in = 200
        driver.sandbox.set_balance(put_in)
        for step in history:
            match step:
                case "job", fault, budget:
                    await driver.http.delete("/sandbox/faults")
                    if fault is not None:
                        driver.sandbox.faults.add(rule_from_text(fault))
                    query = f"?budgetId={budgets[budget]}" if budget else ""
                    await driver.execute("true-color-conversion", query=query, item=TOWN.path)
                case "time", seconds:
                    clock.pass_(seconds)
                    await driver.sign_in()
                case "credits", amount:
                    put_in += amount - await driver.balance()
                    driver.sandbox.set_balance(amount)
            await judged(driver, put_in, budgets["tight"])


async def judged(driver, put_in, tight):
    jobs = (await driver.http.get("/v2/processing/jobs?limit=100")).json()["jobs"]
    charged = sum(price(job) for job in jobs if is_charged(job))
    held = sum(price(job) for job in jobs if is_held(job))
    usage = (await driver.http.get(f"/v2/budgets/{tight}/usage")).json()["consumedCredits"]
    entries = (await driver.http.get("/sandbox/ledger")).json()["entries"]

    assert await driver.balance() == put_in - held - charged == sum(entry["amount"] for entry in entries)
    assert await driver.balance() >= 0
    assert usage <= 100
    for job in jobs:
        own = sum(entry["amount"] for entry in entries if entry["jobID"] == job["jobID"])
        assert own == (-price(job) if is_charged(job) or is_held(job) else 0), job


def price(job):
    return job["creditConsumption"]["credits"]


def is_charged(job):
    return "consumptionID" in (job["creditConsumption"] or {})


def is_held(job):
    return job["status"] in {"accepted", "running", "failed", "successful"} and not is_charged(job)


@pytest.mark.parametrize("terminal", ["captured", "successful"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORIES)
def test_the_ledger_closes_over_any_history(ready_folder, terminal, history):
    """Whatever jobs go through, balance, holds, charges and budgets agree with the jobs, to the credit."""
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data"
        shutil.copytree(ready_folder, data)
        anyio.run(live, data, DrivenClock(), terminal, history)
