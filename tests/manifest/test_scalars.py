import math

import pytest

from reconciler.manifest.scalars import resolve
from reconciler.manifest.wording import Fault

CORE = "tag:yaml.org,2002:"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("Null", None),
        ("true", True), ("False", False), ("TRUE", True),
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("y", "y"), ("tRue", "tRue"),
        ("0", 0), ("-12", -12), ("+7", 7), ("0123", 123), ("0x1F", 31), ("0o17", 15), ("0b1", "0b1"),
        ("9007199254740993", 9007199254740993), ("1_000", "1_000"), ("12:30:45", "12:30:45"),
        ("1.0", 1.0), (".5", 0.5), ("1e3", 1000.0), ("-2.5E-1", -0.25), ("1.", 1.0), (".", "."), ("1e", "1e"),
        ("2024-07-01", "2024-07-01"), ("2024-07-01T00:00:00Z", "2024-07-01T00:00:00Z"),
        ("٣", "٣"), ("nul", "nul"), ("-", "-"), ("Nan", "Nan"),
    ],
)  # fmt: skip
def test_plain_text_means_what_the_core_schema_says(text, value):
    """Without quotes, YAML 1.2's core schema decides; dates, `yes` and sexagesimals are text."""
    found = resolve(text, plain=True, tag=None)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("text", ["true", "1", "", "~", ".inf", "9" * 1000])
def test_quotes_make_text(text):
    """In quotes everything is text."""
    assert resolve(text, plain=False, tag=None) == text


@pytest.mark.parametrize(
    ("text", "tag", "value"),
    [
        ("1", CORE + "str", "1"), ("x", "!", "x"), ("1", "!", "1"),
        ("3", CORE + "float", 3.0), ("3", CORE + "int", 3), ("true", CORE + "bool", True), ("", CORE + "null", None),
    ],
)  # fmt: skip
def test_core_tags_are_obeyed(text, tag, value):
    """An explicit tag of the core schema decides."""
    found = resolve(text, plain=False, tag=tag)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        pytest.param(".inf", None, id="infinity"),
        pytest.param("-.INF", None, id="minus infinity"),
        pytest.param(".NaN", None, id="not a number"),
        pytest.param("1e999", None, id="overflow"),
        pytest.param("9" * 251, None, id="integer too long"),
        pytest.param("9" * 251, CORE + "int", id="tagged integer too long"),
        pytest.param("0x" + "f" * 5000, CORE + "float", id="hexadecimal too long for a float"),
        pytest.param("twice", CORE + "int", id="tag does not fit"),
        pytest.param("true", CORE + "int", id="a boolean is no number"),
        pytest.param("x", "!python/object:os.system", id="foreign tag"),
        pytest.param("2024-01-01", CORE + "timestamp", id="tag of another schema"),
    ],
)
def test_what_json_cannot_say_is_a_fault(text, tag):
    """Infinite or endless numbers and tags outside the core schema are refused."""
    assert isinstance(resolve(text, plain=True, tag=tag), Fault)


def test_the_longest_number_fits_a_float_and_can_be_printed():
    """Any number that is accepted can be printed and turned into a float without an error."""
    longest = resolve("0x" + "f" * 248, plain=True, tag=None)

    assert isinstance(longest, int)
    assert str(longest)
    assert math.isfinite(float(longest))
