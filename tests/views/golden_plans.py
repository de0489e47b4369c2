"""The plans behind the golden files, and the command that writes these: `make goldens`."""

import hashlib
import pathlib
from dataclasses import replace
from datetime import UTC, datetime

from reconciler.model.job import Job, Quote
from reconciler.model.output import Delivery, Output
from reconciler.model.plan import (
    Action,
    BudgetUse,
    Change,
    Check,
    FieldChange,
    Plan,
    Reason,
    Source,
    Verdict,
)
from reconciler.model.problem import Position
from reconciler.views.human import plan_markdown, plan_text
from reconciler.views.machine import document_text, plan_digest, plan_json

GOLDEN = pathlib.Path(__file__).parent / "golden"
NOON = datetime(2024, 6, 14, 12, 40, 3, tzinfo=UTC)
PLACE = "/srv/imagery"
ITEM = "https://api.up42.com/v2/assets/stac/collections/21c0b14e/items/23e4567e"
COMMIT = "3f2a9c41d07be6a5c8f1e2d3b4a5968778695a4b"
#: The ways to draw a plan, with the endings of their files.
ENDINGS = {"text": "txt", "json": "json", "markdown": "md"}
_LONGEST_WHOLE = 50_000
_EXCERPT_LINES = 40


def job(job_id, status, process_id="detection-ships-airbus", credit_count=63):
    return Job(f"{job_id}-34a1-4c5d-8e9f-0a1b2c3d4e5f", process_id, status, NOON, credits=credit_count)


def change(name, action=Action.CREATE, process_id="pansharpening", reason="no job for these inputs", **fields):
    declared = {key: fields.pop(key) for key in ("title", "inputs", "labels", "budget_id", "set_name") if key in fields}
    output = Output(
        name=name,
        process_id=process_id,
        title=declared.pop("title", name),
        inputs=declared.pop("inputs", {"item": ITEM}),
        delivery=Delivery(f"{PLACE}/outputs/{name}"),
        position=Position("manifests/coast.yaml", 3, 5),
        **declared,
    )
    fingerprint = "fp1:" + hashlib.sha256(name.encode()).hexdigest()
    return replace(Change(output, action, Reason(f"{action.value}_because", reason), fingerprint=fingerprint), **fields)


def plan(*changes, **fields):
    made = Plan(
        changes=tuple(sorted(changes, key=lambda change: change.output.name)),
        made_at=NOON,
        api_url="https://api.up42.com",
        workspace_id="7d7d2b5e",
        project="acme-imagery",
        balance_credits=1000,
        place=PLACE,
        source=Source(("manifests",), "sha256:" + "5d" * 32, COMMIT),
        jobs_seen=12,
    )
    return replace(made, **fields)


def twelve():
    """One of everything."""
    coastal = {"labels": {"team": "coastal", "area": "uk"}}
    forest = {"labels": {"team": "forest"}, "budget_id": "4f2c"}
    reference = {"sourceItem": ITEM, "referenceItem": {"fromOutput": "uk-2024-06-14", "role": "data"}}
    return plan(
        change(
            "uk-2024-06-14", title="Pansharpened imagery over UK", quote=Quote(63, "area", 15.8, "SQ_KM"), **coastal
        ),
        change("uk-2024-06-15", quote=Quote(21, "area", 5.25, "SQ_KM"), attempt=2, attempts=2, **coastal),
        change(
            "coast-change",
            process_id="detection-change-simularity",
            reason="waits for uk-2024-06-14, which is made first",
            waits_for=("uk-2024-06-14",),
            fingerprint=None,
            inputs=reference,
            set_name="coast",
            **coastal,
        ),
        change(
            "forest-2",
            Action.REPLACE,
            "detection-trees-spacept",
            "inputs changed: sensitivity 2 → 5",
            quote=Quote(5, "image", 1, "SCENE"),
            field_changes=(FieldChange("sensitivity", 2, 5), FieldChange("mode", None, "fast")),
            former=(job("77cc1d2e", "running", "detection-trees-spacept", 5),),
            notes=("job 77cc… still runs with earlier inputs (5 credits); it cannot be cancelled",),
            **forest,
        ),
        change("forest-3", Action.DEFERRED, reason="980 credits, 911 left", quote=Quote(980, "area", 245), **forest),
        change("forest-4", Action.BLOCKED, reason="over the budget Forest: 300 credits, 195 left", **forest),
        change(
            "dover",
            Action.WAIT,
            "detection-ships-airbus",
            "job 6856… is running since 12:40",
            job=job("6856", "running"),
        ),
        change(
            "dover-too",
            Action.WAIT,
            reason="same work as uk-2024-06-14: one job serves both",
            same_work_as="uk-2024-06-14",
        ),
        change(
            "berlin",
            Action.DOWNLOAD,
            "true-color-conversion",
            "captured by job 11aa…, 2 of 3 files missing",
            job=job("11aabbcc", "captured", "true-color-conversion", 40),
            saved_credits=40,
        ),
        change("trees", Action.BLOCKED, "detection-trees-spacept", "EULA not accepted: reconciler eulas accept 4136…"),
        change("lost", Action.UNRESOLVED, reason="posted 12:40:03, no answer, not listed yet", quote=Quote(7)),
        change("done", Action.UNCHANGED, reason="delivered", saved_credits=812, job=job("22bb", "captured")),
        ceiling_credits=500,
        budgets=(BudgetUse("4f2c", "Forest", 200, 5),),
        checks=(
            Check("guardrails/limits.creditsPerPlan", Verdict.UNKNOWN, "96 of 500 credits, 1 price not known"),
            Check(
                "guardrails/require.labels",
                Verdict.FAIL,
                "every output has the label team",
                ("output lost has no label team", "output trees has no label team"),
                ("lost", "trees"),
            ),
            Check("guardrails/allow.processes", Verdict.PASS, "every process is allowed"),
        ),
        notes=("manifests/old.yaml was passed over: it is of another apiVersion",),
    )


