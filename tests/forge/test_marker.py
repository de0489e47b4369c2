import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.forge.marker import Comment, Marker, Write, choose, marker_of, normalised
from tests.forge.conftest import body
from tests.forge.github_server import BOT

NOON = dt.datetime(2024, 6, 14, 12, 40, 3, tzinfo=dt.UTC)
LATER, EARLIER = "2024-06-14T12:40:04Z", "2024-06-14T12:40:02.5Z"


def test_the_first_line_is_read():
    """Key, plan, commit and time of a comment are what its marker says."""
    assert marker_of(body()) == Marker("manifests@7d7d", "sha256:" + "ab" * 32, "a" * 40, NOON)


def test_escaped_characters_of_a_key_are_read():
    """What the writer escapes, so that it cannot end the comment, comes back as it was."""
    assert marker_of(body(key="a--><b>").replace("--><b", "\\u002d\\u002d\\u003e\\u003cb")).key == "a--><b>"


@pytest.mark.parametrize("commit", [None, "", "main; rm -rf /", 7, ["a" * 40]])
def test_a_commit_that_is_none_is_not_known(commit):
    """A marker counts without a commit, and whatever is no commit is not taken for one."""
    assert marker_of(body(commit=commit)).commit is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "looks good to me",
        "> " + body(),
        "Look:\n" + body(),
        "```\n" + body(),
        body(v=2),
        body(v=True),
        body(v="1"),
        body(key=""),
        body(key=["manifests@7d7d"]),
        body(plan="sha256:xyz"),
        body(plan="sha256:" + "AB" * 32),
        body(plan=None),
        body(valid_at="soon"),
        body(valid_at=None),
        body(key="k" * 5000),
        "<!-- reconciler-plan: [] -->",
        "<!-- reconciler-plan: {} -->",
        "<!-- reconciler-plan: {NaN} -->",
        '<!-- reconciler-plan: {"a":' + "[" * 3000 + "} -->",
        body().replace("reconciler-plan", "infracost"),
        body().replace(" -->", " --> see above"),
    ],
)
def test_anything_else_is_no_marker(text):
    """Only a whole marker of this version on the first line counts: no quotation, no other tool's, no broken one."""
    assert marker_of(text) is None


@given(st.text(alphabet=st.characters(exclude_categories=())), st.text())
def test_no_text_is_more_than_no_marker(facts, rest):
    """Whatever a comment holds, reading it raises nothing."""
    assert marker_of(f"<!-- reconciler-plan: {{{facts}}} -->{rest}") is None


@given(st.text(alphabet=st.sampled_from("a \r\n")))
def test_what_github_does_to_a_text_does_not_count(text):
    """A body is equal to what GitHub makes of it: other line endings, no white space at the ends."""
    stored = text.replace("\r\n", "\n").replace("\r", "\n").strip().replace("\n", "\r\n")

    assert normalised(stored) == normalised(text)


CASES = {
    "nothing there": ([], Write.CREATE, None, 0),
    "somebody else's": ([Comment(1, "eve", body())], Write.CREATE, None, 0),
    "an account that is gone": ([Comment(1, "", body())], Write.CREATE, None, 0),
    "a quotation": ([Comment(1, BOT, "> " + body())], Write.CREATE, None, 0),
    "another key": ([Comment(1, BOT, body(key="other@7d7d"))], Write.CREATE, None, 0),
    "an older plan": ([Comment(1, BOT, body("two", valid_at=EARLIER))], Write.UPDATE, 1, 0),
    "a plan of the same time": ([Comment(1, BOT, body("two"))], Write.UPDATE, 1, 0),
    "a newer plan": ([Comment(1, BOT, body("two", valid_at=LATER))], Write.NOTHING_NEWER, 1, 0),
    "the same": ([Comment(1, BOT, body())], Write.NOTHING_EQUAL, 1, 0),
    "the same, as stored": ([Comment(1, BOT, body().strip().replace("\n", "\r\n"))], Write.NOTHING_EQUAL, 1, 0),
    "another case of the login": ([Comment(1, BOT.upper(), body("two"))], Write.UPDATE, 1, 0),
    "several": ([Comment(n, BOT, body(str(n))) for n in (3, 1, 2)], Write.UPDATE, 1, 2),
    "several, the oldest the same": (
        [Comment(2, BOT, body("two")), Comment(1, BOT, body())],
        Write.NOTHING_EQUAL,
        1,
        1,
    ),
    "several, one newer": (
        [Comment(1, BOT, body("two")), Comment(2, BOT, body(valid_at=LATER))],
        Write.NOTHING_NEWER,
        1,
        1,
    ),
}


@pytest.mark.parametrize(("comments", "write", "comment_id", "duplicates"), CASES.values(), ids=CASES)
def test_what_is_written(comments, write, comment_id, duplicates):
    """One comment for each key and author: created, brought up to date, or left alone."""
    choice = choose(comments, BOT, body())

    assert (choice.write, choice.comment and choice.comment.comment_id, choice.duplicates) == (
        write,
        comment_id,
        duplicates,
    )
