"""Text as GitHub-flavoured Markdown that shows it and does nothing else."""

import json
import re
from collections.abc import Mapping, Sequence

from reconciler.model.output import Json
from reconciler.views.safe_text import SENTENCE_LENGTH, sanitise

# GitHub looks for mentions, references, links and emoji in the text that is shown, after backslashes and entities are
# resolved: neither `\@` nor `&#64;` keeps `@name` from notifying somebody (github/cmark-gfm#181). A comment does: it
# splits the text, and shows and copies as nothing.
_SPLIT = "<!-- -->"
_SPLIT_BEHIND = re.compile(
    r"""@                         # @name, @org/team, an address, owner/repository@commit
      | \#(?=\d)                  # #123, owner/repository#123
      | GH-(?=\d)                 # the other spelling of #123
      | :(?=//)                   # a URL
      | :(?=(?!\d\d:)[\w+-]+:)    # :emoji:, not the time 12:40:03
      | www(?=\.)                 # a URL without a scheme, behind `_` too""",
    re.VERBOSE | re.IGNORECASE,
)
# An entity for what a backslash does not protect in every table; `$`, which starts a formula, as GitHub's docs say.
_ESCAPED = {
    **{character: f"\\{character}" for character in "`*_[]~#"},
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "|": "&#124;",
    "\\": "&#92;",
    "$": "<span>$</span>",
}
#: `1. ` and `- ` begin a list, `===` and `---` underline a heading, `:--` a table's; a backslash goes behind the group.
_AT_THE_START = re.compile(r"^(\d{1,9}(?=[.)](?: |$))|(?=[-+=]|:-))")
_SPECIAL = re.compile("[" + re.escape("".join(_ESCAPED)) + "]")


def escape(text: str, limit: int = SENTENCE_LENGTH) -> str:
    """The text, sanitised to `limit` visible characters, as Markdown for a table cell or at the start of a line.

    Guaranteed, with GitHub's extensions: what is shown is the sanitised text, with no emphasis, code, link, image,
    HTML or formula, nobody is mentioned, nothing is referenced, and no table cell, row or list ends or starts.
    """
    pieces, at = [], 0
    shown = sanitise(text, limit)
    for found in _SPLIT_BEHIND.finditer(shown):
        pieces += [_escaped(shown[at : found.end()]), _SPLIT]
        at = found.end()
    return _AT_THE_START.sub(r"\1\\", "".join([*pieces, _escaped(shown[at:])]))


def row(cells: Sequence[str]) -> str:
    """One line of a table; the cells are Markdown."""
    return f"| {' | '.join(cells)} |"


def table_head(*columns: str) -> str:
    """The first two lines of a table; a column whose name ends with `:` is aligned to the right."""
    names = [column.removesuffix(":") for column in columns]
    rules = ["---:" if column.endswith(":") else "---" for column in columns]
    return f"{row(names)}\n{row(rules)}"


def hidden(name: str, facts: Mapping[str, Json]) -> str:
    """A comment of one line, `<!-- name: {…} -->`, that nobody sees and programs find.

    Visible ASCII only; no value can end the comment or become a CI system's command, and a JSON reader gets them all
    back unchanged.
    """
    text = json.dumps(facts, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    for risky in ("<", ">", "--", "##", "\x7f"):
        text = text.replace(risky, "".join(f"\\u{ord(character):04x}" for character in risky))
    return f"<!-- {name}: {text} -->"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: _ESCAPED[found[0]], text)
