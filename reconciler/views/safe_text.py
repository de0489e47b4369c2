"""Text from manifests and the service, made harmless for a terminal and for a CI log.

Such text is data: it may hold escape sequences, line breaks, direction overrides or a CI system's commands.
Every view passes it through `sanitise` (or `shorten_middle`) before it shows it.
"""

import re
import unicodedata

#: Characters of a sentence that are shown; longer ones are cut.
SENTENCE_LENGTH = 400
#: Characters of a name, title or id that are shown.
NAME_LENGTH = 80

# Whole sequences first, so that no `[31m` stays behind: CSI with its parameters; strings (OSC, DCS, SOS, PM, APC) up to
# their end; the two-character ones. No part can match across the start of another, so the time stays linear.
_ESCAPE_SEQUENCE = re.compile(
    r"""(?:\x1b\[|\x9b)[0-?]*[\x20-/]*[@-~]
      | (?:\x1b[\]P^_X]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\|\x9c)
      | \x1b[@-Z\\^_]?""",
    re.VERBOSE,
)
_SPACE = re.compile(r"\s+")
_CI_COMMAND = re.compile(r"##(?=\w*\[)")  # GitHub's `##[…]` and its relatives count anywhere in a line
_REMOVED = {"Cc", "Cf", "Cs"}  # control; format, direction and zero-width; lone surrogates, which cannot be encoded


def sanitise(text: str, limit: int = SENTENCE_LENGTH) -> str:
    """The text as one line of at most `limit` visible characters, cut with `…`.

    Guaranteed: no control, format, direction or surrogate character, no line or paragraph separator, single spaces
    only, and nothing that a CI runner reads as a command (`::` at the start, `##[` or `##word[` anywhere). Idempotent.
    """
    one_line = _SPACE.sub(" ", _ESCAPE_SEQUENCE.sub("", text))
    visible = "".join(character for character in one_line if unicodedata.category(character) not in _REMOVED)
    # Removing characters can bring spaces, or the parts of a command, together: tidied up last.
    tidy = _SPACE.sub(" ", visible).strip()
    tidy = _CI_COMMAND.sub("# #", tidy)
    harmless = ": " + tidy[1:] if tidy.startswith("::") else tidy
    return harmless if len(harmless) <= limit else f"{harmless[: limit - 1].rstrip()}…"


def shorten_middle(text: str, limit: int = NAME_LENGTH) -> str:
    """As `sanitise`, but cut in the middle: the ends of paths, links and ids are what tells them apart."""
    whole = sanitise(text, limit=max(limit, len(text) * 2))
    if len(whole) <= limit:
        return whole
    head = (limit - 1) // 2
    return f"{whole[:head]}…{whole[len(whole) - (limit - 1 - head) :]}"


def unlimited(text: str) -> str:
    """As `sanitise`, never cut: for what people copy (ids, links, paths)."""
    return sanitise(text, limit=len(text) * 2 + 2)
