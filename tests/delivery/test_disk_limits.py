"""Disks that refuse: full, read-only, limited. Real ones."""

import os
import shutil
import subprocess
import sys

import pytest

from reconciler.delivery.deliver import deliver
from reconciler.delivery.destination import folder
from reconciler.errors import DeliveryError
from reconciler.model.job import Asset

pytestmark = pytest.mark.anyio

BODIES = {"small": b"s" * 1000, "large": b"l" * 300_000}
ASSETS = [Asset("small.tif", "small"), Asset("large.tif", "large")]

LIMITED = """
import asyncio, resource, sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from reconciler.clock import SystemClock
from reconciler.delivery.deliver import Order, deliver
from reconciler.delivery.destination import folder
from reconciler.delivery.transfer import Source
from reconciler.errors import DeliveryError
from reconciler.model.job import Asset
from reconciler.model.receipt import ReceiptJob

@asynccontextmanager
async def open_asset(asset):
    async def chunks():
        yield b"x" * 300_000
    yield Source(300_000, chunks())

resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
noon = datetime(2024, 6, 14, tzinfo=UTC)
order = Order("https://api", "ws", None, "uk", "fp1:2", "p", {}, ReceiptJob("job-2", "captured", noon, True),
              (("i", Asset("a.tif", "a")),), noon)
try:
    asyncio.run(deliver(order, folder(sys.argv[1]), open_asset, SystemClock(), lambda *_: None))
except DeliveryError as error:
    print(type(error).__name__, error, error.hint)
"""


def mount(*words):
    """Call the system's mount program; False where this machine or user may not."""
    program = shutil.which("mount")
    return bool(program) and subprocess.run([program, *words], check=False, capture_output=True).returncode == 0


@pytest.fixture
def disk(tmp_path):
    """A disk of 256 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0 or not mount("-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)):
        pytest.skip("mounting a small disk takes root, and a machine that allows it")
    yield place
    subprocess.run([shutil.which("umount"), str(place)], check=True)


async def test_a_full_disk_is_one_sentence_and_no_half_file(disk, clock, kit):
    """When the space is used up, no final name is given, and the message says where and what to do."""
    with pytest.raises(
        DeliveryError, match=r"large\.tif\.part cannot be written: no space left on device\.$"
    ) as caught:
        await deliver(kit.order(ASSETS), folder(str(disk)), kit.from_memory(BODIES), clock, kit.silent)

    assert caught.value.hint.startswith("Free some space there and run again")
    assert set(kit.listing(disk)) <= {"small.tif.part", "large.tif.part"}


async def test_a_full_disk_leaves_the_old_delivery_whole(disk, clock, kit):
    """A replacement that does not fit leaves what was there; with space it goes through."""
    place = disk / "outputs"
    old = [Asset("large.tif", "old")]
    await deliver(kit.order(old), folder(str(place)), kit.from_memory({"old": b"o" * 150_000}), clock, kit.silent)
    receipt = (place / "receipt.json").read_bytes()
    new = kit.order([Asset("large.tif", "new")], job="job-2")
    fits_alone = {"new": b"n" * 150_000}

    with pytest.raises(DeliveryError, match="no space left"):
        await deliver(new, folder(str(place)), kit.from_memory(fits_alone), clock, kit.silent)

    assert (place / "large.tif").read_bytes() == b"o" * 150_000
    assert (place / "receipt.json").read_bytes() == receipt
    assert mount("-o", "remount,size=2m", str(disk))
    await deliver(new, folder(str(place)), kit.from_memory(fits_alone), clock, kit.silent)
    assert (place / "large.tif").read_bytes() == fits_alone["new"]


async def test_a_read_only_disk_is_one_sentence(disk, clock, kit):
    """A destination that cannot be written says so; what lies there can still be looked at."""
    await deliver(kit.order(ASSETS[:1]), folder(str(disk)), kit.from_memory(BODIES), clock, kit.silent)
    assert mount("-o", "remount,ro", str(disk))

    with pytest.raises(DeliveryError, match="read-only file system") as caught:
        await deliver(kit.order(ASSETS), folder(str(disk)), kit.from_memory(BODIES), clock, kit.silent)

    assert "choose another delivery.to" in caught.value.hint
    assert (await folder(str(disk)).state(verify=True)).broken_files == ()


def test_a_file_size_limit_is_one_sentence(tmp_path, kit):
    """A limit of the system on file sizes is told like a full disk, and leaves only a part."""
    place = tmp_path / "outputs"

    told = subprocess.run([sys.executable, "-c", LIMITED, str(place)], check=True, capture_output=True, text=True)

    assert told.stdout.startswith(f"DeliveryError {place}/a.tif.part cannot be written: file too large. Choose")
    assert list(kit.listing(place)) == ["a.tif.part"]
