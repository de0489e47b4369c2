"""Explanations: what is hashed, what became of each job, and the nearest earlier one."""

import datetime as dt
import hashlib
import json
from typing import Any

import pytest

from reconciler.model.explanation import Explanation
from reconciler.model.job import InputDescription, InputError, Job, Process
from reconciler.model.observation import Facts, Results, ResultsKind, Situation
from reconciler.model.output import Delivery, Json, Output
from reconciler.model.plan import Action, Change, FieldChange, Reason
from reconciler.model.problem import Position
from reconciler.model.receipt import DestinationState, Receipt, ReceiptJob, ReceiptStatus
from reconciler.planning import explain
from reconciler.planning.fingerprint import fingerprint

NOW = dt.datetime(2024, 6, 14, 12, 40, tzinfo=dt.UTC)
SITUATION = Situation(NOW, "https://api.up42.com", "W1", None, grace_s=60, settle_s=600)
PROCESS = Process("p", "P", inputs={"s": InputDescription("s", "S", required=False, schema={"default": 2})})
WANTED: dict[str, Json] = {"item": "x", "s": 5, "list": [{"a": 1}, {"a": 2}]}


def job(job_id: str, status: str = "captured", hours: int = 2, **fields: Any) -> Job:
    created = NOW - dt.timedelta(hours=hours)
    given = {"process_id": "p", "inputs": WANTED, "finished": created, **fields}
    return Job(job_id=job_id, status=status, created=created, **given)


def facts(*jobs: Job, output: dict[str, Any] | None = None, **fields: Any) -> Facts:
    declared = Output("uk", "p", "UK", WANTED, Delivery("/out"), Position("m.yaml", 1, 1), **(output or {}))
    return Facts(declared, fields.pop("fingerprint", "fp1:a"), DestinationState(), PROCESS, jobs=jobs, **fields)


def explained(found: Facts, *others: Job, served_by: Job | None = None) -> Explanation:
    action = Action.CREATE if served_by is None else Action.DOWNLOAD
    change = Change(found.output, action, Reason("", ""), fingerprint="fp1:a", job=served_by)
    return explain.explain(change, found, SITUATION, others)


def verdicts(found: Explanation) -> dict[str, tuple[str, bool, str]]:
    return {one.job.job_id: (one.verdict, one.counts, one.why) for one in found.considered}


def test_the_document_is_what_the_fingerprint_is_the_hash_of() -> None:
    """Whoever hashes the document gets the fingerprint: defaults are gone, the workspace is in it."""
    document = explained(facts()).document

    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert fingerprint("p", "W1", WANTED, PROCESS) == f"fp1:{hashlib.sha256(text.encode()).hexdigest()}"
    assert document == {"inputs": WANTED, "process": "p", "workspace": "w1"}


GONE = Results(ResultsKind.GONE)
NOT_YET = Results(ResultsKind.NOT_YET)
HIDDEN = Results(ResultsKind.UNKNOWN, why="403")


@pytest.mark.parametrize(
    ("found", "known", "verdict"),
    [
        pytest.param(job("j"), facts(), ("counts", True, "captured by job j, but another one comes first"), id="late"),
        pytest.param(
            job("j", "running", started=NOW),
            facts(),
            ("counts", True, "job j is running since 12:40, but another one comes first"),
            id="running",
        ),
        pytest.param(
            job("j"),
            facts(newer_than=NOW),
            ("older", False, "created before: newerThan 2024-06-14T12:40:00Z"),
            id="older",
        ),
        pytest.param(
            job("j"),
            facts(newer_than=NOW - dt.timedelta(hours=2)),
            ("older", False, "created before: newerThan 2024-06-14T10:40:00Z"),
            id="no later than newerThan",
        ),
        pytest.param(
            job("j"),
            facts(newer_than=NOW, replace_asked=True),
            ("older", False, "created before: --replace asks for a fresh one"),
            id="--replace",
        ),
        pytest.param(
            job("j"),
            facts(output={"ignore_jobs": frozenset({"j"})}, newer_than=NOW),
            ("ignored", False, "ignoreJobs names it"),
            id="ignored",
        ),
        pytest.param(
            job("j", "released"),
            facts(output={"attempts": 2}),
            ("released", True, "released (attempt 1 of 2)"),
            id="released",
        ),
        pytest.param(
            job("j", "released", consumption_id="c"),
            facts(),
            ("released_and_charged", True, "released, but charged all the same"),
            id="released and charged",
        ),
        pytest.param(
            job("j", "invalid", errors=(InputError("NoBand", "no band"),)),
            facts(),
            ("invalid", True, "invalid: NoBand: no band"),
            id="invalid",
        ),
        pytest.param(job("j", "unlicensed"), facts(), ("unlicensed", True, "its EULA was not accepted"), id="EULA"),
        pytest.param(job("j", "rejected"), facts(), ("rejected", True, "the balance did not cover it"), id="rejected"),
        pytest.param(
            job("j"),
            facts(results={"j": GONE}),
            ("results_deleted", True, "paid, but its results were deleted from storage"),
            id="results gone",
        ),
        pytest.param(
            job("j"),
            facts(results={"j": HIDDEN}),
            ("results_unknown", True, "its results cannot be looked at: 403"),
            id="results hidden",
        ),
        pytest.param(
            job("j"),
            facts(results={"j": NOT_YET}),
            ("results_not_listed", True, "its results are not listed yet"),
            id="results not listed",
        ),
    ],
)
def test_what_became_of_a_job(found: Job, known: Facts, verdict: tuple[str, bool, str]) -> None:
    """Each job with this work has a verdict in words, and whether it had a say."""
    ours = facts(found, output={"ignore_jobs": known.output.ignore_jobs, "attempts": known.output.attempts})
    ours = Facts(
        ours.output,
        ours.fingerprint,
        ours.destination,
        PROCESS,
        newer_than=known.newer_than,
        replace_asked=known.replace_asked,
        jobs=ours.jobs,
        results=known.results,
    )

    assert verdicts(explained(ours)) == {"j": verdict}


