"""The parts of a plan's views that are the same in text and in Markdown. Texts are sanitised."""

import json
import math
from collections.abc import Iterable

from reconciler.model.job import Quote
from reconciler.model.output import Json
from reconciler.model.plan import Action, BudgetUse, Change, FieldChange, Plan
from reconciler.views.safe_text import NAME_LENGTH, sanitise, shorten_middle
from reconciler.views.wording import area, count, credits_text, unit_text

#: In the order of the contract's table, which is also the order of the lines.
SYMBOLS = {
    Action.CREATE: "+",
    Action.REPLACE: "-/+",
    Action.WAIT: "=>",
    Action.DOWNLOAD: "v",
    Action.BLOCKED: "!",
    Action.DEFERRED: "~",
    Action.UNRESOLVED: "?",
    Action.UNCHANGED: "",
}
_FREE = {Action.WAIT, Action.DOWNLOAD, Action.UNCHANGED}


def price(change: Change) -> str:
    """`63 credits`, `unknown`, `0 credits` where nothing can be paid, "" where nothing will be done."""
    if change.action in _FREE:
        return credits_text(0)
    if change.action.may_pay or change.action is Action.DEFERRED:
        return credits_text(change.price_credits)
    return ""


def size(change: Change) -> str:
    """What the price is for, `15.8 km²`; "" where nobody knows."""
    return "" if change.quote is None else sanitise(area(change.quote.size, change.quote.unit), NAME_LENGTH)


def total_size(quotes: Iterable[Quote]) -> str:
    """The sizes added up by unit: `189.6 km²`, `12 km² + 3 SCENE`; "" where nobody knows."""
    sizes: dict[str, float] = {}  # by the word that is shown: the service has two for square kilometres
    for quote in quotes:
        if quote.size is not None and math.isfinite(quote.size):
            unit = unit_text(quote.unit)
            sizes[unit] = sizes.get(unit, 0.0) + quote.size
    texts = [area(sizes[unit], unit) for unit in sorted(sizes)]
    return sanitise(" + ".join(texts), NAME_LENGTH)


def difference(change: FieldChange) -> str:
    """`sensitivity: 2 → 5`."""
    return f"{shorten_middle(change.path)}: {_value(change.before)} → {_value(change.after)}"


def nothing_to_do(plan: Plan) -> str:
    """What to say of a plan without changes."""
    if not plan.changes:
        return "No changes. No output is declared."
    return "No changes. Every declared output is captured and downloaded."


def balance_after(plan: Plan) -> str:
    """`Balance after: 937 credits.`; "" where the balance is not known or a single price says it."""
    if plan.balance_after_credits is None or len(plan.paid) < 2:
        return ""
    unknown = plan.unknown_cost_count
    less = f", less {count(unknown, 'price')} not known" if unknown else ""
    return f"Balance after: {credits_text(plan.balance_after_credits)}{less}."


def ceiling(plan: Plan) -> str:
    """What an apply may spend at most; "" without a ceiling."""
    if plan.ceiling_credits is None:
        return ""
    return f"Ceiling: an apply spends {credits_text(plan.ceiling_credits)} at most, prices not known included."


def budget_left(budget: BudgetUse) -> str:
    """`63 of 200 credits left`: what the plan takes of a UP42 budget, and what that has."""
    if budget.remaining_credits is None:
        return f"{credits_text(budget.planned_credits)}; what is left is not known"
    return f"{budget.planned_credits:,} of {credits_text(budget.remaining_credits)} left"


def _value(value: Json) -> str:
    """JSON, so that 2 and "2" look different; absent and null are one, as in the fingerprint."""
    return "(none)" if value is None else shorten_middle(json.dumps(value, ensure_ascii=False, default=str))
