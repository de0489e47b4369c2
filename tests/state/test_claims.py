"""Claims in a real folder: created once, never changed, read back whole."""

import asyncio
import datetime as dt
import json
import os
from pathlib import Path

import pytest

from reconciler.errors import StateStoreError
from reconciler.model.receipt import Claim, ClaimPhase
from reconciler.state.claims import Claims
from reconciler.state.objects import FolderObjects

pytestmark = pytest.mark.anyio
NOW = dt.datetime(2026, 6, 14, 12, 40, tzinfo=dt.UTC)
API = "https://api.up42.com"
_NEW_FIELDS = ("labels", "quoted_credits")


def claims(folder: Path, api_url: str = API, workspace_id: str = "w1") -> Claims:
    return Claims(FolderObjects(folder), api_url=api_url, workspace_id=workspace_id)


def claim(number: int = 1, fingerprint: str = "fp1:aa", claim_id: str = "c1") -> Claim:
    return Claim(
        fingerprint=fingerprint,
        number=number,
        claim_id=claim_id,
        phase=ClaimPhase.TAKEN,
        owner="ada@host",
        output="uk",
        project=None,
        taken_at=NOW,
        known_jobs=frozenset({"j1"}),
        labels={"team": "coastal"},
    )


async def test_a_claim_reads_back_as_it_was_taken(tmp_path: Path) -> None:
    """What one run writes another reads."""
    assert await claims(tmp_path / "new" / "state").take(claim())

    assert await claims(tmp_path / "new" / "state").newest_for("fp1:aa") == claim()


async def test_a_number_is_taken_once(tmp_path: Path) -> None:
    """The second run learns that it was second, and the first claim stands."""
    store = claims(tmp_path)
    await store.take(claim())

    assert not await store.take(claim(claim_id="c2"))
    assert await store.newest_for("fp1:aa") == claim()


async def test_of_many_at_once_one_wins(tmp_path: Path) -> None:
    """Fifty runs that claim the same number at once: one gets it."""
    store = claims(tmp_path)

    won = await asyncio.gather(*(store.take(claim(claim_id=f"c{index}")) for index in range(50)))

    assert won.count(True) == 1


async def test_the_phases_of_a_claim(tmp_path: Path) -> None:
    """Taken, posting, created: each step is read back with its facts."""
    store = claims(tmp_path)
    await store.take(claim())
    posting = await store.mark_posting(claim(), at=NOW, quoted_credits=63)
    assert (await store.newest_for("fp1:aa"), posting.phase) == (posting, ClaimPhase.POSTING)

    created = await store.mark_job(posting, "j2", altered="x 1 → 2")

    assert await store.newest_for("fp1:aa") == created
    assert (created.job_id, created.altered, created.posting_at) == ("j2", "x 1 → 2", NOW)
    assert created.quoted_credits == 63


async def test_a_price_of_nothing_and_no_price_are_two_things(tmp_path: Path) -> None:
    """0 credits are read back as 0, a price that nobody named as None."""
    store = claims(tmp_path)
    for number, price in ((1, 0), (2, None)):
        await store.take(claim(number))
        await store.mark_posting(claim(number), at=NOW, quoted_credits=price)

    assert [found.quoted_credits for found in await store.all()] == [0, None]


async def test_claims_of_before_labels_and_prices_are_still_read(tmp_path: Path) -> None:
    """An object of the first version counts; what it does not say is empty."""
    store = claims(tmp_path)
    await store.take(claim())
    await store.mark_posting(claim(), at=NOW, quoted_credits=63)
    for path in (*tmp_path.rglob("0001"), *tmp_path.rglob("0001.posting")):
        kept = {key: value for key, value in json.loads(path.read_text()).items() if key not in _NEW_FIELDS}
        path.write_text(json.dumps(kept))

    found = await store.newest_for("fp1:aa")

    assert found is not None
    assert (found.labels, found.quoted_credits, found.phase) == ({}, None, ClaimPhase.POSTING)


