"""A run that dies at any effect on the destination, and the run that comes after it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.delivery import receipts
from reconciler.delivery.deliver import deliver
from reconciler.delivery.destination import folder
from reconciler.errors import DestinationOccupied
from reconciler.model.job import Asset
from reconciler.model.receipt import ReceiptStatus

pytestmark = pytest.mark.anyio

#: Bytes by href: three versions of three files.
BODIES = {f"{version}/{name}": f"{version}{name}".encode() * 5000 for version in "123" for name in "abc"}


class Crash(Exception):
    """The process died here."""


@dataclass
class Fuse:
    """Dies at the effect with number `at` (0: never), before or after it happened; looks at the disk after each."""

    at: int = 0
    before: bool = True
    look: Callable[[], None] = lambda: None
    count: int = 0

    async def burn(self, effect):
        self.count += 1
        if self.count == self.at and self.before:
            effect.close()
            raise Crash
        done = await effect
        self.look()
        if self.count == self.at:
            raise Crash
        return done


class FragilePart:
    def __init__(self, part, fuse):
        self._part, self._fuse = part, fuse

    async def write(self, data):
        await self._fuse.burn(self._part.write(data))

    async def finish(self):
        await self._fuse.burn(self._part.finish())


class FragileFolder:
    """An open destination whose every effect goes through the fuse."""

    def __init__(self, there, fuse):
        self._there, self._fuse = there, fuse
        self.receipt, self.size, self.read_back = there.receipt, there.size, there.read_back

    @asynccontextmanager
    async def part(self, name):
        opened = self._there.part(name)
        part = await self._fuse.burn(opened.__aenter__())
        try:
            yield FragilePart(part, self._fuse)
        finally:
            await opened.__aexit__(None, None, None)

    async def publish(self, name, *, replaces):
        await self._fuse.burn(self._there.publish(name, replaces=replaces))

    async def drop_part(self, name):
        await self._fuse.burn(self._there.drop_part(name))

    async def remove(self, owned):
        return await self._fuse.burn(self._there.remove(owned))

    async def write_receipt(self, receipt):
        await self._fuse.burn(self._there.write_receipt(receipt))


class FragileDestination:
    def __init__(self, path, fuse):
        self._inner, self._fuse, self.place = folder(str(path)), fuse, str(path)
        self.state = self._inner.state

    @asynccontextmanager
    async def exclusive(self, clock):
        async with self._inner.exclusive(clock) as there:
            yield FragileFolder(there, self._fuse)


def files(version, *names, items=1):
    """Assets of one version, spread over so many items."""
    return [(f"item-{index % items}", Asset(f"{name}.tif", f"{version}/{name}")) for index, name in enumerate(names)]


@dataclass
class Lab:
    """Runs deliveries into fresh folders, dying where it is told."""

    root: Path
    clock: object
    kit: object
    made: int = 0

    def fresh(self):
        self.made += 1
        return self.root / f"run-{self.made}"

    def order(self, job, assets):
        return self.kit.order(assets, job=f"job-{job}", fingerprint=f"fp1:{job}")

    async def deliver(self, path, order, fuse=None):
        fuse = fuse or Fuse()
        fuse.look = lambda: self.check(path)
        destination = FragileDestination(path, fuse)
        source = self.kit.from_memory(BODIES)
        # One at a time: the numbers of the effects are the same in every run.
        await deliver(order, destination, source, self.clock, self.kit.silent, at_once=1)
        return fuse.count

    def check(self, path):
        """A file under a final name is whole at every moment, and a complete receipt is true."""
        found = self.kit.listing(path)
        record = found.pop("receipt.json", None)
        final = {name: body for name, body in found.items() if not name.endswith(".part")}
        assert set(final.values()) <= set(BODIES.values())
        if record is None:
            assert not final
            return
        receipt = receipts.decode(record)
        owned = {self.kit.owned(name, body) for name, body in final.items()}
        assert owned <= set(receipt.owned), "a file that no receipt owns"
        if receipt.status is ReceiptStatus.COMPLETE:
            assert set(receipt.files) <= owned, "a complete receipt whose files are not there"

    async def finish(self, path, order):
        """The run after the crash: everything of this order is there, and nothing of another."""
        await self.deliver(path, order)
        state = await folder(str(path)).state(verify=True)
        assert state.receipt.status is ReceiptStatus.COMPLETE
        assert state.receipt.job == order.job
        assert state.broken_files == ()
        wanted = {(item_id, asset.key): BODIES[asset.href] for item_id, asset in order.assets}
        found = {(asset.item_id, asset.key): asset.delivered for asset in state.receipt.assets}
        assert found == {key: self.kit.owned(found[key].file, body) for key, body in wanted.items()}
        final = {name for name in self.kit.listing(path) if not name.endswith(".part")}
        assert final == {owned.file for owned in state.receipt.files} | {"receipt.json"}


@pytest.fixture
def lab(tmp_path, clock, kit):
    return Lab(tmp_path, clock, kit)


SCENARIOS = [
    pytest.param(None, files("2", "a", "b"), id="first-delivery"),
    pytest.param(files("1", "a", "b"), files("2", "a", "b"), id="same-names"),
    pytest.param(files("1", "a", "b"), files("2", "b", "c"), id="some-names-change"),
    pytest.param(files("1", "a", "b"), files("2", "a", "b", items=2), id="into-folders"),
    pytest.param(files("1", "a", "b", items=2), files("2", "c"), id="out-of-folders"),
]


@pytest.mark.parametrize(("old", "new"), SCENARIOS)
@pytest.mark.parametrize("after", ["same-job", "another-job", "back-to-the-old-job"])
@pytest.mark.parametrize("before", [True, False], ids=["before-the-effect", "after-the-effect"])
async def test_a_crash_at_any_effect_is_mended_by_the_next_run(lab, old, new, after, before):
    """Wherever a run dies, final names are right at once, and the next run ends complete, whatever it delivers."""
    then = {
        "same-job": lab.order(2, new),
        "another-job": lab.order(3, files("3", "c", "a")),
        "back-to-the-old-job": lab.order(1, old or files("1", "a")),
    }[after]
    path = lab.fresh()
    if old is not None:
        await lab.deliver(path, lab.order(1, old))
    total = await lab.deliver(path, lab.order(2, new))
    assert total >= 8

    for at in range(1, total + 1):
        path = lab.fresh()
        if old is not None:
            await lab.deliver(path, lab.order(1, old))
        with pytest.raises(Crash):
            await lab.deliver(path, lab.order(2, new), Fuse(at=at, before=before))
        lab.check(path)
        await lab.finish(path, then)


@pytest.mark.parametrize("second", range(1, 13))
async def test_a_crash_while_mending_a_crash_is_mended_too(lab, second):
    """Dying again and again, at another effect each time, loses nothing."""
    old, new, third = (lab.order(job, files(str(job), *names)) for job, names in [(1, "ab"), (2, "bc"), (3, "ac")])
    for first in range(1, 16):
        path = lab.fresh()
        await lab.deliver(path, old)
        for order, at in [(new, first), (third, second), (new, second)]:
            try:
                await lab.deliver(path, order, Fuse(at=at))
            except Crash:
                lab.check(path)
        await lab.finish(path, third)


async def test_finished_parts_of_an_interrupted_delivery_are_used(lab, kit):
    """Once all parts are whole nothing is fetched twice: the next run only gives them their names."""
    order = lab.order(2, files("2", "a", "b"))
    path, asked = lab.fresh(), []
    total = await lab.deliver(lab.fresh(), order)
    with pytest.raises(Crash):
        await lab.deliver(path, order, Fuse(at=total - 2))  # the receipt says `delivering`, nothing is published
    assert receipts.decode((path / "receipt.json").read_bytes()).status is ReceiptStatus.DELIVERING

    await deliver(order, folder(str(path)), kit.from_memory(BODIES, asked), lab.clock, kit.silent)

    assert asked == []
    assert set(kit.listing(path)) == {"a.tif", "b.tif", "receipt.json"}


async def test_a_spoiled_part_of_an_interrupted_delivery_is_fetched_again(lab, kit):
    """A part is used by its SHA-256, never because it is there."""
    order = lab.order(2, files("2", "a", "b"))
    path, asked = lab.fresh(), []
    total = await lab.deliver(lab.fresh(), order)
    with pytest.raises(Crash):
        await lab.deliver(path, order, Fuse(at=total - 2))
    (path / "a.tif.part").write_bytes(b"X" + BODIES["2/a"][1:])

    await deliver(order, folder(str(path)), kit.from_memory(BODIES, asked), lab.clock, kit.silent)

    assert asked == ["a.tif"]
    lab.check(path)


async def test_parts_that_no_run_will_finish_are_removed(lab, kit):
    """Finished parts of an interrupted delivery do not lie about once another job's files are there."""
    path = lab.fresh()
    order = lab.order(2, files("2", "a", "b", items=2))
    total = await lab.deliver(lab.fresh(), order)
    with pytest.raises(Crash):
        await lab.deliver(path, order, Fuse(at=total - 2))

    await lab.finish(path, lab.order(3, files("3", "c")))

    assert set(kit.listing(path)) == {"c.tif", "receipt.json"}
    assert not (path / "item-0").exists()


