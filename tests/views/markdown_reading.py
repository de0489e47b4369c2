"""Markdown as GitHub shows it: rendered by its own parser, read as the elements and the text that people see."""

import re
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

#: GitHub looks for these in what is shown, outside code (its Markdown filters; github/cmark-gfm#181).
LIVELY = re.compile(
    r"@\w | \#\d | GH-\d | :(?!\d\d:)[\w+-]+: | :// | www\. | \$",
    re.VERBOSE | re.IGNORECASE,
)

_EMPTY = ("br", "img", "input", "hr")


class Page(HTMLParser):
    """A rendered page.

    Attributes:
        elements: every element in order, with its attributes.
        pieces: the text nodes in order, as a browser splits them; a comment or element ends one.
        tables: of each table its rows, of each row the texts of its cells.
        summaries: the text of each summary.
    """

    def __init__(self, markdown):
        super().__init__(convert_charrefs=True)
        self.html = cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE)
        self.elements, self.pieces, self.tables, self.summaries, self.open = [], [], [], [], []
        self._fresh = True
        self.feed(self.html)
        self.close()

    @property
    def text(self):
        return "".join(self.pieces)

    def count(self, name):
        return sum(1 for element, _ in self.elements if element == name)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._fresh = True
        if tag not in _EMPTY:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        elif tag == "summary":
            self.summaries.append("")

    def handle_endtag(self, tag):
        self._fresh = True
        if tag in _EMPTY:
            return
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> does not close what is open"

    def handle_comment(self, data):
        self._fresh = True

    def handle_data(self, data):
        if self._fresh:
            self.pieces.append("")
        self.pieces[-1] += data
        self._fresh = False
        if self.open and self.open[-1] == "summary":
            self.summaries[-1] += data
        elif {"td", "th"} & set(self.open):
            self.tables[-1][-1][-1] += data
