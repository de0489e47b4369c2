import datetime as dt

import pytest

from reconciler.manifest.values import destination, duration_s, item_link_fault, same_place, segment_fault, time
from reconciler.manifest.wording import Fault

UTC = dt.UTC
LINK = "/v2/assets/stac/collections/21c0b14e-3434/items/23e4567e-e89b"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-07-01T00:00:00Z", dt.datetime(2024, 7, 1, tzinfo=UTC)),
        ("2024-07-01t02:30:00+02:30", dt.datetime(2024, 7, 1, tzinfo=UTC)),
        ("2024-07-01T00:00:00.5z", dt.datetime(2024, 7, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
        ("2024-07-01T00:00:00.123456789Z", dt.datetime(2024, 7, 1, 0, 0, 0, 123_456, tzinfo=UTC)),
    ],
)
def test_moments_are_utc(text, moment):
    """A time with a zone is a moment in UTC, to the microsecond."""
    assert time(text) == moment
    assert time(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2024-07-01", "2024-07-01T00:00:00", "2024-13-01T00:00:00Z", "2024-07-01T24:01:00Z",
     "2024-07-01T00:00:00+99:00", "0001-01-01T00:00:00+01:00", "2024-07-01T00:00:00Z\n", "٢٠٢٤-07-01T00:00:00Z"],
)  # fmt: skip
def test_other_times_are_faults(text):
    """A time without zone, or one that does not exist, is refused with an example."""
    fault = time(text)

    assert isinstance(fault, Fault)
    assert "2024-07-01T00:00:00Z" in fault.hint


@pytest.mark.parametrize(
    ("text", "seconds"), [("10m", 600.0), ("60s", 60.0), ("500ms", 0.5), ("1h", 3600.0), ("1.5s", 1.5), ("0s", 0.0)]
)
def test_durations_are_seconds(text, seconds):
    """A number with a unit is that many seconds."""
    assert duration_s(text, least_s=0) == seconds


@pytest.mark.parametrize("text", ["", "10", "10 m", "-1s", "1d", "1h30m", "1e3s", "9999h", "s", "999999999999999999h"])
def test_other_durations_are_faults(text):
    """Everything else is refused."""
    assert isinstance(duration_s(text, least_s=0), Fault)


def test_a_duration_below_the_least_is_a_fault():
    """The least duration is part of the answer."""
    assert duration_s("1s", least_s=1.0) == 1.0
    assert "from 1s" in duration_s("999ms", least_s=1.0).message


@pytest.mark.parametrize(
    "link", [LINK, "https://api.up42.com" + LINK, "http://127.0.0.1:8042" + LINK, "https://[::1]:1" + LINK]
)
def test_item_links_are_paths_or_urls_of_any_host(link):
    """A path, or a URL with that path, is a link; which host is right is not known offline."""
    assert item_link_fault(link) is None


@pytest.mark.parametrize(
    "text",
    ["", "23e4567e", "/v2/assets/stac/collections/c", LINK + "/", LINK + "?x=1", LINK + "#x", LINK + "\n", " " + LINK,
     "ftp://h" + LINK, "https://" + LINK, "https://user:secret@h" + LINK, "https://h/base" + LINK, "h" + LINK,
     "https://h:port" + LINK, "https://[" + LINK, "//h" + LINK, "https:" + LINK,
     "/v2/assets/stac/collections/../items/x"],
)  # fmt: skip
def test_other_texts_are_no_item_links(text):
    """Anything that is not exactly such a path is refused, credentials included."""
    assert item_link_fault(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("out/a", "/m/d/out/a"), ("./out//a/", "/m/d/out/a"), ("../x", "/m/x"), ("/abs/./x", "/abs/x"), ("//x", "/x"),
        ("a b", "/m/d/a b"), ("c:d", "/m/d/c:d"),
        ("s3://bucket/a", "s3://bucket/a"), ("gs://b", "gs://b"), ("az://b/c/", "az://b/c/"),
    ],
)  # fmt: skip
def test_destinations_are_absolute_paths_or_urls_of_stores(text, place):
    """Relative paths start at the manifest's folder; URLs of stores stay as they are."""
    assert destination(text, "/m/d") == place


@pytest.mark.parametrize(
    "text",
    ["", "  ", "a\nb", "a\x00", "~/x", "http://h/x", "https://h", "file:///x", "file:/x", "ftp://u:p@h/x",
     "S3://b", "s3:/b", "s3://", "s3:///x", "s3://b/../c", "s3://b/./c", "s3://key:secret@b/x", "s3://b/%2e%2e/x", "s3://b?x=1"],
)  # fmt: skip
def test_other_destinations_are_faults_that_show_no_secret(text):
    """Other schemes, and what could lead elsewhere, are refused; credentials never come back in the message."""
    fault = destination(text, "/m")

    assert isinstance(fault, Fault)
    assert "secret" not in fault.message + fault.hint.replace("Secrets", "")
    assert "u:p" not in fault.message + fault.hint


def test_equal_places_have_one_form():
    """Two spellings of one place in a bucket are the same place."""
    assert same_place("s3://b/a/") == same_place("s3://b//a")
    assert same_place("s3://b/a") != same_place("gs://b/a")


@pytest.mark.parametrize("piece", ["", ".", "..", "a/b", "a\\b", "/", "c:", "a\nb", "\x00", "\u202e"])
def test_a_piece_that_could_lead_elsewhere_is_a_fault(piece):
    """A filled-in piece of a path is one harmless part of it."""
    assert segment_fault(piece)


@pytest.mark.parametrize("piece", ["a", "a b", "...", "ü", "2024-06"])
def test_a_harmless_piece_is_none(piece):
    """Ordinary names are fine."""
    assert segment_fault(piece) is None
