import asyncio
import datetime as dt
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from reconciler.delivery.deliver import deliver, settle
from reconciler.delivery.destination import folder
from reconciler.delivery.transfer import Source
from reconciler.errors import DeliveryError, DestinationOccupied, DestinationUnreadable, NotFound
from reconciler.model.job import Asset
from reconciler.model.receipt import ReceiptStatus

pytestmark = pytest.mark.anyio

A, B = b"a" * 5000, b"b" * 3000


@pytest.fixture
def place(tmp_path):
    return tmp_path / "outputs"


@pytest.fixture
def run(place, clock, kit):
    """Deliver an order to the folder; `bodies` are the assets' bytes by href."""

    async def run(order, bodies, asked=None):
        return await deliver(order, folder(str(place)), kit.from_memory(bodies, asked), clock, kit.silent)

    return run


def two(**fields):
    return [Asset("a.tif", "a", roles=("data",), **fields), Asset("b.json", "b", roles=("metadata",))]


BODIES = {"a": A, "b": B}


async def test_a_delivery_ends_with_whole_files_and_a_complete_receipt(place, run, kit):
    """Files under their final names, the receipt beside them, and nothing else."""
    receipt = await run(kit.order(two()), BODIES)

    files = kit.listing(place)
    files.pop("receipt.json")
    assert files == {"a.tif": A, "b.json": B}
    assert receipt.status is ReceiptStatus.COMPLETE
    assert receipt.files == (kit.owned("a.tif", A), kit.owned("b.json", B))
    state = await folder(str(place)).state(verify=True)
    assert (state.receipt, state.broken_files) == (receipt, ())


async def test_the_receipt_names_assets_that_were_not_asked_for(place, run, kit):
    """A receipt lists every asset of the job; only wanted ones are fetched."""
    asked = []
    receipt = await run(kit.order(two(), roles=("data",)), BODIES, asked)

    assert asked == ["a.tif"]
    assert [(asset.key, asset.delivered is not None) for asset in receipt.assets] == [
        ("a.tif", True),
        ("b.json", False),
    ]


async def test_bytes_come_over_a_socket_from_the_source(place, server, clock, kit):
    """A delivery of several items streams each asset to its item's folder."""
    bodies = {f"{item}/{key}": f"{item}{key}".encode() * 9000 for item in ("one", "two") for key in ("a.tif", "b.tif")}
    assets = [(name[:3], Asset(name[4:], server.put(name, body))) for name, body in bodies.items()]

    await deliver(kit.order(assets), folder(str(place)), server.open_asset, clock, kit.silent, at_once=2)

    files = kit.listing(place)
    files.pop("receipt.json")
    assert files == bodies


async def test_a_second_delivery_fetches_and_writes_nothing(place, run, kit):
    """What is delivered whole is left alone, its receipt too."""
    order = kit.order(two())
    first = await run(order, BODIES)
    before = {path: path.stat().st_mtime_ns for path in place.iterdir()}
    asked = []

    again = await run(replace(order, delivered_at=order.delivered_at + dt.timedelta(days=1)), BODIES, asked)

    assert (asked, again) == ([], first)
    assert {path: path.stat().st_mtime_ns for path in place.iterdir()} == before


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: path.unlink(), id="missing"),
        pytest.param(lambda path: path.write_bytes(A[:100]), id="shortened"),
        pytest.param(lambda path: path.write_bytes(b"X" + A[1:]), id="one-byte-flipped"),
    ],
)
async def test_only_a_broken_file_is_fetched_again(place, run, kit, spoil):
    """Damage is repaired by fetching what is damaged; the receipt ends complete."""
    await run(kit.order(two()), BODIES)
    spoil(place / "a.tif")
    asked = []

    await run(kit.order(two()), BODIES, asked)

    assert asked == ["a.tif"]
    assert (await folder(str(place)).state(verify=True)).broken_files == ()
    assert (await folder(str(place)).state()).receipt.status is ReceiptStatus.COMPLETE
    assert set(kit.listing(place)) == {"a.tif", "b.json", "receipt.json"}


async def test_a_replacement_takes_the_place_of_files_and_receipt(place, run, kit):
    """A new job's files replace the old ones; those that it does not name are removed."""
    await run(kit.order(two()), BODIES)
    new = [Asset("a.tif", "new"), Asset("c.tif", "c")]

    receipt = await run(kit.order(new, job="job-2", fingerprint="fp1:other"), {"new": B, "c": A})

    files = kit.listing(place)
    files.pop("receipt.json")
    assert files == {"a.tif": B, "c.tif": A}
    assert (receipt.job.job_id, receipt.previous) == ("job-2", ())


async def test_a_replacement_keeps_a_file_that_somebody_changed(place, run, kit):
    """An old file is removed only if it is still what the receipt says."""
    await run(kit.order(two()), BODIES)
    (place / "b.json").write_bytes(b"edited by hand")

    await run(kit.order([Asset("a.tif", "a")], job="job-2"), BODIES)

    assert (place / "b.json").read_bytes() == b"edited by hand"


