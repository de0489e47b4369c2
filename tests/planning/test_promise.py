"""A saved plan as a promise: what the world may do to it, and what stops it."""

import datetime as dt
from dataclasses import replace

import pytest

from reconciler.model.job import Job, Quote
from reconciler.model.observation import Approval
from reconciler.model.output import Delivery, Output
from reconciler.model.plan import Action, Change, Plan, Reason
from reconciler.model.problem import Position
from reconciler.planning import promise
from reconciler.planning.purchase import USED_BY_THIS_PLAN

NOW = dt.datetime(2026, 6, 14, 12, 40, tzinfo=dt.UTC)
OUTPUT = Output("uk", "process", "uk", {"item": "/v2/x"}, Delivery("/out/uk"), Position("a.yaml", 1, 1), attempts=5)


def change(action, price=None, *, fingerprint="fp1:a", code="code", **fields):
    quote = Quote(price) if action.may_pay or action is Action.DEFERRED else None
    return Change(OUTPUT, action, Reason(code, "why it is so"), fingerprint=fingerprint, quote=quote, **fields)


def plan(*changes):
    return Plan(changes, NOW, "https://api.up42.com", "w")


#: What the plan shows, what a plan made now would show, and what stops it ("" for nothing).
CASES = [
    ("the same price", change(Action.CREATE, 60), change(Action.CREATE, 60), ""),
    ("a lower price", change(Action.CREATE, 60), change(Action.CREATE, 0), ""),
    ("a price that rose", change(Action.CREATE, 60), change(Action.CREATE, 61), "price is 61 credits now, 60 credits"),
    ("a price gone unknown", change(Action.CREATE, 60), change(Action.CREATE), "price is not known now"),
    ("an unknown price, known by now", change(Action.CREATE), change(Action.CREATE, 99), ""),
    ("a job that exists by now", change(Action.CREATE, 60), change(Action.WAIT), ""),
    ("delivered by now", change(Action.REPLACE, 60), change(Action.UNCHANGED), ""),
    ("an unresolved create, still so", change(Action.UNRESOLVED, 60), change(Action.UNRESOLVED, 60), ""),
    ("an unresolved create, settled", change(Action.UNRESOLVED, 60), change(Action.CREATE, 60), ""),
    ("a free wait that would cost", change(Action.WAIT), change(Action.CREATE, 0), "have to be paid for now: why it"),
    ("a free download that would cost", change(Action.DOWNLOAD), change(Action.REPLACE, 5), "have to be paid for now"),
    ("an unchanged one that would cost", change(Action.UNCHANGED), change(Action.REPLACE, 5), "have to be paid for"),
    ("an unchanged one to download", change(Action.UNCHANGED), change(Action.DOWNLOAD), ""),
    ("a paid one that is blocked", change(Action.CREATE, 60), change(Action.BLOCKED), "it is blocked now: why it is"),
    ("a paid one that is deferred", change(Action.CREATE, 60), change(Action.DEFERRED, 60), "it is deferred now"),
    ("a free one that is blocked", change(Action.WAIT), change(Action.BLOCKED), "it is blocked now"),
    ("a blocked one, still so", change(Action.BLOCKED), change(Action.BLOCKED), ""),
    ("a blocked one that could be paid", change(Action.BLOCKED), change(Action.CREATE, 5), ""),
    ("a deferred one that could be paid", change(Action.DEFERRED, 5), change(Action.CREATE, 5), ""),
    ("other work", change(Action.CREATE, 60), change(Action.CREATE, 60, fingerprint="fp1:b"), "other defaults by now"),
    ("work known by now", change(Action.CREATE, fingerprint=None), change(Action.CREATE, 60), ""),
    (
        "an action that this plan used up",
        change(Action.CREATE, 60),
        change(Action.BLOCKED, code=USED_BY_THIS_PLAN),
        "",
    ),
]


@pytest.mark.parametrize(("saved", "now", "why"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_less_is_fine_and_more_stops_the_plan(saved, now, why):
    found = promise.breaches(plan(saved), plan(now))
    assert [breach.output for breach in found] == (["uk"] if why else [])
    assert all(why in breach.why for breach in found)


def named(name, change):
    return replace(change, output=replace(OUTPUT, name=name))


def test_what_follows_a_job_that_the_plan_does_not_show_is_held_up_with_it():
    """Two outputs with the same work, both deferred when planned: neither is paid for, nor waits for the other."""
    saved = plan(named("a", change(Action.DEFERRED, 5)), named("b", change(Action.DEFERRED, 5)))
    now = plan(named("a", change(Action.CREATE, 5)), named("b", change(Action.WAIT, same_work_as="a")))

    assert promise.breaches(saved, now) == ()
    assert {one.action for one in promise.kept(saved, now).changes} == {Action.DEFERRED}


def test_what_was_free_and_would_follow_an_unplanned_job_stops_the_plan():
    saved = plan(named("a", change(Action.DEFERRED, 5)), named("b", change(Action.WAIT)))
    now = plan(named("a", change(Action.CREATE, 5)), named("b", change(Action.WAIT, same_work_as="a")))

    assert [breach.output for breach in promise.breaches(saved, now)] == ["b"]


def test_what_follows_a_planned_job_is_free():
    saved = plan(named("a", change(Action.CREATE, 5)), named("b", change(Action.WAIT, same_work_as="a")))
    assert promise.breaches(saved, saved) == ()
    assert promise.kept(saved, saved) == saved


@pytest.mark.parametrize("action", [Action.BLOCKED, Action.DEFERRED])
@pytest.mark.parametrize("paid", [Action.CREATE, Action.REPLACE, Action.UNRESOLVED])
def test_what_the_plan_held_up_is_not_paid_for(action, paid):
    kept = promise.kept(plan(change(action)), plan(change(paid, 5)))
    assert kept.paid == ()
    assert "plan again" in kept.changes[0].notes[0]


def test_what_the_plan_held_up_may_become_free():
    kept = promise.kept(plan(change(Action.BLOCKED)), plan(change(Action.DOWNLOAD)))
    assert kept.changes[0].action is Action.DOWNLOAD


def test_only_paid_actions_are_approved_with_the_jobs_that_were_known():
    saved = plan(change(Action.CREATE, 60, known_jobs=frozenset({"old"})))
    assert promise.approvals(saved, "p1") == {"uk": Approval("p1", NOW, frozenset({"old"}))}
    assert promise.approvals(plan(change(Action.WAIT)), "p1") == {}


def test_an_action_whose_work_was_not_known_is_used_by_any_job_made_since():
    approval = promise.approvals(plan(change(Action.CREATE, fingerprint=None)), "p1")["uk"]
    before = Job("old", "process", "released", NOW - dt.timedelta(seconds=1))
    after = replace(before, job_id="new", created=NOW + dt.timedelta(seconds=1))
    assert approval.used_by([before]) is None
    assert approval.used_by([before, after]) == after


def test_an_action_is_used_by_any_job_that_was_not_known():
    approval = Approval("p1", NOW, frozenset({"old"}))
    old = Job("old", "process", "released", NOW)
    late = replace(old, job_id="late", created=NOW - dt.timedelta(days=1))
    assert approval.used_by([old]) is None
    assert approval.used_by([old, late]) == late


def test_outputs_are_frozen_with_the_attempt_and_the_generation_that_the_plan_shows():
    frozen = promise.outputs(plan(change(Action.CREATE, 60, attempt=2, newer_than=NOW)))[0]
    assert (frozen.attempts, frozen.newer_than) == (2, NOW)
    assert promise.outputs(plan(change(Action.WAIT)))[0].attempts == 5
