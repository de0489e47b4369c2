"""Guard rails: a plan held against its policies, and what they leave for what is taken one by one. Pure.

Limits are about what a plan pays; allowed processes and required labels also about what it would pay if nothing
stood in the way (blocked, deferred, another output's new job). Outputs that exist already are refused by no rule:
a guard rail that is new must not stop the download of what was paid.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial

from reconciler.model.plan import Action, Change, Check, Plan, Verdict
from reconciler.model.policy import LabelBudget, Policy
from reconciler.model.spending import MoneyState, Spending, matches, month_of
from reconciler.planning import words

_HINDERED = frozenset({Action.BLOCKED, Action.DEFERRED})


def checked(plan: Plan, policies: Sequence[Policy], spending: Spending | None) -> Plan:
    """The plan with its `checks`."""
    return replace(plan, checks=checks(policies, plan, spending))


def checks(policies: Sequence[Policy], plan: Plan, spending: Spending | None) -> tuple[Check, ...]:
    """One check for each rule of each policy, those that pass included, in the order of the policies.

    Args:
        policies: of the tree.
        plan: with its final actions and prices.
        spending: of the plan's month; None: not known, or not asked for because no budget needs it.
    """
    return tuple(check for policy in policies for check in _policy(policy, plan, spending))


def budgets_to_ask(policies: Sequence[Policy], changes: Sequence[Change]) -> bool:
    """Whether a check needs to know what the month has cost so far: some budget is to pay for something."""
    budgets = [budget for policy in policies for budget in policy.budgets]
    return any(
        change.action.may_pay and matches(change.output.labels, budget.match)
        for budget in budgets
        for change in changes
    )


class Allowance:
    """What ceiling and policies leave while changes are taken one by one, in order of priority."""

    def __init__(
        self, policies: Sequence[Policy], spending: Spending | None, ceiling_credits: int | None = None
    ) -> None:
        self._policies = policies
        self._jobs_taken = 0
        self._limits: list[tuple[str, Mapping[str, str], int | None]] = []
        if ceiling_credits is not None:
            self._limits.append(("the ceiling", {}, ceiling_credits))
        for policy in policies:
            if policy.limits.credits_per_plan is not None:
                address = f"{policy.name}/limits.creditsPerPlan"
                self._limits.append((address, {}, policy.limits.credits_per_plan))
            for index, budget in enumerate(policy.budgets):
                left = _left(budget, spending)
                self._limits.append((f"{policy.name}/budgets[{index}]", budget.match, left))

    def refusal(self, change: Change) -> str | None:
        """Why a paid change does not fit, one clause, or None where it does. A price that is not known never fits."""
        for policy in self._policies:
            refused = self._by_rule(policy, change)
            if refused is not None:
                return refused
        price = change.price_credits
        if price is None:
            return "its price is not known"
        for address, match, left in self._limits:
            if not matches(change.output.labels, match):
                continue
            if left is None:
                return f"over {address}: what was spent this month is not known"
            if price > left:
                return f"over {address}: {words.credit_count(price)}, {max(left, 0):,} left"
        return None

    def left_credits(self, change: Change) -> int | None:
        """What a change whose price nobody knows may cost at most; None: nothing limits it, or nobody can say."""
        known = [left for _, match, left in self._limits if left is not None and matches(change.output.labels, match)]
        known += [
            policy.limits.credits_per_output
            for policy in self._policies
            if policy.limits.credits_per_output is not None
        ]
        return min(known, default=None)

    def take(self, change: Change) -> None:
        """Count a paid change; what it leaves is what the next one may take."""
        self._jobs_taken += 1
        price = change.price_credits or 0
        self._limits = [
            (address, match, left - price if left is not None and matches(change.output.labels, match) else left)
            for address, match, left in self._limits
        ]

    def _by_rule(self, policy: Policy, change: Change) -> str | None:
        """What no price and no order can cure, and the number of jobs."""
        refused = _forbidden(policy, change) or _unlabelled(policy, change)
        if refused is not None:
            return refused
        limits = policy.limits
        if limits.jobs_per_plan is not None and self._jobs_taken >= limits.jobs_per_plan:
            return f"over {policy.name}/limits.jobsPerPlan: {words.count(limits.jobs_per_plan, 'job')} are taken"
        return _dear(policy, change)


def _policy(policy: Policy, plan: Plan, spending: Spending | None) -> Iterator[Check]:
    limits = policy.limits
    if limits.credits_per_plan is not None:
        yield _credits_per_plan(policy, limits.credits_per_plan, plan)
    if limits.credits_per_output is not None:
        dearest = max((change.price_credits or 0 for change in plan.paid), default=0)
        text = f"{dearest:,} of {words.credit_count(limits.credits_per_output)} for the dearest output"
        address = f"{policy.name}/limits.creditsPerOutput"
        yield _each(address, text, plan.paid, partial(_dear, policy), unknown=plan.unknown_cost_count)
    if limits.jobs_per_plan is not None:
        yield _jobs_per_plan(policy, limits.jobs_per_plan, plan)
    wished = [change for change in plan.changes if _wished(change)]
    if policy.allowed_processes is not None:
        text = f"{words.count(len(wished), 'output')} held against {', '.join(policy.allowed_processes)}"
        yield _each(f"{policy.name}/allow.processes", text, wished, partial(_forbidden, policy))
    if policy.required_labels:
        text = f"{words.count(len(wished), 'output')} held against {', '.join(policy.required_labels)}"
        yield _each(f"{policy.name}/require.labels", text, wished, partial(_unlabelled, policy))
    for index, budget in enumerate(policy.budgets):
        yield _budget(f"{policy.name}/budgets[{index}]", budget, plan, spending)


def _wished(change: Change) -> bool:
    """Whether the output is to have a job that does not exist yet, be it in the way of it or another output's."""
    return change.action.may_pay or change.action in _HINDERED or change.same_work_as is not None


