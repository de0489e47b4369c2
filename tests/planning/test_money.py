"""Who pays for shared work, and who goes first when the money does not cover all."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.job import Budget, Quote
from reconciler.model.observation import Money
from reconciler.model.output import Delivery, Output
from reconciler.model.plan import Action, Change, Plan, Reason
from reconciler.model.problem import Position
from reconciler.planning import guard, money


def change(name: str, price: int | None, *, priority: int = 0, work: str = "", budget: str | None = None) -> Change:
    output = Output(
        name=name,
        process_id="pansharpening",
        title=name,
        inputs={},
        delivery=Delivery(f"/out/{name}"),
        position=Position("m.yaml", 1, 1),
        priority=priority,
        budget_id=budget,
    )
    return Change(
        output, Action.CREATE, Reason("create_because_missing", ""), fingerprint=work or name, quote=Quote(price)
    )


def actions(changes: list[Change], **limits: object) -> dict[str, str]:
    return {
        found.output.name: found.action.value
        for found in money.allot(changes, Money(**limits))  # type: ignore[arg-type]
    }


def plan(changes: tuple[Change, ...]) -> Plan:
    return Plan(changes, dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "https://api.up42.com", "w1")


def test_the_balance_covers_the_higher_priority_first() -> None:
    """What the balance does not cover is deferred, the lowest priority first."""
    changes = [change("a", 50), change("b", 50, priority=10), change("c", 50, priority=5)]

    assert actions(changes, balance_credits=100) == {"a": "deferred", "b": "create", "c": "create"}


def test_a_smaller_output_may_still_fit() -> None:
    """One that does not fit does not hold up what follows."""
    changes = [change("big", 80, priority=10), change("small", 60)]

    assert actions(changes, balance_credits=63) == {"big": "deferred", "small": "create"}


def test_a_deferred_output_says_what_is_left() -> None:
    """The reason names the price and what is left."""
    (found,) = money.allot([change("a", 80)], Money(balance_credits=63))

    assert found.reason.text == "80 credits, 63 left"


def test_an_unknown_balance_defers_nothing() -> None:
    """A balance that cannot be read is unknown, not empty."""
    assert actions([change("a", 10**9)], balance_credits=None) == {"a": "create"}


def test_an_output_over_its_budget_is_blocked() -> None:
    """A UP42 budget with enforcement limits the outputs that name it, in order of priority."""
    budget = Budget("b1", "Coast", active=True, remaining_credits=100)
    changes = [change("a", 60, budget="b1"), change("b", 60, budget="b1", priority=1), change("c", 60)]

    found = actions(changes, budgets={"b1": budget}, enforced=True)

    assert found == {"a": "blocked", "b": "create", "c": "create"}


def test_a_budget_without_enforcement_limits_nothing() -> None:
    """Where the account does not enforce budgets, they are for reports."""
    budget = Budget("b1", "Coast", active=True, remaining_credits=1)

    assert actions([change("a", 60, budget="b1")], budgets={"b1": budget}, enforced=False) == {"a": "create"}


def test_the_same_work_is_paid_once() -> None:
    """Two outputs with one fingerprint: one job, and the other waits for it at no cost."""
    found = money.allot([change("b", 63, work="w"), change("a", 63, work="w")], Money())

    assert [(one.output.name, one.action.value, one.same_work_as) for one in found] == [
        ("a", "create", None),
        ("b", "wait", "a"),
    ]
    assert plan(found).known_cost_credits == 63
    assert plan(found).saved_credits == 63


def test_of_the_same_work_the_approved_output_pays() -> None:
    """A saved plan pays for the output that it shows as paid, whatever the priorities are by now."""
    changes = [change("a", 63, work="w", priority=9), change("b", 63, work="w")]

    found = money.allot(changes, Money(), approved={"b"})

    assert [(one.output.name, one.action.value, one.same_work_as) for one in found] == [
        ("a", "wait", "b"),
        ("b", "create", None),
    ]


def test_the_same_work_is_deferred_together() -> None:
    """Nobody waits for a job that nobody can pay."""
    changes = [change("a", 63, work="w"), change("b", 63, work="w")]

    assert actions(changes, balance_credits=1) == {"a": "deferred", "b": "deferred"}


def test_the_same_work_is_paid_by_whoever_can() -> None:
    """If the first output's budget is empty, another output's money may pay for both."""
    budget = Budget("b1", "Coast", active=True, remaining_credits=0)
    changes = [change("a", 63, work="w", budget="b1"), change("b", 63, work="w")]

    assert actions(changes, budgets={"b1": budget}, enforced=True) == {"a": "wait", "b": "create"}


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 3), st.integers(0, 5)), max_size=12), st.integers(0, 300))
def test_a_plan_never_spends_more_than_the_balance(entries: list[tuple[int, int, int]], balance: int) -> None:
    """Whatever the prices, priorities and shared work, the creates stay within the balance, once for each work."""
    changes = [
        change(f"o{index}", price, priority=priority, work=f"w{work}")
        for index, (price, priority, work) in enumerate(entries)
    ]

    found = money.allot(changes, Money(balance_credits=balance))

    made = plan(found)
    assert made.known_cost_credits <= balance
    assert len({one.fingerprint for one in made.paid}) == len(made.paid)
    assert len(found) == len(changes)


@given(st.permutations([change("a", 40), change("b", 40), change("c", 40, work="b"), change("d", 10, priority=3)]))
def test_the_order_of_the_manifests_does_not_matter(changes: list[Change]) -> None:
    """The same outputs in another order give the same plan."""
    expected = money.allot(sorted(changes, key=lambda one: one.output.name), Money(balance_credits=60))

    assert money.allot(changes, Money(balance_credits=60)) == expected


@pytest.mark.parametrize(
    ("prices", "max_credits", "refused"),
    [
        pytest.param([63], None, "", id="no ceiling needed"),
        pytest.param([63], 63, "", id="exactly the ceiling"),
        pytest.param([63], 62, "63 credits, more than the ceiling of 62", id="over the ceiling"),
        pytest.param([40, 40], 63, "80 credits", id="the whole counts"),
        pytest.param([None], None, "The price of 1 output is not known", id="unknown price"),
        pytest.param([None, None], None, "The price of 2 outputs is not known", id="unknown prices"),
        pytest.param([None], 0, "", id="unknown price under a ceiling"),
        pytest.param([0], 0, "", id="a price of nothing"),
        pytest.param([], None, "", id="nothing to pay"),
    ],
)
def test_the_ceiling(prices: list[int | None], max_credits: int | None, refused: str) -> None:
    """A plan over the ceiling is refused whole; an unknown price needs a ceiling."""
    made = plan(tuple(change(f"o{index}", price) for index, price in enumerate(prices)))

    sentence = guard.refusal(replace(made, ceiling_credits=max_credits))

    assert refused in (sentence or "")
    assert bool(sentence) == bool(refused)


@pytest.mark.parametrize(
    ("option", "environment", "expected"),
    [(None, None, None), (5, None, 5), (None, 7, 7), (5, 7, 5), (9, 7, 7), (0, 7, 0)],
)
def test_an_option_lowers_the_ceiling_and_never_raises_it(
    option: int | None, environment: int | None, expected: int | None
) -> None:
    """RECONCILER_MAX_CREDITS is a ceiling over --max-credits."""
    assert guard.ceiling(option, environment) == expected
