"""Budgets: listing, reading, and what a job takes from one."""

import pytest
import requests
from up42 import Budget, BudgetSettings, BudgetSorting, Job
from up42.processing_templates import Pansharpening

from tests.compat.up42.account import COAST, settle

UNKNOWN = "0a1b2c3d-0000-4000-8000-00000000000b"


@pytest.fixture(scope="module")
def budget():
    """The budget that every new sandbox has."""
    (budget,) = Budget.all()
    return budget


@pytest.fixture(scope="module")
def paid(budget, scenes):
    """A job that the budget has paid."""
    job = Pansharpening("Sharp", scenes[COAST]).execute(budget_id=budget.id)
    settle(job)
    return Job.get(job.id)


@pytest.mark.parametrize(
    ("statuses", "number"), [(["ACTIVE"], 1), (["INACTIVE"], 0), (["ACTIVE", "INACTIVE"], 1), (None, 1)]
)
def test_they_are_listed_by_status(statuses, number):
    """One status, or several, select the budgets that have one of them."""
    assert len(list(Budget.all(status=statuses))) == number


@pytest.mark.parametrize("sorting", [BudgetSorting.updated_at.asc, BudgetSorting.updated_at.desc], ids=str)
def test_they_are_sorted(sorting):
    """The budgets come in the order of their last change, up or down."""
    found = [budget.updated_at for budget in Budget.all(sort_by=sorting)]

    assert found
    assert found == sorted(found, reverse=not sorting.ascending)


def test_a_listing_may_include_the_usage():
    """Only with `include_usage`, a listing says what is spent and what is left."""
    (without,) = Budget.all(include_usage=False)
    (with_usage,) = Budget.all(include_usage=True)

    assert (without.consumed_credits, without.remaining_credits, without.usage_percentage) == (None, None, None)
    assert with_usage.consumed_credits + with_usage.remaining_credits == with_usage.spend_limit
    assert 0 <= with_usage.usage_percentage <= 100


def test_one_is_read(budget):
    """A budget that is got by its id is the one that the listing has."""
    assert Budget.get(budget.id) == budget
    assert budget.status == "ACTIVE"


def test_a_job_takes_its_price_from_the_budget_that_it_names(budget, paid):
    """What a job with a budget has cost is that budget's consumption, everywhere that the SDK can ask."""
    read = Budget.get(budget.id, include_usage=True)

    assert paid.credits > 0
    assert budget.get_usage().consumed_credits == paid.credits
    assert budget.get_usage().budget_id == budget.id
    assert read.consumed_credits == paid.credits
    assert read.remaining_credits == read.spend_limit - paid.credits
    assert read.usage_percentage == pytest.approx(100 * paid.credits / read.spend_limit, abs=0.01)


def test_a_job_on_an_unknown_budget_is_refused(scenes):
    """A budget that does not exist is 404, and no job."""
    with pytest.raises(requests.HTTPError) as caught:
        Pansharpening("Sharp", scenes[COAST]).execute(budget_id=UNKNOWN)

    assert caught.value.response.status_code == 404


def test_an_unknown_budget_is_an_error():
    """An id that no budget has is 404."""
    with pytest.raises(requests.HTTPError) as caught:
        Budget.get(UNKNOWN)

    assert caught.value.response.status_code == 404


def test_the_settings_are_read():
    """The account does not enforce budgets: jobs without one are executed."""
    assert BudgetSettings.get().enforcement_enabled is False
