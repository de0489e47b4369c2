"""A whole world in one process: manifests, a sandbox, a state store and destinations, on a clock that tests own.

Nothing of ours is replaced: the engine talks to the sandbox through its own client, files are files. Only time is
not the machine's: whoever sleeps is woken as soon as nobody has anything else to do.
"""

import asyncio
import contextlib
import datetime as dt
import heapq
import itertools
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from reconciler import workflow
from reconciler.delivery.destination import folder as destination
from reconciler.documents.plan import plan_json
from reconciler.documents.plan_reading import plan_from_json
from reconciler.documents.values import Document
from reconciler.engine.apply import ApplyOptions, ApplyResult
from reconciler.engine.doors import Doors
from reconciler.engine.events import Event
from reconciler.engine.observe import Observed
from reconciler.manifest.read import read
from reconciler.model.plan import Plan
from reconciler.sandbox.app import create_app
from reconciler.sandbox.faults.rules import rule_from_text
from reconciler.sandbox.settings import DEFAULT_WORKSPACE_ID, SandboxSettings
from reconciler.state.claims import Claims
from reconciler.state.objects import FolderObjects
from reconciler.up42.auth import Credentials
from reconciler.up42.client import Up42, endpoint
from reconciler.workflow import Wishes

START = dt.datetime(2026, 6, 14, 12, 0, tzinfo=dt.UTC)
BASE_URL = "http://sandbox.localhost"
_BREATH_S = 0.001


@dataclass
class WorldClock:
    """Time that goes on to the next sleeper's moment when everybody waits (`running`)."""

    elapsed_s: float = 0.0
    _sleepers: list[tuple[float, int, asyncio.Future[None]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def now(self) -> dt.datetime:
        return START + dt.timedelta(seconds=self.elapsed_s)

    def __call__(self) -> dt.datetime:
        return self.now()

    def monotonic_s(self) -> float:
        return 1000.0 + self.elapsed_s

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.elapsed_s + seconds, next(self._numbers), woken))
        await woken

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        ticking = asyncio.create_task(self._tick())
        try:
            yield
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_BREATH_S)  # worker threads (disk, state store) need a moment of the real time
            while self._sleepers and self._sleepers[0][2].done():
                heapq.heappop(self._sleepers)
            if self._sleepers:
                due_s, _, woken = heapq.heappop(self._sleepers)
                self.elapsed_s = max(self.elapsed_s, due_s)
                woken.set_result(None)


@dataclass
class Saved:
    """A plan file's content."""

    document: Document
    plan: Plan


