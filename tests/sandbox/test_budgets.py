import pytest

from reconciler.sandbox.app import DEFAULT_BUDGET_ID
from reconciler.sandbox.scenes import COAST

pytestmark = pytest.mark.anyio
BUDGETS = "/v2/budgets"


async def added(driver, **fields):
    answer = await driver.http.post("/sandbox/budgets", json={"name": "A budget", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def names(driver, **query):
    page = (await driver.http.get(BUDGETS, params=query)).json()
    return [budget["name"] for budget in page["content"]]


async def test_a_budget_has_the_documented_fields(driver):
    """Optional fields are there where the budget has them, usage where it is asked for."""
    fields = {"externalId": "cost centre 7", "spendLimit": 200, "startDate": "2026-01-01", "endDate": "2026-12-31"}
    budget_id = await added(driver, description="For ships", **fields)
    plain = (await driver.http.get(f"{BUDGETS}/{budget_id}")).json()
    used = (await driver.http.get(f"{BUDGETS}/{budget_id}", params={"includeUsage": "True"})).json()

    assert plain["validityPeriod"] == {"startDate": "2026-01-01", "endDate": "2026-12-31"}
    assert (plain["status"], plain["spendLimit"], plain["externalId"]) == ("ACTIVE", 200, "cost centre 7")
    assert {"createdBy", "createdAt", "updatedAt", "description"} <= set(plain)
    assert used == {**plain, "consumedCredits": 0, "remainingCredits": 200, "usagePercentage": 0.0}


async def test_an_unlimited_budget_has_no_rest(driver):
    """Without a limit there is nothing that remains, and no percentage."""
    budget_id = await added(driver)
    used = (await driver.http.get(f"{BUDGETS}/{budget_id}", params={"includeUsage": "true"})).json()

    assert used["consumedCredits"] == 0
    assert not {"spendLimit", "remainingCredits", "usagePercentage", "validityPeriod"} & set(used)


async def test_budgets_by_status_and_order(driver):
    """Statuses may be repeated or joined; sorting goes both ways; pages lose nothing."""
    for name, status in (("B", "INACTIVE"), ("A", "ACTIVE"), ("C", "INACTIVE")):
        await added(driver, name=name, status=status)

    assert await names(driver, status="INACTIVE", sort="name,asc") == ["B", "C"]
    assert await names(driver, status=["INACTIVE", "ACTIVE"], sort="name,desc") == ["Sandbox budget", "C", "B", "A"]
    assert await names(driver, status="INACTIVE,ACTIVE") == ["Sandbox budget", "B", "A", "C"]
    assert [await names(driver, sort="updatedAt,asc", size=1, page=page) for page in range(3)] == [
        ["Sandbox budget"],
        ["B"],
        ["A"],
    ]


async def test_a_sort_that_makes_no_sense(driver):
    """An unknown field is 400."""
    assert (await driver.http.get(BUDGETS, params={"sort": "colour,asc"})).status_code == 400


async def test_what_a_budget_paid_is_told(driver):
    """After a job that it paid for a budget has consumed its credits."""
    await driver.execute("pansharpening", query=f"?budgetId={DEFAULT_BUDGET_ID}", item=COAST.path)
    driver.clock.pass_(41)
    await driver.http.get("/v2/processing/jobs")
    usage = (await driver.http.get(f"{BUDGETS}/{DEFAULT_BUDGET_ID}/usage")).json()

    assert usage == {"budgetId": DEFAULT_BUDGET_ID, "consumedCredits": 58}


@pytest.mark.parametrize("enforced", [False, True])
async def test_the_settings_say_whether_budgets_hold(connect, enforced):
    """The settings tell enforcement as it was chosen."""
    async with connect(enforce_budgets=enforced) as driver:
        assert (await driver.http.get(f"{BUDGETS}/settings")).json()["enforcementEnabled"] is enforced


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        pytest.param({}, "captured", id="no limit"),
        pytest.param({"spendLimit": 58}, "captured", id="just covered"),
        pytest.param({"spendLimit": 57}, "rejected", id="not covered"),
        pytest.param({"status": "INACTIVE"}, "rejected", id="inactive"),
        pytest.param({"startDate": "2026-03-01", "endDate": "2026-03-01"}, "captured", id="today"),
        pytest.param({"startDate": "2026-03-02"}, "rejected", id="from tomorrow"),
        pytest.param({"endDate": "2026-02-28"}, "rejected", id="until yesterday"),
    ],
)
async def test_an_enforced_budget_rejects_what_it_does_not_cover(connect, fields, status):
    """A job of 58 credits is rejected where its budget does not pay, and only where budgets are enforced."""
    for enforced in (True, False):
        async with connect(enforce_budgets=enforced) as driver:
            budget_id = await added(driver, **fields)
            job_id = await driver.execute("pansharpening", query=f"?budgetId={budget_id}", item=COAST.path)
            driver.clock.pass_(41)

            assert (await driver.job(job_id))["status"] == (status if enforced else "captured")
            driver.clock.pass_(-41)


async def test_what_is_withheld_counts_against_an_enforced_budget(connect):
    """Of two jobs at once a budget that covers one pays one; after its release it pays again."""
    async with connect(enforce_budgets=True) as driver:
        budget_id = await added(driver, spendLimit=60)
        await driver.http.post("/sandbox/faults", json={"fault": "job-fails", "count": 1})
        ids = [await driver.execute("pansharpening", query=f"?budgetId={budget_id}", item=COAST.path) for _ in range(2)]
        driver.clock.pass_(41)
        first, second = [(await driver.job(job_id))["status"] for job_id in ids]
        third = await driver.execute("pansharpening", query=f"?budgetId={budget_id}", item=COAST.path)
        driver.clock.pass_(41)

        assert (first, second) == ("released", "rejected")
        assert (await driver.job(third))["status"] == "captured"
