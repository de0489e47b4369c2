"""What a delivery finds at its destination, and what of that is ours."""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.delivery.destination import OpenDestination
from reconciler.delivery.order import Order
from reconciler.errors import DestinationOccupied
from reconciler.model.job import Asset
from reconciler.model.receipt import OwnedFile, Receipt, ReceiptStatus


@dataclass(frozen=True, slots=True)
class Survey:
    """What lay at the destination when the delivery began.

    Attributes:
        receipt: the receipt there; None without one.
        whole: files of the receipt, by name, that were read back and are what it says. Empty where that was of no
            interest: for a complete receipt of another job.
        ours: every file that the receipt owns. One that says `delivering` owns a new file only once that has its
            final name: until then, somebody else's may stand there.
    """

    receipt: Receipt | None
    whole: Mapping[str, OwnedFile]
    ours: tuple[OwnedFile, ...]

    @property
    def was_interrupted(self) -> bool:
        """Whether a delivery had begun to give files their final names, and did not come to its end."""
        return self.receipt is not None and self.receipt.status is ReceiptStatus.DELIVERING

    def owns(self, name: str) -> bool:
        """Whether what stands under this name is ours to replace."""
        return any(owned.file == name for owned in self.ours)

    def promised(self, job_id: str, item_id: str, asset: Asset, name: str) -> OwnedFile | None:
        """The file that the receipt names for this very asset of this very job, if it has this name."""
        if self.receipt is None or self.receipt.job.job_id != job_id:
            return None
        known = (found for found in self.receipt.assets if (found.item_id, found.key) == (item_id, asset.key))
        return next((found.delivered for found in known if found.delivered and found.delivered.file == name), None)


async def survey(order: Order, there: OpenDestination, place: str) -> Survey:
    """Look at the destination; `place` names it for people.

    Raises:
        DestinationOccupied: the receipt there is of another API, or of other work of another project.
        DestinationUnreadable: the receipt, or a file of it, cannot be read.
    """
    receipt = await there.receipt()
    if receipt is None:
        return Survey(None, {}, ())
    _refuse_other_owner(receipt, order, place)
    delivering = receipt.status is ReceiptStatus.DELIVERING
    whole = {}
    if delivering or receipt.job.job_id == order.job.job_id:
        for owned in receipt.files:
            if await there.read_back(owned.file) == owned:
                whole[owned.file] = owned
    ours = (*receipt.previous, *whole.values()) if delivering else receipt.files
    return Survey(receipt, whole, tuple(dict.fromkeys(ours)))


def _refuse_other_owner(receipt: Receipt, order: Order, place: str) -> None:
    # A project may do what it likes with its own folders: rename an output and change its inputs at once, say.
    ours = receipt.fingerprint == order.fingerprint or receipt.project == order.project
    if receipt.api_url == order.api_url and ours:
        return
    project = f" of project {receipt.project}" if receipt.project else ""
    raise DestinationOccupied(
        f"{place} holds output {receipt.output}{project}, made at {receipt.api_url}.",
        hint="Choose another delivery.to and run again: the job is not lost, and the download is free.",
    )
