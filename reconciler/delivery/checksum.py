"""Counting and hashing bytes as they pass, and the checksums that items announce. Pure."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class _Hash(Protocol):
    def update(self, data: bytes | bytearray, /) -> None: ...
    def hexdigest(self) -> str: ...


#: Multihash prefix (function code and digest length, in hex) -> (name, digest length in bytes, hash function).
_MULTIHASHES: dict[str, tuple[str, int, Callable[[], _Hash]]] = {
    "1220": ("SHA-256", 32, hashlib.sha256),
    "1340": ("SHA-512", 64, hashlib.sha512),
    "1114": ("SHA-1", 20, lambda: hashlib.sha1(usedforsecurity=False)),
    "d50110": ("MD5", 16, lambda: hashlib.md5(usedforsecurity=False)),
}


@dataclass(frozen=True, slots=True)
class Checksum:
    """A checksum that can be verified: `algorithm` for people, `digest` in lower-case hex."""

    algorithm: str
    digest: str
    start: Callable[[], _Hash]


def announced(text: str | None) -> Checksum | None:
    """Read a STAC `file:checksum` (a multihash in hex; STAC file extension 2.1).

    None where there is none, or where it is of a kind that is not known or not well formed: it cannot be verified.
    """
    if text is None:
        return None
    text = text.strip().lower()
    for prefix, (name, length_bytes, start) in _MULTIHASHES.items():
        digest = text.removeprefix(prefix)
        if digest != text and len(digest) == 2 * length_bytes and not set(digest) - set("0123456789abcdef"):
            return Checksum(name, digest, start)
    return None


class Tally:
    """Bytes as they pass: how many, their SHA-256, and whether they have an announced checksum."""

    def __init__(self, expected: Checksum | None = None) -> None:
        self.size_bytes = 0
        self.expected = expected
        self._sha256 = hashlib.sha256()
        self._other = None if expected is None or expected.algorithm == "SHA-256" else expected.start()

    def update(self, data: bytes | bytearray) -> None:
        """Take note of the next bytes."""
        self.size_bytes += len(data)
        self._sha256.update(data)
        if self._other is not None:
            self._other.update(data)

    @property
    def sha256(self) -> str:
        """Of all bytes so far, in lower-case hex."""
        return self._sha256.hexdigest()

    @property
    def agrees(self) -> bool:
        """Whether the bytes so far have the announced checksum; True where none was announced."""
        if self.expected is None:
            return True
        return self.expected.digest == (self._other or self._sha256).hexdigest()
