"""An answer on its way: late, slow, damaged, cut off, or lost.

A server that can end a connection offers it in the ASGI extension `CONNECTION`. Without one (in process) a cut raises
`ConnectionCut` out of the app, for the transport there to tell as it tells a broken connection.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.sandbox.faults.book import Fault, Faults

#: Holds, under `close`, a function that sends what is buffered and then ends the connection.
CONNECTION = "reconciler.connection"
#: A slow body comes in so many pieces a second.
_PIECES_PER_SECOND = 20

Sleep = Callable[[float], Awaitable[None]]
WIRE_KINDS = ("latency", "slow", "flipped-bytes", "cut-body", "url-expires", "lost-reply")


class ConnectionCut(Exception):
    """The connection ends here, and nobody below could end it."""


class OnTheWire:
    """An answer to which something happens on its way; an ASGI app in the answer's place."""

    def __init__(self, answer: ASGIApp, faults: Faults, sleep: Sleep) -> None:
        self._answer = answer
        self._faults = faults
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer, or what is left of it.

        Raises:
            ConnectionCut: the connection is to end, and the server offers no way to end it.
        """
        if latency := self._faults.get("latency"):
            await self._sleep(latency.number("seconds"))
        if self._faults.get("lost-reply"):
            await _end(scope, receive)
            return
        steps = _Steps(self._faults, send, self._sleep)
        try:
            await self._answer(scope, receive, steps.passed_on)
        except _CutHere:
            await _end(scope, receive)


class _CutHere(Exception):
    """The part of the body that may pass has passed."""


@dataclass
class _Steps:
    """What happens to the messages of one answer."""

    faults: Faults
    send: Send
    sleep: Sleep
    length: int = 0
    sent: int = 0
    flips: frozenset[int] = field(default_factory=frozenset)

    async def passed_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.length = int(Headers(raw=message["headers"]).get("content-length", 0))
            self.flips = _flips(self.faults.get("flipped-bytes"), self.length)
            await self.send(message)
            return
        body, more = self._damaged(message.get("body", b"")), message.get("more_body", False)
        end = self._cut_at()
        if end is not None and self.sent + len(body) >= end:
            await self._pieces(body[: max(end - self.sent, 0)], more=True)
            raise _CutHere
        await self._pieces(body, more=more)

    def _damaged(self, body: bytes) -> bytes:
        """The body with each chosen byte inverted."""
        here = [place - self.sent for place in self.flips if self.sent <= place < self.sent + len(body)]
        if not here:
            return body
        damaged = bytearray(body)
        for place in here:
            damaged[place] ^= 0xFF
        return bytes(damaged)

    def _cut_at(self) -> int | None:
        fault = self.faults.get("cut-body") or self.faults.get("url-expires")
        # At least one byte stays away: a body that came whole was not cut.
        return None if fault is None else max(min(int(self.length * fault.number("share")), self.length - 1), 0)

    async def _pieces(self, body: bytes, *, more: bool) -> None:
        """Send a part of the body, at once or slowly."""
        self.sent += len(body)
        if slow := self.faults.get("slow"):
            rate = slow.number("bytes-per-second")
            size = max(int(rate / _PIECES_PER_SECOND), 1)
            while len(body) > size:
                piece, body = body[:size], body[size:]
                await self.send({"type": "http.response.body", "body": piece, "more_body": True})
                await self.sleep(len(piece) / rate)
        await self.send({"type": "http.response.body", "body": body, "more_body": more})


def _flips(fault: Fault | None, length: int) -> frozenset[int]:
    if fault is None or length == 0:
        return frozenset()
    return frozenset(fault.place(index, length) for index in range(int(fault.number("bytes"))))


async def _end(scope: Scope, receive: Receive) -> None:
    connection = scope.get("extensions", {}).get(CONNECTION)
    if connection is None:
        raise ConnectionCut
    connection["close"]()
    while (await receive())["type"] != "http.disconnect":  # until the server has noticed, too
        continue
