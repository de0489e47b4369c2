"""What to say when text is not YAML at all."""

import yaml

from reconciler.model.problem import Position, Problem


def syntax_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    """The parser's words with a place that helps: where an unfinished value began, not the end of the file."""
    mark = error.problem_mark or error.context_mark
    if error.context_mark and (mark is None or not text[mark.index :].strip()):
        mark = error.context_mark
    place = Position(file, mark.line + 1, mark.column + 1) if mark else Position(file, 1, 1)
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