class World:
    """One folder with everything in it; `ready` is a sandbox's data folder to begin with (see conftest)."""

    def __init__(self, folder: Path, ready: Path) -> None:
        self.folder = folder
        shutil.copytree(ready, folder / "sandbox")
        self.clock = WorldClock(elapsed_s=3600.0)
        self.settings = SandboxSettings(
            data_dir=folder / "sandbox", base_url=BASE_URL, now=self.clock, seed=7, sleep=self.clock.sleep
        )
        self.app = create_app(self.settings)
        self.sandbox = self.app.state.sandbox
        self.executions: list[str] = []
        self.requests: list[str] = []
        self.events: list[Event] = []

    # --- what the world does

    def write(self, *documents: dict[str, object]) -> None:
        """The manifests, as JSON, which is YAML too."""
        texts = [json.dumps({"apiVersion": "reconciler/v1", **document}) for document in documents]
        (self.folder / "outputs.yaml").write_text("\n---\n".join(texts), encoding="utf-8")

    def fault(self, rule: str) -> None:
        self.sandbox.faults.add(rule_from_text(rule))

    def pass_(self, seconds: float) -> None:
        self.clock.elapsed_s += seconds

    @contextlib.asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """Somebody else at the console: signed in, beside the engine."""
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as http:
            form = {"grant_type": "password", "client_id": "up42-api"}
            form |= {"username": self.settings.username, "password": self.settings.password}
            answer = await http.post("/realms/public/protocol/openid-connect/token", data=form)
            http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield http

    async def make_job(self, process_id: str, inputs: dict[str, object], *, seconds: float = 300) -> None:
        """A job made by hand, and the time that passes since: it takes forty seconds."""
        async with self.client() as http:
            answer = await http.post(
                f"/v2/processing/processes/{process_id}/execution",
                params={"workspaceId": DEFAULT_WORKSPACE_ID},
                json={"inputs": {"title": "by hand", **inputs}},
            )
            assert answer.status_code in (200, 201, 202), answer.text
        self.pass_(seconds)

    # --- what reconciler does

    @contextlib.asynccontextmanager
    async def doors(self) -> AsyncIterator[Doors]:
        at = endpoint("eu", BASE_URL, BASE_URL)
        credentials = Credentials(self.settings.username, self.settings.password)
        transport = _Counting(httpx.ASGITransport(self.app), self.executions, self.requests)
        async with self.clock.running(), Up42(at, credentials, self.clock, transport=transport) as up42:
            store = FolderObjects(self.folder / "state")
            claims = Claims(store, api_url=up42.api_url, workspace_id=DEFAULT_WORKSPACE_ID)
            yield Doors(up42, claims, destination, self.clock, self.events.append)

    def tree(self):
        return read([self.folder / "outputs.yaml"], cwd=self.folder, variables={})

    async def plan(self, **wishes: object) -> Observed:
        async with self.doors() as doors:
            declared = await workflow.declare(self.tree(), doors.up42, doors.notify, sandbox=False)
            return await workflow.plan(workflow.scope(declared, DEFAULT_WORKSPACE_ID, Wishes(**wishes)), doors)

    async def save(self, **wishes: object) -> Saved:
        made = (await self.plan(**wishes)).plan
        document = json.loads(json.dumps(plan_json(made)))
        return Saved(document, plan_from_json(document, place=str(self.folder)))

    async def apply(self, saved: Saved | None = None, **wishes: object) -> ApplyResult:
        """Apply manifests, or a saved plan.

        Raises:
            PlanStale, Refused: as the conductor does.
        """
        async with self.doors() as doors:
            if saved is None:
                declared = await workflow.declare(self.tree(), doors.up42, doors.notify, sandbox=False)
                wanted = workflow.scope(declared, DEFAULT_WORKSPACE_ID, Wishes(**wishes))
                observed = await workflow.plan(wanted, doors)
            else:
                plan_id = str(saved.document["plan_id"])
                wanted = workflow.scope_of_saved(saved.plan, plan_id, self.tree(), Wishes(**wishes))
                observed = workflow.hold(saved.plan, wanted, await workflow.plan(wanted, doors))
            workflow.check(observed.plan)
            wanted = replace(wanted, timing=replace(wanted.timing, lease_s=100_000.0))
            return await workflow.apply(observed, wanted, doors, ApplyOptions(), asyncio.Event())

    async def charged_credits(self) -> int:
        """What the service says of all jobs that were charged; at most five hundred."""
        jobs = await self.jobs()
        paid = [job["creditConsumption"] or {} for job in jobs]
        return sum(consumption["credits"] for consumption in paid if consumption.get("consumptionID"))

    async def jobs(self) -> list[dict[str, Any]]:
        """The job listing; at most five hundred."""
        async with self.client() as http:
            answer = await http.get("/v2/processing/jobs", params={"limit": 500})
            jobs: list[dict[str, Any]] = answer.json()["jobs"]
            return jobs


class _Counting(httpx.AsyncBaseTransport):
    """A transport that notes every request, and the processes whose execution was asked for."""

    def __init__(self, inner: httpx.AsyncBaseTransport, executions: list[str], requests: list[str]) -> None:
        self._inner = inner
        self._executions = executions
        self._requests = requests

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._requests.append(f"{request.method} {request.url.path}")
        if request.url.path.endswith("/execution"):
            self._executions.append(request.url.path.split("/")[-2])
        return await self._inner.handle_async_request(request)
