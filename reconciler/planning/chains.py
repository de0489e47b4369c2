"""Outputs that are made from other outputs' results: what each waits for, and which item it gets. Pure."""

import graphlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.model.chain import Reference, depends_on, references, with_links
from reconciler.model.job import Asset, Item
from reconciler.model.output import Output
from reconciler.model.plan import Action, Change, Reason
from reconciler.model.receipt import Receipt

_HELD_UP = (Action.BLOCKED, Action.DEFERRED)
_DONE = (Action.UNCHANGED, Action.DOWNLOAD)
#: Any item link will do where only the shape of inputs is checked.
_STAND_IN = "/v2/assets/stac/collections/collection/items/item"


@dataclass(frozen=True, slots=True)
class Waits:
    """The outputs whose items have to be there first."""

    names: tuple[str, ...]


def resolved(
    output: Output, changes: Mapping[str, Change], items: Mapping[str, Sequence[Item]]
) -> Output | Waits | Reason:
    """The output with its references replaced by links; or what it waits for; or why it cannot be made.

    Args:
        output: with references.
        changes: of every output that it is made from, by name.
        items: the result items of those of them whose results are known, by name.
    """
    waits: list[str] = []
    links: dict[Reference, str] = {}
    for reference in references(output.inputs):
        if reference.output in items:
            found = chosen(reference, items[reference.output])
            if isinstance(found, Reason):
                return found
            links[reference] = found.href
        elif changes[reference.output].action in _HELD_UP:
            return held_up(changes[reference.output])
        elif changes[reference.output].action in _DONE:
            text = f"the results of {reference.output}, which it is made from, cannot be found in storage"
            return Reason("blocked_because_upstream_results", text)
        else:
            waits.append(reference.output)
    if waits:
        return Waits(tuple(sorted(set(waits))))
    return replace(output, inputs=with_links(output.inputs, links.get))


def chosen(reference: Reference, items: Sequence[Item]) -> Item | Reason:
    """The one result item that a reference means, or why there is not exactly one."""
    fitting = [item for item in items if _fits(reference, item)]
    if len(fitting) == 1:
        return fitting[0]
    wish = ", ".join(
        f"{name} {value}"
        for name, value in (("role", reference.role), ("asset", reference.asset), ("title", reference.title))
        if value is not None
    )
    wanted = f" with {wish}" if wish else ""
    if not fitting:
        text = f"{reference.output} has no result item{wanted}: correct role, asset or title of fromOutput"
        return Reason("blocked_because_no_result_matches", text)
    text = f"{reference.output} has {len(fitting)} result items{wanted}: choose one by role, asset or title"
    return Reason("blocked_because_result_ambiguous", text)


def held_up(upstream: Change) -> Reason:
    """Why an output cannot be made that is made from this one."""
    text = f"waits for {upstream.output.name}, which is {upstream.action}"
    return Reason("blocked_because_upstream", text)


def waiting(names: Sequence[str]) -> Reason:
    """Why a new job is planned whose inputs are not known yet."""
    return Reason("create_after_upstream", f"made from {', '.join(names)}, which comes first")


def stood_in(output: Output) -> Output:
    """The output with a stand-in for each link that is not known yet, to check the shape of its inputs."""
    return replace(output, inputs=with_links(output.inputs, lambda _: _STAND_IN))


def receipt_items(receipt: Receipt) -> tuple[Item, ...]:
    """The result items as far as the receipt tells; empty where it was written without them."""
    return tuple(
        Item(
            item_id=item.item_id,
            collection_id="",
            href=item.href,
            assets=tuple(
                Asset(asset.key, "", asset.title, asset.media_type, asset.roles)
                for asset in receipt.assets
                if asset.item_id == item.item_id
            ),
            properties={"title": item.title} if item.title else {},
        )
        for item in receipt.items
    )


def after_allotment(changes: Sequence[Change]) -> tuple[Change, ...]:
    """The changes once the money is shared out: what waits for an output that is held up is blocked, at any depth.

    A replacement lists all that depend on it.
    """
    by_name = {change.output.name: change for change in changes}
    for change in in_order(changes):
        stopped = next((by_name[name] for name in change.waits_for if by_name[name].action in _HELD_UP), None)
        if stopped is not None and change.action.may_pay:
            reason = held_up(stopped)
            by_name[change.output.name] = replace(change, action=Action.BLOCKED, reason=reason, waits_for=())
    dependents = _dependents(by_name.values())
    return tuple(_with_dependents(by_name[change.output.name], dependents) for change in changes)


def in_order(changes: Iterable[Change]) -> list[Change]:
    """The changes, each after those that it waits for. There is no cycle (manifest.read)."""
    by_name = {change.output.name: change for change in changes}
    order = graphlib.TopologicalSorter({name: change.waits_for for name, change in by_name.items()}).static_order()
    return [by_name[name] for name in order]


def with_upstream(chosen_outputs: Sequence[Output], all_outputs: Sequence[Output]) -> tuple[Output, ...]:
    """The chosen outputs and all that they are made from, at any depth, in the order of `all_outputs`."""
    by_name = {output.name: output for output in all_outputs}
    wanted = {output.name for output in chosen_outputs}
    pending = list(chosen_outputs)
    while pending:
        for name in depends_on(pending.pop()):
            if name in by_name and name not in wanted:
                wanted.add(name)
                pending.append(by_name[name])
    return tuple(output for output in all_outputs if output.name in wanted)


def _dependents(changes: Iterable[Change]) -> dict[str, list[str]]:
    """Who waits directly for each output."""
    found: dict[str, list[str]] = {}
    for change in changes:
        for name in change.waits_for:
            found.setdefault(name, []).append(change.output.name)
    return found


def _with_dependents(change: Change, dependents: Mapping[str, Sequence[str]]) -> Change:
    if change.action is not Action.REPLACE:
        return change
    found: set[str] = set()
    pending = [change.output.name]
    while pending:
        new = set(dependents.get(pending.pop(), ())) - found
        found |= new
        pending.extend(new)
    if not found:
        return change
    note = f"{', '.join(sorted(found))} {'is' if len(found) == 1 else 'are'} made from it, and paid for anew"
    return replace(change, notes=(*change.notes, note))


def _fits(reference: Reference, item: Item) -> bool:
    titles = {item.properties.get("title"), *(asset.title for asset in item.assets)}
    return (
        (reference.role is None or any(reference.role in asset.roles for asset in item.assets))
        and (reference.asset is None or any(reference.asset == asset.key for asset in item.assets))
        and (reference.title is None or reference.title in titles)
    )
