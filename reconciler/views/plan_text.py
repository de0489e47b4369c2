"""A plan as people read it (product.md "Commands": symbols, columns and the two summary lines)."""

from collections.abc import Iterable

from reconciler.model.plan import Action, Change, Plan
from reconciler.views.columns import GAP, Colour, align, paint
from reconciler.views.plan_cells import SYMBOLS, difference, nothing_to_do, price, size
from reconciler.views.plan_details import plan_details
from reconciler.views.safe_text import NAME_LENGTH, sanitise
from reconciler.views.wording import count, credits_text, sentence

_COLOURS = {
    Action.CREATE: Colour.GREEN,
    Action.REPLACE: Colour.YELLOW,
    Action.WAIT: Colour.CYAN,
    Action.DOWNLOAD: Colour.CYAN,
    Action.BLOCKED: Colour.RED,
    Action.DEFERRED: Colour.MAGENTA,
    Action.UNRESOLVED: Colour.RED,
    Action.UNCHANGED: Colour.GREEN,
}
_ORDER = list(SYMBOLS)
_SYMBOL_WIDTH = 3
_DETAIL_INDENT = " " * 6
_CREDITS = 2


def plan_text(plan: Plan, *, show_unchanged: bool, colour: bool) -> str:
    """The whole plan, without a line break at the end.

    One line for each change, in the order of the contract's table, then by name; below it what differs and the
    notes; then the plan's own notes and the two summary lines; last, where there is more to say, plan_details.
    Unchanged outputs are only counted unless `show_unchanged`. A price that is not known reads `unknown`; an action
    that cannot cost anything reads 0 credits.
    """
    shown = [change for change in _in_order(plan.changes) if show_unchanged or change.action is not Action.UNCHANGED]
    blocks = []
    if not plan.has_changes:
        blocks.append(nothing_to_do(plan))
    if shown:
        blocks.append("\n".join(_lines(shown, colour=colour)))
    if plan.notes:
        blocks.append("\n".join(f"Note: {sentence(sanitise(note))}" for note in plan.notes))
    blocks.append("\n".join(summary_lines(plan)))
    blocks.extend(plan_details(plan, colour=colour))
    return "\n\n".join(blocks)


def summary_lines(plan: Plan) -> tuple[str, str]:
    """`Plan: …` and `Cost: …`, the same in every view; prices of deferred outputs are not in the cost."""
    return _counts(plan), _cost(plan)


def _in_order(changes: Iterable[Change]) -> list[Change]:
    return sorted(changes, key=lambda change: (_ORDER.index(change.action), change.output.name))


def _lines(changes: list[Change], *, colour: bool) -> Iterable[str]:
    rows = align([_cells(change) for change in changes], right={_CREDITS})
    for change, row in zip(changes, rows, strict=True):
        symbol = SYMBOLS[change.action].rjust(_SYMBOL_WIDTH)
        # The contract's example has one space more before the reason than between the other columns.
        text = f"{GAP.join(row)}{GAP} {sanitise(change.reason.text)}"
        yield f"{paint(symbol, _COLOURS[change.action], on=colour)} {text}".rstrip()
        yield from (f"{_DETAIL_INDENT}{difference(part)}" for part in change.field_changes)
        yield from (f"{_DETAIL_INDENT}{sanitise(note)}" for note in change.notes)


def _cells(change: Change) -> list[str]:
    names = (change.output.name, change.output.process_id)
    return [*(sanitise(name, NAME_LENGTH) for name in names), price(change), size(change)]


def _counts(plan: Plan) -> str:
    parts = [
        f"{plan.count(Action.CREATE):,} to create",
        f"{plan.count(Action.REPLACE):,} to replace",
        f"{plan.count(Action.WAIT):,} to wait for",
        f"{plan.count(Action.DOWNLOAD):,} to download",
        f"{plan.count(Action.BLOCKED):,} blocked",
        *(
            f"{plan.count(action):,} {action.value}"
            for action in (Action.DEFERRED, Action.UNRESOLVED)
            if plan.count(action)
        ),
        f"{plan.count(Action.UNCHANGED):,} unchanged",
    ]
    return f"Plan: {', '.join(parts)}."


def _cost(plan: Plan) -> str:
    unknown = plan.unknown_cost_count
    quoted = len(plan.paid) - unknown
    cost = f"Cost: {credits_text(plan.known_cost_credits)} ({quoted:,} quoted, {unknown:,} unknown)"
    balance = (
        "; the balance is not known" if plan.balance_credits is None else f" of {plan.balance_credits:,} available"
    )
    saved = f" Reuse saves {count(plan.saved_credits, 'credit')}." if plan.saved_credits > 0 else ""
    return f"{cost}{balance}.{saved}"
