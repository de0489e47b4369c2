"""What to say when text is not YAML at all."""

import yaml

from reconciler.manifest.text import position_after
from reconciler.model.problem import Position, Problem


def syntax_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    """The parser's words with a place that helps: where an unfinished value began, not the end of the file."""
    end = len(text.rstrip())
    marks = [mark for mark in (error.problem_mark, error.context_mark) if mark and mark.index < end]
    mark = marks[0] if marks else None
    place = Position(file, mark.line + 1, mark.column + 1) if mark else position_after(text[: max(end - 1, 0)], file)
    reason = error.problem or error.context or "it cannot be read"
    at = text[mark.index : mark.index + 1] if mark else ""
    hint = "The rest of the file was not read"
    if at == "\t":
        hint = "Indent with spaces, not with tabs"
    elif at and at in "%@`":
        hint = f"Put a text that starts with {at} in quotes"
    elif "mapping values" in reason:
        hint = 'Put a text that holds ": " in quotes, and check the indentation'
    return Problem(place, "", f"this is not YAML: {reason}", hint)
