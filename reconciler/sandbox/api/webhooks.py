"""Webhooks of a workspace (up42-api.md section 10.2): kept and told, never called.

Nothing shows that processing jobs come with a webhook today, and a sandbox sends to nobody: a test of one runs nothing.
"""

import json
import sqlite3
import uuid
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from reconciler.sandbox.answers import JSONResponse
from reconciler.sandbox.api.doors import Call, Door
from reconciler.sandbox.api.operations import Content, Operation, answer
from reconciler.sandbox.errors import HttpError
from reconciler.sandbox.moments import to_text
from reconciler.sandbox.sandbox import Sandbox

_EVENTS = ("order.status", "job.status")
_FIELDS = {"url": str, "name": str, "events": list, "active": bool, "secret": str}
_NEEDED = ("url", "name", "events")


def _events(_: Sandbox, __: Call) -> Response:
    return _wrapped([{"name": name} for name in _EVENTS])


def _list(sandbox: Sandbox, call: Call) -> Response:
    with sandbox.store.reading() as db:
        rows = db.execute(
            "SELECT * FROM webhooks WHERE workspace_id = ? ORDER BY created, id", (_workspace(call),)
        ).fetchall()
    return _wrapped([_document(row) for row in rows])


def _create(sandbox: Sandbox, call: Call) -> Response:
    body = _body(call)
    now = sandbox.clock.micros()
    with sandbox.store.writing() as db:
        webhook_id = sandbox.ids.new(db)
        kept = (webhook_id, _workspace(call), now, now, json.dumps(body))
        db.execute("INSERT INTO webhooks(id, workspace_id, created, updated, doc) VALUES (?, ?, ?, ?, ?)", kept)
        return _wrapped(_document(_row(db, call, webhook_id)))


def _one(sandbox: Sandbox, call: Call) -> Response:
    with sandbox.store.reading() as db:
        return _wrapped(_document(_row(db, call, call.params["webhook"])))


def _replace(sandbox: Sandbox, call: Call) -> Response:
    body = _body(call)
    with sandbox.store.writing() as db:
        row = _row(db, call, call.params["webhook"])
        kept = (json.dumps(body), sandbox.clock.micros(), row["id"])
        db.execute("UPDATE webhooks SET doc = ?, updated = ? WHERE id = ?", kept)
        return _wrapped(_document(_row(db, call, row["id"])))


def _drop(sandbox: Sandbox, call: Call) -> Response:
    with sandbox.store.writing() as db:
        row = _row(db, call, call.params["webhook"])
        db.execute("DELETE FROM webhooks WHERE id = ?", (row["id"],))
    return Response(status_code=204)


def _test(sandbox: Sandbox, call: Call) -> Response:
    with sandbox.store.reading() as db:
        _row(db, call, call.params["webhook"])
    return _wrapped({"startedAt": to_text(sandbox.clock.micros()), "testsRun": 0, "testsSucceeded": 0})


def _row(db: sqlite3.Connection, call: Call, webhook_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM webhooks WHERE id = ? AND workspace_id = ?", (webhook_id, _workspace(call))
    ).fetchone()
    if row is None:
        raise _refused(404, "There is no such webhook.")
    return row


def _document(row: sqlite3.Row) -> dict[str, Any]:
    body = json.loads(row["doc"])
    times = {"createdAt": to_text(row["created"]), "updatedAt": to_text(row["updated"])}
    return {"id": row["id"], "active": False, **body, **times}


def _workspace(call: Call) -> str:
    try:
        return str(uuid.UUID(call.params["workspace"]))
    except ValueError as error:
        raise _refused(404, "There is no such workspace.") from error


def _body(call: Call) -> dict[str, Any]:
    fault = _refused(400, "The body is not an object with url (https), name, events, and perhaps active and secret.")
    body = call.json(fault)
    if not isinstance(body, dict) or not set(_NEEDED) <= set(body) <= set(_FIELDS):
        raise fault
    if not all(isinstance(value, _FIELDS[name]) for name, value in body.items()):
        raise fault
    if not body["url"].startswith("https://") or not all(event in _EVENTS for event in body["events"]):
        raise fault
    return body


def _wrapped(data: Any) -> Response:
    return JSONResponse({"data": data, "error": None})


def _refused(status: int, message: str) -> HttpError:
    """The legacy error shape (section 11)."""
    error = {"code": HTTPStatus(status).name, "message": message, "details": None}
    return HttpError(status, {"data": None, "error": error})


_HOOKS = "/workspaces/{workspace}/webhooks"
_ONE = f"{_HOOKS}/{{webhook}}"
_GONE, _BAD, _FOUND = {404: answer("WrappedError")}, {400: answer("WrappedError")}, {200: answer("WrappedWebhook")}
_NEW = Content("NewWebhook")
DOORS = (
    Door(
        "list-webhook-events",
        "GET",
        "/webhooks/events",
        _events,
        about=Operation("The events", {200: answer("WrappedEvents")}),
    ),
    Door(
        "list-webhooks",
        "GET",
        _HOOKS,
        _list,
        about=Operation("Webhooks of a workspace", {200: answer("WrappedWebhooks"), **_GONE}),
    ),
    Door(
        "create-webhook",
        "POST",
        _HOOKS,
        _create,
        about=Operation("Create a webhook", {**_FOUND, **_BAD, **_GONE}, body=_NEW),
    ),
    Door("get-webhook", "GET", _ONE, _one, about=Operation("One webhook", {**_FOUND, **_GONE})),
    Door(
        "replace-webhook",
        "PUT",
        _ONE,
        _replace,
        about=Operation("Replace a webhook", {**_FOUND, **_BAD, **_GONE}, body=_NEW),
    ),
    Door("delete-webhook", "DELETE", _ONE, _drop, about=Operation("Delete a webhook", {204: None, **_GONE})),
    Door(
        "test-webhook",
        "POST",
        f"{_ONE}/tests",
        _test,
        about=Operation("Test a webhook", {200: answer("WrappedTest"), **_GONE}),
    ),
)
