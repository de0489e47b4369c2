"""How an apply ended, as an exit code."""

from reconciler.cli.exits import DETACHED, DONE, FAILED, INCOMPLETE, NO_ACCESS, UNRESOLVED
from reconciler.engine.apply import ApplyResult
from reconciler.model.outcome import OutcomeKind


def of_apply(result: ApplyResult, signal_number: int | None) -> int:
    """The exit code of an apply: of several, the first of 130/143, 8, 5, 1, 6, 7 (product.md "Commands")."""
    kinds = {outcome.kind for outcome in result.outcomes}
    if result.interrupted:
        return 128 + (signal_number or 2)
    rows = (
        (result.sign_in_failed is not None, NO_ACCESS),
        (OutcomeKind.UNRESOLVED in kinds, UNRESOLVED),
        (result.halted is not None, FAILED),
        (result.timed_out or OutcomeKind.PENDING in kinds, DETACHED),
        (bool(kinds - {OutcomeKind.COMPLETE, OutcomeKind.UNCHANGED}), INCOMPLETE),
    )
    return next((code for holds, code in rows if holds), DONE)
