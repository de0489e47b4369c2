import pytest
from rich.cells import cell_len

from reconciler.views.columns import Colour, align, paint, table


def test_columns_are_aligned_by_what_a_terminal_shows():
    """Wide and combining characters count as the cells that they take."""
    rows = align([["衛星", "x"], ["e\u0301", "x"], ["plain", "x"]])

    assert {cell_len(row[0]) for row in rows} == {5}


def test_empty_columns_are_left_out():
    """A column that no row fills takes no place and has no heading."""
    assert table(("name", "nothing", "size"), [("a", "", "1"), ("b", "", "22")], right={2}) == (
        "NAME  SIZE\na        1\nb       22"
    )


def test_only_the_column_that_may_be_cut_gets_narrower():
    """A terminal that is too narrow costs characters of the title, none of the id."""
    drawn = table(("id", "title"), [("i" * 30, "t" * 50)], cut=1, width=60)

    assert drawn.splitlines()[1] == f"{'i' * 30}  {'t' * 27}…"


@pytest.mark.parametrize("width", [None, 200], ids=["no terminal", "wide terminal"])
def test_nothing_is_cut_where_there_is_room(width):
    """Without a width, or with enough of it, every cell is whole."""
    assert "t" * 50 in table(("id", "title"), [("i", "t" * 50)], cut=1, width=width)


def test_the_cut_column_stays_readable():
    """However narrow the terminal, twelve cells are left."""
    assert table(("id", "title"), [("i" * 30, "t" * 50)], cut=1, width=10).endswith(f"  {'t' * 11}…")


def test_colour_is_added_only_when_on_and_visible():
    """Without colours the text is untouched; blanks are never painted."""
    assert paint("+", Colour.GREEN, on=False) == "+"
    assert paint("  ", Colour.GREEN, on=True) == "  "
    assert paint("+", Colour.GREEN, on=True) == "\x1b[32m+\x1b[0m"


def test_columns_that_no_row_fills_take_no_room():
    """Neither width nor a gap is spent on them, and the other columns keep their side."""
    assert align([["a", "", "1"], ["b", "", "22"]], right={2}) == [["a", " 1"], ["b", "22"]]
