"""Processes and jobs (up42-api.md sections 2 and 4 to 7).

Execution checks a body's shape (400), a process's and a budget's name (404). What inputs mean is checked by the job
itself, which becomes `invalid`, as the one recorded sample of such a job shows; a job with bad inputs has the price 0.
"""

import uuid
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from reconciler.sandbox.account import budgets, eulas
from reconciler.sandbox.answers import JSONResponse
from reconciler.sandbox.api.doors import Call, Door
from reconciler.sandbox.api.operations import PROBLEM, Content, Operation, Parameter, answer, whole_number
from reconciler.sandbox.errors import problem
from reconciler.sandbox.faults.book import Faults
from reconciler.sandbox.processing import jobs, meaning
from reconciler.sandbox.processing.checks import shape_error
from reconciler.sandbox.processing.lifecycle import Fate, Status, due_after
from reconciler.sandbox.processing.processes import BASE, PROCESSES, Process
from reconciler.sandbox.sandbox import Sandbox
from reconciler.sandbox.scenes import COAST
from reconciler.sandbox.settings import DEFAULT_WORKSPACE_ID
from reconciler.sandbox.store import stac


def _processes(_: Sandbox, call: Call) -> Response:
    found = {
        "processes": [process.summary() for process in PROCESSES.values()],
        "links": [{"rel": "self", "href": BASE, "type": "application/json"}],
    }
    return JSONResponse(stac.absolute(found, call.base))


def _process(sandbox: Sandbox, call: Call) -> Response:
    return JSONResponse(stac.absolute(_known(sandbox, call).description_document(), call.base))


def _validation(sandbox: Sandbox, call: Call) -> Response:
    """200 without a body for inputs that can be used."""
    process = _known(sandbox, call)
    _understood(sandbox, process, _body(process, call)["inputs"])
    return Response(status_code=200)


def _cost(sandbox: Sandbox, call: Call) -> Response:
    process = _known(sandbox, call)
    work = _understood(sandbox, process, _body(process, call)["inputs"])
    return JSONResponse(
        {
            "pricingStrategy": "area",
            "totalCredits": meaning.price(work) + _rise(call.faults),
            "totalSize": meaning.size_km2(work),
            "unit": "SQ_KM",
        }
    )


def _execution(sandbox: Sandbox, call: Call) -> Response:
    """201 with the job; without a `workspaceId` it belongs to the default workspace, which is an assumption."""
    process = _known(sandbox, call)
    body = _body(process, call)
    workspace_id = _workspace(call)
    budget_id = call.query.get("budgetId")
    now = sandbox.clock.micros()
    fate = _fate(call.faults)
    scale = sandbox.settings.time_scale
    with sandbox.store.writing() as db:
        if budget_id is not None and budgets.find(db, budget_id) is None:
            raise problem(404, detail="There is no such budget.")
        work = meaning.understood(db, sandbox.blobs, process, body["inputs"])
        order = jobs.Order(
            job_id=sandbox.ids.new(db),
            process_id=process.process_id,
            workspace_id=workspace_id,
            budget_id=budget_id,
            definition={"inputs": {**body["inputs"], **_additions(call.faults)}},
            credits=0 if isinstance(work, list) else meaning.price(work) + _rise(call.faults),
            created=now,
            due=due_after(Status.CREATED, now, fate, time_scale=scale, last_good=Status(sandbox.settings.terminal)),
            fate=fate,
        )
        jobs.create(db, order)
        row = jobs.find(db, order.job_id)
    document = {} if row is None else jobs.document(row, base=call.base)
    return JSONResponse(document, 201, {"Location": f"{call.base}{jobs.PATH}/{order.job_id}"})


def _fate(faults: Faults) -> Fate:
    stuck, ended = faults.get("job-stuck"), faults.get("results-deleted")
    unknown = faults.get("unknown-status")
    return Fate(
        stuck=Status(str(stuck.options["status"])) if stuck else None,
        fails=faults.get("job-fails") is not None,
        released=faults.get("job-released") is not None,
        results_last_s=ended.number("seconds") if ended else None,
        shown={str(unknown.options["instead-of"]): str(unknown.options["status"])} if unknown else {},
    )


def _additions(faults: Faults) -> dict[str, Any]:
    """Inputs that the service puts into a definition by itself."""
    changed = faults.get("definition-changed")
    return {str(changed.options["input"]): changed.options["value"]} if changed else {}


def _rise(faults: Faults) -> int:
    risen = faults.get("price-rises")
    return int(risen.number("credits")) if risen else 0


