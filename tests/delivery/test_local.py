import asyncio
import errno
import os
import subprocess
import sys

import pytest

from reconciler.delivery import receipts
from reconciler.delivery.destination import folder
from reconciler.delivery.local import BUSY_POLL_S
from reconciler.errors import DeliveryError, DestinationOccupied, DestinationUnreadable, UsageError
from reconciler.model.job import Asset
from reconciler.model.receipt import DestinationState, ReceiptStatus

pytestmark = pytest.mark.anyio

LOCKER = """
import fcntl, os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def place(tmp_path):
    return tmp_path / "deep" / "outputs"


@pytest.fixture
def written(place, kit):
    """A folder with two whole files and their receipt."""
    assets = [("one", Asset("a.tif", "a")), ("two", Asset("b.tif", "b")), ("two", Asset("c.tif", "c"))]
    files = [kit.owned("one/a.tif", b"aaaa"), kit.owned("two/b.tif", b"bbbb"), None]
    receipt = kit.order(assets).receipt(files, ReceiptStatus.COMPLETE)
    for name, body in [("one/a.tif", b"aaaa"), ("two/b.tif", b"bbbb"), ("receipt.json", receipts.encode(receipt))]:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(body)
    return receipt


async def write_part(there, name, body):
    async with there.part(name) as part:
        await part.write(body)
        await part.finish()


async def test_looking_creates_nothing(place):
    """A plan may look at a destination that does not exist without making it."""
    assert await folder(str(place)).state(verify=True) == DestinationState()
    assert not place.parent.exists()


async def test_a_folder_without_a_receipt_is_empty_to_us(place):
    """Files that no receipt owns are nobody's business while planning."""
    place.mkdir(parents=True)
    (place / "holiday.jpg").write_bytes(b"x")

    assert await folder(str(place)).state(verify=True) == DestinationState()


async def test_state_tells_the_receipt_and_its_files(place, written):
    """What the receipt names and what is there are both reported."""
    state = await folder(str(place)).state(verify=True)

    assert state == DestinationState(written, {"one/a.tif": 4, "two/b.tif": 4})
    assert state.broken_files == ()


async def test_state_finds_missing_and_shortened_files_without_reading_them(place, written):
    """A file that is gone or has another size is noticed at no cost."""
    (place / "one/a.tif").unlink()
    (place / "two/b.tif").write_bytes(b"b")

    state = await folder(str(place)).state()

    assert state.broken_files == ("one/a.tif", "two/b.tif")


async def test_only_verification_finds_a_flipped_byte(place, written):
    """Damage that keeps the size is found by reading, when that is asked for."""
    (place / "two/b.tif").write_bytes(b"bbXb")

    assert (await folder(str(place)).state()).broken_files == ()
    assert (await folder(str(place)).state(verify=True)).damaged == {"two/b.tif"}


@pytest.mark.parametrize("what", ["file", "folder"])
async def test_a_link_in_a_files_place_is_not_the_file(place, written, tmp_path, what):
    """A symbolic link is never followed to say that a file is there."""
    elsewhere = tmp_path / "elsewhere"
    (place / "one").rename(elsewhere)
    if what == "folder":
        (place / "one").symlink_to(elsewhere)
    else:
        (place / "one").mkdir()
        (place / "one/a.tif").symlink_to(elsewhere / "a.tif")

    assert (await folder(str(place)).state(verify=True)).broken_files == ("one/a.tif",)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        pytest.param(lambda path: path.write_bytes(b"{"), "it is not JSON", id="broken"),
        pytest.param(lambda path: (path.unlink(), path.mkdir()), "it is not a plain file", id="a-folder"),
        pytest.param(lambda path: (path.unlink(), os.mkfifo(path)), "it is not a plain file", id="a-pipe"),
        pytest.param(
            lambda path: path.rename(path.parent / "x") and path.symlink_to(path.parent / "x"), "symbolic", id="a-link"
        ),
        pytest.param(lambda path: os.truncate(path, 65 << 20), "too large", id="too-large"),
    ],
)
async def test_a_receipt_that_cannot_be_read_is_said_in_one_sentence(place, written, spoil, why, clock):
    """Nothing is concluded from a broken receipt: planning is told, delivery refuses."""
    spoil(place / "receipt.json")

    state = await folder(str(place)).state()

    assert why in state.unreadable
    assert state.unreadable.startswith(f"{place}/receipt.json cannot be read: ")
    assert state.receipt is None
    async with folder(str(place)).exclusive(clock) as there:
        with pytest.raises(DestinationUnreadable) as caught:
            await there.receipt()
    assert caught.value.hint


