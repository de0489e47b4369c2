import hashlib
from contextlib import asynccontextmanager

import pytest

from reconciler.delivery.destination import folder
from reconciler.delivery.transfer import BUFFER_BYTES, RETRY_WAITS_S, Source, Transfers
from reconciler.errors import AnswerLost, DestinationOccupied, ServerFault, ServiceError, TransferBroken
from reconciler.model.job import Asset

pytestmark = pytest.mark.anyio

BODY = bytes(range(256)) * 500


@pytest.fixture
async def transfers(tmp_path, server, clock, kit):
    """Transfers from the server into an empty folder, with all notifications kept."""
    place = str(tmp_path / "outputs")
    told = []
    async with folder(place).exclusive(clock) as there:
        made = Transfers(there, place, server.open_asset, clock, lambda *what: told.append(what))
        yield made, told


async def test_bytes_arrive_whole_in_a_part(transfers, server, tmp_path, kit):
    """A good transfer ends as a finished part whose size and hash are known."""
    made, told = transfers
    asset = Asset(
        "a.tif", server.put("a", BODY), size_bytes=len(BODY), checksum="1220" + hashlib.sha256(BODY).hexdigest()
    )

    assert await made.fetch("a.tif", asset, standing_bytes=None) == kit.owned("a.tif", BODY)
    assert kit.listing(tmp_path / "outputs") == {"a.tif.part": BODY}
    assert told == [("a.tif", len(BODY), len(BODY))]


async def test_progress_is_told_for_each_mebibyte(transfers, server):
    """A large file reports how far it is about every MiB, and its end."""
    made, told = transfers
    body = b"x" * (3 * BUFFER_BYTES + 5)

    await made.fetch("a", Asset("a", server.put("a", body)), standing_bytes=None)

    done = [count for _, count, _ in told]
    assert done == sorted(done)
    assert done[-1] == len(body)
    assert 3 <= len(done) <= 5
    assert {total for _, _, total in told} == {len(body)}


async def test_an_empty_file_is_a_file(transfers, server, tmp_path, kit):
    """A result without a single byte is delivered too, and told about."""
    made, told = transfers

    assert (await made.fetch("a", Asset("a", server.put("a", b"")), standing_bytes=None)).size_bytes == 0
    assert told == [("a", 0, 0)]


BROKEN = [
    pytest.param({"sent": 40_000}, {}, "broke off", id="cut"),
    pytest.param(
        {"sent": 40_000, "announced": None}, {"size_bytes": len(BODY)}, "40,000 of 128,000 bytes", id="cut-unannounced"
    ),
    pytest.param({"announced": None}, {"size_bytes": 100}, "more than the 100 bytes", id="too-much"),
    pytest.param({}, {"size_bytes": 5}, "announced with 128,000 bytes, its item says 5", id="sizes-differ"),
    pytest.param({}, {"checksum": "1220" + "0" * 64}, "another SHA-256", id="sha-256-differs"),
    pytest.param({}, {"checksum": "d50110" + "0" * 32}, "another MD5", id="md5-differs"),
]


@pytest.mark.parametrize(("fault", "announced", "message"), BROKEN)
async def test_broken_bytes_are_tried_three_times_then_said(
    transfers, server, tmp_path, kit, fault, announced, message
):
    """Bytes that are not those announced never count; the part stays a part."""
    made, _ = transfers
    asset = Asset("a.tif", server.put("a", kit.reply(BODY, **fault)), **announced)

    with pytest.raises((TransferBroken, AnswerLost), match=message):
        await made.fetch("a.tif", asset, standing_bytes=None)

    assert server.asked == ["a"] * 3
    assert made.clock.slept == list(RETRY_WAITS_S)
    assert set(kit.listing(tmp_path / "outputs")) <= {"a.tif.part"}


@pytest.mark.parametrize(("fault", "announced", "message"), BROKEN[:2])
async def test_a_second_attempt_starts_from_the_first_byte(transfers, server, tmp_path, kit, fault, announced, message):
    """After a cut the file is fetched anew and is right: nothing of the cut attempt is left in it."""
    made, _ = transfers
    good = kit.reply(BODY, announced=fault.get("announced", -1))
    asset = Asset("a.tif", server.put("a", kit.reply(b"!" * len(BODY), **fault), good), **announced)

    assert await made.fetch("a.tif", asset, standing_bytes=None) == kit.owned("a.tif", BODY)
    assert kit.listing(tmp_path / "outputs") == {"a.tif.part": BODY}


async def test_a_clear_no_is_not_tried_again(transfers, server, clock, kit):
    """An error that a repetition cannot cure is raised at once, as it is."""
    made, _ = transfers
    asset = Asset("a.tif", server.put("a", kit.reply(status=500)))

    with pytest.raises(ServerFault):
        await made.fetch("a.tif", asset, standing_bytes=None)

    assert (server.asked, clock.slept) == (["a"], [])


async def test_an_error_that_may_pass_is_tried_again(transfers, clock, kit, tmp_path):
    """A retryable error while opening costs an attempt, not the delivery."""
    made, _ = transfers
    errors = [ServiceError("busy", method="GET", url="x", retryable=True)]
    good = kit.from_memory({"x": BODY})

    @asynccontextmanager
    async def open_asset(asset):
        if errors:
            raise errors.pop()
        async with good(asset) as source:
            yield source

    flaky = Transfers(made.destination, made.place, open_asset, clock, kit.silent)

    assert await flaky.fetch("a", Asset("a", "x"), standing_bytes=None) == kit.owned("a", BODY)
    assert clock.slept == [RETRY_WAITS_S[0]]


async def test_a_foreign_file_of_another_size_is_found_out_before_streaming(transfers, server, tmp_path, kit):
    """Gigabytes are not fetched only to find that their place is taken."""
    made, told = transfers
    asset = Asset("a.tif", server.put("a", BODY))

    with pytest.raises(DestinationOccupied):
        await made.fetch("a.tif", asset, standing_bytes=len(BODY) + 1)

    assert told == []
    assert kit.listing(tmp_path / "outputs") == {}


async def test_a_body_without_end_stops_at_its_announced_size(transfers, clock, kit, tmp_path):
    """A source that never stops does not fill the disk."""
    made, _ = transfers

    @asynccontextmanager
    async def endless(asset):
        async def chunks():
            while True:
                yield b"x" * 65_536

        yield Source(None, chunks())

    flood = Transfers(made.destination, made.place, endless, clock, kit.silent)

    with pytest.raises(TransferBroken, match="more than the 100 bytes"):
        await flood.fetch("a", Asset("a", "x", size_bytes=100), standing_bytes=None)
    assert len(kit.listing(tmp_path / "outputs")["a.part"]) <= 100