async def test_a_foreign_file_that_appears_before_publishing_is_kept(lab, kit):
    """The last look is the rename itself: a file that turned up while ours was fetched is not overwritten."""
    path = lab.fresh()
    source = kit.from_memory(BODIES)

    @asynccontextmanager
    async def open_asset(asset):
        async with source(asset) as opened:
            yield opened
        (path / "a.tif").write_bytes(b"theirs")

    with pytest.raises(DestinationOccupied):
        await deliver(lab.order(2, files("2", "a")), folder(str(path)), open_asset, lab.clock, kit.silent)

    assert (path / "a.tif").read_bytes() == b"theirs"


async def test_a_foreign_file_that_appears_after_a_crash_is_kept(lab, kit):
    """A name that an interrupted delivery had not taken yet may be somebody else's by now."""
    order = lab.order(2, files("2", "a", "b"))
    path = lab.fresh()
    total = await lab.deliver(lab.fresh(), order)
    with pytest.raises(Crash):
        await lab.deliver(path, order, Fuse(at=total - 2))
    (path / "b.tif").write_bytes(b"theirs")

    with pytest.raises(DestinationOccupied):
        await lab.deliver(path, order)
    with pytest.raises(DestinationOccupied):
        await lab.deliver(path, lab.order(3, files("3", "b")))

    assert (path / "b.tif").read_bytes() == b"theirs"
    (path / "b.tif").unlink()
    await lab.finish(path, order)


