"""The exit codes of product.md, and which error leads to which. Every command loads this: it imports no engine."""

from reconciler import errors

DONE = 0
FAILED = 1
CHANGES = 2
STALE = 3
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
    (errors.PlanStale, STALE),
    (errors.Refused, REFUSED),
    (errors.Declined, DECLINED),
    (errors.CreateUnresolved, UNRESOLVED),
    (errors.SignInFailed, NO_ACCESS),
    (errors.Forbidden, NO_ACCESS),
)


def of_error(error: Exception) -> int:
    """The exit code of an error that ended a command; 1 for any that is not listed."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), FAILED)
