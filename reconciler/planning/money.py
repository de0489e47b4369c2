"""One job for shared work, and who goes first when the money does not cover all. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from reconciler.model.observation import Money
from reconciler.model.plan import Action, Change, Reason
from reconciler.planning import words
from reconciler.planning.policy import Allowance

#: The code of an output that is deferred because it does not fit a ceiling or policy (--fit).
TO_FIT = "deferred_to_fit"


def allot(
    changes: Sequence[Change],
    money: Money,
    allowance: Allowance | None = None,
    approved: Collection[str] = (),
) -> tuple[Change, ...]:
    """The final changes, sorted by output name.

    Of several outputs that need a new job for the same work, one pays and the others wait for its job. Outputs of
    higher priority go first, then by name; one that the balance does not cover is deferred, one that its UP42
    budget does not cover is blocked, and what follows may still fit. Unknown prices and an unknown balance limit
    nothing here: planning.guard asks for a ceiling then.

    Args:
        changes: of all outputs.
        money: what limits spending at the service.
        allowance: what ceiling and policies allow, for --fit: what they refuse is deferred; None: not looked at.
        approved: names that go first whatever their priority: what a saved plan pays for, others only follow.
    """
    purse = _Purse(money, allowance)
    done = [change for change in changes if not change.action.may_pay]
    for group in _shared_work(changes, approved):
        done.extend(_pay_once(group, purse))
    return tuple(sorted(done, key=lambda change: change.output.name))


def _shared_work(changes: Sequence[Change], approved: Collection[str]) -> list[list[Change]]:
    groups: dict[str, list[Change]] = {}

    def order(change: Change) -> tuple[bool, int, str]:
        return change.output.name not in approved, -change.output.priority, change.output.name

    for change in sorted(changes, key=order):
        if change.action.may_pay:
            # Work that is not known yet may turn out to be the same, or not: each stands for itself.
            groups.setdefault(change.fingerprint or f"of {change.output.name}", []).append(change)
    return list(groups.values())


def _pay_once(group: list[Change], purse: "_Purse") -> list[Change]:
    refusals = [purse.refusal(change) for change in group]
    payer = next((change for change, refusal in zip(group, refusals, strict=True) if refusal is None), None)
    if payer is None:
        return [refusal for refusal in refusals if refusal is not None]
    purse.take(payer)
    return [change if change is payer else _follower(change, payer) for change in group]


def _follower(change: Change, payer: Change) -> Change:
    reason = Reason("wait_because_same_work", f"same work as {payer.output.name}: one job serves both")
    saved = None if change.quote is None else change.quote.credits
    return replace(
        change,
        action=Action.WAIT,
        reason=reason,
        quote=None,
        same_work_as=payer.output.name,
        saved_credits=saved,
        field_changes=(),
    )


class _Purse:
    """What is left while the changes are gone through in order."""

    def __init__(self, money: Money, allowance: Allowance | None) -> None:
        self._money = money
        self._allowance = allowance
        self._balance = money.balance_credits
        self._budgets = {
            budget_id: budget.remaining_credits
            for budget_id, budget in money.budgets.items()
            if money.enforced is not False
        }

    def refusal(self, change: Change) -> Change | None:
        """The change as it becomes when the money does not cover it, or None when it does."""
        refused = None if self._allowance is None else self._allowance.refusal(change)
        if refused is not None:
            return replace(change, action=Action.DEFERRED, reason=Reason(TO_FIT, refused))
        price = change.price_credits
        if price is None:
            return None
        budget_left = self._budgets.get(change.output.budget_id or "")
        if budget_left is not None and price > budget_left:
            name = self._money.budgets[change.output.budget_id or ""].name
            text = f"over the budget {name}: {words.credit_count(price)}, {budget_left:,} left"
            return replace(change, action=Action.BLOCKED, reason=Reason("blocked_because_budget", text), quote=None)
        if self._balance is not None and price > self._balance:
            text = f"{words.credit_count(price)}, {self._balance:,} left"
            return replace(change, action=Action.DEFERRED, reason=Reason("deferred_because_balance", text))
        return None

    def take(self, change: Change) -> None:
        """Count a paid change's price against what is left."""
        if self._allowance is not None:
            self._allowance.take(change)
        price = change.price_credits
        if price is None:
            return
        if self._balance is not None:
            self._balance -= price
        budget_left = self._budgets.get(change.output.budget_id or "")
        if budget_left is not None and change.output.budget_id is not None:
            self._budgets[change.output.budget_id] = budget_left - price
