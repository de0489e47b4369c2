"""What is wrong, in words: problems in manifests for people and for GitHub, and errors with what to do next."""

from collections.abc import Sequence

from reconciler.errors import InputsRejected, PlanStale, ReconcilerError
from reconciler.model.problem import Problem
from reconciler.views.annotations import MOST_OF_A_LEVEL, Annotation, Level, annotations_text
from reconciler.views.columns import Colour, paint
from reconciler.views.safe_text import sanitise, shorten_middle, unlimited
from reconciler.views.wording import count, sentence

_TITLE_LENGTH = 120
_REASONS_SHOWN = 20


def problems_text(problems: Sequence[Problem]) -> str:
    """One line for each problem, in the given order: `file:line:column: field: message. hint`."""
    return "\n".join(_line(problem) for problem in problems)


def problems_github(problems: Sequence[Problem]) -> str:
    """GitHub Actions commands for the problems (views.annotations), in the given order.

    GitHub shows ten; those beyond are counted by a command and follow as lines of the log.
    """
    commands = annotations_text([_annotation(problem) for problem in problems])
    return "\n".join(filter(None, (commands, problems_text(problems[MOST_OF_A_LEVEL:]))))


def valid_text(outputs: int, search_sets: int = 0) -> str:
    """What `validate` says when nothing is wrong; the items of `search_sets` are not known offline."""
    expanded = f", {count(search_sets, 'set')} expanded by the service" if search_sets else ""
    return f"Valid: {count(outputs, 'output')} declared{expanded}."


def error_text(error: ReconcilerError, *, colour: bool = False) -> str:
    """`Error: <sentence>`, the reasons below where there are some, and the hint on a line of its own.

    The problems of a `ManifestInvalid` are not repeated: `problems_text` has them, on stdout or stderr as asked.
    """
    lines = [f"{paint('Error:', Colour.RED, on=colour)} {sentence(sanitise(str(error)))}"]
    if isinstance(error, InputsRejected):
        lines.extend(f"  {sanitise(reason.name)}: {sentence(sanitise(reason.message))}" for reason in error.errors)
    if isinstance(error, PlanStale):
        lines.extend(f"  {sentence(sanitise(reason))}" for reason in error.reasons[:_REASONS_SHOWN])
        if len(error.reasons) > _REASONS_SHOWN:
            lines.append(f"  … and {len(error.reasons) - _REASONS_SHOWN:,} more.")
    if error.hint:
        lines.append(sentence(sanitise(error.hint)))
    return "\n".join(lines)


def _line(problem: Problem) -> str:
    where = unlimited(str(problem.position))
    field = f"{shorten_middle(problem.field, _TITLE_LENGTH)}: " if problem.field else ""
    return f"{where}: {field}{_message(problem)}"


def _message(problem: Problem) -> str:
    message = sentence(sanitise(problem.message))
    return f"{message} {sanitise(problem.hint)}" if problem.hint else message


def _annotation(problem: Problem) -> Annotation:
    return Annotation(Level.ERROR, problem.field or "manifest", _message(problem), problem.position)