def test_attempts_are_counted_among_the_jobs_that_count() -> None:
    """The second of three released jobs is the first attempt when the oldest is ignored."""
    jobs = [job("c", "released", 1), job("a", "released", 3), job("b", "released", 2)]
    found = explained(facts(*jobs, output={"ignore_jobs": frozenset({"a"}), "attempts": 2}))

    assert [(one.job.job_id, one.why) for one in found.considered] == [
        ("a", "ignoreJobs names it"),
        ("b", "released (attempt 1 of 2)"),
        ("c", "released (attempt 2 of 2)"),
    ]


def test_the_job_that_serves_is_said() -> None:
    """Of several jobs with this work, one serves the output."""
    found = explained(facts(job("a", hours=3), job("b")), served_by=job("a", hours=3))

    assert verdicts(found)["a"] == ("serves", True, "it serves the output")
    assert verdicts(found)["b"][0] == "counts"


def test_a_job_that_only_the_receipt_knows_is_considered() -> None:
    """The listing may forget a job that was paid; the receipt does not."""
    made = ReceiptJob("r", "captured", NOW, settled=True)
    receipt = Receipt(ReceiptStatus.COMPLETE, SITUATION.api_url, "W1", None, "uk", "fp1:a", "p", WANTED, made, (), NOW)
    known = facts()
    known = Facts(
        known.output, "fp1:a", DestinationState(receipt), PROCESS, receipt_is_same_work=True, jobs=(), results={}
    )

    assert list(verdicts(explained(known))) == ["r"]


def test_other_work_says_what_is_other() -> None:
    """The nearest first; a default that is written out is no difference."""
    near = job("near", inputs={**WANTED, "s": 4})
    far = job("far", inputs={"item": "y", "a": 1, "b": 2})
    silent = job("silent", inputs=None)

    found = explained(facts(), silent, far, near)

    assert verdicts(found) == {
        "near": ("other_work", False, "other inputs: s 4 → 5"),
        "far": ("other_work", False, "other inputs: a 1 → (none), b 2 → (none), item y → x and 2 more"),
        "silent": ("unknown_work", False, "the service does not repeat its inputs"),
    }
    assert found.nearest == near
    assert found.differences == (FieldChange("s", 4, 5),)


def test_of_equally_near_jobs_the_newest_is_the_nearest() -> None:
    """Its title, and what the process assumes anyway, do not make it other work."""
    older, newer = job("a", hours=9, inputs={**WANTED, "s": 4}), job("b", hours=1, inputs={**WANTED, "s": 3})

    assert explained(facts(), older, newer).nearest == newer
    assert explained(facts(), newer, older).nearest == newer


def test_the_same_work_is_nearer_than_any_other() -> None:
    """A job that did not count may be the nearest: nothing differs."""
    same = job("same", "released", hours=50)
    found = explained(facts(same), job("near", inputs={**WANTED, "s": 4}), same)

    assert (found.nearest, found.differences) == (same, ())
    assert list(verdicts(found)) == ["same", "near"]


def test_of_many_other_jobs_a_few_are_listed() -> None:
    """The rest is counted."""
    found = explained(facts(), *(job(f"j{number}", inputs={"s": number}) for number in range(20)))

    assert len(found.considered) == explain.OTHERS_SHOWN
    assert found.other_count == 20 - explain.OTHERS_SHOWN


def test_without_any_job_there_is_no_nearest() -> None:
    """An empty history is explained by its emptiness."""
    found = explained(facts())

    assert (found.considered, found.nearest, found.differences, found.other_count) == ((), None, (), 0)