async def test_a_file_where_the_folder_should_be_is_said(place, clock):
    """A destination that is a file is a sentence, for planning and for delivering."""
    place.parent.mkdir()
    place.write_bytes(b"")

    assert (await folder(str(place)).state()).unreadable == f"{place} cannot be read: not a directory."
    with pytest.raises(DeliveryError, match="cannot be written"):
        async with folder(str(place)).exclusive(clock):
            pass


async def test_delivering_is_exclusive_and_leaves_no_lock_behind(place, clock):
    """While one has the folder, another waits by the clock; no lock file is left."""
    turns, waiting, leaving = [], asyncio.Event(), asyncio.Event()

    class Waiting:
        async def sleep(self, seconds):
            turns.append(seconds)
            waiting.set()
            await leaving.wait()

    async def second():
        async with folder(str(place)).exclusive(Waiting()):
            turns.append("second")

    async with folder(str(place)).exclusive(clock):
        task = asyncio.create_task(second())
        await waiting.wait()
        turns.append("first")
    leaving.set()
    await task

    assert turns == [BUSY_POLL_S, "first", "second"]
    assert list(place.iterdir()) == []


async def test_the_lock_of_another_process_counts_and_ends_with_it(place):
    """Another run on this machine is waited for, and one that was killed is not."""
    place.mkdir(parents=True)
    other = subprocess.Popen(  # noqa: ASYNC220 - one line is read from it, at once
        [sys.executable, "-c", LOCKER, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout.readline() == b"locked\n"
    waits = []

    class Waiting:
        async def sleep(self, seconds):
            waits.append(seconds)
            other.kill()
            other.communicate()

    async with folder(str(place)).exclusive(Waiting()):
        pass

    assert waits == [BUSY_POLL_S]


async def test_a_folder_that_is_deleted_under_a_delivery_is_not_mixed_up_with_its_successor(place, clock, kit):
    """A delivery stays with the folder that it opened: an error, never a file in one that another run made."""
    async with folder(str(place)).exclusive(clock) as there:
        place.rmdir()
        async with folder(str(place)).exclusive(clock) as again:
            await write_part(again, "a", b"x")
            await again.publish("a", replaces=False)
        with pytest.raises(DeliveryError):
            await write_part(there, "b", b"x")

    assert kit.listing(place) == {"a": b"x"}


async def test_a_part_gets_its_final_name_in_one_step(place, clock, kit):
    """Publishing moves the part; nothing is left under the temporary name."""
    async with folder(str(place)).exclusive(clock) as there:
        await write_part(there, "item/a.tif", b"pixels")
        assert kit.listing(place) == {"item/a.tif.part": b"pixels"}
        assert await there.read_back("item/a.tif", part=True) == kit.owned("item/a.tif", b"pixels")
        assert await there.read_back("item/a.tif") is None

        await there.publish("item/a.tif", replaces=False)

        assert kit.listing(place) == {"item/a.tif": b"pixels"}
        assert await there.size("item/a.tif") == 6


async def test_what_appeared_meanwhile_is_not_overwritten(place, clock, kit):
    """A foreign file that turns up in the last instant is kept."""
    async with folder(str(place)).exclusive(clock) as there:
        await write_part(there, "a.tif", b"ours")
        (place / "a.tif").write_bytes(b"theirs")

        with pytest.raises(DestinationOccupied, match=r"a\.tif is taken by another file"):
            await there.publish("a.tif", replaces=False)

    assert kit.listing(place) == {"a.tif": b"theirs", "a.tif.part": b"ours"}


@pytest.mark.parametrize("make", [os.link, os.symlink], ids=["second-name", "symbolic-link"])
async def test_a_part_is_never_written_through_a_link(place, clock, kit, make):
    """A part that is another name of a file (a crash may leave one) does not spoil that file."""
    place.mkdir(parents=True)
    (place / "a.tif").write_bytes(b"whole")
    make(place / "a.tif", place / "a.tif.part")

    async with folder(str(place)).exclusive(clock) as there:
        await write_part(there, "a.tif", b"new")

    assert kit.listing(place) == {"a.tif": b"whole", "a.tif.part": b"new"}
    assert not (place / "a.tif.part").is_symlink()


async def test_a_linked_folder_does_not_lead_out(place, clock, tmp_path, kit):
    """A folder inside the destination that is a link is refused: nothing is written behind it."""
    outside = tmp_path / "outside"
    outside.mkdir()
    place.mkdir(parents=True)
    (place / "item").symlink_to(outside)

    async with folder(str(place)).exclusive(clock) as there:
        with pytest.raises(DestinationOccupied, match="item is taken by a link"):
            await write_part(there, "item/a.tif", b"x")
        await there.drop_part("item/a.tif")
        assert await there.remove(kit.owned("item/a.tif", b"x")) is False

    assert list(outside.iterdir()) == []


async def test_a_destination_may_itself_be_a_link(place, clock, tmp_path, kit):
    """The path that the manifest names may lead through links: people mount big disks like that."""
    outside = tmp_path / "big-disk"
    outside.mkdir()
    place.parent.mkdir()
    place.symlink_to(outside)

    async with folder(str(place)).exclusive(clock) as there:
        await write_part(there, "a.tif", b"x")

    assert kit.listing(outside) == {"a.tif.part": b"x"}


@pytest.mark.parametrize(
    "make", [os.mkdir, os.mkfifo, lambda path: path.symlink_to("nowhere")], ids=["folder", "pipe", "link"]
)
async def test_what_is_no_plain_file_occupies_a_name(place, clock, make):
    """A folder, pipe or link under a result's name is somebody else's."""
    place.mkdir(parents=True)
    make(place / "a.tif")

    async with folder(str(place)).exclusive(clock) as there:
        with pytest.raises(DestinationOccupied, match=r"a\.tif is taken"):
            await there.size("a.tif")
        assert await there.read_back("a.tif") is None


async def test_a_file_is_removed_only_unchanged_and_its_empty_folder_with_it(place, clock, written, kit):
    """An owned file that somebody edited is theirs now; a folder that is empty goes."""
    (place / "two/b.tif").write_bytes(b"edit")

    async with folder(str(place)).exclusive(clock) as there:
        removed = [await there.remove(owned) for owned in written.files]

    assert removed == [True, False]
    assert not (place / "one").exists()
    assert (place / "two/b.tif").read_bytes() == b"edit"


async def test_a_folder_with_something_else_in_it_stays(place, clock, written):
    """Removing a file leaves its folder to whoever else uses it."""
    (place / "one/notes.txt").write_text("mine")

    async with folder(str(place)).exclusive(clock) as there:
        assert await there.remove(written.files[0])

    assert [path.name for path in (place / "one").iterdir()] == ["notes.txt"]


async def test_a_receipt_takes_the_place_of_the_old_one(place, clock, written, kit):
    """A receipt is written whole, over whatever an interrupted write left."""
    (place / "receipt.json.part").write_bytes(b'{"half')
    new = kit.order([]).receipt([], ReceiptStatus.COMPLETE)

    async with folder(str(place)).exclusive(clock) as there:
        await there.write_receipt(new)
        assert await there.receipt() == new

    assert not (place / "receipt.json.part").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_without_permission_is_said(tmp_path, clock):
    """A refusal of the file system is one sentence with the path and what to do."""
    (tmp_path / "locked").mkdir(mode=0o555)

    with pytest.raises(DeliveryError, match="permission denied") as caught:
        async with folder(str(tmp_path / "locked/here")).exclusive(clock):
            pass

    assert "Allow this user" in caught.value.hint
    assert caught.value.__cause__.errno == errno.EACCES


@pytest.mark.parametrize("url", ["s3://bucket/x", "gs://bucket", "az://bucket"])
def test_a_bucket_is_refused_in_words(url):
    """A destination that is not built yet is refused, not taken for a path."""
    with pytest.raises(UsageError, match="not available in this version"):
        folder(url)
