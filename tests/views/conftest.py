"""Hand-built values for the views: the plan of the contract's example, and makers of single ones."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from importlib import resources
from types import SimpleNamespace

import jsonschema
import pytest

from reconciler.model.explanation import Considered, Explanation
from reconciler.model.job import Item, Job, Quote
from reconciler.model.outcome import Outcome, OutcomeKind
from reconciler.model.output import Delivery, Output
from reconciler.model.plan import Action, Change, FieldChange, Plan, Reason
from reconciler.model.problem import Position, Problem
from reconciler.model.receipt import Claim, ClaimPhase, OwnedFile
from reconciler.model.spending import Ledger, Spending, Sums

NOON = datetime(2024, 6, 14, 12, 40, 3, tzinfo=UTC)

#: Everything that such text can try: colours, a title, line breaks, commands of CI systems, direction, zero width.
HOSTILE = (
    "\x1b[31mred\x1b[0m\x1b]0;title\x07\n::error file=a::pwned\r\n##[error]x"
    "\x9b2J\u202egnp.exe\u2066\u200b\u2028end\ttab\x00"
)


class FakeClock:
    """Time that moves when the test says so."""

    def __init__(self):
        self.elapsed_s = 0.0
        self._sleepers = []

    def now(self):
        return NOON + timedelta(seconds=self.elapsed_s)

    def monotonic_s(self):
        return self.elapsed_s

    async def sleep(self, seconds):
        done = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.elapsed_s + seconds, done))
        await done

    async def advance(self, seconds):
        """Wake each sleeper at its time, in order, and let it run until it sleeps again."""
        end = self.elapsed_s + seconds
        await self._settle()
        while due := sorted((at for at, done in self._sleepers if at <= end and not done.done())):
            self.elapsed_s = max(self.elapsed_s, due[0])
            for at, done in self._sleepers:
                if at <= self.elapsed_s and not done.done():
                    done.set_result(None)
            self._sleepers = [(at, done) for at, done in self._sleepers if not done.done()]
            await self._settle()
        self.elapsed_s = end

    async def _settle(self):
        for _ in range(3):
            await asyncio.sleep(0)


def output(name="uk-2024-06-14", process_id="pansharpening", **fields):
    given = {
        "title": "Pansharpened",
        "inputs": {"item": "https://api.up42.com/v2/assets/stac/collections/21c0/items/23e4"},
        "delivery": Delivery(f"/srv/outputs/{name}"),
        "position": Position("manifests/coast.yaml", 3, 5),
    }
    return Output(name, process_id, **{**given, **fields})


def change(action=Action.CREATE, name="uk-2024-06-14", process_id="pansharpening", reason="no job", **fields):
    declared = fields.pop("output", None) or output(name, process_id)
    return Change(declared, action, Reason(f"{action.value}_because", reason), **fields)


def job(job_id="6856aaaa-0000-4000-8000-000000000001", status="running", **fields):
    given = {"process_id": "detection-ships-airbus", "created": NOON}
    return Job(job_id=job_id, status=status, **{**given, **fields})


def plan(*changes, **fields):
    given = {"made_at": NOON, "api_url": "https://api.up42.com", "workspace_id": "7d7d", "balance_credits": 1000}
    return Plan(tuple(changes), **{**given, **fields})


def outcome(kind=OutcomeKind.COMPLETE, name="uk-2024-06-14", **fields):
    return Outcome(name, kind, **fields)


def claim(**fields):
    given = {
        "fingerprint": "fp1:" + "ab" * 32,
        "number": 1,
        "claim_id": "c-19f3",
        "phase": ClaimPhase.POSTING,
        "owner": "ann@laptop:4711:f3a9",
        "output": "uk-2024-06-14",
        "project": "acme",
        "taken_at": NOON,
    }
    return Claim(**{**given, **fields})


def contract_plan():
    """The plan of product.md's example: four lines, and twelve unchanged outputs that save 812 credits."""
    unchanged = [
        change(Action.UNCHANGED, f"z{number:02d}", saved_credits=70 if number else 42, reason="delivered")
        for number in range(12)
    ]
    return plan(
        change(
            Action.DOWNLOAD,
            "berlin",
            "true-color-conversion",
            "captured by job 11aa…, 2 of 3 files missing",
            job=job("11aabbbb-0000-4000-8000-000000000002", "captured"),
            items=(Item("item", "collection", "https://api.up42.com/item"),),
        ),
        change(Action.WAIT, "ships-dover", "detection-ships-airbus", "job 6856… is running since 12:40", job=job()),
        change(
            Action.BLOCKED,
            "trees",
            "detection-trees-spacept",
            "EULA not accepted: reconciler eulas accept 4136…",
        ),
        change(
            Action.CREATE,
            reason="no job for these inputs",
            quote=Quote(63, "area", 15.8, "SQ_KM"),
            fingerprint="fp1:" + "cd" * 32,
        ),
        *unchanged,
    )


def explanation(text="no job", **fields):
    looked_at = fields.get("job") or job()
    return Explanation(
        change=change(reason=text, fingerprint="fp1:" + "cd" * 32),
        document={"workspace": "7d7d", "process": "pansharpening", "inputs": {"item": text, "sensitivity": 5}},
        considered=(
            Considered(looked_at, "released", True, f"released (attempt 1 of 2) {text}"),
            Considered(job("9999", "odd", credits=1063), "other_work", False, f"other inputs: item {text}"),
        ),
        other_count=2,
        nearest=looked_at,
        differences=(FieldChange("item", text, None), FieldChange("sensitivity", 2, 5)),
    )


def ledger(name="uk", **fields):
    groups = {
        name: Sums(3, 1126, 1063, 63, 0, 0),
        "ships": Sums(2, 99, 70, 0, 20, -9, 1),
    }
    given = {
        "others": Sums(1, 5, 5, 0, 0, 0),
        "total": Sums(6, 1230, 1138, 63, 20, -9, 1),
        "spending": Spending((), "2024-06", 1221, 8762),
    }
    return Ledger("output", groups, **{**given, **fields})


@pytest.fixture(scope="session")
def make():
    """Makers of single values, with defaults for what a test does not care about."""
    return SimpleNamespace(
        output=output,
        change=change,
        job=job,
        plan=plan,
        outcome=outcome,
        claim=claim,
        explanation=explanation,
        ledger=ledger,
        contract_plan=contract_plan,
        problem=lambda **fields: Problem(
            **{"position": Position("a.yaml", 7, 3), "field": "spec.retry", "message": "is wrong", **fields}
        ),
        file=lambda name="pan.tif", size=1_234_567: OwnedFile(name, size, "ef" * 32),
        noon=NOON,
        hostile=HOSTILE,
    )


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture(scope="session")
def check_document():
    """Validate a document against its schema made strict: no field may be missing there, and none be undocumented."""

    def check(name, document):
        schema = json.loads(resources.files("reconciler.schemas").joinpath(f"{name}.json").read_text("utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.Draft202012Validator(_strict(schema)).validate(json.loads(json.dumps(document, allow_nan=False)))

    return check


def _strict(schema):
    if isinstance(schema, list):
        return [_strict(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {key: _strict(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        strict["additionalProperties"] = False
        strict["required"] = list(schema["properties"])
    return strict
