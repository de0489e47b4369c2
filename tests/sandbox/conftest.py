"""A sandbox on a copy of one ready data folder, with a clock that the test drives."""

import contextlib
import datetime as dt
import pathlib
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import httpx
import pytest

from reconciler.sandbox.app import SandboxSettings, create_app
from reconciler.sandbox.sandbox import open_sandbox

START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
REALM = "/realms/public/protocol/openid-connect"
PROCESSES = "/v2/processing/processes"
JOBS = "/v2/processing/jobs"


class DrivenClock:
    """Time that passes only when a test says so."""

    def __init__(self):
        self.moment = START

    def __call__(self):
        return self.moment

    def pass_(self, seconds):
        self.moment += dt.timedelta(seconds=seconds)


class Driver:
    """A signed-in client of one sandbox, with its clock and its insides at hand."""

    def __init__(self, settings: SandboxSettings, clock: DrivenClock):
        self.settings = settings
        self.clock = clock
        self.app = create_app(settings)
        self.sandbox = self.app.state.sandbox
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://sandbox")

    async def sign_in(self):
        form = {"grant_type": "password", "client_id": "up42-api"}
        form |= {"username": self.settings.username, "password": self.settings.password}
        answer = await self.http.post(f"{REALM}/token", data=form)
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return answer.json()

    async def execute(self, process, /, *, query="", **inputs):
        body = {"inputs": {"title": "A title", **inputs}}
        answer = await self.http.post(f"{PROCESSES}/{process}/execution{query}", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["jobID"]

    async def job(self, job_id):
        return (await self.http.get(f"{JOBS}/{job_id}")).json()

    async def finished(self, process, /, **inputs):
        """A job that has come to its end, and its items."""
        job_id = await self.execute(process, **inputs)
        self.clock.pass_(41)
        return await self.job(job_id), await self.search(job_id)

    async def search(self, job_id):
        body = {"filter": {"op": "=", "args": [{"property": "job_id"}, job_id]}}
        return (await self.http.post("/v2/assets/stac/search", json=body)).json()["features"]

    async def balance(self):
        return (await self.http.get("/v2/payments/balances")).json()["available"]["amount"]


@pytest.fixture(scope="session")
def ready_folder(tmp_path_factory) -> pathlib.Path:
    """A data folder with the example scenes, to be copied: painting them takes a while."""
    folder = tmp_path_factory.mktemp("sandbox") / "ready"
    open_sandbox(SandboxSettings(folder, now=DrivenClock(), seed=1, initial_credits=10_000))
    return folder


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock()


@pytest.fixture
def settings(ready_folder, tmp_path, clock) -> SandboxSettings:
    folder = tmp_path / "data"
    shutil.copytree(ready_folder, folder)
    return SandboxSettings(folder, now=clock, seed=1)


@pytest.fixture
def connect(settings, clock) -> Callable[..., contextlib.AbstractAsyncContextManager[Driver]]:
    """Open a signed-in client; keyword arguments change the settings."""

    @contextlib.asynccontextmanager
    async def connected(**changes) -> AsyncIterator[Driver]:
        driver = Driver(replace(settings, **changes), clock)
        async with driver.http:
            await driver.sign_in()
            yield driver

    return connected


@pytest.fixture
async def driver(connect) -> AsyncIterator[Driver]:
    async with connect() as connected:
        yield connected