def many():
    """10,000 outputs of five processes and fifty teams, most of them to be made."""
    actions = [Action.CREATE] * 5 + [Action.REPLACE, Action.WAIT, Action.DOWNLOAD, Action.BLOCKED, Action.UNCHANGED]
    made = []
    for number in range(10_000):
        action = actions[number % 10]
        priced = Quote(number % 97, "area", number % 97 / 4, "SQ_KM") if action.paid and number % 50 else None
        made.append(
            change(
                f"coast-{number:05}",
                action,
                f"process-{number % 5}",
                "no job for these inputs" if action.paid else "job 6856… is running since 12:40",
                quote=priced,
                labels={"team": f"team-{number % 50:02}"},
                job=None if action.paid or action is Action.BLOCKED else job(f"{number:08x}", "captured"),
            )
        )
    return plan(*made)


def hostile():
    """Names, titles and sentences that try to be something else."""
    tricks = {
        "a": "| cell | **bold** | `code` | [link](https://evil.example) |",
        "b": "<img src=x onerror=alert(1)> </details> <script>alert(1)</script> <!-- -->",
        "c": "::error file=a::pwned ##[error]x \n::error::y",
        "d": "😀" * 250,
        "e": "@octocat @acme/admins #1 GH-2 acme/imagery#3 https://evil.example www.evil.example a@evil.example",
        "f": ":tada: $\\color{red}{x}$ ~~gone~~ \\| ``` &lt;b&gt; # title",
        "g": "\x1b[31mred\x1b[0m \u202egnp.exe \x00 \u200b",
    }
    return plan(
        *(
            change(
                f"trick-{name}",
                Action.REPLACE,
                reason=text,
                title=text,
                labels={"team": text},
                quote=Quote(1, "area", 1, text),
                field_changes=(FieldChange(text, text, text),),
                notes=(text,),
            )
            for name, text in tricks.items()
        ),
        change("trick-h", Action.BLOCKED, reason=tricks["a"], title=tricks["b"]),
        project=tricks["a"],
        workspace_id=tricks["e"],
        notes=tuple(tricks.values()),
        checks=(Check(tricks["a"], Verdict.FAIL, tricks["b"], (tricks["e"],)),),
        budgets=(BudgetUse(tricks["f"], tricks["a"], 1, 1),),
    )


PLANS = {
    "0": lambda: plan(project=None, balance_credits=None, jobs_seen=None),
    "1": lambda: plan(change("uk-2024-06-14", quote=Quote(63, "area", 15.8, "SQ_KM"))),
    "12": twelve,
    "10000": many,
    "hostile": hostile,
}


def comment(made, **fields):
    """The plan as Markdown, with what the command would give."""
    key = {"key": "manifests@7d7d2b5e", "digest": plan_digest(made), "commit": made.source.commit}
    return plan_markdown(made, **{**key, **fields})


def drawn(view, made):
    """The plan in a view, as it is compared."""
    if view == "text":
        return plan_text(made, show_unchanged=False, colour=False) + "\n"
    if view == "markdown":
        return comment(made, more="in the job summary") + "\n"
    return document_text({**plan_json(made), "tool_version": "0"}) + "\n"


def compared(text):
    """The text as its golden file has it: whole, or digest and both ends of one that is very long."""
    lines = text.splitlines()
    if len(text) <= _LONGEST_WHOLE:
        return text
    facts = f"{len(lines):,} lines, sha256 {hashlib.sha256(text.encode()).hexdigest()}"
    return "\n".join([facts, *lines[:_EXCERPT_LINES], "…", *lines[-_EXCERPT_LINES:], ""])


def cases():
    """Every golden file there is, as (view, name of the plan)."""
    return [(view, name) for name in PLANS for view in ENDINGS if (view, name) != ("json", "hostile")]


def path(view, name):
    """The golden file of a view of a plan."""
    return GOLDEN / f"{view}_{name}.{ENDINGS[view]}"


def write():
    """Write all golden files anew; what has changed is to be read in the diff."""
    for view, name in cases():
        path(view, name).write_text(compared(drawn(view, PLANS[name]())), encoding="utf-8")


if __name__ == "__main__":
    write()
