import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.views.safe_text import sanitise, shorten_middle, unlimited

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))
NASTY_TEXT = st.lists(
    st.sampled_from(
        ["\x1b[", "\x1b]", "31m", "\x07", "\x9b", "\n", "::", "##", "[", "error", "\u202e", "\u200b", " ", "a"]
    )
).map("".join)


@given(ANY_TEXT | NASTY_TEXT)
def test_sanitised_text_is_one_visible_line(text):
    """Whatever comes in, no control, format, surrogate or separator character comes out."""
    seen = {unicodedata.category(character) for character in sanitise(text)}

    assert not seen & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(ANY_TEXT | NASTY_TEXT)
def test_sanitised_text_is_no_command_of_a_ci_runner(text):
    """A runner finds no `::` at the start and no `##[` or `##word[` anywhere."""
    safe = sanitise(text)

    assert not safe.startswith("::")
    assert "##[" not in safe
    assert "##error[" not in safe


@given(ANY_TEXT | NASTY_TEXT)
def test_sanitising_twice_changes_nothing(text):
    """Text that went through once may go through again."""
    assert sanitise(sanitise(text)) == sanitise(text)


@given(ANY_TEXT | NASTY_TEXT, st.integers(min_value=8, max_value=60))
def test_the_limit_holds_wherever_the_text_is_cut(text, limit):
    """No way of shortening gives more characters than allowed."""
    assert len(sanitise(text, limit)) <= limit
    assert len(shorten_middle(text, limit)) <= limit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;a new window title\x07name", "name"),
        ("\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x1bcreset", "creset"),
        ("\x9b2Jc1", "c1"),
        ("one\r\ntwo\u2028three\ttabs", "one two three tabs"),
        ("abc\u202efdp.exe", "abcfdp.exe"),
        ("a     63 credits", "a 63 credits"),
        ("::error::x", ": :error::x"),
        (":\u200b:error::x", ": :error::x"),
        ("x ##[error]y", "x # #[error]y"),
        ("\ud800lone", "lone"),
        ("Pléiades 15 km² → ok", "Pléiades 15 km² → ok"),
    ],
    ids=[
        "colour",
        "title",
        "hyperlink",
        "reset",
        "c1",
        "line breaks",
        "direction",
        "fake columns",
        "command",
        "hidden command",
        "old command",
        "surrogate",
        "ordinary",
    ],
)
def test_what_is_removed_and_what_stays(text, expected):
    """Sequences go as a whole, ordinary text of any script stays as it is."""
    assert sanitise(text) == expected


def test_both_ends_of_a_long_link_stay_visible():
    """Two links that differ at the end do not look alike."""
    shown = {shorten_middle(f"https://api.up42.com/{'x' * 200}/items/{number}") for number in (1, 2)}

    assert len(shown) == 2


def test_what_people_copy_is_never_cut():
    """An id or a path keeps all its characters."""
    assert unlimited("a" * 5000) == "a" * 5000


@pytest.mark.parametrize("piece", ["\x1b]", "\x9d", "\x1b[0", "##", "::", "\x1b"])
def test_sanitising_takes_linear_time(piece):
    """A megabyte of unfinished sequences does not hang a plan."""
    begin = time.process_time()
    sanitise(piece * (1_000_000 // len(piece)))

    assert time.process_time() - begin < 5
