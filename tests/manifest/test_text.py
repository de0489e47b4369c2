import pytest

from reconciler.manifest.text import decode
from reconciler.model.problem import Problem


@pytest.mark.parametrize(
    ("content", "line", "column", "part"),
    [
        pytest.param(b"a: 1\nb: \xff", 2, 4, "0xff", id="no UTF-8"),
        pytest.param(b"a: \xc3", 1, 4, "0xc3", id="cut within a character"),
        pytest.param("ä: \x07".encode(), 1, 4, "U+0007", id="control character, counted in characters"),
        pytest.param(b"a\r\n\tb\x00", 2, 3, "U+0000", id="CRLF is one break, a tab one column"),
        pytest.param(b"a\r b\x00", 2, 3, "U+0000", id="a lone CR is a break"),
        pytest.param(b"\xef\xbb\xbfa\x1b", 1, 2, "U+001B", id="a byte order mark is no column"),
        pytest.param("a: b\u2028c".encode(), 1, 5, "U+2028", id="a break that editors do not count"),
        pytest.param("a: \ufeffb".encode(), 1, 4, "U+FEFF", id="byte order mark inside"),
        pytest.param("a: 1".encode("utf-16"), 1, 1, "UTF-16", id="UTF-16"),
        pytest.param(b"# c\n%TAG !a! b\n--- x", 2, 1, "%TAG", id="tag directive"),
    ],
)
def test_what_is_no_text_is_a_problem_with_its_place(content, line, column, part):
    """A file that is not plain UTF-8 is refused at the first character that is not."""
    problem = decode(content, "m.yaml")

    assert isinstance(problem, Problem)
    assert (problem.position.line, problem.position.column) == (line, column)
    assert part in problem.message
    assert problem.hint


def test_a_byte_order_mark_is_tolerated():
    """Editors on Windows put a byte order mark in front; it is not part of the text."""
    assert decode(b"\xef\xbb\xbfa: \xf0\x9f\x9b\xb0", "m.yaml") == "a: \U0001f6f0"
