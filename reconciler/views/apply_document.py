"""The result of an apply as a JSON document (schemas/apply.json)."""

from collections.abc import Sequence

from reconciler.documents.values import Document, header, link, note_diagnostic, time_text
from reconciler.errors import ReconcilerError
from reconciler.model.outcome import Outcome, OutcomeKind
from reconciler.model.plan import Plan

_DONE = {OutcomeKind.COMPLETE, OutcomeKind.UNCHANGED}


def apply_json(outcomes: Sequence[Outcome], plan: Plan, *, error: ReconcilerError | None = None) -> Document:
    """What became of every output, in the given order.

    Args:
        outcomes: one for each output.
        plan: what was applied; says which workspace, and when the world was looked at.
        error: what ended the whole run early, None where nothing did.
    """
    return {
        **header(),
        "timestamp": time_text(plan.made_at),
        "complete": error is None and all(outcome.kind in _DONE for outcome in outcomes),
        "observed": {"workspace_id": plan.workspace_id, "at": time_text(plan.made_at)},
        "api_url": link(plan.api_url),
        "project": plan.project,
        "summary": {
            "created": sum(1 for outcome in outcomes if outcome.created),
            **{kind.value: sum(1 for outcome in outcomes if outcome.kind is kind) for kind in OutcomeKind},
        },
        "cost": _cost(outcomes),
        "outcomes": [_outcome(outcome) for outcome in outcomes],
        "diagnostics": [
            *([] if error is None else [_error_diagnostic(error)]),
            *(note_diagnostic(note) for note in plan.notes),
        ],
    }


def _cost(outcomes: Sequence[Outcome]) -> Document:
    created = [outcome for outcome in outcomes if outcome.created]
    return {
        "unit": "credits",
        "quoted": sum(outcome.quoted_credits or 0 for outcome in created),
        "quotes_unknown_count": sum(1 for outcome in created if outcome.quoted_credits is None),
        "charged": sum(outcome.charged_credits or 0 for outcome in created),
        "charges_unknown_count": sum(1 for outcome in created if outcome.charged_credits is None),
    }


def _outcome(outcome: Outcome) -> Document:
    return {
        "address": outcome.output,
        "kind": outcome.kind.value,
        "detail": link(outcome.detail),
        "job_id": outcome.job_id,
        "created": outcome.created,
        "quoted_credits": outcome.quoted_credits,
        "charged_credits": outcome.charged_credits,
        "destination": link(outcome.destination) or None,
        "files": [
            {"file": owned.file, "size_bytes": owned.size_bytes, "sha256": owned.sha256} for owned in outcome.files
        ],
    }


def _error_diagnostic(error: ReconcilerError) -> Document:
    return {"severity": "error", "summary": link(str(error)), "detail": link(error.hint), "field": "", "range": None}
