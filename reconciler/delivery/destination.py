"""The door to where files are delivered. Nothing behind it is known to those who deliver.

A local folder today (reconciler.delivery.local). An object store fits too: there `part` is a multipart upload under
the part's key, `publish` a conditional copy, and a lock an object.
"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from reconciler.clock import Clock
from reconciler.delivery.local import LocalFolder
from reconciler.errors import UsageError
from reconciler.model.receipt import DestinationState, OwnedFile, Receipt


class PartWriter(Protocol):
    """A file under its temporary name."""

    async def write(self, data: bytes | bytearray) -> None:
        """Append these bytes.

        Raises:
            DeliveryError: the destination refused them (no space, for instance).
        """
        ...

    async def finish(self) -> None:
        """Return once everything that was written would survive a power cut.

        Raises:
            DeliveryError: the destination refused it.
        """
        ...


class OpenDestination(Protocol):
    """A destination that is ours alone until it is left. Names are relative, with `/` between folders.

    Each method takes effect wholly or not at all and is durable when it returns.
    Everything but reading may raise DeliveryError.
    """

    async def receipt(self) -> Receipt | None:
        """The receipt that is there; None without one.

        Raises:
            DestinationUnreadable: there is one that cannot be read.
        """
        ...

    async def size(self, name: str) -> int | None:
        """The size in bytes of the file under this name, None where nothing is.

        Raises:
            DestinationOccupied: something that is no plain file stands there.
        """
        ...

    async def read_back(self, name: str, *, part: bool = False) -> OwnedFile | None:
        """Size and SHA-256 of the file (or of its part), read from the destination; None where there is none."""
        ...

    def part(self, name: str) -> AbstractAsyncContextManager[PartWriter]:
        """Write the file's part anew, from its first byte. It stays when it is left, finished or not."""
        ...

    async def publish(self, name: str, *, replaces: bool) -> None:
        """Give a finished part its final name, in one step.

        Raises:
            DestinationOccupied: something stands there and `replaces` is False.
        """
        ...

    async def drop_part(self, name: str) -> None:
        """Remove the file's part, if there is one."""
        ...

    async def remove(self, owned: OwnedFile) -> bool:
        """Remove a file, and its folder where that is empty then; False, and nothing done, where it changed."""
        ...

    async def write_receipt(self, receipt: Receipt) -> None:
        """Put this receipt in the place of the one that is there, in one step."""
        ...


class Destination(Protocol):
    """Where the files of one output go."""

    @property
    def place(self) -> str:
        """Where it is, for people."""
        ...

    async def state(self, *, verify: bool = False) -> DestinationState:
        """What lies there; with `verify` every file of the receipt is read and hashed. Changes and creates nothing.

        Never raises for what lies there: what cannot be read is said in `unreadable`.
        """
        ...

    def exclusive(self, clock: Clock) -> AbstractAsyncContextManager[OpenDestination]:
        """Open it for one delivery, waiting, by the clock and without end, while another run delivers there.

        Raises:
            DeliveryError: it cannot be created or opened.
        """
        ...


def folder(to: str) -> Destination:
    """The destination that a manifest's `delivery.to` names: an absolute local path.

    Raises:
        UsageError: it is a URL; object stores cannot be delivered to yet.
    """
    if "://" in to:
        scheme = to.partition("://")[0]
        raise UsageError(
            f"Delivery to {scheme}:// is not available in this version.", hint="Use a local path in delivery.to."
        )
    return LocalFolder(to)
