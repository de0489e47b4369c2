"""How long to wait before a request is repeated. Pure: the chance is handed in."""

from reconciler.web.fields import http_date

#: Seconds before the second try, before jitter; doubled for each further one.
FIRST_WAIT_S = 0.5
#: The longest computed wait, in seconds.
LONGEST_WAIT_S = 30.0
#: The longest `Retry-After` that is obeyed, in seconds; a longer one is read as this.
LONGEST_RETRY_AFTER_S = 120.0


def wait_s(attempt: int, retry_after_s: float | None, chance: float, first_s: float = FIRST_WAIT_S) -> float:
    """Seconds to wait after the `attempt`-th try (counted from 1) failed; `chance` lies in [0, 1).

    The computed wait is `min(30, first_s · 2^(attempt - 1))`, of which a random half to whole is taken, so that many
    clients that failed together do not come back together even at the cap. `Retry-After` (None: not sent) is
    a lower bound, capped at 120 s, plus up to a tenth of it or a second, whichever is more, for the same reason.
    """
    computed = min(LONGEST_WAIT_S, first_s * 2.0 ** min(max(attempt, 1) - 1, 16)) * (0.5 + chance / 2)
    if retry_after_s is None:
        return computed
    asked = capped_retry_after_s(retry_after_s)
    return max(computed, asked + chance * max(1.0, asked / 10))


def capped_retry_after_s(retry_after_s: float) -> float:
    """What of a `Retry-After` is obeyed, in seconds: never negative, at most 120."""
    return min(max(retry_after_s, 0.0), LONGEST_RETRY_AFTER_S)


def read_retry_after_s(value: str | None, date: str | None) -> float | None:
    """Seconds that a `Retry-After` header asks for; None where it is missing or cannot be read.

    An HTTP date is measured from the answer's own `Date`, because this machine's clock may be wrong;
    without that header it says nothing. A date that has passed is 0.
    """
    if value is None:
        return None
    digits = value.strip()
    if digits.isascii() and digits.isdigit():
        return float(digits[:9])
    until, now = http_date(digits), http_date(date)
    if until is None or now is None:
        return None
    return max((until - now).total_seconds(), 0.0)
