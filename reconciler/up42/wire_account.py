"""JSON of the EULA, credit and budget endpoints → values of the model (up42-api.md sections 0a, 3 and 10). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.model.job import Budget, Eula
from reconciler.web.fields import (
    Unreadable,
    mapping,
    moment,
    number,
    required_mapping,
    required_text,
    text,
    whole_credits,
)


@dataclass(frozen=True, slots=True)
class SpringPage:
    """One page as Spring writes it; `pages` is how many there are in all, 1 where the answer does not say."""

    content: Sequence[Any]
    pages: int


def spring_page(value: Any) -> SpringPage:
    """`{"content": […], "totalPages": n}`, or a bare array as the only page: which one is not settled (section 3).

    Raises:
        Unreadable: neither shape.
    """
    content = value if isinstance(value, list) else mapping(value).get("content")
    if not isinstance(content, list):
        raise Unreadable("The answer has no list of content.")
    return SpringPage(content, whole_credits(mapping(value).get("totalPages")) or 1)


def eula(value: Any) -> Eula:
    """One EULA (up42-api.md section 3); only `isAccepted: true` counts as accepted.

    Raises:
        Unreadable: it has no id.
    """
    holder = required_mapping(value, "A EULA")
    eula_id = required_text(holder, "id", "A EULA")
    return Eula(
        eula_id=eula_id,
        title=text(holder.get("title")) or eula_id,
        accepted=holder.get("isAccepted") is True,
        document_id=text(holder.get("currentDocumentId")),
        document_url=text(holder.get("currentDocumentUrl")),
        description=text(holder.get("description")) or "",
        accepted_at=moment(holder.get("acceptedAt")),
        valid_from=moment(holder.get("currentDocumentValidFrom")),
    )


def budget(value: Any) -> Budget:
    """One budget (up42-api.md section 0a). Overspent is 0 remaining; without `remainingCredits` it is reckoned.

    Raises:
        Unreadable: it has no id.
    """
    holder = required_mapping(value, "A budget")
    budget_id = required_text(holder, "id", "A budget")
    limit, consumed = whole_credits(holder.get("spendLimit")), whole_credits(holder.get("consumedCredits"))
    said = number(holder.get("remainingCredits"))
    remaining = 0 if said is not None and said < 0 else whole_credits(said)
    if said is None and limit is not None and consumed is not None:
        remaining = max(limit - consumed, 0)
    return Budget(
        budget_id=budget_id,
        name=text(holder.get("name")) or budget_id,
        active=str(holder.get("status")).upper() == "ACTIVE",
        remaining_credits=remaining,
        spend_limit_credits=limit,
    )


def balance(value: Any) -> int | None:
    """The available credits (up42-api.md section 10.1); None where the answer holds no such number.

    A negative balance is None too: accounts that are invoiced may have one, and it does not limit them.
    """
    return whole_credits(mapping(mapping(value).get("available")).get("amount"))


def enforcement(value: Any) -> bool | None:
    """Whether budgets are enforced, from the budget settings; None where the answer does not say."""
    enabled = mapping(value).get("enforcementEnabled")
    return enabled if isinstance(enabled, bool) else None
