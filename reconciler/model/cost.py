"""What a plan costs, broken down."""

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.model.job import Quote
from reconciler.model.plan import Change, Plan


@dataclass(frozen=True, slots=True)
class Share:
    """What some of the paid changes of a plan cost together.

    Attributes:
        name: a process id, or a label as `key=value`.
        count: how many changes.
        known_credits: the sum of their known prices.
        unknown_count: how many have a price that is not known.
        quotes: of those that have one.
    """

    name: str
    count: int
    known_credits: int
    unknown_count: int
    quotes: tuple[Quote, ...]


def by_process(plan: Plan) -> tuple[Share, ...]:
    """The plan's cost by process, sorted by id."""
    return _shares((change.output.process_id, change) for change in plan.paid)


def by_label(plan: Plan) -> tuple[Share, ...]:
    """The plan's cost by label, sorted; a change counts for each of its labels, so these do not add up."""
    return _shares((f"{key}={value}", change) for change in plan.paid for key, value in change.output.labels.items())


def _shares(named: Iterable[tuple[str, Change]]) -> tuple[Share, ...]:
    groups: dict[str, list[Change]] = {}
    for name, change in named:
        groups.setdefault(name, []).append(change)
    return tuple(_share(name, groups[name]) for name in sorted(groups))


def _share(name: str, changes: list[Change]) -> Share:
    prices = [change.price_credits for change in changes]
    return Share(
        name=name,
        count=len(changes),
        known_credits=sum(price or 0 for price in prices),
        unknown_count=prices.count(None),
        quotes=tuple(change.quote for change in changes if change.quote is not None),
    )
