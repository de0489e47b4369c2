import asyncio
import contextlib
import sqlite3
import subprocess
import sys
from dataclasses import replace

import pytest

from reconciler.sandbox.account import eulas
from reconciler.sandbox.app import SandboxSettings
from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.processing.processes import PROCESSES
from reconciler.sandbox.sandbox import open_sandbox
from reconciler.sandbox.scenes import COAST, SCENES, TOWN
from reconciler.sandbox.store import database as store

pytestmark = pytest.mark.anyio
#: Opens a data folder, creates jobs in it, and lets all that are due do their work.
OTHER_PROCESS = """
import asyncio, pathlib, sys, httpx
from reconciler.sandbox.app import SandboxSettings, create_app
from reconciler.sandbox.scenes import TOWN

async def main():
    app = create_app(SandboxSettings(pathlib.Path(sys.argv[1]), time_scale=1e9))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox") as http:
        form = {"grant_type": "password", "username": "sandbox@example.com", "password": "sandbox"}
        token = (await http.post("/realms/public/protocol/openid-connect/token", data=form)).json()
        http.headers["Authorization"] = f"Bearer {token['access_token']}"
        body = {"inputs": {"title": "x", "item": TOWN.path}}
        for _ in range(5):
            answer = await http.post("/v2/processing/processes/true-color-conversion/execution", json=body)
            assert answer.status_code == 201
            assert (await http.get("/v2/processing/jobs")).status_code == 200

asyncio.run(main())
"""


async def test_a_reopened_folder_goes_on(connect, clock):
    """Jobs, credits and tokens outlive the process: a job that ran meanwhile is found finished."""
    async with connect() as before:
        job_id = await before.execute("pansharpening", item=COAST.path)
        token = before.http.headers["Authorization"]
    clock.pass_(60)
    async with connect() as after:
        after.http.headers["Authorization"] = token

        assert (await after.job(job_id))["status"] == "captured"
        assert len(await after.search(job_id)) == 1
        assert await after.balance() == 10_000 - 58


async def test_what_was_deleted_stays_deleted(connect):
    """An example scene that was deleted does not come back with the next start."""
    async with connect() as before:
        await before.http.delete(f"/v2/assets/stac/collections/{TOWN.collection_id}")
    async with connect() as after:
        assert (await after.http.get(TOWN.path)).status_code == 404


async def test_an_existing_folder_keeps_its_balance(connect):
    """initial_credits counts for a new folder only."""
    async with connect(initial_credits=5) as driver:
        assert await driver.balance() == 10_000


async def test_two_processes_share_a_folder(connect, tmp_path, clock):
    """Two processes that open, create and work at once leave one whole state: every job once, the ledger right."""
    folder = tmp_path / "shared"
    command = [sys.executable, "-c", OTHER_PROCESS, str(folder)]
    runs = [asyncio.create_subprocess_exec(*command, stderr=subprocess.PIPE) for _ in range(3)]
    others = await asyncio.gather(*runs)
    errors = [(await other.communicate())[1] for other in others]
    assert [other.returncode for other in others] == [0, 0, 0], errors

    async with connect(data_dir=folder, seed=None, now=None) as driver:
        jobs = (await driver.http.get("/v2/processing/jobs?limit=100")).json()["jobs"]
        items = (await driver.http.post("/v2/assets/stac/search", json={"limit": 100})).json()["features"]

        assert len({job["jobID"] for job in jobs}) == 15
        assert {job["status"] for job in jobs} == {"captured"}
        assert len({job["results"]["collection"] for job in jobs}) == 15
        assert len(items) == 15 + len(SCENES)
        assert await driver.balance() == 1_000_000 - sum(job["creditConsumption"]["credits"] for job in jobs)


async def test_a_seed_makes_ids_reproducible(connect, tmp_path):
    """With one seed, clock and order of requests two sandboxes answer the same; without a seed they do not."""
    answers = []
    for name, seed in (("a", 7), ("b", 7), ("c", 8), ("d", None)):
        async with connect(data_dir=tmp_path / name, seed=seed) as driver:
            job, items = await driver.finished("true-color-conversion", item=TOWN.path)
            answers.append((job, items))
            driver.clock.pass_(-41)

    assert answers[0] == answers[1]
    assert len({job["jobID"] for job, _ in answers}) == 3


async def test_a_seed_repeats_no_id_after_a_restart(connect):
    """A reopened folder with a seed goes on counting and gives out new ids."""
    async with connect() as before:
        first = await before.execute("pansharpening", item=COAST.path)
    async with connect() as after:
        assert await after.execute("pansharpening", item=COAST.path) != first


@pytest.mark.parametrize("scale", [0, -1, float("nan")])
async def test_a_time_scale_has_to_be_above_zero(settings, scale):
    """A time scale that makes no sense is one sentence."""
    with pytest.raises(SandboxError, match="time scale"):
        open_sandbox(replace(settings, time_scale=scale))


async def test_a_data_folder_that_is_a_file_is_an_error(tmp_path):
    """A path that cannot be a folder is one sentence."""
    (tmp_path / "file").write_text("")

    with pytest.raises(SandboxError, match="cannot be made"):
        open_sandbox(SandboxSettings(tmp_path / "file"))


async def test_a_database_that_is_none_is_an_error(tmp_path):
    """A file that is no database is one sentence."""
    (tmp_path / "sandbox.sqlite").write_text("no database at all, and long enough to be seen as one" * 50)

    with pytest.raises(SandboxError, match="cannot be used as the sandbox's database"):
        open_sandbox(SandboxSettings(tmp_path))


async def test_a_database_of_the_first_version_goes_on(settings, tmp_path, clock):
    """A data folder of the first version is brought up to date: balance as it was, EULAs of new processes there."""
    with contextlib.closing(sqlite3.connect(tmp_path / "sandbox.sqlite")) as db:
        db.executescript(store._VERSIONS[0])
        db.execute("PRAGMA user_version=1")
        db.execute("INSERT INTO meta VALUES ('filled', 'yes')")
        for amount in (1000, -58, 58, -58):
            db.execute("INSERT INTO entries(at, kind, amount) VALUES (1, 'TOP_UP', ?)", (amount,))
        db.commit()
    sandbox = open_sandbox(replace(settings, data_dir=tmp_path))

    with sandbox.store.reading() as db:
        known = eulas.count(db)

    assert sandbox.credits_available() == 942
    assert known == len({process.eula_id for process in PROCESSES.values()})
    sandbox.set_balance(5)
    assert sandbox.credits_available() == 5


async def test_a_database_of_a_newer_version_is_an_error(settings):
    """A data folder of a version to come is left alone, with one sentence."""
    with contextlib.closing(sqlite3.connect(settings.data_dir / "sandbox.sqlite")) as db:
        db.execute("PRAGMA user_version=99")

    with pytest.raises(SandboxError, match="newer version"):
        open_sandbox(settings)
