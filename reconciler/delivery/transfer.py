"""One asset's bytes, from where they are to a finished part at the destination."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.clock import Clock
from reconciler.delivery import checksum, faults
from reconciler.delivery.checksum import Tally
from reconciler.delivery.destination import OpenDestination, PartWriter
from reconciler.delivery.threads import in_thread
from reconciler.errors import AnswerLost, ServiceError, TransferBroken
from reconciler.model.job import Asset
from reconciler.model.receipt import OwnedFile

#: How much is collected before it is hashed and written in one go, in bytes.
BUFFER_BYTES = 1 << 20
#: Waits between the attempts of one transfer, in seconds; one attempt more than waits.
RETRY_WAITS_S = (1.0, 5.0)


@dataclass(frozen=True, slots=True)
class Source:
    """An open asset: `size_bytes` as the answer announces it (None: it does not), and the bytes as they come.

    `chunks` raises a ServiceError when the bytes stop before their announced end.
    """

    size_bytes: int | None
    chunks: AsyncIterator[bytes]


#: Opens an asset anew, from its first byte.
OpenAsset: TypeAlias = Callable[[Asset], AbstractAsyncContextManager[Source]]
#: Told of (file name, bytes so far, bytes in all or None) about every BUFFER_BYTES; starts over with an attempt.
Notify: TypeAlias = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Transfers:
    """What all transfers of one delivery share."""

    destination: OpenDestination
    place: str
    open_asset: OpenAsset
    clock: Clock
    notify: Notify

    async def fetch(self, name: str, asset: Asset, *, standing_bytes: int | None) -> OwnedFile:
        """Stream an asset into the part of `name`, verify and finish it; three attempts, waits by the clock.

        Args:
            name: the final name.
            asset: `size_bytes` and `checksum` are verified where the item has them.
            standing_bytes: the size of a file that is not ours under the final name; None: there is none.

        Raises:
            TransferBroken: the bytes are not those that were announced, each time.
            ServiceError: the asset could not be opened, or its bytes did not come to an end.
            DestinationOccupied: the file that stands there cannot be this one: it has another size.
            DeliveryError: the destination refused the bytes.
        """
        for wait_s in RETRY_WAITS_S:
            try:
                return await self._attempt(name, asset, standing_bytes)
            except TransferBroken:
                pass
            except ServiceError as error:
                if not (error.retryable or isinstance(error, AnswerLost)):
                    raise
            await self.clock.sleep(wait_s)
        return await self._attempt(name, asset, standing_bytes)

    async def _attempt(self, name: str, asset: Asset, standing_bytes: int | None) -> OwnedFile:
        async with self.open_asset(asset) as source:
            sizes = {size for size in (source.size_bytes, asset.size_bytes) if size is not None}
            if len(sizes) > 1:
                raise _broken(
                    name, f"is announced with {source.size_bytes:,} bytes, its item says {asset.size_bytes:,}"
                )
            total = next(iter(sizes), None)
            if standing_bytes is not None and total is not None and standing_bytes != total:
                raise faults.occupied(f"{self.place}/{name}")
            tally = Tally(checksum.announced(asset.checksum))
            async with self.destination.part(name) as part:
                await self._stream(name, source, part, tally, total)
                _check(name, tally, total)
                await part.finish()
        return OwnedFile(name, tally.size_bytes, tally.sha256)

    async def _stream(self, name: str, source: Source, part: PartWriter, tally: Tally, total: int | None) -> None:
        buffer = bytearray()
        async for chunk in source.chunks:
            buffer += chunk
            if total is not None and tally.size_bytes + len(buffer) > total:
                raise _broken(name, f"brings more than the {total:,} bytes that were announced")
            if len(buffer) >= BUFFER_BYTES:
                full, buffer = buffer, bytearray()
                await self._put(name, full, part, tally, total)
        await self._put(name, buffer, part, tally, total)

    async def _put(self, name: str, data: bytearray, part: PartWriter, tally: Tally, total: int | None) -> None:
        await in_thread(tally.update, data)
        await part.write(data)
        self.notify(name, tally.size_bytes, total)


def _check(name: str, tally: Tally, total: int | None) -> None:
    if total is not None and tally.size_bytes != total:
        raise _broken(name, f"arrived with {tally.size_bytes:,} of {total:,} bytes")
    if tally.expected is not None and not tally.agrees:
        raise _broken(name, f"arrived with another {tally.expected.algorithm} than its item says")


def _broken(name: str, what: str) -> TransferBroken:
    return TransferBroken(
        f"{name} {what}.",
        hint="Run again: the job is not lost, and the download is free. If it stays so, ask the support of UP42.",
    )