async def test_damage_is_repaired_across_a_crash(lab):
    """A damaged file of ours is replaced even if the run that repairs it dies in between."""
    order = lab.order(2, files("2", "a", "b"))
    total = await lab.deliver(lab.fresh(), order)
    source = lab.kit.from_memory(BODIES)
    died = 0
    for at in range(1, total + 1):
        path = lab.fresh()
        await lab.deliver(path, order)
        (path / "a.tif").write_bytes(b"damaged")
        try:
            await deliver(order, FragileDestination(path, Fuse(at=at)), source, lab.clock, lab.kit.silent, at_once=1)
        except Crash:
            died += 1
        await deliver(order, folder(str(path)), source, lab.clock, lab.kit.silent)
        lab.check(path)
        assert set(lab.kit.listing(path)) == {"a.tif", "b.tif", "receipt.json"}
    assert died >= 6


async def test_a_second_name_left_by_a_crash_is_removed(lab, kit):
    """Dying between giving the final name and dropping the temporary one leaves both; the next run cleans up."""
    order = lab.order(2, files("2", "a", "b"))
    path = lab.fresh()
    total = await lab.deliver(lab.fresh(), order)
    with pytest.raises(Crash):
        await lab.deliver(path, order, Fuse(at=total - 2))
    os.link(path / "a.tif.part", path / "a.tif")

    await lab.finish(path, order)

    assert set(kit.listing(path)) == {"a.tif", "b.tif", "receipt.json"}


KILLED = """
import asyncio, os, signal, sys
from contextlib import asynccontextmanager
from reconciler.clock import SystemClock
from reconciler.delivery import receipts
from reconciler.delivery.deliver import Order, deliver
from reconciler.delivery.destination import folder
from reconciler.delivery.transfer import Source
from reconciler.model.job import Asset
from reconciler.model.receipt import ReceiptJob
from datetime import datetime, UTC

@asynccontextmanager
async def open_asset(asset):
    async def chunks():
        for _ in range(3):
            yield b"x" * (1 << 20)
        os.kill(os.getpid(), signal.SIGKILL)
    yield Source(8 << 20, chunks())

noon = datetime(2024, 6, 14, tzinfo=UTC)
order = Order("https://api", "ws", None, "uk", "fp1:2", "p", {}, ReceiptJob("job-2", "captured", noon, True),
              (("i", Asset("a.tif", "a")),), noon)
asyncio.run(deliver(order, folder(sys.argv[1]), open_asset, SystemClock(), lambda *_: None))
"""


async def test_a_killed_process_leaves_a_part_and_no_lock(lab, kit):
    """After SIGKILL in the middle of a file there is a part, and the next run delivers at once."""
    path = lab.fresh()

    killed = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)  # noqa: ASYNC221 - nothing else runs

    assert killed.returncode == -signal.SIGKILL
    assert list(kit.listing(path)) == ["a.tif.part"]
    await lab.finish(path, lab.order(2, files("2", "a")))
    assert lab.clock.slept == []
