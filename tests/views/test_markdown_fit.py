import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.views.markdown_fit import Section, fit

HEAD = "| a |\n| --- |"


def table(title, rows, end=""):
    return Section(title, HEAD, tuple(rows), end)


def size(text):
    return len(text.encode())


def test_everything_that_fits_stays():
    """With room for all, the parts stand one below the other with a blank line between them."""
    parts = ["top", table("t", ["| 1 |", "| 2 |"], "</details>"), Section("list", "", ("- x", "- y")), "bottom"]
    whole = f"top\n\nt\n\n{HEAD}\n| 1 |\n| 2 |\n\n</details>\n\nlist\n\n- x\n- y\n\nbottom"

    assert fit(parts, size(whole)) == whole
    assert fit(parts, size(whole) - 1) != whole


def test_rows_go_from_the_last_section_backwards():
    """An earlier section loses nothing while a later one has rows."""
    parts = [table("first", ["| 1 |"] * 30), table("second", ["| 2 |"] * 30), "end"]
    whole = size(fit(parts, 10_000))

    little = fit(parts, whole - 50)
    much = fit(parts, whole - 250)

    assert little.count("| 1 |") == 30
    assert 0 < little.count("| 2 |") < 30
    assert 0 < much.count("| 1 |") < 30
    assert much.count("| 2 |") == 0
    assert "second\n\n… 30 more\n\nend" in much


def test_a_cut_section_says_how_many_rows_are_left_out_and_where_they_are():
    """Then it is closed as if nothing had happened."""
    parts = [table("<details>", ["| row |"] * 2000, "</details>")]

    cut = fit(parts, 500, "in the job summary")
    left = 2000 - cut.count("| row |")

    assert cut.endswith(f"| row |\n\n… {left:,} more in the job summary\n\n</details>")


def test_a_long_section_does_not_hide_those_behind_it():
    """Below `enough` rows a section falls only when no other has more."""
    parts = [table("first", ["| 1 |"] * 500), table("second", ["| 2 |"] * 50), "end"]

    some, few = fit(parts, 1000, enough=10), fit(parts, 150, enough=10)

    assert some.count("| 2 |") == 10
    assert some.count("| 1 |") > 100
    assert few.count("| 2 |") < few.count("| 1 |") == 10


def test_a_row_that_is_shorter_than_the_words_for_it_stays():
    """To leave it out would make the text longer."""
    parts = [table("first", ["| 1 |"] * 50), Section("second", "", ("-",))]

    assert fit(parts, size(fit(parts, 10_000)) - 20, "in the job summary").endswith("second\n\n-")


@given(
    rows=st.lists(st.lists(st.text("xé😀", min_size=1, max_size=30), max_size=30), min_size=1, max_size=4),
    limit=st.integers(0, 3000),
)
def test_the_limit_holds_in_bytes_and_as_few_rows_as_possible_go(rows, limit):
    """Of all ways to cut from the end, whole rows at a time, it is the longest that fits; none fits: the shortest."""
    parts = [table(f"t{index}", [f"| {row} |" for row in found]) for index, found in enumerate(rows)]
    steps = [[len(found) for found in rows]]
    for index in reversed(range(len(rows))):
        steps += [
            [*steps[0][:index], kept, *[0] * (len(rows) - index - 1)] for kept in reversed(range(len(rows[index])))
        ]
    ways = ["\n\n".join(["top", *map(reference, parts, kept), "end"]) for kept in steps]

    assert fit(["top", *parts, "end"], limit) == next((way for way in ways if size(way) <= limit), ways[-1])


def reference(section, kept):
    """The section with so many rows, written down once more, in the simplest way."""
    lines = [section.title, "", section.head, *section.rows[:kept]] if kept else [section.title]
    left_out = len(section.rows) - kept
    return "\n".join([*lines, "", f"… {left_out:,} more"] if left_out else lines)


@pytest.mark.parametrize("limit", [0, 1, 10])
def test_what_is_never_cut_stays_even_if_it_does_not_fit(limit):
    """Texts and titles are the plan's summary: better too long than gone."""
    assert fit(["top", table("t", ["| 1 |"]), "end"], limit) == "top\n\nt\n\n… 1 more\n\nend"
