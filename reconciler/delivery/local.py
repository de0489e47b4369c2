"""The destination that is a folder of this machine. Every blocking call runs in a thread (reconciler.delivery.disk)."""

import os
import stat
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from reconciler.clock import Clock
from reconciler.delivery import disk, faults, receipts
from reconciler.delivery.checksum import Tally
from reconciler.delivery.naming import PART, RECEIPT_NAME
from reconciler.delivery.threads import in_thread
from reconciler.errors import DestinationUnreadable
from reconciler.model.receipt import DestinationState, OwnedFile, Receipt

#: How often a folder that another run delivers to is looked at, in seconds.
BUSY_POLL_S = 0.5
#: How much is hashed before a cancellation is looked at, in blocks of disk.BLOCK_BYTES.
_HASH_BLOCKS = 32


class LocalFolder:
    """A `Destination`: the folder at an absolute path."""

    def __init__(self, path: str) -> None:
        self._path = path

    @property
    def place(self) -> str:
        """The folder's path."""
        return self._path

    async def state(self, *, verify: bool = False) -> DestinationState:
        """What lies there; see `Destination.state`."""
        root = disk.Root(self._path)
        try:
            if not await in_thread(root.open):
                return DestinationState()
            receipt = await in_thread(_receipt, root)
            if receipt is None:
                return DestinationState()
            sizes = await in_thread(_sizes, root, receipt.files)
            damaged = await _damaged(root, receipt.files, sizes) if verify else frozenset()
            return DestinationState(receipt, sizes, damaged)
        except DestinationUnreadable as error:
            return DestinationState(unreadable=str(error))
        finally:
            await in_thread(root.close)

    @asynccontextmanager
    async def exclusive(self, clock: Clock) -> AsyncIterator["OpenFolder"]:
        """Create and lock the folder; see `Destination.exclusive`. The lock holds on this machine only."""
        root = disk.Root(self._path)
        try:
            while not await in_thread(root.lock):
                await clock.sleep(BUSY_POLL_S)
            yield OpenFolder(root)
        finally:
            await in_thread(root.close)


class OpenFolder:
    """An `OpenDestination`: a locked folder."""

    def __init__(self, root: disk.Root) -> None:
        self._root = root

    async def receipt(self) -> Receipt | None:
        """See `OpenDestination.receipt`."""
        return await in_thread(_receipt, self._root)

    async def size(self, name: str) -> int | None:
        """See `OpenDestination.size`."""
        status = await in_thread(self._root.status, name)
        if status is None:
            return None
        if not stat.S_ISREG(status.st_mode):
            raise faults.occupied(self._root.place(name), "a link" if stat.S_ISLNK(status.st_mode) else "something")
        return status.st_size

    async def read_back(self, name: str, *, part: bool = False) -> OwnedFile | None:
        """See `OpenDestination.read_back`."""
        found = await _read_back(self._root, name + PART if part else name)
        return None if found is None else OwnedFile(name, found.size_bytes, found.sha256)

    @asynccontextmanager
    async def part(self, name: str) -> AsyncIterator["PartFile"]:
        """See `OpenDestination.part`."""
        writer = PartFile(self._root, name + PART)
        try:
            await in_thread(writer.open)
            yield writer
        finally:
            await in_thread(writer.close)

    async def publish(self, name: str, *, replaces: bool) -> None:
        """See `OpenDestination.publish`."""
        with faults.writing(self._root.place(name)):
            await in_thread(self._root.publish, name, replaces=replaces)

    async def drop_part(self, name: str) -> None:
        """See `OpenDestination.drop_part`."""
        with faults.writing(self._root.place(name + PART)):
            await in_thread(self._root.remove, name + PART)

    async def remove(self, owned: OwnedFile) -> bool:
        """See `OpenDestination.remove`."""
        if await _read_back(self._root, owned.file) != owned:
            return False
        with faults.writing(self._root.place(owned.file)):
            await in_thread(self._root.remove, owned.file)
        return True

    async def write_receipt(self, receipt: Receipt) -> None:
        """See `OpenDestination.write_receipt`."""
        with faults.writing(self._root.place(RECEIPT_NAME)):
            await in_thread(self._root.write_receipt, receipts.encode(receipt))


class PartFile:
    """A `PartWriter`: `<name>.part` in a locked folder."""

    def __init__(self, root: disk.Root, name: str) -> None:
        self._root = root
        self._name = name
        self._fd = -1

    def open(self) -> None:
        """Create the file; blocking."""
        with faults.writing(self._root.place(self._name)):
            self._fd = self._root.create(self._name)

    def close(self) -> None:
        """Close the file, whatever happened to it; blocking."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1

    async def write(self, data: bytes | bytearray) -> None:
        """See `PartWriter.write`."""
        with faults.writing(self._root.place(self._name)):
            await in_thread(self._write, data)

    async def finish(self) -> None:
        """See `PartWriter.finish`."""
        with faults.writing(self._root.place(self._name)):
            await in_thread(os.fsync, self._fd)

    def _write(self, data: bytes | bytearray) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self._fd, left) :]


class _Reading:
    """A file that is read and hashed in steps."""

    def __init__(self, root: disk.Root, name: str) -> None:
        self._root = root
        self._name = name
        self._fd = -1
        self._tally = Tally()

    def open(self) -> bool:
        """Whether there is a plain file to read."""
        status = self._root.status(self._name)
        if status is None or not stat.S_ISREG(status.st_mode):
            return False
        with faults.reading(self._root.place(self._name)):
            self._fd = self._root.open_file(self._name)
            return stat.S_ISREG(os.fstat(self._fd).st_mode)

    def step(self) -> bool:
        """Read on; False at the end."""
        with faults.reading(self._root.place(self._name)):
            for _ in range(_HASH_BLOCKS):
                data = os.read(self._fd, disk.BLOCK_BYTES)
                if not data:
                    return False
                self._tally.update(data)
        return True

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1

    def result(self) -> OwnedFile:
        return OwnedFile(self._name, self._tally.size_bytes, self._tally.sha256)


async def _read_back(root: disk.Root, name: str) -> OwnedFile | None:
    reading = _Reading(root, name)
    try:
        if not await in_thread(reading.open):
            return None
        while await in_thread(reading.step):
            pass
        return reading.result()
    finally:
        await in_thread(reading.close)


def _receipt(root: disk.Root) -> Receipt | None:
    data = root.read(RECEIPT_NAME)
    if data is None:
        return None
    try:
        return receipts.decode(data)
    except ValueError as error:
        raise faults.unreadable(root.place(RECEIPT_NAME), str(error)) from error


def _sizes(root: disk.Root, files: Iterable[OwnedFile]) -> dict[str, int]:
    found = ((owned.file, root.status(owned.file)) for owned in files)
    return {name: status.st_size for name, status in found if status is not None and stat.S_ISREG(status.st_mode)}


async def _damaged(root: disk.Root, files: Iterable[OwnedFile], sizes: Mapping[str, int]) -> frozenset[str]:
    """The files that are there and are not what the receipt says."""
    return frozenset(
        [owned.file for owned in files if owned.file in sizes and await _read_back(root, owned.file) != owned]
    )
