"""What an apply did, as people read it: a line for each output, its files, and one last line that sums up."""

from collections.abc import Iterable, Sequence

from reconciler.model.outcome import Outcome, OutcomeKind
from reconciler.views.columns import GAP, Colour, align, paint
from reconciler.views.safe_text import NAME_LENGTH, sanitise, shorten_middle, unlimited
from reconciler.views.wording import bytes_text, count, credits_text

_COLOURS = {
    OutcomeKind.COMPLETE: Colour.GREEN,
    OutcomeKind.UNCHANGED: Colour.GREEN,
    OutcomeKind.PENDING: Colour.CYAN,
    OutcomeKind.FAILED: Colour.RED,
    OutcomeKind.BLOCKED: Colour.RED,
    OutcomeKind.DEFERRED: Colour.MAGENTA,
    OutcomeKind.UNRESOLVED: Colour.RED,
}
_ORDER = list(_COLOURS)
_PROBLEMS = (OutcomeKind.FAILED, OutcomeKind.BLOCKED, OutcomeKind.DEFERRED, OutcomeKind.UNRESOLVED)
_INDENT = " " * 4
_FILES_SHOWN = 20
_KIND, _CREDITS = 0, 2


def apply_text(outcomes: Sequence[Outcome], *, show_unchanged: bool = False, colour: bool = False) -> str:
    """The whole result, without a line break at the end; what went wrong stands last, above the last line.

    A line has the kind, the output, what its new job costs (charged, else quoted, else `unknown`; blank where this
    run created none), and the destination. Files and sentences stand below it. Unchanged outputs are only counted
    unless `show_unchanged`.
    """
    shown = [outcome for outcome in _in_order(outcomes) if show_unchanged or outcome.kind is not OutcomeKind.UNCHANGED]
    blocks = ["\n".join(_lines(shown, colour=colour))] if shown else []
    return "\n\n".join([*blocks, last_line(outcomes)])


def last_line(outcomes: Sequence[Outcome]) -> str:
    """`Apply complete! …`, `Apply ended with problems: …`, or, where only jobs go on, `Apply ended before …`."""
    count_of = {kind: sum(1 for outcome in outcomes if outcome.kind is kind) for kind in OutcomeKind}
    if any(count_of[kind] for kind in _PROBLEMS):
        verdict = "Apply ended with problems:"
    elif count_of[OutcomeKind.PENDING]:
        verdict = "Apply ended before all jobs did; a rerun picks them up:"
    else:
        verdict = "Apply complete!"
    parts = [
        f"{count(sum(1 for outcome in outcomes if outcome.created), 'job')} created",
        f"{count(count_of[OutcomeKind.COMPLETE], 'output')} delivered",
        f"{count_of[OutcomeKind.UNCHANGED]:,} unchanged",
        f"{count_of[OutcomeKind.FAILED]:,} failed",
        *(
            f"{count_of[kind]:,} {kind.value}"
            for kind in (OutcomeKind.BLOCKED, OutcomeKind.DEFERRED, OutcomeKind.UNRESOLVED, OutcomeKind.PENDING)
            if count_of[kind]
        ),
    ]
    return f"{verdict} {', '.join(parts)}. {_credits(outcomes)}"


def _in_order(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return sorted(outcomes, key=lambda outcome: (_ORDER.index(outcome.kind), outcome.output))


def _lines(outcomes: list[Outcome], *, colour: bool) -> Iterable[str]:
    rows = align([_cells(outcome) for outcome in outcomes], right={_CREDITS})
    for outcome, row in zip(outcomes, rows, strict=True):
        kind = paint(row[_KIND], _COLOURS[outcome.kind], on=colour)
        yield f"{GAP}{GAP.join([kind, *row[1:]])}".rstrip()
        yield from (f"{_INDENT}{line}" for line in _files(outcome))
        if outcome.detail:
            yield f"{_INDENT}{sanitise(outcome.detail)}"


def _cells(outcome: Outcome) -> list[str]:
    name = sanitise(outcome.output, NAME_LENGTH)
    # A destination is shown where something lies there; it is for copying, so never cut.
    destination = unlimited(outcome.destination) if outcome.files else ""
    return [outcome.kind.value, name, _price(outcome), destination]


def _price(outcome: Outcome) -> str:
    if not outcome.created:
        return ""
    if outcome.charged_credits is None and outcome.quoted_credits is not None:
        return f"{outcome.quoted_credits:,} quoted"
    return credits_text(outcome.charged_credits)


def _files(outcome: Outcome) -> Iterable[str]:
    shown = outcome.files[:_FILES_SHOWN]
    names = [[shorten_middle(owned.file), bytes_text(owned.size_bytes)] for owned in shown]
    yield from (GAP.join(row) for row in align(names, right={1}))
    if len(outcome.files) > len(shown):
        yield f"… and {count(len(outcome.files) - len(shown), 'more file', 'more files')}"


def _credits(outcomes: Sequence[Outcome]) -> str:
    created = [outcome for outcome in outcomes if outcome.created]
    quoted = sum(outcome.quoted_credits or 0 for outcome in created)
    charged = sum(outcome.charged_credits or 0 for outcome in created)
    unquoted = sum(1 for outcome in created if outcome.quoted_credits is None)
    uncharged = sum(1 for outcome in created if outcome.charged_credits is None)
    parts = [f"{quoted:,} quoted", f"{charged:,} charged"]
    if unquoted:
        parts.append(f"{count(unquoted, 'price')} not known")
    if uncharged:
        parts.append(f"{count(uncharged, 'charge')} not known yet")
    return f"Credits: {', '.join(parts)}."
