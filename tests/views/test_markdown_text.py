import html
import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.views.markdown_text import escape, hidden, row, table_head
from reconciler.views.safe_text import sanitise
from tests.views.markdown_reading import LIVELY, Page

HARMLESS = {"p", "table", "thead", "tbody", "tr", "th", "td", "span"}
TRICKS = [
    "|", "\\", "\\|", "`", "``", "*", "**", "_", "__", "~", "~~", "[", "]", "(", ")", "![", "](", "<", ">", "&",
    "&amp;", "&#64;", "#", "# ", "#1", "@", "@name", "@org/team", "GH-1", "gh-12", "o/r#3", "://", "http://x.com",
    "www.x.com", "HTTPS://x.com/?a=b", "a@b.com", "mailto:a@b.com", "xmpp:a@b.com/c", ":tada:", ":+1:", ":", "$",
    "$$", "$x$", "- ", "+ ", "* ", "1. ", "12) ", "=", "===", "---", "> ", "    ", "\t", "\n", "\r\n", "\n\n", "<!--",
    "-->", "<b>", "</details>", "<script>", "<br>", "[^1]", "[x] ", "[ ] ", "::error::x", "##[error]", "```", "~~~",
    "{", "}", "^", "!", '"', "'", "%", "a", "B", " ", "😀", "é", "\u200b", "\u202e", "\x1b[31m", "\x00", "ftp://x.y",
    "x", "1", "-",
]  # fmt: skip
texts = st.lists(st.sampled_from(TRICKS) | st.text(max_size=3), max_size=12).map("".join)


def shown(text):
    """What people see, white space as a browser shows it."""
    return re.sub(r"\s+", " ", text).strip()


@given(texts)
@example("@name")
@example("#123 GH-1 o/r#3")
@example("https://x.com www.x.com a@b.com")
@example(":tada: $x$")
@example("\\|`*_~[a](b)<b>&amp;")
def test_text_in_a_table_shows_as_it_is_and_does_nothing(text):
    """For any text: no element but the table's, nothing GitHub would make lively, and the sanitised text to see."""
    page = Page(f"{table_head('a', 'b')}\n{row([escape(text), 'end'])}\n{row(['next', 'row'])}")

    assert {element for element, _ in page.elements} <= HARMLESS
    assert page.count("table") == 1
    assert [len(cells) for cells in page.tables[0]] == [2, 2, 2]
    assert shown(page.tables[0][1][0]) == shown(sanitise(text))
    assert page.tables[0][1][1] == "end"
    assert not [piece for piece in page.pieces if LIVELY.search(piece) and piece != "$"]


@given(texts)
@example("- item")
@example("1. item")
@example("# title")
@example("===")
@example("---")
@example("    code")
@example("[ ] task")
def test_text_at_the_start_of_a_line_shows_as_it_is_and_does_nothing(text):
    """No list, title, rule, quote or code begins, and no definition swallows it."""
    page = Page(f"{escape(text)}\n\nend")

    assert {element for element, _ in page.elements} <= {"p", "span"}
    assert shown(page.text) == shown(f"{sanitise(text)} end")
    assert not [piece for piece in page.pieces if LIVELY.search(piece) and piece != "$"]


@pytest.mark.parametrize("text", [
    *("- a", "-", "+ a", "* a", "* * *", "1. a", "1) a", "10.", "# a", "> a", "~~~", "```", "---", "===", "--", "= a"),
    *(":-:", ":--", "--:", "| - |", "<b>", "</details>", "[a]: /b", "[^1]: a", "    a"),
])  # fmt: skip
def test_text_below_another_line_does_not_change_that(text):
    """It underlines no title, begins no table, and stays in the same paragraph."""
    page = Page(f"above\n{escape(text)}")

    assert {element for element, _ in page.elements} <= {"p", "span"}
    assert shown(page.text) == shown(f"above {sanitise(text)}")


@pytest.mark.parametrize("text", ["__www.x.com", "_GH-7", "_mailto:a@b.com", "_https://x.com", "_@name"])
def test_a_letter_in_front_makes_nothing_lively(text):
    """An underscore counts as part of a word in a pattern, and as the end of one for GitHub."""
    page = Page(escape(text))

    assert page.count("a") == 0
    assert not [piece for piece in page.pieces if LIVELY.search(piece)]


@pytest.mark.parametrize(
    "text",
    ["uk-2024-06-14", "captured by job 11aa…, 2 of 3 files missing", "posted 12:40:03, no answer", "15.8 km²", "2 → 5"],
)
def test_text_that_needs_no_escape_stays_readable(text):
    """People read the source as well, in a terminal or an e-mail."""
    assert escape(text) == text


@given(texts)
def test_text_after_a_bullet_starts_nothing_either(text):
    """`- ` and the text are one item of one list."""
    page = Page(f"- {escape(text)}\n- end")

    assert {element for element, _ in page.elements} <= {"ul", "li", "span"}
    assert page.count("li") == 2
    assert shown(page.text) == shown(f"{sanitise(text)} end")


@given(texts)
def test_escaped_text_is_one_line_that_ci_systems_do_not_obey(text):
    """The comment may be printed in a log as well."""
    escaped = escape(text)

    assert escaped.splitlines() in ([], [escaped])
    assert not escaped.startswith("::")
    assert "##[" not in escaped


def test_the_limit_counts_what_is_shown():
    """250 emoji are cut to the limit, and no escape is cut in half."""
    assert escape("😀" * 250, 80) == "😀" * 79 + "…"
    assert escape("|" * 250, 80) == "&#124;" * 79 + "…"


@pytest.mark.parametrize(
    "value",
    ["-->", "--!>", "->", "<!--", "a--b---c----", "<script>", "##[error]", "\u2028é\x7f", "\n::error::x"],
)
def test_nothing_ends_a_hidden_comment(value):
    """It stays one invisible line, and a program gets back what was put in."""
    line = hidden("name", {"key": value, "commit": None})

    assert re.fullmatch(r"<!-- name: [ -~]* -->", line)
    inside = line.removeprefix("<!--").removesuffix("-->")
    assert "--" not in inside
    assert "<" not in inside
    assert ">" not in inside
    assert "##" not in inside
    assert json.loads(inside.partition(": ")[2]) == {"key": value, "commit": None}
    assert Page(f"{line}\n\nseen").text.strip() == "seen"


@given(st.dictionaries(st.text(), st.text() | st.none() | st.integers()))
def test_a_hidden_comment_is_never_seen(facts):
    """Whatever the facts hold."""
    page = Page(f"{hidden('name', facts)}\n\nseen")

    assert page.text.strip() == "seen"
    assert page.count("p") == 1


def test_the_rendering_under_test_does_make_markup():
    """The parser is the real one: without escaping, each of the tricks has its effect."""
    page = Page("**b** `c` [a](http://x.com) ~~s~~ www.x.com a@b.com <b>x</b>\n\n- [ ] x\n\n| a |\n|---|\n| b |")

    assert {"strong", "code", "a", "del", "b", "ul", "table"} <= {element for element, _ in page.elements}
    assert page.count("a") == 3
    assert html.unescape(page.html).count("mailto:") == 1
