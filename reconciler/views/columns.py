"""Aligned columns of plain text, and the few colours that stand beside them, never alone."""

from collections.abc import Collection, Sequence
from enum import StrEnum

from rich.cells import cell_len, set_cell_size

GAP = "  "
_MIN_CUT_WIDTH = 12


class Colour(StrEnum):
    """Terminal colours (SGR codes)."""

    RED = "31"
    GREEN = "32"
    YELLOW = "33"
    MAGENTA = "35"
    CYAN = "36"


def paint(text: str, colour: Colour, *, on: bool) -> str:
    """The text in a colour, or as it is when colours are off or it is blank."""
    return f"\x1b[{colour.value}m{text}\x1b[0m" if on and text.strip() else text


def align(rows: Sequence[Sequence[str]], *, right: Collection[int] = ()) -> list[list[str]]:
    """The cells padded so that each column is as wide as its widest cell, counted as a terminal does.

    Columns whose index is in `right` are padded on the left; columns that no row fills are left out. All rows have
    the same number of cells.
    """
    widths = {index: max(map(cell_len, column)) for index, column in enumerate(zip(*rows, strict=True)) if any(column)}
    return [[_padded(row[index], width, right=index in right) for index, width in widths.items()] for row in rows]


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Collection[int] = (),
    cut: int | None = None,
    width: int | None = None,
) -> str:
    """A table without lines; columns that are empty in every row are left out.

    Args:
        head: the columns' names, written in capitals.
        rows: cells that are safe to print.
        right: indexes of right-aligned columns.
        cut: the one column that gets narrower when the table is wider than `width`, to 12 cells at least; None: none.
        width: of the terminal, in cells; None: no limit.
    """
    used = [index for index in range(len(head)) if any(row[index] for row in rows)]
    cells = [[head[index].upper() for index in used], *([row[index] for index in used] for row in rows)]
    if cut in used and width is not None:
        cells = _narrowed(cells, used.index(cut), width)
    aligned = align(cells, right={used.index(index) for index in right if index in used})
    return "\n".join(GAP.join(row).rstrip() for row in aligned)


def _padded(cell: str, width: int, *, right: bool) -> str:
    padding = " " * (width - cell_len(cell))
    return padding + cell if right else cell + padding


def _narrowed(cells: list[list[str]], column: int, width: int) -> list[list[str]]:
    widths = [max(map(cell_len, values)) for values in zip(*cells, strict=True)]
    too_much = sum(widths) + len(GAP) * (len(widths) - 1) - width
    limit = max(_MIN_CUT_WIDTH, widths[column] - too_much)
    return [[_cut(cell, limit) if index == column else cell for index, cell in enumerate(row)] for row in cells]


def _cut(cell: str, limit: int) -> str:
    return cell if cell_len(cell) <= limit else set_cell_size(cell, limit - 1).rstrip() + "…"