async def test_the_same_key_of_another_job_is_fetched(place, run, kit):
    """A file of the same name and size of an earlier job is not taken for the new one."""
    await run(kit.order(two()), BODIES)

    await run(kit.order([Asset("a.tif", "new")], job="job-2"), {"new": b"z" * len(A)})

    assert (place / "a.tif").read_bytes() == b"z" * len(A)


async def test_a_replacement_that_breaks_leaves_the_old_delivery_whole(place, server, clock, kit, run):
    """Until the new files are whole, old files and receipt stand as they were."""
    await run(kit.order(two()), BODIES)
    old = kit.listing(place)
    assets = [Asset("a.tif", server.put("a", B)), Asset("b.json", server.put("b", kit.reply(A, sent=100)))]

    with pytest.raises(Exception, match="broke off"):
        await deliver(kit.order(assets, job="job-2"), folder(str(place)), server.open_asset, clock, kit.silent)

    now = kit.listing(place)
    assert {name: body for name, body in now.items() if not name.endswith(".part")} == old


async def test_a_new_template_moves_the_files(place, run, kit):
    """Files delivered under another template lie under the new names only."""
    await run(kit.order(two()), BODIES)

    await run(kit.order(two(), name="uk-${asset.role}"), BODIES)

    assert set(kit.listing(place)) == {"uk-data.tif", "uk-metadata.json", "receipt.json"}


async def test_a_foreign_file_with_the_same_bytes_is_adopted(place, run, kit):
    """Files that were copied there by hand become ours when they are the very same."""
    place.mkdir()
    (place / "a.tif").write_bytes(A)
    inode = (place / "a.tif").stat().st_ino

    receipt = await run(kit.order(two()), BODIES)

    assert (place / "a.tif").stat().st_ino == inode
    assert kit.owned("a.tif", A) in receipt.files
    assert set(kit.listing(place)) == {"a.tif", "b.json", "receipt.json"}


@pytest.mark.parametrize("theirs", [b"theirs", b"t" * len(A)], ids=["other-size", "same-size"])
async def test_a_foreign_file_blocks_everything_before_anything(place, run, kit, theirs):
    """A file that no receipt owns is not overwritten, and nothing is published beside it."""
    place.mkdir()
    (place / "a.tif").write_bytes(theirs)

    with pytest.raises(DestinationOccupied, match=r"a\.tif is taken by another file") as caught:
        await run(kit.order(two()), BODIES)

    assert "Move it away" in caught.value.hint
    there = {name: body for name, body in kit.listing(place).items() if not name.endswith(".part")}
    assert there == {"a.tif": theirs}


@pytest.mark.parametrize(
    "stranger",
    [
        pytest.param({"api_url": "http://127.0.0.1:9"}, id="another-api"),
        pytest.param({"project": "other", "fingerprint": "fp1:other"}, id="another-projects-work"),
    ],
)
async def test_another_outputs_place_is_not_taken(place, run, kit, stranger):
    """A destination with a receipt that is not ours is refused and left as it is."""
    await run(kit.order(two(), **stranger), BODIES)
    before = kit.listing(place)

    with pytest.raises(DestinationOccupied, match="holds output uk"):
        await run(kit.order(two(), job="job-2"), BODIES)

    assert kit.listing(place) == before


@pytest.mark.parametrize("changed", [{"project": None}, {"fingerprint": "fp1:new"}, {"output": "renamed"}], ids=str)
async def test_our_own_place_stays_ours(place, run, kit, changed):
    """The same work of a renamed project, or other work of the same project, may be delivered there."""
    await run(kit.order(two()), BODIES)

    receipt = await run(kit.order(two(), job="job-2", **changed), BODIES)

    assert receipt.job.job_id == "job-2"


async def test_a_broken_receipt_stops_a_delivery(place, run, kit):
    """What a broken receipt owned is not known, so nothing is touched."""
    place.mkdir()
    (place / "receipt.json").write_bytes(b"{")

    with pytest.raises(DestinationUnreadable):
        await run(kit.order(two()), BODIES)
    assert kit.listing(place) == {"receipt.json": b"{"}


async def test_new_facts_are_written_without_fetching(place, run, kit):
    """Labels or an output's name that changed reach the receipt; the files are not fetched for that."""
    await run(kit.order(two()), BODIES)
    asked = []

    receipt = await run(kit.order(two(), output="renamed", labels={}), BODIES, asked)

    assert (asked, receipt.output) == ([], "renamed")
    assert (await folder(str(place)).state()).receipt == receipt


async def test_nothing_wanted_creates_nothing(place, run, kit):
    """An order that no file matches leaves no folder behind."""
    with pytest.raises(DeliveryError, match="No file of the job has the role nope"):
        await run(kit.order(two(), roles=("nope",)), BODIES)
    assert not place.exists()


