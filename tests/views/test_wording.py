from datetime import UTC, datetime, timedelta, timezone

import pytest

from reconciler.planning import words
from reconciler.views.wording import area, bytes_text, count, credits_text, duration, moment, sentence


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "0 credits"), (1, "1 credit"), (63, "63 credits"), (1000, "1,000 credits"), (None, "unknown")],
)
def test_credits_in_words(number, expected):
    """One is singular, thousands are separated, and what is not known is never 0."""
    assert credits_text(number) == expected


@pytest.mark.parametrize(
    ("size", "unit", "expected"),
    [
        (15.8, "SQ_KM", "15.8 km²"),
        (15.8, "SKM", "15.8 km²"),
        (0.1502011413661941, "SQ_KM", "0.15 km²"),
        (5.039398810389698, "SQ_KM", "5.04 km²"),
        (1234.0, "SQ_KM", "1,234 km²"),
        (0.0001, "SQ_KM", "<0.01 km²"),
        (0.0, "SQ_KM", "0 km²"),
        (3.0, "SCENE", "3 SCENE"),
        (3.0, None, "3"),
        (None, "SQ_KM", ""),
        (float("nan"), "SQ_KM", ""),
    ],
)
def test_areas_in_words(size, unit, expected):
    """Both spellings of square kilometres read km², an unknown unit is kept, no size is blank."""
    assert area(size, unit) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (1_234_567_890, "1.2 GB"),
        (5_000_000_000_000_000, "5,000.0 TB"),
    ],
)
def test_bytes_in_words(size, expected):
    """A size has at most three digits before the point until there is no larger unit."""
    assert bytes_text(size) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0s"), (9.9, "9s"), (60, "1m00s"), (750, "12m30s"), (11_100, "3h05m"), (-1, "0s")],
)
def test_durations_in_words(seconds, expected):
    """Durations are as short as they can be, and never negative."""
    assert duration(seconds) == expected


def test_moments_are_utc():
    """A time of any zone is shown in UTC with a Z, without parts of a second."""
    berlin = timezone(timedelta(hours=2))

    assert moment(datetime(2024, 6, 14, 14, 40, 3, 999, tzinfo=berlin)) == "2024-06-14T12:40:03Z"
    assert moment(datetime(2024, 6, 14, 12, 40, 3, tzinfo=UTC)) == "2024-06-14T12:40:03Z"
    assert moment(None) == ""


@pytest.mark.parametrize(
    ("text", "expected"), [("a", "a."), ("a.", "a."), ("a?", "a?"), ("", "")], ids=["bare", "stop", "question", "empty"]
)
def test_a_sentence_has_one_full_stop(text, expected):
    """A mark is added only where none ends the sentence."""
    assert sentence(text) == expected


def test_only_long_ids_are_shortened():
    """A short id is shown whole."""
    assert words.short("6856aaaa-0000") == "6856…"
    assert words.short("job-1") == "job-1"


def test_an_irregular_plural_can_be_given():
    """The noun is not always made plural by an s."""
    assert count(2, "more file", "more files") == "2 more files"
    assert count(1, "more file", "more files") == "1 more file"
