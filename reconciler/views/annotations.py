"""Remarks that GitHub shows beside a run and its files: workflow commands that no text can break out of.

Source: docs.github.com/actions, "Workflow commands for GitHub Actions"; ten errors, ten warnings and ten notices of a
step are shown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.plan import Action, Check, Plan, Verdict
from reconciler.model.problem import Position
from reconciler.views.safe_text import sanitise, shorten_middle, unlimited
from reconciler.views.wording import count, sentence

#: How many remarks of one level are shown.
MOST_OF_A_LEVEL = 10
_TITLE_LENGTH = 120
_SHOWN_PROBLEMS = 3


class Level(StrEnum):
    """How serious a remark is, the most serious first."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Annotation:
    """One remark, its message in sentences; the texts may be anybody's.

    `position` is None where it is about no line.
    """

    level: Level
    title: str
    message: str
    position: Position | None = None


def plan_annotations(plan: Plan) -> list[Annotation]:
    """What a reviewer has to know of a plan: rules that refuse it, then what is blocked, unresolved or not known."""
    checks = [_check(check) for check in plan.checks if check.verdict is not Verdict.PASS]
    outputs = [
        Annotation(
            Level.WARNING,
            f"{change.output.name}: {action.value}",
            sentence(sanitise(change.reason.text)),
            change.output.position,
        )
        for action in (Action.UNRESOLVED, Action.BLOCKED)
        for change in plan.changes
        if change.action is action
    ]
    return checks + outputs


def annotations_text(found: Sequence[Annotation]) -> str:
    """One command for each remark, the most serious first and else in the given order; "" where there is none.

    What exceeds ten errors or ten warnings is counted by one notice. Line breaks are gone, and `%`, and in properties
    `:` and `,`, are escaped as the runner unescapes them: no text can end a command, add a property or start another.
    """
    return "\n".join(_lines(found))


def _lines(found: Sequence[Annotation]) -> Iterator[str]:
    more = 0
    for level in Level:
        of_level = [one for one in found if one.level is level]
        more += len(of_level[MOST_OF_A_LEVEL:])
        yield from (_command(one) for one in of_level[:MOST_OF_A_LEVEL])
    if more:
        yield _command(Annotation(Level.NOTICE, "reconciler", f"{count(more, 'more remark')} in the log."))


def _check(check: Check) -> Annotation:
    level = Level.ERROR if check.verdict is Verdict.FAIL else Level.WARNING
    shown = [sentence(sanitise(text)) for text in (check.text, *check.problems[:_SHOWN_PROBLEMS])]
    more = len(check.problems) - _SHOWN_PROBLEMS
    rest = [f"{count(more, 'more problem')}."] if more > 0 else []
    return Annotation(level, check.address, " ".join(shown + rest))


def _command(one: Annotation) -> str:
    place = one.position
    where = {} if place is None else {"file": unlimited(place.file), "line": str(place.line), "col": str(place.column)}
    properties = {**where, "title": shorten_middle(one.title, _TITLE_LENGTH) or "reconciler"}
    written = ",".join(f"{name}={_escape_property(value)}" for name, value in properties.items())
    return f"::{one.level.value} {written}::{_escape_data(unlimited(one.message))}"


def _escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")
