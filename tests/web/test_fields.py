import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.web import fields

UTC = dt.UTC


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2023-11-19T09:12:28Z", dt.datetime(2023, 11, 19, 9, 12, 28, tzinfo=UTC), id="no-fraction"),
        pytest.param("2023-11-19T09:12:28.1Z", dt.datetime(2023, 11, 19, 9, 12, 28, 100_000, tzinfo=UTC), id="one"),
        pytest.param(
            "2024-06-05T13:12:48.124568Z", dt.datetime(2024, 6, 5, 13, 12, 48, 124_568, tzinfo=UTC), id="micro"
        ),
        pytest.param(
            "2024-06-05T13:12:48.124568999Z", dt.datetime(2024, 6, 5, 13, 12, 48, 124_568, tzinfo=UTC), id="nano-cut"
        ),
        pytest.param("2024-06-05T13:12:48", dt.datetime(2024, 6, 5, 13, 12, 48, tzinfo=UTC), id="no-zone"),
        pytest.param("2024-06-05T13:12Z", dt.datetime(2024, 6, 5, 13, 12, tzinfo=UTC), id="no-seconds"),
        pytest.param("2024-06-05T15:12:48+02:00", dt.datetime(2024, 6, 5, 13, 12, 48, tzinfo=UTC), id="offset"),
        pytest.param("2024-06-05T15:12:48+0200", dt.datetime(2024, 6, 5, 13, 12, 48, tzinfo=UTC), id="offset-plain"),
        pytest.param("2024-06-05T10:42:48-02:30", dt.datetime(2024, 6, 5, 13, 12, 48, tzinfo=UTC), id="offset-west"),
        pytest.param("2024-06-05t13:12:48z", dt.datetime(2024, 6, 5, 13, 12, 48, tzinfo=UTC), id="lower-case"),
        pytest.param("2016-12-31T23:59:60Z", dt.datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC), id="leap-second"),
    ],
)
def test_timestamps_are_read_as_aware_utc(text, expected):
    """Every form that the service writes or may write becomes the same aware moment."""
    read = fields.timestamp(text)

    assert read == expected
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "2024-06-05",
        "2024-13-05T00:00:00Z",
        "2024-06-05T13:12:48.Z",
        "0001-01-01T00:00:00+14:00",
        5,
        None,
    ],
)
def test_what_is_no_time_is_unreadable(value):
    """Nothing but a real date and time passes, and only the parser's own error is raised."""
    with pytest.raises(fields.Unreadable):
        fields.timestamp(value)
    assert fields.moment(value) is None


@given(
    seconds=st.integers(-2_000_000_000, 7_000_000_000),
    microsecond=st.integers(0, 999_999),
    digits=st.integers(0, 9),
    offset_minutes=st.integers(-14 * 60, 14 * 60),
)
def test_a_timestamp_survives_any_precision_and_offset(seconds, microsecond, digits, offset_minutes):
    """However many digits and whatever offset it is written with, the moment is the same, cut to what was written."""
    moment = dt.datetime(1970, 1, 1, tzinfo=UTC) + dt.timedelta(seconds=seconds, microseconds=microsecond)
    shown = moment.astimezone(dt.timezone(dt.timedelta(minutes=offset_minutes)))
    fraction = f"{moment.microsecond:06}000"[:digits]
    sign = "-" if offset_minutes < 0 else "+"
    zone = f"{sign}{abs(offset_minutes) // 60:02}:{abs(offset_minutes) % 60:02}"
    text = shown.strftime("%Y-%m-%dT%H:%M:%S") + (f".{fraction}" if fraction else "") + zone

    expected = moment.replace(microsecond=int(fraction.ljust(6, "0")[:6]) if fraction else 0)
    assert fields.timestamp(text) == expected


@given(st.text())
def test_any_text_is_a_time_or_unreadable(text):
    """No text makes the parser fail in another way."""
    fields.moment(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(63, 63, id="int"),
        pytest.param(63.0, 63, id="whole-float"),
        pytest.param(0, 0, id="zero"),
        pytest.param(63.5, None, id="fraction"),
        pytest.param(-1, None, id="negative"),
        pytest.param(True, None, id="bool"),
        pytest.param("63", None, id="string"),
        pytest.param(None, None, id="null"),
        pytest.param(float("inf"), None, id="infinite"),
        pytest.param(float("nan"), None, id="nan"),
        pytest.param(10**400, None, id="absurd"),
        pytest.param([63], None, id="list"),
    ],
)
def test_money_is_a_whole_number_or_unknown(value, expected):
    """Only a whole number that is not negative is a price; anything else is unknown, never 0."""
    read = fields.whole_credits(value)

    assert read == expected
    assert read is None or type(read) is int


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"{", b"NaN", b'{"a": Infinity}', b"[" * 200_000, b"9" * 5000],
    ids=["empty", "not-utf8", "broken", "nan", "infinity", "deep", "long-number"],
)
def test_a_body_that_is_not_json_is_unreadable(body):
    """Hostile and broken bodies raise the parser's own error only."""
    with pytest.raises(fields.Unreadable):
        fields.parse(body)


def test_half_surrogate_pairs_become_question_marks():
    """Text from the service can always be encoded again."""
    value = fields.parse(rb'{"title": "a\ud800b"}')

    assert value == {"title": "a?b"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Mon, 03 Jun 2024 12:00:00 GMT", dt.datetime(2024, 6, 3, 12, tzinfo=UTC)),
        ("Monday, 03-Jun-24 12:00:00 GMT", dt.datetime(2024, 6, 3, 12, tzinfo=UTC)),
        ("Mon, 03 Jun 2024 12:00:00 -0000", dt.datetime(2024, 6, 3, 12, tzinfo=UTC)),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_http_dates_are_aware_utc(value, expected):
    """A Date header is an aware moment, or None."""
    assert fields.http_date(value) == expected


def test_words_for_a_sentence_hold_no_terminal_code():
    """The service's words are put into messages on one line, printable, and short."""
    shown = fields.plain("bad\x1b[31m\nthing " + "x" * 1000)

    assert "\x1b" not in shown
    assert "\n" not in shown
    assert shown.startswith("bad?[31m thing xxx")
    assert len(shown) == fields.PLAIN_LENGTH