async def test_a_void_claim_says_so(tmp_path: Path) -> None:
    """A claim under which nothing was created frees the next number."""
    store = claims(tmp_path)
    await store.take(claim())
    await store.mark_void(claim(), "refused")

    found = await store.newest_for("fp1:aa")

    assert found is not None
    assert found.phase is ClaimPhase.VOID


async def test_the_newest_of_each_fingerprint(tmp_path: Path) -> None:
    """Numbers count as numbers, each fingerprint for itself."""
    store = claims(tmp_path)
    for number in (9, 10, 2):
        await store.take(claim(number))
    await store.take(claim(3, "fp1:bb"))

    newest = await store.newest()

    assert {fingerprint: found.number for fingerprint, found in newest.items()} == {"fp1:aa": 10, "fp1:bb": 3}
    assert len(await store.all()) == 4


@pytest.mark.parametrize(
    "other", [{"api_url": "https://api.sa.up42.com"}, {"api_url": "http://127.0.0.1:1"}, {"workspace_id": "w2"}]
)
async def test_claims_of_another_host_or_workspace_never_count(tmp_path: Path, other: dict[str, str]) -> None:
    """Play against a sandbox leaves no mark on the real workspace."""
    await claims(tmp_path, **other).take(claim())

    assert await claims(tmp_path).newest() == {}


async def test_reading_makes_no_folder(tmp_path: Path) -> None:
    """Planning changes nothing, not even here."""
    assert await claims(tmp_path / "state").newest() == {}
    assert not (tmp_path / "state").exists()


async def test_a_folder_refuses_to_overwrite(tmp_path: Path) -> None:
    """The check passes on a local folder, however often it is asked."""
    store = claims(tmp_path)
    await store.check()
    await store.check()

    assert await store.newest() == {}


class Overwriting:
    """A store that says yes to everything, as some S3 look-alikes do."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    async def create(self, key: str, data: bytes) -> bool:
        self.objects[key] = data
        return True

    async def read(self, key: str) -> bytes | None:
        return self.objects.get(key)

    async def keys(self, prefix: str) -> tuple[str, ...]:
        return tuple(sorted(key for key in self.objects if key.startswith(prefix)))


async def test_a_store_that_overwrites_is_refused() -> None:
    """Claims in it could not keep two runs apart."""
    store = Claims(Overwriting(), api_url=API, workspace_id="w1")

    with pytest.raises(StateStoreError, match="overwrites"):
        await store.check()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"claim_id": 1, "taken_at": "now"}'])
async def test_a_broken_claim_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    """A claim that cannot be read is not passed over: it may stand for a paid job."""
    store = claims(tmp_path)
    await store.take(claim())
    (path,) = (path for path in tmp_path.rglob("0001"))
    path.write_bytes(content)

    with pytest.raises(StateStoreError, match="fp1:aa/0001"):
        await store.newest()


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [("0001", "labels", ["team"]), ("0001.posting", "quoted_credits", "63"), ("0001.posting", "quoted_credits", True)],
)
async def test_odd_labels_and_prices_are_an_error_too(tmp_path: Path, name: str, field: str, value: object) -> None:
    """What money is counted by is never guessed."""
    store = claims(tmp_path)
    await store.take(claim())
    await store.mark_posting(claim(), at=NOW, quoted_credits=63)
    (path,) = tmp_path.rglob(name)
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))

    with pytest.raises(StateStoreError, match="fp1:aa/0001"):
        await store.newest()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """The message names the folder and what to do."""
    tmp_path.chmod(0o500)

    with pytest.raises(StateStoreError, match="cannot be written"):
        await claims(tmp_path).take(claim())


async def test_a_file_in_place_of_the_folder_is_one_sentence(tmp_path: Path) -> None:
    """The message names the folder and what to do."""
    (tmp_path / "state").write_text("a file")

    with pytest.raises(StateStoreError, match="state cannot be written"):
        await claims(tmp_path / "state").take(claim())
