"""Delivering a job's files: whole or not at all, at every instant.

The order of effects, each of which a later run can start from, with the same job's results or another's:

    1  every file that is not there yet is streamed into its `.part`, counted, hashed and flushed
    2  the receipt says `delivering`: it names the new files, and as `previous` what the old receipt owned
    3  each part gets its final name
    4  files of the old receipt that the new one does not name are removed, if they are unchanged
    5  the receipt says `complete`

Before 2 the old files and their receipt stand untouched. After it, what a name holds is told by its SHA-256.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from reconciler.clock import Clock
from reconciler.delivery import faults
from reconciler.delivery.destination import Destination
from reconciler.delivery.naming import file_names, folded
from reconciler.delivery.order import Order
from reconciler.delivery.survey import Survey, survey
from reconciler.delivery.transfer import Notify, OpenAsset, Transfers
from reconciler.model.job import Asset
from reconciler.model.receipt import OwnedFile, Receipt, ReceiptJob, ReceiptStatus

__all__ = ["FILES_AT_ONCE", "Order", "deliver", "settle"]

#: How many files of one delivery are transferred at once.
FILES_AT_ONCE = 4

T = TypeVar("T")
R = TypeVar("R")


async def deliver(
    order: Order,
    destination: Destination,
    open_asset: OpenAsset,
    clock: Clock,
    notify: Notify,
    *,
    at_once: int = FILES_AT_ONCE,
) -> Receipt:
    """Deliver a job's files and return the complete receipt that lies beside them.

    A file that the receipt there owns for the same job is kept if its SHA-256 is the receipt's, whatever else is
    missing. A file under a final name is whole at every instant. After an error or a cancellation, what was there
    before is untouched (or, once all parts are whole, completed by the next call), and new bytes are in `.part` files.
    Waits while another run delivers to the same place.

    Raises:
        DestinationOccupied: what lies there is another output's, or a file that no receipt owns.
        DestinationUnreadable: the receipt there, or a file, cannot be read.
        TransferBroken: bytes did not arrive as announced, three times.
        DeliveryError: no file is wanted, two would have one name, or the disk refused (the message says why).
        ServiceError: from `open_asset`.
    """
    names = file_names(order.assets, roles=order.roles, template=order.name)
    async with destination.exclusive(clock) as there:
        before = await survey(order, there, destination.place)
        transfers = Transfers(there, destination.place, open_asset, clock, notify)
        return await _Delivery(order, names, transfers, before).run(at_once)


async def settle(destination: Destination, job: ReceiptJob, clock: Clock) -> None:
    """Write a job's last facts (status, credits, whether they are final) into the complete receipt of that job.

    Does nothing where there is no such receipt, or where it says the same already.

    Raises:
        DestinationUnreadable: the receipt cannot be read.
        DeliveryError: the receipt cannot be written.
    """
    if not _can_learn((await destination.state()).receipt, job):
        return
    async with destination.exclusive(clock) as there:
        receipt = await there.receipt()
        if receipt is not None and _can_learn(receipt, job):
            await there.write_receipt(replace(receipt, job=job))


def _can_learn(receipt: Receipt | None, job: ReceiptJob) -> bool:
    if receipt is None or receipt.status is not ReceiptStatus.COMPLETE:
        return False
    return receipt.job.job_id == job.job_id and receipt.job != job


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An asset that is delivered, its final name, and the size of what stands there now (None: nothing)."""

    item_id: str
    asset: Asset
    name: str
    standing_bytes: int | None


@dataclass(frozen=True, slots=True)
class _Staged:
    """A file that is whole: under its final name already, or as a part."""

    owned: OwnedFile
    in_place: bool


@dataclass(frozen=True, slots=True)
class _Delivery:
    order: Order
    names: tuple[str | None, ...]
    transfers: Transfers
    before: Survey

    async def run(self, at_once: int) -> Receipt:
        there = self.transfers.destination
        staged = await _few_at_once(self._stage, await self._wanted(), at_once)
        files = {found.owned.file: found.owned for found in staged}
        delivered = [None if name is None else files[name] for name in self.names]
        complete = self.order.receipt(delivered, ReceiptStatus.COMPLETE)

        parts = [found.owned.file for found in staged if not found.in_place]
        new = {folded(name) for name in files}
        leaving = [owned for owned in self.before.ours if folded(owned.file) not in new]
        old = self.before.receipt
        if not parts and not leaving and old is not None and replace(complete, delivered_at=old.delivered_at) == old:
            return old
        if parts or leaving:
            await there.write_receipt(self.order.receipt(delivered, ReceiptStatus.DELIVERING, self.before.ours))
        for name in parts:
            await there.publish(name, replaces=self.before.owns(name))
        for owned in leaving:
            await there.remove(owned)
        await self._drop_stale_parts(new)
        await there.write_receipt(complete)
        return complete

    async def _wanted(self) -> list[_Wanted]:
        """What has to be staged. Looks at every name: what is taken is found out before the first byte is fetched."""
        return [
            _Wanted(item_id, asset, name, await self.transfers.destination.size(name))
            for (item_id, asset), name in zip(self.order.assets, self.names, strict=True)
            if name is not None
        ]

    async def _stage(self, wanted: _Wanted) -> _Staged:
        there = self.transfers.destination
        name = wanted.name
        promised = self.before.promised(self.order.job.job_id, wanted.item_id, wanted.asset, name)
        if promised is not None and self.before.whole.get(name) == promised:
            await there.drop_part(name)
            return _Staged(promised, in_place=True)
        foreign_bytes = None if self.before.owns(name) else wanted.standing_bytes
        owned = await self._finished_part(promised)
        if owned is None:
            owned = await self.transfers.fetch(name, wanted.asset, standing_bytes=foreign_bytes)
        if foreign_bytes is None:
            return _Staged(owned, in_place=False)
        if await there.read_back(name) != owned:
            raise faults.occupied(f"{self.transfers.place}/{name}")
        await there.drop_part(name)
        return _Staged(owned, in_place=True)

    async def _finished_part(self, promised: OwnedFile | None) -> OwnedFile | None:
        """The part that an interrupted delivery of this job had finished, if it is still what the receipt says."""
        if promised is None or not self.before.was_interrupted:
            return None
        found = await self.transfers.destination.read_back(promised.file, part=True)
        return found if found == promised else None

    async def _drop_stale_parts(self, new: set[str]) -> None:
        """Remove the parts of an interrupted delivery whose files this one does not name."""
        if self.before.receipt is None or not self.before.was_interrupted:
            return
        for owned in self.before.receipt.files:
            if folded(owned.file) not in new:
                await self.transfers.destination.drop_part(owned.file)


async def _few_at_once(act: Callable[[T], Awaitable[R]], entries: Sequence[T], limit: int) -> list[R]:
    """Act on every entry, `limit` at a time; the first error ends the others and is raised as it is."""
    turns = asyncio.Semaphore(limit)

    async def in_turn(entry: T) -> R:
        async with turns:
            return await act(entry)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(in_turn(entry)) for entry in entries]
    except BaseExceptionGroup as error:
        first = error.exceptions[0]
    else:
        return [task.result() for task in tasks]
    raise first
