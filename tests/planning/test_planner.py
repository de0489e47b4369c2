"""The decision table, case by case: tests/planning/cases/*.yaml hold facts and the decision they lead to."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.model.job import Asset, InputError, Item, Job, Process, Quote
from reconciler.model.observation import Approval, Facts, Need, Offer, Results, ResultsKind, Situation
from reconciler.model.output import Delivery, Output
from reconciler.model.plan import Action, Change, Reason
from reconciler.model.problem import Position
from reconciler.model.receipt import (
    Claim,
    ClaimPhase,
    DestinationState,
    OwnedFile,
    Receipt,
    ReceiptAsset,
    ReceiptJob,
    ReceiptStatus,
)
from reconciler.planning import planner
from reconciler.planning.purchase import USED_BY_THIS_PLAN

NOW = dt.datetime(2026, 6, 14, 12, 40, tzinfo=dt.UTC)
API = "https://api.up42.com"
UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['claim']}")
    for path in sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text())
]


def ago(age: str) -> dt.datetime:
    return NOW - dt.timedelta(seconds=int(age[:-1]) * UNITS_S[age[-1]])


def job(job_id: str, status: str, age: str, **more: Any) -> Job:
    finished = more.pop("finished", None)
    errors = tuple(InputError(**error) for error in more.pop("errors", ()))
    return Job(
        job_id=job_id,
        process_id="pansharpening",
        status=status,
        created=ago(age),
        finished=None if finished is None else ago(finished),
        errors=errors,
        **more,
    )


def item(*assets: Asset) -> Item:
    return Item("item", "collection", "/v2/assets/stac/collections/collection/items/item", assets)


ITEMS = (item(Asset("a.tif", "/v2/assets/1", roles=("data",)), Asset("b.json", "/v2/assets/2", roles=("metadata",))),)


def receipt(spec: dict[str, Any]) -> Receipt:
    owned = {name: OwnedFile(name, 10, "00") for name in ("a.tif", "b.json")}
    delivered = spec.get("delivered", ["a.tif", "b.json"])
    roles = {"a.tif": ("data",), "b.json": ("metadata",)}
    return Receipt(
        status=ReceiptStatus(spec.get("status", "complete")),
        api_url=spec.get("api", API),
        workspace_id="workspace",
        project=spec.get("project", "acme"),
        output=spec.get("output", "uk"),
        fingerprint="fp1:wanted" if spec.get("same_work", True) else "fp1:other",
        process_id=spec.get("process", "pansharpening"),
        inputs=spec.get("inputs", {"sensitivity": 5}),
        job=ReceiptJob(
            spec.get("job", "job1"),
            spec.get("job_status", "captured"),
            ago(spec.get("age", "2h")),
            settled=spec.get("settled", True),
            credits=63,
        ),
        assets=tuple(
            ReceiptAsset("item", name, roles[name], delivered=owned[name] if name in delivered else None)
            for name in owned
        ),
        delivered_at=ago("1h"),
        name=spec.get("name"),
    )


def destination(case: dict[str, Any]) -> DestinationState:
    if "unreadable" in case:
        return DestinationState(unreadable=case["unreadable"])
    spec = case.get("receipt")
    if spec is None:
        return DestinationState()
    found = receipt(spec)
    sizes = {owned.file: owned.size_bytes for owned in found.files if owned.file not in spec.get("missing", [])}
    sizes.update(dict.fromkeys(spec.get("cut", []), 3))
    return DestinationState(found, sizes, frozenset(spec.get("damaged", [])))


def claim(spec: dict[str, Any] | None) -> Claim | None:
    if spec is None:
        return None
    posting = None if spec["phase"] in ("taken", "void") else ago(spec["age"])
    return Claim(
        fingerprint="fp1:wanted",
        number=1,
        claim_id="c1",
        phase=ClaimPhase(spec["phase"]),
        owner="somebody",
        output="uk",
        project="acme",
        taken_at=ago(spec["age"]),
        known_jobs=frozenset(spec.get("known", ())),
        posting_at=posting,
        job_id=spec.get("job"),
        altered=spec.get("altered", ""),
    )


def offer(spec: dict[str, Any] | None) -> Offer | None:
    if spec is None:
        return None
    return Offer(
        refusals=tuple(Reason(*reason) for reason in spec.get("refusals", ())),
        quote=Quote(spec.get("credits", 63), "area", 15.8, "SQ_KM"),
        licence_accepted=spec.get("licence", True),
        balance_credits=spec.get("balance", 1000),
    )


def output(spec: dict[str, Any]) -> Output:
    newer_than = spec.pop("newer_than", None)
    roles = spec.pop("roles", None)
    return Output(
        name="uk",
        process_id="pansharpening",
        title="uk",
        inputs={"sensitivity": 5},
        delivery=Delivery("/outputs/uk", None if roles is None else tuple(roles), spec.pop("name_template", None)),
        position=Position("m.yaml", 1, 1),
        newer_than=None if newer_than is None else ago(newer_than),
        ignore_jobs=frozenset(spec.pop("ignore", ())),
        **spec,
    )


def facts(case: dict[str, Any]) -> Facts:
    wanted = output(dict(case.get("output", {})))
    jobs = case.get("jobs", "not asked")
    state = destination(case)
    return Facts(
        output=wanted,
        fingerprint="fp1:wanted",
        destination=state,
        process=None if case.get("process", "known") is None else Process("pansharpening", "Pansharpening"),
        process_hint=case.get("process_hint", ""),
        newer_than=wanted.newer_than,
        replace_asked=case.get("replace_asked", False),
        receipt_is_same_work=state.receipt is not None and state.receipt.fingerprint == "fp1:wanted",
        jobs=None if jobs == "not asked" else tuple(job(*spec[:3], **(spec[3] if spec[3:] else {})) for spec in jobs),
        claim=claim(case.get("claim_there")),
        results={
            job_id: Results(ResultsKind(kind), ITEMS if kind == "available" else (), "status 403")
            for job_id, kind in case.get("results", {}).items()
        },
        offer=offer(case.get("offer")),
        former=tuple(job(*spec[:3], **(spec[3] if spec[3:] else {})) for spec in case.get("former", ())),
    )


def situation(case: dict[str, Any]) -> Situation:
    return Situation(NOW, API, "workspace", "acme", grace_s=60, settle_s=600, rebuy=case.get("rebuy", False))


@pytest.mark.parametrize("case", CASES)
def test_decision(case: dict[str, Any]) -> None:
    """The facts lead to the decision that the case names, with its reason."""
    decision = planner.decide(facts(case), situation(case))

    expected = case["expect"]
    if "need" in expected:
        assert isinstance(decision, Need)
        assert decision.question.value == expected["need"]
        assert (decision.job.job_id if decision.job else None) == expected.get("job")
        return
    assert isinstance(decision, Change), decision
    assert (decision.action.value, decision.reason.code) == (expected["action"], expected["code"])
    assert expected.get("text", "") in decision.reason.text
    assert expected.get("job") == (decision.job.job_id if decision.job else None)
    for field in ("attempt", "attempts", "settles_receipt", "saved_credits"):
        if field in expected:
            assert getattr(decision, field) == expected[field]
    if "note" in expected:
        assert any(expected["note"] in note for note in decision.notes)


def test_every_action_of_the_table_has_a_case() -> None:
    """No symbol of the plan is left without a case, and there are at least sixty of them."""
    actions = {param.values[0]["expect"].get("action") for param in CASES}

    assert actions - {None} == {action.value for action in Action} - {"deferred"}
    assert len(CASES) >= 60


def test_a_decision_does_not_depend_on_the_order_of_the_history() -> None:
    """The same jobs in another order give the same decision."""
    case = {"jobs": [["new", "captured", "1h"], ["old", "captured", "2h"], ["run", "running", "1m"]]}
    known = facts({**case, "results": {"old": "available", "new": "available"}})

    decisions = {
        planner.decide(replace(known, jobs=jobs), situation({})).job.job_id  # type: ignore[union-attr]
        for jobs in (known.jobs or (), tuple(reversed(known.jobs or ())))
    }

    assert decisions == {"old"}


OUTPUT = Output("uk", "pansharpening", "uk", {}, Delivery("/out"), Position("a.yaml", 1, 1))
SITUATION = Situation(NOW, API, "workspace", "acme", grace_s=60, settle_s=600)


@pytest.mark.parametrize(("plan_id", "code"), [("p1", USED_BY_THIS_PLAN), ("p2", "blocked_because_job_came_since")])
def test_a_saved_plans_action_is_used_by_a_job_that_came_since(plan_id: str, code: str) -> None:
    """Whoever made it, and whatever became of it; a claim tells whether this plan's own apply did."""
    failed = job("new", "released", "1m", finished="50s")
    claim = Claim("fp1:wanted", 1, "c", ClaimPhase.CREATED, "me", "uk", None, ago("1m"), job_id="new", plan_id=plan_id)
    known = Facts(
        output=replace(OUTPUT, attempts=5),
        fingerprint="fp1:wanted",
        destination=DestinationState(),
        process=Process("pansharpening", "Pansharpening"),
        jobs=(failed,),
        claim=claim,
        offer=Offer(quote=Quote(5)),
        approval=Approval("p1", ago("1h"), frozenset()),
    )

    found = planner.decide(known, SITUATION)

    assert isinstance(found, Change)
    assert (found.action, found.reason.code) == (Action.BLOCKED, code)


def test_a_saved_plans_action_is_not_used_by_the_jobs_that_it_knew() -> None:
    """Attempt 2 of 2 is planned because attempt 1 had failed."""
    known = Facts(
        output=replace(OUTPUT, attempts=2),
        fingerprint="fp1:wanted",
        destination=DestinationState(),
        process=Process("pansharpening", "Pansharpening"),
        jobs=(job("old", "released", "2h", finished="1h"),),
        offer=Offer(quote=Quote(5)),
        approval=Approval("p1", ago("1h"), frozenset({"old"})),
    )

    found = planner.decide(known, SITUATION)

    assert isinstance(found, Change)
    assert found.action is Action.CREATE
