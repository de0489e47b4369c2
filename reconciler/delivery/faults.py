"""What a disk's refusal means for people."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.errors import DeliveryError, DestinationOccupied, DestinationUnreadable

_KEPT = "the job is not lost, and the download is free"
_HINTS = {
    errno.ENOSPC: f"Free some space there and run again: {_KEPT}.",
    errno.EDQUOT: f"Raise the disk quota or free some space there and run again: {_KEPT}.",
    errno.EFBIG: f"Choose a delivery.to whose file system takes larger files: {_KEPT}.",
    errno.EACCES: f"Allow this user to write there, or choose another delivery.to: {_KEPT}.",
    errno.EPERM: f"Allow this user to write there, or choose another delivery.to: {_KEPT}.",
    errno.EROFS: f"Make it writable, or choose another delivery.to: {_KEPT}.",
    errno.ENOTDIR: f"A file stands where a folder is needed: choose another delivery.to; {_KEPT}.",
    errno.ENAMETOOLONG: f"Choose a shorter delivery.to: {_KEPT}.",
}


@contextmanager
def writing(path: str) -> Iterator[None]:
    """Translate an OSError into one sentence about `path`.

    Raises:
        DeliveryError: writing was refused; the hint says what to do next.
    """
    try:
        yield
    except OSError as error:
        hint = _HINTS.get(error.errno or 0, f"Look at the disk and run again: {_KEPT}.")
        raise DeliveryError(f"{path} cannot be written: {_reason(error)}.", hint=hint) from error


@contextmanager
def reading(path: str) -> Iterator[None]:
    """Translate an OSError into one sentence about `path`.

    Raises:
        DestinationUnreadable: reading was refused.
    """
    try:
        yield
    except OSError as error:
        raise unreadable(path, _reason(error)) from error


def unreadable(path: str, reason: str) -> DestinationUnreadable:
    """The error for something at the destination that cannot be read; `reason` is a clause."""
    hint = "Make it readable, or move it away: without a receipt, the files beside it count as somebody else's."
    return DestinationUnreadable(f"{path} cannot be read: {reason}.", hint=hint)


def occupied(path: str, what: str = "another file") -> DestinationOccupied:
    """The error for something at `path` that no receipt owns."""
    return DestinationOccupied(
        f"{path} is taken by {what} that no receipt owns.",
        hint=f"Move it away, or change delivery.to or delivery.name, and run again: {_KEPT}.",
    )


def _reason(error: OSError) -> str:
    text = error.strerror or (os.strerror(error.errno) if error.errno else type(error).__name__)
    return text[:1].lower() + text[1:]
