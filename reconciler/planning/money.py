"""One job for shared work, and who goes first when the money does not cover all. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from reconciler.model.observation import Money
from reconciler.model.plan import Action, Change, Reason
from reconciler.planning import words


def allot(changes: Sequence[Change], money: Money) -> tuple[Change, ...]:
    """The final changes, sorted by output name.

    Of several outputs that need a new job for the same work, one pays and the others wait for its job. Outputs of
    higher priority go first, then by name; one that the balance does not cover is deferred, one that its UP42
    budget does not cover is blocked, and what follows may still fit. Unknown prices and an unknown balance limit
    nothing here: planning.guard asks for a ceiling then.
    """
    purse = _Purse(money)
    done = [change for change in changes if not change.action.may_pay]
    for group in _shared_work(changes):
        done.extend(_pay_once(group, purse))
    return tuple(sorted(done, key=lambda change: change.output.name))


def _shared_work(changes: Sequence[Change]) -> list[list[Change]]:
    groups: dict[str | None, list[Change]] = {}
    for change in sorted(changes, key=lambda change: (-change.output.priority, change.output.name)):
        if change.action.may_pay:
            groups.setdefault(change.fingerprint, []).append(change)
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

    def __init__(self, money: Money) -> None:
        self._money = money
        self._balance = money.balance_credits
        self._budgets = {
            budget_id: budget.remaining_credits
            for budget_id, budget in money.budgets.items()
            if money.enforced is not False
        }

    def refusal(self, change: Change) -> Change | None:
        """The change as it becomes when the money does not cover it, or None when it does."""
        price = None if change.quote is None else change.quote.credits
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
        price = None if change.quote is None else change.quote.credits
        if price is None:
            return
        if self._balance is not None:
            self._balance -= price
        budget_left = self._budgets.get(change.output.budget_id or "")
        if budget_left is not None and change.output.budget_id is not None:
            self._budgets[change.output.budget_id] = budget_left - price
