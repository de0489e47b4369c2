"""Files that a command line names: read whole, up to a limit."""

import contextlib
import sys
from pathlib import Path

from reconciler.errors import UsageError


def read_bytes(path: str, *, limit_bytes: int, what: str, stdin: bool = False) -> bytes:
    """The content of a file; one byte more than the limit where it is longer, for the caller to refuse.

    Args:
        path: of the file.
        limit_bytes: more is not read.
        what: which file is meant, in the sentence of an error.
        stdin: whether `-` stands for standard input.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        with contextlib.nullcontext(sys.stdin.buffer) if stdin and path == "-" else Path(path).open("rb") as file:
            return file.read(limit_bytes + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no valid path"
        raise UsageError(f"{what} cannot be read: {reason}.") from error
