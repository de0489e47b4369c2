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


@given(
    rows=st.lists(st.lists(st.text("xé😀", min_size=1, max_size=30), max_size=30), min_size=1, max_size=4),
    limit=st.integers(0, 3000),
)
def test_the_limit_holds_in_bytes_and_as_few_rows_as_possible_go(rows, limit):
    """Whatever is cut: whole rows only, counted right, not over the limit, and one row more would be."""
    parts = ["top", *(table(f"t{index}", [f"| {row} |" for row in found]) for index, found in enumerate(rows)), "end"]
    cut = fit(parts, limit)
    blocks = cut.split("\n\n")
    kept = []
    for index, found in enumerate(rows):
        at = blocks.index(f"t{index}") + 1
        shown = blocks[at].split("\n")[2:] if blocks[at].startswith(HEAD) else []
        assert shown == [f"| {row} |" for row in found][: len(shown)]
        kept.append(len(shown))
        if len(shown) < len(found):
            assert f"… {len(found) - len(shown):,} more" in blocks[at : at + 2]

    if any(kept):
        assert size(cut) <= limit
    first_cut = next((index for index, found in enumerate(rows) if kept[index] < len(found)), None)
    if first_cut is not None:
        assert not any(kept[first_cut + 1 :])
        more = [table(f"t{i}", [f"| {row} |" for row in found]) for i, found in enumerate(rows)]
        longer = fit(["top", *more, "end"], size(cut))
        assert longer == cut or size(cut) > limit


@pytest.mark.parametrize("limit", [0, 1, 10])
def test_what_is_never_cut_stays_even_if_it_does_not_fit(limit):
    """Texts and titles are the plan's summary: better too long than gone."""
    assert fit(["top", table("t", ["| 1 |"]), "end"], limit) == "top\n\nt\n\n… 1 more\n\nend"
