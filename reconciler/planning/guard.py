"""Ceilings and policies that refuse a whole plan before anything is created. Pure."""

from reconciler.model.plan import Plan
from reconciler.planning import words

_SHOWN = 3


def refusal(plan: Plan) -> str | None:
    """Why the plan must not be applied, in a sentence or two, or None.

    A price that is not known could be anything, so a plan that has one needs a ceiling (product.md, exit code 4).
    """
    broken = [problem for check in plan.failed_checks for problem in check.problems or (check.text,)]
    if broken:
        more = f" (and {len(broken) - _SHOWN:,} more)" if len(broken) > _SHOWN else ""
        return (
            f"A policy refuses the plan: {'; '.join(broken[:_SHOWN])}{more}: "
            "change the manifests or the policy, or take what fits with --fit."
        )
    return _over_ceiling(plan)


def _over_ceiling(plan: Plan) -> str | None:
    known, unknown, ceiling_credits = plan.known_cost_credits, plan.unknown_cost_count, plan.ceiling_credits
    if ceiling_credits is None:
        if not unknown:
            return None
        return f"The price of {words.count(unknown, 'output')} is not known: set a ceiling with --max-credits to go on."
    if known > ceiling_credits:
        return (
            f"The plan costs {words.credit_count(known)}, more than the ceiling of {ceiling_credits:,}: "
            "raise --max-credits (and RECONCILER_MAX_CREDITS, if set), take what fits with --fit, "
            "or take less with --select."
        )
    return None


def ceiling(*given: int | None) -> int | None:
    """The ceiling in force: an option, RECONCILER_MAX_CREDITS and a saved plan can each lower it, none can raise it."""
    known = [credit_count for credit_count in given if credit_count is not None]
    return min(known) if known else None
