import pytest

from reconciler.errors import Forbidden, NotFound, SignInFailed
from reconciler.up42.auth import TOKEN_PATH

pytestmark = pytest.mark.anyio
BALANCE = "/v2/payments/balances"
DOCUMENT = "/v2/eulas/e1/documents/d1"


async def test_the_balance_is_read(service, client, reply):
    """The documented sample."""
    service.on("GET", BALANCE, reply({"available": {"amount": 10693, "unit": "CREDIT"}}))

    assert await client.account.balance() == 10693


@pytest.mark.parametrize(
    "answer",
    [{"status": 403}, {"status": 404}, {"status": 500}, {"json": {"data": {}}}, {"body": b"<html>"}, {"reset": True}],
    ids=["403", "404", "500", "other-shape", "html", "reset"],
)
async def test_a_balance_that_cannot_be_read_is_unknown(service, client, reply, answer):
    """No balance is no error."""
    service.on("GET", BALANCE, reply(**answer))

    assert await client.account.balance() is None


async def test_wrong_credentials_are_not_an_unknown_balance(service, client, reply):
    """Nothing at all will work then, so it is said."""
    service.on("POST", TOKEN_PATH, reply(status=401))

    with pytest.raises(SignInFailed):
        await client.account.balance()


async def test_one_eula(service, client, reply):
    """A EULA by its id, or NotFound."""
    service.on("GET", "/v2/eulas/e1", reply({"id": "e1", "isAccepted": True}))

    assert (await client.account.eula("e1")).accepted
    with pytest.raises(NotFound):
        await client.account.eula("e2")


async def test_eulas_on_several_spring_pages(service, client, reply):
    """Pages are counted from 0; the first is asked for without a number."""
    pages = {None: ["e1", "e2"], "1": ["e3"], "2": ["e4"]}
    service.on(
        "GET",
        "/v2/eulas",
        lambda got: reply({"content": [{"id": one} for one in pages[got.query.get("page")]], "totalPages": 3}),
    )

    assert [eula.eula_id for eula in await client.account.eulas()] == ["e1", "e2", "e3", "e4"]


async def test_eulas_as_a_bare_list(service, client, reply):
    """The paging of EULAs is not documented: a bare array is one page."""
    service.on("GET", "/v2/eulas", reply([{"id": "e1"}]))

    assert [eula.eula_id for eula in await client.account.eulas()] == ["e1"]
    assert len(service.api_requests) == 1


async def test_pages_that_repeat_themselves_end(service, client, reply):
    """A service that ignores the page number is asked as often as it says, and each EULA counts once."""
    service.on("GET", "/v2/eulas", reply({"content": [{"id": "e1"}], "totalPages": 3}))

    assert [eula.eula_id for eula in await client.account.eulas()] == ["e1"]


async def test_accepting_sends_the_inferred_call(service, client, reply):
    """PATCH on the document, with isAccepted true (up42-api.md section 3)."""
    service.on("PATCH", DOCUMENT, reply({}))

    await client.account.accept_eula("e1", "d1")

    (got,) = service.api_requests
    assert (got.method, got.path, got.json) == ("PATCH", DOCUMENT, {"isAccepted": True})


@pytest.mark.parametrize("status", [404, 405])
async def test_accepting_by_the_other_method(service, client, reply, status):
    """Where there is no PATCH, PUT is the other reading."""
    service.on("PATCH", DOCUMENT, reply(status=status))
    service.on("PUT", DOCUMENT, reply(status=204))

    await client.account.accept_eula("e1", "d1")

    assert [(got.method, got.json) for got in service.api_requests] == [
        ("PATCH", {"isAccepted": True}),
        ("PUT", {"isAccepted": True}),
    ]


async def test_a_refused_acceptance_is_not_tried_in_another_way(service, client, reply):
    """403 is an answer."""
    service.on("PATCH", DOCUMENT, reply(status=403))

    with pytest.raises(Forbidden):
        await client.account.accept_eula("e1", "d1")

    assert len(service.api_requests) == 1


async def test_budgets(service, client, reply):
    """Budgets are listed with their usage, one is read with it."""
    one = {"id": "b1", "name": "Coast", "status": "ACTIVE", "spendLimit": 500, "remainingCredits": 120}
    service.on("GET", "/v2/budgets", reply({"content": [one], "totalPages": 1}))
    service.on("GET", "/v2/budgets/b1", reply(one))

    (listed,) = await client.account.budgets()

    assert listed == await client.account.budget("b1")
    assert (listed.name, listed.active, listed.remaining_credits, listed.spend_limit_credits) == (
        "Coast",
        True,
        120,
        500,
    )
    assert [got.query for got in service.api_requests] == [{"includeUsage": "true"}] * 2


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"json": {"enforcementEnabled": True}}, True),
        ({"json": {"enforcementEnabled": False}}, False),
        ({"json": {"enforcementEnabled": "yes"}}, None),
        ({"status": 403}, None),
        ({"status": 404}, None),
    ],
    ids=["on", "off", "odd", "403", "404"],
)
async def test_budget_enforcement(service, client, reply, answer, expected):
    """On, off, or unknown."""
    service.on("GET", "/v2/budgets/settings", reply(**answer))

    assert await client.account.budget_enforcement() is expected
