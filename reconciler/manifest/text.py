"""Bytes of a file to text that a YAML parser may see."""

import codecs
import re

from reconciler.model.problem import Position, Problem

#: What YAML does not allow as it is, and the three line breaks of YAML 1.1 that editors do not count as lines.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_BREAK = re.compile("\r\n|\r|\n")
#: A file with many of these keeps the parser busy for minutes, and no manifest needs one.
_TAG_DIRECTIVE = re.compile(r"^%TAG\b", re.MULTILINE)


def decode(content: bytes, file: str) -> str | Problem:
    """The text of a manifest without a byte order mark, or the first reason why it has none.

    Positions count characters from 1; a tab is one character, and CRLF is one line break.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Problem(Position(file, 1, 1), "", "the file is UTF-16, but has to be UTF-8", "Save it as UTF-8")
    body = content.removeprefix(codecs.BOM_UTF8)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        place = position_after(body[: error.start].decode("utf-8"), file)
        message = f"the byte 0x{body[error.start]:02x} is not UTF-8 text"
        return Problem(place, "", message, "Save the file as UTF-8")
    if forbidden := _FORBIDDEN.search(text):
        message = f"the character U+{ord(forbidden[0]):04X} is not allowed in a manifest"
        hint = "Remove it, or write it as an escape in double quotes"
        return Problem(position_after(text[: forbidden.start()], file), "", message, hint)
    if directive := _TAG_DIRECTIVE.search(text):
        return Problem(position_after(text[: directive.start()], file), "", "%TAG is not supported", "Remove this line")
    return text


def position_after(before: str, file: str) -> Position:
    """Where the character stands that follows `before`, the beginning of a file."""
    line, start = 1, 0
    for found in _BREAK.finditer(before):
        line, start = line + 1, found.end()
    return Position(file, line, len(before) - start + 1)