async def test_one_error_ends_the_others_and_is_raised_as_it_is(place, clock, kit):
    """The first failure is the one that is told, and no transfer goes on behind it."""
    going, ended = asyncio.Event(), []

    @asynccontextmanager
    async def open_asset(asset):
        async def chunks():
            yield b"x"
            going.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(asset.key)

        if asset.key == "b.json":
            await going.wait()
            raise NotFound("gone", method="GET", url="x", status=404, body="")
        yield Source(None, chunks())

    with pytest.raises(NotFound) as caught:
        await deliver(kit.order(two()), folder(str(place)), open_asset, clock, kit.silent)

    assert str(caught.value) == "gone"
    assert ended == ["a.tif"]
    assert set(kit.listing(place)) <= {"a.tif.part"}


async def test_a_cancellation_leaves_only_parts(place, clock, kit):
    """Ctrl-C in the middle leaves no file under a final name, and the next run is not locked out."""
    going = asyncio.Event()

    @asynccontextmanager
    async def open_asset(asset):
        async def chunks():
            yield b"x" * (2 << 20)
            going.set()
            await asyncio.Event().wait()

        yield Source(None, chunks())

    task = asyncio.create_task(deliver(kit.order(two()), folder(str(place)), open_asset, clock, kit.silent))
    await going.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert kit.listing(place)
    assert all(name.endswith(".part") for name in kit.listing(place))
    await deliver(kit.order(two()), folder(str(place)), kit.from_memory(BODIES), clock, kit.silent)
    assert set(kit.listing(place)) == {"a.tif", "b.json", "receipt.json"}


async def test_no_more_than_asked_are_transferred_at_once(place, clock, kit):
    """The number of open transfers is bounded."""
    names = [f"{number}.tif" for number in range(10)]
    memory = kit.from_memory(dict.fromkeys(names, A))
    open_now, most = 0, 0

    @asynccontextmanager
    async def open_asset(asset):
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        async with memory(asset) as source:
            yield source
        open_now -= 1

    assets = [Asset(name, name) for name in names]
    await deliver(kit.order(assets), folder(str(place)), open_asset, clock, kit.silent, at_once=3)

    assert most == 3


async def test_two_deliveries_at_once_take_turns(place, kit):
    """Of two runs that deliver to one folder, the second finds the first one's work done."""
    asked, waited, done = [], [], asyncio.Event()

    class Waiting:
        async def sleep(self, seconds):
            waited.append(seconds)
            await done.wait()

    async def one():
        try:
            return await deliver(
                kit.order(two()), folder(str(place)), kit.from_memory(BODIES, asked), Waiting(), kit.silent
            )
        finally:
            done.set()

    first, second = await asyncio.gather(one(), one())

    assert first == second
    assert sorted(asked) == ["a.tif", "b.json"]
    assert len(waited) == 1


@pytest.mark.parametrize("key", ["../../../../escaped", "/escaped", "a/../../escaped", "receipt.json", "x.part"])
async def test_a_hostile_name_stays_inside(place, run, kit, tmp_path, key):
    """Whatever the service calls a file, it is written inside the destination and is whole."""
    receipt = await run(kit.order([Asset(key, "a")]), BODIES)

    outside = [path for path in tmp_path.rglob("*") if path.is_file() and place not in path.parents]
    assert outside == []
    assert (place / receipt.files[0].file).read_bytes() == A
    assert (await folder(str(place)).state(verify=True)).broken_files == ()


async def test_settle_tells_the_receipt_what_became_of_the_charge(place, run, clock, kit):
    """Status, credits and finality are written into the receipt of that job, and nothing else changes."""
    order = kit.order(two())
    unsettled = replace(order.job, status="successful", settled=False, credits=None)
    first = await run(replace(order, job=unsettled), BODIES)

    await settle(folder(str(place)), order.job, clock)

    assert (await folder(str(place)).state()).receipt == replace(first, job=order.job)


async def test_settle_leaves_other_receipts_alone(place, run, clock, kit):
    """A receipt of another job, or of a delivery under way, is not touched; no folder is made."""
    order = kit.order(two())
    await settle(folder(str(place)), order.job, clock)
    assert not place.exists()

    await run(order, BODIES)
    before = kit.listing(place)
    await settle(folder(str(place)), replace(order.job, job_id="job-2", settled=False), clock)
    await settle(folder(str(place)), order.job, clock)
    assert kit.listing(place) == before

    async with folder(str(place)).exclusive(clock) as there:
        await there.write_receipt(replace(await there.receipt(), status=ReceiptStatus.DELIVERING))
    before = kit.listing(place)
    await settle(folder(str(place)), replace(order.job, settled=False), clock)
    assert kit.listing(place) == before
