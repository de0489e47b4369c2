from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.documents.plan import plan_digest, plan_json
from reconciler.model.job import Job, Quote
from reconciler.model.output import Delivery, Output
from reconciler.model.plan import Action, Change, Check, FieldChange, Plan, Reason, Source, Verdict
from reconciler.model.problem import Position
from tests.documents.plans import NOON, PLACE

LATER = NOON + timedelta(hours=5)
JOB = Job("11aa", "pansharpening", "running", NOON)
OUTPUT = Output(
    name="uk",
    process_id="pansharpening",
    title="UK",
    inputs={"item": "/v2/assets/stac/collections/21c0/items/23e4", "weights": [1, 2.5]},
    delivery=Delivery(f"{PLACE}/outputs/uk"),
    position=Position("a.yaml", 3, 5),
    labels={"team": "coastal"},
)
CREATE = Change(OUTPUT, Action.CREATE, Reason("missing", "no job"), "fp1:" + "ab" * 32, quote=Quote(63, "area", 15.8))
WAIT = Change(replace(OUTPUT, name="zoo"), Action.WAIT, Reason("running", "job 11aa… is running"), job=JOB)
DONE = Change(replace(OUTPUT, name="old"), Action.UNCHANGED, Reason("delivered", "delivered"), job=JOB)
PLAN = Plan(
    changes=(CREATE, DONE, WAIT),
    made_at=NOON,
    api_url="https://api.up42.com",
    workspace_id="7d7d",
    project="acme",
    balance_credits=1000,
    place=PLACE,
    source=Source(("manifests",), "sha256:5d", "3f2a"),
    checks=(Check("guard/limits", Verdict.PASS, "63 of 500 credits"),),
    jobs_seen=12,
)


def with_change(index=0, /, **fields):
    changes = list(PLAN.changes)
    changes[index] = replace(changes[index], **fields)
    return replace(PLAN, changes=tuple(changes))


def with_output(**fields):
    return with_change(output=replace(OUTPUT, **fields))


SAME = {
    "another time": replace(PLAN, made_at=LATER),
    "another balance": replace(PLAN, balance_credits=None),
    "more jobs seen": replace(PLAN, jobs_seen=700),
    "notes": replace(PLAN, notes=("passed over",)),
    "another commit with the same manifests": replace(PLAN, source=replace(PLAN.source, commit="77aa")),
    "named otherwise": replace(PLAN, source=replace(PLAN.source, paths=("./manifests/",))),
    "another line": with_output(position=Position("b.yaml", 99, 1)),
    "other order of inputs": with_output(inputs=dict(reversed(OUTPUT.inputs.items()))),
    "another sentence": with_change(reason=Reason("missing", "no job today")),
    "what a reader is told of the difference": with_change(field_changes=(FieldChange("a", 1, 2),)),
    "a note": with_change(notes=("look",)),
    "how far the awaited job is": with_change(2, job=replace(JOB, status="licensed", credits=5)),
    "which job made what is delivered": with_change(1, job=None),
    "a receipt to settle": with_change(1, settles_receipt=True),
    "what the check's sentence says": replace(PLAN, checks=(replace(PLAN.checks[0], text="63 of 501 credits"),)),
}


@pytest.mark.parametrize("other", SAME.values(), ids=SAME)
def test_a_plan_that_promises_the_same_has_the_same_digest(other):
    """What was approved is recognised when it is planned again, later or elsewhere."""
    assert plan_digest(other) == plan_digest(PLAN)


def test_another_checkout_has_the_same_digest():
    """The place of the project in the file system does not matter for what lies below it."""
    moved = with_output(delivery=Delivery("/home/ci/outputs/uk"))
    moved = replace(
        moved,
        place="/home/ci",
        changes=tuple(
            replace(change, output=replace(change.output, delivery=Delivery("/home/ci/outputs/uk")))
            for change in moved.changes
        ),
    )

    assert plan_digest(moved) == plan_digest(PLAN)


def test_what_replace_asked_for_has_the_same_digest_whenever_it_is_planned():
    """--replace freezes the time of planning into the plan, which differs each time."""
    asked = replace(PLAN.source, replace=("uk",))
    first = replace(with_change(newer_than=NOON), source=asked)
    again = replace(with_change(newer_than=LATER), source=asked, made_at=LATER)

    assert plan_digest(first) == plan_digest(again) != plan_digest(PLAN)
    assert plan_digest(with_change(newer_than=LATER)) != plan_digest(with_change(newer_than=None))


OTHER = {
    "API": replace(PLAN, api_url="https://api.example"),
    "workspace": replace(PLAN, workspace_id="8e8e"),
    "project": replace(PLAN, project=None),
    "manifests": replace(PLAN, source=replace(PLAN.source, digest="sha256:6e")),
    "select": replace(PLAN, source=replace(PLAN.source, select=("uk",))),
    "rebuy": replace(PLAN, source=replace(PLAN.source, rebuy=True)),
    "ceiling": replace(PLAN, ceiling_credits=500),
    "an output less": replace(PLAN, changes=PLAN.changes[1:]),
    "action": with_change(action=Action.REPLACE),
    "price": with_change(quote=Quote(64, "area", 15.8)),
    "unknown price": with_change(quote=None),
    "fingerprint": with_change(fingerprint="fp1:" + "cd" * 32),
    "attempt": with_change(attempt=2),
    "known jobs": with_change(known_jobs=frozenset({"11aa"})),
    "same work": with_change(2, same_work_as="uk"),
    "waits for": with_change(waits_for=("old",)),
    "awaited job": with_change(2, job=replace(JOB, job_id="22bb")),
    "inputs": with_output(inputs={"item": "/v2/other"}),
    "title": with_output(title="Other"),
    "process": with_output(process_id="other"),
    "labels": with_output(labels={}),
    "destination": with_output(delivery=Delivery("s3://bucket/uk")),
    "roles": with_output(delivery=replace(OUTPUT.delivery, roles=("data",))),
    "file name": with_output(delivery=replace(OUTPUT.delivery, name="x")),
    "priority": with_output(priority=1),
    "budget": with_output(budget_id="4f2c"),
    "ignored jobs": with_output(ignore_jobs=frozenset({"11aa"})),
    "attempts": with_output(attempts=2),
    "newerThan": with_output(newer_than=NOON),
    "prevent replace": with_output(prevent_replace=True),
    "verdict": replace(PLAN, checks=(replace(PLAN.checks[0], verdict=Verdict.FAIL),)),
}


@pytest.mark.parametrize("other", OTHER.values(), ids=OTHER)
def test_a_plan_that_promises_something_else_has_another_digest(other):
    """Nothing that an apply acts on, or that a reviewer agreed to, changes without a word."""
    assert plan_digest(other) != plan_digest(PLAN)


def test_the_digest_is_the_same_in_every_version():
    """Approvals outlive an update: this value changes only together with the digest's own version."""
    assert plan_digest(PLAN) == "sha256:081944d6ea001f5f02d6e61008bede2af5d4c7bd19956f77c298b198f1a950d1"


def test_two_plans_with_one_digest_have_two_ids():
    """An id names one plan, a digest one promise."""
    first, second = plan_json(PLAN), plan_json(replace(PLAN, made_at=LATER))

    assert first["plan_digest"] == second["plan_digest"] == plan_digest(PLAN)
    assert first["plan_id"] != second["plan_id"]
    assert len(first["plan_id"]) == 12