def _jobs(sandbox: Sandbox, call: Call) -> Response:
    lag = call.faults.get("listing-lag")
    lag_s = lag.number("seconds") if lag else 0
    query = jobs.query_from(call.query, now=sandbox.clock.micros(), lag_s=lag_s)
    with sandbox.store.reading() as db:
        page = jobs.listed(db, query)
    links: list[dict[str, Any]] = [{"rel": "self", "href": _path(call.query), "type": "application/json"}]
    if page.next_token is not None:
        following = {**call.query, "limit": str(query.limit), "token": page.next_token}
        links.append({"rel": "next", "href": _path(following), "type": "application/json"})
    return JSONResponse({"jobs": [jobs.document(row, base=call.base) for row in page.rows], "links": links})


def _job(sandbox: Sandbox, call: Call) -> Response:
    with sandbox.store.reading() as db:
        row = jobs.find(db, call.params["job"].lower())
    if row is None:
        raise problem(404, detail="There is no such job.")
    return JSONResponse(jobs.document(row, base=call.base))


def _known(sandbox: Sandbox, call: Call) -> Process:
    process = PROCESSES.get(call.params["process"])
    if process is None:
        raise problem(404, detail="There is no such process.")
    if call.faults.get("eula-updated"):
        with sandbox.store.writing() as db:
            eulas.update(db, process.eula_id, at=sandbox.clock.micros())
    return process


def _body(process: Process, call: Call) -> dict[str, Any]:
    body = call.json(problem(400, **{"schema-error": "data must be object"}))
    if (fault := shape_error(process, body)) is not None:
        raise fault
    return dict(body)


def _understood(sandbox: Sandbox, process: Process, inputs: dict[str, Any]) -> meaning.Work:
    with sandbox.store.reading() as db:
        work = meaning.understood(db, sandbox.blobs, process, inputs)
    if isinstance(work, list):
        raise problem(422, errors=[fault.document() for fault in work])
    return work


def _workspace(call: Call) -> str:
    text = call.query.get("workspaceId", DEFAULT_WORKSPACE_ID)
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise problem(400, detail="workspaceId is not a UUID.") from error


def _path(query: dict[str, str] | Any) -> str:
    """A relative link, as the service gives them (section 7.1)."""
    return f"{jobs.PATH}?{urlencode(query, safe=',')}" if query else jobs.PATH


_INPUTS = Content("Inputs", example={"inputs": {"title": "Pansharpened coast", "item": COAST.path}})
_UNFIT = {400: answer("SchemaError"), 404: PROBLEM}
DOORS = (
    Door("list-processes", "GET", BASE, _processes, about=Operation("Processes", {200: answer("ProcessList")})),
    Door(
        "get-process",
        "GET",
        f"{BASE}/{{process}}",
        _process,
        about=Operation("One process", {200: answer("Process"), 404: PROBLEM}),
    ),
    Door(
        "validate",
        "POST",
        f"{BASE}/{{process}}/validation",
        _validation,
        about=Operation("Check inputs", {200: None, **_UNFIT, 422: answer("InputErrors")}, body=_INPUTS),
    ),
    Door(
        "price",
        "POST",
        f"{BASE}/{{process}}/cost",
        _cost,
        about=Operation("Price inputs", {200: answer("Cost"), **_UNFIT, 422: answer("InputErrors")}, body=_INPUTS),
    ),
    Door(
        "execute",
        "POST",
        f"{BASE}/{{process}}/execution",
        _execution,
        about=Operation(
            "Create a job",
            {201: answer("Job"), **_UNFIT},
            query=(
                Parameter("workspaceId", "The workspace that the job belongs to", {"type": "string", "format": "uuid"}),
                Parameter("budgetId", "The budget that pays", {"type": "string", "format": "uuid"}),
            ),
            body=_INPUTS,
        ),
    ),
    Door(
        "list-jobs",
        "GET",
        jobs.PATH,
        _jobs,
        work=True,
        about=Operation(
            "Jobs",
            {200: answer("JobList"), 400: PROBLEM},
            query=(
                Parameter("workspaceId", "Workspaces, with commas"),
                Parameter("processId", "Processes, with commas"),
                Parameter("status", "Statuses, with commas"),
                Parameter("ids", "Jobs, with commas"),
                whole_number("minDuration", "Seconds that a job ran at least", 0, 10**12 - 1),
                whole_number("maxDuration", "Seconds that a job ran at most", 0, 10**12 - 1),
                Parameter("sort", "A field, with ,asc or ,desc"),
                whole_number("limit", "Size of a page", 1, jobs.MAX_LIMIT),
                Parameter("token", "Of a next link"),
            ),
        ),
    ),
    Door(
        "get-job",
        "GET",
        f"{jobs.PATH}/{{job}}",
        _job,
        work=True,
        about=Operation("One job", {200: answer("Job"), 404: PROBLEM}),
    ),
)
