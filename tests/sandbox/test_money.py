import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.sandbox import money, store
from reconciler.sandbox.money import Kind
from reconciler.sandbox.scenes import COAST

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
