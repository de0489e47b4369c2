"""Observing: a plan from what is declared and what exists. Changes nothing anywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.engine import spending
from reconciler.engine.deciding import Decider
from reconciler.engine.doors import Doors, Scope
from reconciler.engine.listing import Jobs, Listing
from reconciler.errors import AnswerError, SignInFailed, UnexpectedAnswer
from reconciler.model.job import Budget
from reconciler.model.observation import Facts, Money, Situation
from reconciler.model.plan import Action, BudgetUse, Change, Plan
from reconciler.model.spending import Spending
from reconciler.planning import chains, money, policy
from reconciler.planning.policy import Allowance


@dataclass(frozen=True, slots=True)
class Observed:
    """A plan, and what an apply in the same process goes on with.

    Attributes:
        allowance: what ceiling and policies leave for prices that are not known yet.
        spent: in the plan's month; None where no policy had to know.
    """

    plan: Plan
    decider: Decider
    allowance: Allowance
    spent: Spending | None

    @property
    def facts(self) -> Mapping[str, Facts]:
        """What is known of each output, by name; brought up to date while outputs are decided late."""
        return self.decider.facts

    @property
    def situation(self) -> Situation:
        """What the plan's decisions referred to."""
        return self.decider.situation

    @property
    def jobs(self) -> Jobs:
        """The workspace's jobs as far as they were listed."""
        return self.decider.jobs

    @property
    def listing(self) -> Listing:
        """Where they come from."""
        return self.decider.listing


async def observe(scope: Scope, doors: Doors) -> Observed:
    """Ask until every output is decided, then share out the money and hold the plan against the policies.

    Raises:
        ServiceError: the service cannot be reached, or does not accept the credentials.
        StateStoreError: the claims cannot be read.
    """
    decider = await Decider.begin(scope, doors)
    changes = await decider.decide_all()
    spent = await _spending(scope, doors, decider, changes)
    purse = await _money(changes, doors, decider)
    fitting = Allowance(scope.policies, spent, scope.ceiling_credits) if scope.fit else None
    changes = list(chains.after_allotment(money.allot(changes, purse, fitting, scope.approvals)))
    plan = Plan(
        changes=tuple(changes),
        made_at=decider.situation.now,
        api_url=doors.up42.api_url,
        workspace_id=scope.workspace_id,
        project=scope.project,
        balance_credits=await decider.offers.balance_credits() if scope.outputs else None,
        place=scope.place,
        source=scope.source,
        ceiling_credits=scope.ceiling_credits,
        budgets=_budget_uses(changes, purse),
        jobs_seen=decider.listing.jobs_seen,
    )
    return _judged(plan, scope, decider, spent)


def judged(plan: Plan, scope: Scope, observed: Observed) -> Observed:
    """The same observation with another plan made from it, held against the policies anew."""
    return _judged(plan, scope, observed.decider, observed.spent)


def _judged(plan: Plan, scope: Scope, decider: Decider, spent: Spending | None) -> Observed:
    allowance = Allowance(scope.policies, spent, scope.ceiling_credits)
    for change in plan.paid:
        if change.price_credits is not None:
            allowance.take(change)
    return Observed(policy.checked(plan, scope.policies, spent), decider, allowance, spent)


async def _spending(scope: Scope, doors: Doors, decider: Decider, changes: Sequence[Change]) -> Spending | None:
    """What the month has cost so far; None where no policy has to know."""
    if not policy.budgets_to_ask(scope.policies, changes):
        return None
    return await spending.observe(doors, decider)


async def _money(changes: Sequence[Change], doors: Doors, decider: Decider) -> Money:
    if not any(change.action.may_pay for change in changes):
        return Money()
    named = {change.output.budget_id for change in changes if change.action.may_pay}
    ids = sorted(budget_id for budget_id in named if budget_id)

    async def ask(budget_id: str) -> Budget | None:
        try:
            return await doors.up42.account.budget(budget_id)
        except SignInFailed:
            raise
        except (AnswerError, UnexpectedAnswer):
            return None

    budgets = dict(zip(ids, await decider.each("budgets", ids, ask), strict=True))
    return Money(
        balance_credits=await decider.offers.balance_credits(),
        budgets={budget_id: budget for budget_id, budget in budgets.items() if budget is not None},
        enforced=await doors.up42.account.budget_enforcement() if ids else None,
    )


def _budget_uses(changes: Sequence[Change], purse: Money) -> tuple[BudgetUse, ...]:
    planned: dict[str, int] = {}
    for change in changes:
        budget_id = change.output.budget_id or ""
        if budget_id in purse.budgets and (change.action.may_pay or change.action in (Action.BLOCKED, Action.DEFERRED)):
            price = change.price_credits or 0
            planned[budget_id] = planned.get(budget_id, 0) + (price if change.action.may_pay else 0)
    uses = [
        BudgetUse(budget_id, purse.budgets[budget_id].name, purse.budgets[budget_id].remaining_credits, credit_count)
        for budget_id, credit_count in planned.items()
    ]
    return tuple(sorted(uses, key=lambda use: (use.name, use.budget_id)))
