import datetime as dt

import pytest

from reconciler.up42 import wire_account
from reconciler.web.fields import Unreadable


def test_a_eula_is_read():
    """The documented sample of a EULA, acceptance fields absent."""
    eula = wire_account.eula(
        {
            "id": "4136a5db",
            "currentDocumentId": "79a45885",
            "currentDocumentUrl": "https://storage.googleapis.com/x/version/1.pdf",
            "currentDocumentValidFrom": "2024-01-17T00:00:00Z",
            "title": "Pléiades Analytic",
            "isAccepted": False,
        }
    )

    assert (eula.eula_id, eula.title, eula.accepted, eula.document_id) == (
        "4136a5db",
        "Pléiades Analytic",
        False,
        "79a45885",
    )
    assert eula.valid_from == dt.datetime(2024, 1, 17, tzinfo=dt.UTC)
    assert eula.accepted_at is None


@pytest.mark.parametrize("value", [None, "true", 1, False])
def test_only_true_is_an_acceptance(value):
    """A legal fact is not guessed from something like it."""
    assert wire_account.eula({"id": "a", "isAccepted": value}).accepted is False


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"available": {"amount": 10693, "unit": "CREDIT"}}, 10693),
        ({"available": {"amount": 0}}, 0),
        ({"available": {"amount": -5}}, None),
        ({"available": {"amount": "10"}}, None),
        ({"available": None}, None),
        ([], None),
    ],
    ids=["sample", "zero", "negative", "text", "null", "list"],
)
def test_a_balance_is_a_number_or_unknown(value, expected):
    """What is no balance is unknown, never 0."""
    assert wire_account.balance(value) == expected


@pytest.mark.parametrize(
    ("fields", "remaining"),
    [
        ({"remainingCredits": 40}, 40),
        ({"remainingCredits": -3}, 0),
        ({"spendLimit": 100, "consumedCredits": 30}, 70),
        ({"spendLimit": 100, "consumedCredits": 130}, 0),
        ({"spendLimit": 100}, None),
        ({"remainingCredits": 1.5}, None),
        ({}, None),
    ],
    ids=["said", "overspent", "reckoned", "reckoned-overspent", "no-usage", "fraction", "nothing"],
)
def test_what_is_left_of_a_budget(fields, remaining):
    """The service's word counts, else what follows from limit and use, else it is unknown."""
    budget = wire_account.budget({"id": "b", "status": "ACTIVE"} | fields)

    assert budget.remaining_credits == remaining


@pytest.mark.parametrize(
    ("status", "active"), [("ACTIVE", True), ("INACTIVE", False), (None, False), ("PAUSED", False)]
)
def test_only_an_active_budget_is_active(status, active):
    """An unknown word does not make a budget usable."""
    assert wire_account.budget({"id": "b", "status": status}).active is active


@pytest.mark.parametrize(
    ("value", "content", "pages"),
    [({"content": [1], "totalPages": 3}, [1], 3), ({"content": []}, [], 1), ([1, 2], [1, 2], 1)],
    ids=["spring", "unsaid", "bare"],
)
def test_both_shapes_of_a_numbered_page_are_read(value, content, pages):
    """Whether such a listing is paged is not settled, so both shapes are read."""
    page = wire_account.spring_page(value)

    assert (page.content, page.pages) == (content, pages)


def test_another_shape_is_unreadable():
    """An object without content is not an empty listing."""
    with pytest.raises(Unreadable):
        wire_account.spring_page({"data": []})
