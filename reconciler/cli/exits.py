"""The exit codes of product.md, and which error leads to which."""

from reconciler import errors
from reconciler.engine.apply import ApplyResult
from reconciler.model.outcome import OutcomeKind

DONE = 0
FAILED = 1
CHANGES = 2
REFUSED = 4
UNRESOLVED = 5
DETACHED = 6
INCOMPLETE = 7
NO_ACCESS = 8
DECLINED = 10
USAGE = 64
MANIFEST_INVALID = 65
INTERRUPTED = 130

_BY_ERROR: tuple[tuple[type[Exception], int], ...] = (
    (errors.UsageError, USAGE),
    (errors.ManifestInvalid, MANIFEST_INVALID),
    (errors.Refused, REFUSED),
    (errors.Declined, DECLINED),
    (errors.CreateUnresolved, UNRESOLVED),
    (errors.SignInFailed, NO_ACCESS),
    (errors.Forbidden, NO_ACCESS),
)


def of_error(error: Exception) -> int:
    """The exit code of an error that ended a command; 1 for any that is not listed."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), FAILED)


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
