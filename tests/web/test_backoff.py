import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.web import backoff

DATE = "Mon, 03 Jun 2024 12:00:00 GMT"
chances = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize(
    ("attempt", "chance", "expected"),
    [
        (1, 0.0, 0.25),
        (1, 0.5, 0.375),
        (2, 0.0, 0.5),
        (3, 0.5, 1.5),
        (7, 0.0, 15.0),
        (50, 0.0, 15.0),
        (10**9, 0.5, 22.5),
    ],
)
def test_waits_double_up_to_a_cap(attempt, chance, expected):
    """Each wait is half to the whole of a doubling time that is capped at 30 s."""
    assert backoff.wait_s(attempt, None, chance) == expected


@given(attempt=st.integers(1, 10**6), chance=chances)
def test_jitter_survives_the_cap(attempt, chance):
    """At the cap, clients that failed together still come back at different times."""
    assert backoff.wait_s(attempt, None, 0.0) <= backoff.wait_s(attempt, None, chance) <= backoff.LONGEST_WAIT_S
    assert backoff.wait_s(50, None, 0.1) != backoff.wait_s(50, None, 0.9)


@given(attempt=st.integers(1, 10), asked=st.floats(-10, 1e9), chance=chances)
def test_retry_after_is_a_lower_bound_that_is_capped(attempt, asked, chance):
    """Nobody comes back before the service asked, and nobody waits much longer than two minutes for it."""
    wait = backoff.wait_s(attempt, asked, chance)

    assert wait >= min(max(asked, 0), backoff.LONGEST_RETRY_AFTER_S)
    assert wait <= backoff.LONGEST_RETRY_AFTER_S * 1.1


@given(asked=st.floats(0, 1e6))
def test_retry_after_is_spread(asked):
    """Clients that were told the same time do not come back at the same time."""
    assert backoff.wait_s(1, asked, 0.9) > backoff.wait_s(1, asked, 0.1)


@pytest.mark.parametrize(
    ("value", "date", "expected"),
    [
        pytest.param("7", None, 7.0, id="seconds"),
        pytest.param(" 7 ", DATE, 7.0, id="spaces"),
        pytest.param("0", None, 0.0, id="zero"),
        pytest.param("9" * 5000, None, 999_999_999.0, id="absurd"),
        pytest.param("Mon, 03 Jun 2024 12:00:30 GMT", DATE, 30.0, id="date"),
        pytest.param("Mon, 03 Jun 2024 11:00:00 GMT", DATE, 0.0, id="past"),
        pytest.param("Mon, 03 Jun 2024 12:00:30 GMT", None, None, id="date-without-date"),
        pytest.param("Mon, 03 Jun 2024 12:00:30 GMT", "nonsense", None, id="date-with-nonsense"),
        pytest.param("-5", DATE, None, id="negative"),
        pytest.param("soon", DATE, None, id="words"),
        pytest.param("", DATE, None, id="empty"),
        pytest.param(None, DATE, None, id="missing"),
    ],
)
def test_retry_after_headers_are_read(value, date, expected):
    """Seconds, or a date measured by the answer's own Date; anything else says nothing."""
    assert backoff.read_retry_after_s(value, date) == expected


def test_the_first_wait_can_be_another():
    """Whoever talks to a service that wants longer pauses says so, and the rest doubles from there."""
    assert [backoff.wait_s(attempt, None, 1, first_s=2) for attempt in (1, 2, 3)] == [2, 4, 8]