def _each(
    address: str, text: str, changes: Sequence[Change], rule: Callable[[Change], str | None], *, unknown: int = 0
) -> Check:
    """A rule that every change has to keep for itself."""
    broken = {change.output.name: rule(change) for change in changes}
    problems = {name: f"{name}: {why}" for name, why in sorted(broken.items()) if why is not None}
    if problems:
        return Check(address, Verdict.FAIL, f"{text}{_and_unknown(unknown)}", tuple(problems.values()), tuple(problems))
    return Check(address, Verdict.UNKNOWN if unknown else Verdict.PASS, f"{text}{_and_unknown(unknown)}")


def _forbidden(policy: Policy, change: Change) -> str | None:
    process_id, allowed = change.output.process_id, policy.allowed_processes
    if allowed is None or any(fnmatchcase(process_id, pattern) for pattern in allowed):
        return None
    return f"{policy.name} does not allow process {process_id}"


def _unlabelled(policy: Policy, change: Change) -> str | None:
    missing = [key for key in policy.required_labels if key not in change.output.labels]
    return f"{policy.name} requires the label {' and '.join(missing)}" if missing else None


def _dear(policy: Policy, change: Change) -> str | None:
    price, limit = change.price_credits, policy.limits.credits_per_output
    if price is None or limit is None or price <= limit:
        return None
    return f"{words.credit_count(price)}, {policy.name} allows {limit:,} for one output"


def _credits_per_plan(policy: Policy, limit: int, plan: Plan) -> Check:
    address = f"{policy.name}/limits.creditsPerPlan"
    known, unknown = plan.known_cost_credits, plan.unknown_cost_count
    text = f"{known:,} of {words.credit_count(limit)}{_and_unknown(unknown)}"
    if known > limit:
        problem = f"the plan costs {words.credit_count(known)}, {policy.name} allows {limit:,}"
        return Check(address, Verdict.FAIL, text, (problem,))
    return Check(address, Verdict.UNKNOWN if unknown else Verdict.PASS, text)


def _jobs_per_plan(policy: Policy, limit: int, plan: Plan) -> Check:
    address, jobs = f"{policy.name}/limits.jobsPerPlan", len(plan.paid)
    text = f"{jobs:,} of {words.count(limit, 'job')}"
    if jobs > limit:
        problem = f"the plan creates {words.count(jobs, 'job')}, {policy.name} allows {limit:,}"
        return Check(address, Verdict.FAIL, text, (problem,))
    return Check(address, Verdict.PASS, text)


def _budget(address: str, budget: LabelBudget, plan: Plan, spending: Spending | None) -> Check:
    """Where no output that matches is to be paid, the budget stops nothing, however much was spent."""
    paid = [change for change in plan.paid if matches(change.output.labels, budget.match)]
    whose = ", ".join(f"{key}={value}" for key, value in sorted(budget.match.items())) or "all outputs"
    of = f"of {words.credit_count(budget.credits)} in {month_of(plan.made_at)} for {whose}"
    if not paid:
        return Check(address, Verdict.PASS, f"nothing planned {of}")
    planned = sum(change.price_credits or 0 for change in paid)
    unknown_prices = sum(change.price_credits is None for change in paid)
    if spending is None:
        return _within(address, budget, planned, f"{planned:,} planned {of}, what was spent is not known", unknown=1)
    charged, running, unknown = _spent(budget, spending)
    text = f"{charged:,} charged + {running:,} running + {planned:,} planned {of}{_and_unknown(unknown_prices)}"
    return _within(address, budget, charged + running + planned, text, unknown=unknown + unknown_prices)


def _within(address: str, budget: LabelBudget, credit_count: int, text: str, *, unknown: int) -> Check:
    if credit_count > budget.credits:
        over = words.credit_count(credit_count - budget.credits)
        return Check(address, Verdict.FAIL, text, (f"{over} over {address}: {text}",))
    return Check(address, Verdict.UNKNOWN if unknown else Verdict.PASS, text)


def _spent(budget: LabelBudget, spending: Spending) -> tuple[int, int, int]:
    """Credits charged and running for a budget's labels, and of how many jobs that is not known."""
    found = [entry for entry in spending.entries if matches(entry.labels, budget.match)]
    charged = sum(entry.spent_credits or 0 for entry in found if entry.state is MoneyState.CHARGED)
    running = sum(entry.spent_credits or 0 for entry in found if entry.state is MoneyState.RUNNING)
    return charged, running, sum(entry.spent_credits is None for entry in found)


def _left(budget: LabelBudget, spending: Spending | None) -> int | None:
    """What a budget leaves; None where that is not known."""
    if spending is None:
        return None
    charged, running, unknown = _spent(budget, spending)
    return None if unknown else budget.credits - charged - running


def _and_unknown(prices: int) -> str:
    return f", {words.count(prices, 'price')} unknown" if prices else ""
