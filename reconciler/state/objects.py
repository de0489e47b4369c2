"""The door to a state store: small objects that are created once, read and listed, never changed."""

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Protocol

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore

from reconciler.errors import StateStoreError


class Objects(Protocol):
    """What claims ask of a store. Every method may raise StateStoreError."""

    async def create(self, key: str, data: bytes) -> bool:
        """Write a new object, durably. False, and nothing written, if there is one with that key."""
        ...

    async def read(self, key: str) -> bytes | None:
        """The object's bytes, or None if there is none."""
        ...

    async def keys(self, prefix: str) -> tuple[str, ...]:
        """Every key below a prefix (a folder, without the last slash), sorted."""
        ...


class FolderObjects:
    """A local folder, which is made with the first object.

    obstore is called in worker threads, not through its own coroutines: those wake the event loop from threads of
    their own, which may be cut off in the middle of that when the process ends, and then abort it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def create(self, key: str, data: bytes) -> bool:
        """Write a new object and sync it and its folder to disk; see `Objects.create`."""
        try:
            await asyncio.to_thread(self._create, key, data)
        except AlreadyExistsError:
            return False
        except (BaseError, OSError) as error:
            raise self._unusable("written", error) from error
        return True

    async def read(self, key: str) -> bytes | None:
        """See `Objects.read`."""
        try:
            return await asyncio.to_thread(self._read, key)
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise self._unusable("read", error) from error

    async def keys(self, prefix: str) -> tuple[str, ...]:
        """See `Objects.keys`."""
        try:
            return await asyncio.to_thread(self._keys, prefix)
        except (BaseError, OSError) as error:
            raise self._unusable("listed", error) from error

    def _create(self, key: str, data: bytes) -> None:
        obstore.put(self._store(make=True), key, data, mode="create")
        _sync(self._folder / key)

    def _read(self, key: str) -> bytes | None:
        return bytes(obstore.get(self._store(), key).bytes()) if self._folder.is_dir() else None

    def _keys(self, prefix: str) -> tuple[str, ...]:
        if not self._folder.is_dir():
            return ()
        return tuple(sorted(meta["path"] for meta in obstore.list(self._store(), prefix).collect()))

    def _store(self, *, make: bool = False) -> LocalStore:
        return LocalStore(self._folder, mkdir=make)

    def _unusable(self, verb: str, error: Exception) -> StateStoreError:
        cause = str(error).partition("\n")[0]
        return StateStoreError(
            f"The state folder {self._folder} cannot be {verb}: {cause}",
            hint="Make it readable and writable, or set RECONCILER_STATE to another folder.",
        )


def _sync(path: Path) -> None:
    # obstore renames into place but does not sync; a claim has to be on disk before the request that it protects.
    for target in (path, path.parent):
        descriptor = os.open(target, os.O_RDONLY)
        try:
            # Some network file systems cannot sync a folder.
            with contextlib.suppress(OSError):
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
