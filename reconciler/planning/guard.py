"""Ceilings that refuse a whole plan before anything is created. Pure."""

from reconciler.model.plan import Plan
from reconciler.planning import words


def refusal(plan: Plan, *, max_credits: int | None) -> str | None:
    """One sentence why the plan must not be applied, or None.

    A price that is not known could be anything, so a plan that has one needs a ceiling (product.md, exit code 4).
    """
    known = plan.known_cost_credits
    unknown = plan.unknown_cost_count
    if max_credits is None:
        if not unknown:
            return None
        return f"The price of {words.count(unknown, 'output')} is not known: set a ceiling with --max-credits to go on."
    if known > max_credits:
        return (
            f"The plan costs {words.credit_count(known)}, more than the ceiling of {max_credits:,}: "
            "raise --max-credits (and RECONCILER_MAX_CREDITS, if set), or take less with --select."
        )
    return None


def ceiling(option: int | None, environment: int | None) -> int | None:
    """The ceiling in force: the option can lower RECONCILER_MAX_CREDITS, never raise it."""
    given = [credit_count for credit_count in (option, environment) if credit_count is not None]
    return min(given) if given else None
