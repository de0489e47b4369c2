"""What only the sandbox has: faults, its clock, its account. No client of the service ever comes here.

These doors need no token, are below `/sandbox`, and are in no OpenAPI document: that one describes the service. The
server listens on this machine's loopback only.
"""

from typing import Any

from starlette.responses import Response

from reconciler.sandbox.account import budgets, money
from reconciler.sandbox.account.budgets import Budget
from reconciler.sandbox.answers import JSONResponse
from reconciler.sandbox.api.doors import Call, Door, Handler
from reconciler.sandbox.errors import HttpError, SandboxError, problem
from reconciler.sandbox.faults.kinds import KINDS
from reconciler.sandbox.faults.rules import rule_from
from reconciler.sandbox.moments import SECOND, from_text, to_text
from reconciler.sandbox.sandbox import Sandbox

_MOST_SECONDS, _MOST_RATE = 10 * 365 * 24 * 3600, 10_000
_BUDGET_FIELDS = {
    "name": str,
    "description": str,
    "externalId": str,
    "status": str,
    "spendLimit": int,
    "startDate": str,
    "endDate": str,
}


def _faults(sandbox: Sandbox, _: Call) -> Response:
    return JSONResponse({"faults": [entry.document() for entry in sandbox.faults.entries()], "kinds": list(KINDS)})


def _add_fault(sandbox: Sandbox, call: Call) -> Response:
    """Add one rule; 201 with its number."""
    try:
        number = sandbox.faults.add(rule_from(call.json(_bad("The body is not JSON."))))
    except SandboxError as error:
        raise _bad(str(error)) from error
    return JSONResponse({"number": number}, 201)


def _drop_faults(sandbox: Sandbox, _: Call) -> Response:
    sandbox.faults.remove()
    return Response(status_code=204)


def _drop_fault(sandbox: Sandbox, call: Call) -> Response:
    number = call.params["number"]
    if not (number.isascii() and number.isdigit() and len(number) < 10 and sandbox.faults.remove(int(number))):
        raise problem(404, detail="There is no rule of that number.")
    return Response(status_code=204)


def _clock(sandbox: Sandbox, _: Call) -> Response:
    return JSONResponse({"now": to_text(sandbox.clock.micros()), "rate": sandbox.clock.pace.rate})


def _drive_clock(sandbox: Sandbox, call: Call) -> Response:
    """Any of `advanceSeconds`, `now` (a moment to come) and `rate` (0 stands still)."""
    wanted = _object(call, {"advanceSeconds": float, "now": str, "rate": float})
    seconds, rate = wanted.get("advanceSeconds", 0), wanted.get("rate")
    if not 0 <= seconds <= _MOST_SECONDS or not 0 <= (rate or 0) <= _MOST_RATE:
        raise _bad(f"advanceSeconds is from 0 to {_MOST_SECONDS}, rate from 0 to {_MOST_RATE}.")
    ahead = round(seconds * SECOND)
    if "now" in wanted:
        try:
            ahead += from_text(wanted["now"]) - sandbox.clock.micros()
        except ValueError as error:
            raise _bad("now is not an RFC 3339 instant.") from error
    if not 0 <= ahead <= _MOST_SECONDS * SECOND:
        raise _bad("The clock never goes back, nor further ahead than ten years at once.")
    sandbox.drive_clock(ahead=ahead, rate=rate)
    return _clock(sandbox, call)


def _account(sandbox: Sandbox, _: Call) -> Response:
    return JSONResponse({"availableCredits": sandbox.credits_available()})


def _set_account(sandbox: Sandbox, call: Call) -> Response:
    wanted = _object(call, {"availableCredits": int})
    if "availableCredits" in wanted:
        sandbox.set_balance(wanted["availableCredits"])
    return _account(sandbox, call)


def _ledger(sandbox: Sandbox, _: Call) -> Response:
    """Every line of the ledger, oldest first."""
    sandbox.progress.advance(work=False)
    with sandbox.store.reading() as db:
        lines = money.entries(db)
    told = [{"at": to_text(e.at), "kind": e.kind, "amount": e.amount, "jobID": e.job_id} for e in lines]
    return JSONResponse({"entries": told})


def _add_budget(sandbox: Sandbox, call: Call) -> Response:
    """Add a UP42 budget, for which the service has no call that is known; 201 as the service would tell it."""
    wanted = _object(call, _BUDGET_FIELDS)
    if not wanted.get("name") or wanted.get("status", budgets.ACTIVE) not in {budgets.ACTIVE, budgets.INACTIVE}:
        raise _bad("A budget has a name, and a status of ACTIVE or INACTIVE.")
    names = {"externalId": "external_id", "spendLimit": "spend_limit", "startDate": "starts", "endDate": "ends"}
    values = {names.get(name, name): value for name, value in wanted.items()}
    with sandbox.store.writing() as db:
        budget = Budget(sandbox.ids.new(db), **values)
        budgets.add(db, budget, at=sandbox.clock.micros())
        row = budgets.find(db, budget.budget_id)
        document = budgets.document(db, row, include_usage=True) if row is not None else {}
    return JSONResponse(document, 201)


def _object(call: Call, known: dict[str, type]) -> dict[str, Any]:
    """The body: an object with nothing but fields of these names and types."""
    fault = _bad(f"The body is not an object with any of: {', '.join(known)}.")
    body = call.json(fault)
    if not isinstance(body, dict) or not set(body) <= set(known):
        raise fault
    for name, value in body.items():
        types = (int, float) if known[name] is float else known[name]
        if isinstance(value, bool) or not isinstance(value, types):
            raise _bad(f"{name} is not of the type {known[name].__name__}.")
    return body


def _bad(detail: str) -> HttpError:
    return problem(400, detail=detail)


def _door(name: str, method: str, path: str, handler: Handler) -> Door:
    return Door(f"sandbox-{name}", method, f"/sandbox{path}", handler, bearer=False, control=True)


DOORS = (
    _door("list-faults", "GET", "/faults", _faults),
    _door("add-fault", "POST", "/faults", _add_fault),
    _door("delete-faults", "DELETE", "/faults", _drop_faults),
    _door("delete-fault", "DELETE", "/faults/{number}", _drop_fault),
    _door("get-clock", "GET", "/clock", _clock),
    _door("drive-clock", "POST", "/clock", _drive_clock),
    _door("get-account", "GET", "/account", _account),
    _door("set-account", "PATCH", "/account", _set_account),
    _door("get-ledger", "GET", "/ledger", _ledger),
    _door("add-budget", "POST", "/budgets", _add_budget),
)
