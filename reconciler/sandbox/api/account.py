"""Signing in, who one is, the balance and the budgets (up42-api.md sections 0a, 1 and 10)."""

import sqlite3
from typing import Any
from urllib.parse import parse_qs

from starlette.responses import Response

from reconciler.sandbox.account import budgets, money, tokens
from reconciler.sandbox.answers import JSONResponse
from reconciler.sandbox.api.doors import Call, Door, spring_page, whole
from reconciler.sandbox.api.operations import BASIC_ERROR, Content, Operation, Parameter, answer, spring_pages
from reconciler.sandbox.errors import HttpError, basic_error
from reconciler.sandbox.sandbox import Sandbox
from reconciler.sandbox.settings import DEFAULT_BUDGET_SETTING_ID, DEFAULT_WORKSPACE_ID

_REALM = "/realms/public/protocol/openid-connect"
_SCOPE = "ACCOUNT_ADMIN USER"


def _token(sandbox: Sandbox, call: Call) -> Response:
    """Keycloak's answers; any client id is taken, as two are in use (section 1.2)."""
    form = {name: values[-1] for name, values in parse_qs(call.body.decode("utf-8", "replace")).items()}
    grant = form.get("grant_type")
    at = sandbox.clock.micros()
    if grant == "password":
        given = (form.get("username"), form.get("password"))
        if given != (sandbox.settings.username, sandbox.settings.password):
            raise _refused(401, "invalid_grant", "Invalid user credentials")
        scope = " ".join([_SCOPE, *(word for word in form.get("scope", "").split() if word == "openid")])
    elif grant == "refresh_token":
        with sandbox.store.reading() as db:
            kept = tokens.scope_of(db, form.get("refresh_token", ""), kind=tokens.REFRESH, at=at)
        if kept is None:
            raise _refused(400, "invalid_grant", "Token is not active")
        scope = kept
    elif grant is None:
        raise _refused(400, "invalid_request", "Missing form parameter: grant_type")
    else:
        raise _refused(400, "unsupported_grant_type", "Unsupported grant_type")
    early = call.faults.get("token-expires")
    good_for_s = early.number("seconds") if early else None
    return JSONResponse(_issued(sandbox, scope, at, good_for_s), headers={"Cache-Control": "no-store"})


def _issued(sandbox: Sandbox, scope: str, at: int, good_for_s: float | None) -> dict[str, Any]:
    with sandbox.store.writing() as db:
        stamps = [tokens.Stamp(at, sandbox.ids.new(db)) for _ in range(2)]
        access = tokens.issue(db, sandbox.secret, stamps[0], kind=tokens.ACCESS, scope=scope, good_for_s=good_for_s)
        refresh = tokens.issue(db, sandbox.secret, stamps[1], kind=tokens.REFRESH, scope=scope)
        session = sandbox.ids.new(db)
    return {
        "access_token": access,
        "expires_in": tokens.ACCESS_SECONDS,
        "refresh_expires_in": tokens.REFRESH_SECONDS,
        "refresh_token": refresh,
        "token_type": "Bearer",
        "not-before-policy": 0,
        "session_state": session,
        "scope": scope,
    }


def _refused(status: int, error: str, description: str) -> HttpError:
    return HttpError(status, {"error": error, "error_description": description}, {"Cache-Control": "no-store"})


def _userinfo(sandbox: Sandbox, _: Call) -> Response:
    """`sub` is the default workspace; that the service asks for the scope `openid` here is not enforced."""
    email = sandbox.settings.username
    return JSONResponse({"sub": DEFAULT_WORKSPACE_ID, "email": email, "preferred_username": email})


def _balances(sandbox: Sandbox, _: Call) -> Response:
    with sandbox.store.reading() as db:
        amount = money.available(db)
    return JSONResponse({"available": {"amount": amount, "unit": "CREDIT"}})


def _budgets(sandbox: Sandbox, call: Call) -> Response:
    """`status` may come more than once, or as one list with commas; `page` counts from 0."""
    size = whole(call, "size", 20, range(1, 501), basic_error(400, "size is not a whole number from 1 to 500."))
    page = whole(call, "page", 0, range(10**6), basic_error(400, "page is not a whole number from 0."))
    statuses = [word for text in call.every("status") for word in text.split(",") if word]
    try:
        sort = budgets.sort_from(call.query.get("sort"))
    except ValueError as error:
        raise basic_error(400, str(error)) from error
    with sandbox.store.reading() as db:
        rows = budgets.listed(db, statuses, sort)
        content = [_document(db, row, call) for row in rows[page * size : (page + 1) * size]]
    return JSONResponse(spring_page(content, total=len(rows), size=size, page=page))


def _budget_settings(sandbox: Sandbox, _: Call) -> Response:
    return JSONResponse(
        {"enforcementEnabled": sandbox.settings.enforce_budgets, "budgetSettingId": DEFAULT_BUDGET_SETTING_ID}
    )


def _one_budget(sandbox: Sandbox, call: Call) -> Response:
    with sandbox.store.reading() as db:
        return JSONResponse(_document(db, _row(db, call), call))


def _usage(sandbox: Sandbox, call: Call) -> Response:
    with sandbox.store.reading() as db:
        row = _row(db, call)
        return JSONResponse({"budgetId": row["id"], "consumedCredits": budgets.consumed(db, row["id"])})


def _row(db: sqlite3.Connection, call: Call) -> sqlite3.Row:
    row = budgets.find(db, call.params["budget"].lower())
    if row is None:
        raise basic_error(404, "There is no such budget.")
    return row


def _document(db: sqlite3.Connection, row: sqlite3.Row, call: Call) -> dict[str, Any]:
    return budgets.document(db, row, include_usage=call.query.get("includeUsage", "").lower() == "true")


_PAGES = spring_pages(500)
_USAGE = Parameter("includeUsage", "Whether to say what was consumed", {"type": "boolean"})
_SORT = Parameter("sort", "A field, with ,asc or ,desc")
_TOKEN_FORM = Content("TokenForm", ("application/x-www-form-urlencoded",))
DOORS = (
    Door(
        "token",
        "POST",
        f"{_REALM}/token",
        _token,
        bearer=False,
        about=Operation(
            "Sign in, or renew a token",
            {200: answer("Token"), 400: answer("TokenError"), 401: answer("TokenError")},
            body=_TOKEN_FORM,
        ),
    ),
    Door(
        "userinfo",
        "GET",
        f"{_REALM}/userinfo",
        _userinfo,
        about=Operation("Who is signed in", {200: answer("UserInfo")}),
    ),
    Door(
        "get-balance",
        "GET",
        "/v2/payments/balances",
        _balances,
        about=Operation("The credits available", {200: answer("Balance")}),
    ),
    Door(
        "list-budgets",
        "GET",
        "/v2/budgets",
        _budgets,
        about=Operation(
            "Budgets",
            {200: answer("BudgetPage"), 400: BASIC_ERROR},
            query=(*_PAGES, _USAGE, Parameter("status", "ACTIVE, INACTIVE or both, with a comma"), _SORT),
        ),
    ),
    Door(
        "get-budget-settings",
        "GET",
        "/v2/budgets/settings",
        _budget_settings,
        about=Operation("Whether budgets are enforced", {200: answer("BudgetSettings")}),
    ),
    Door(
        "get-budget",
        "GET",
        "/v2/budgets/{budget}",
        _one_budget,
        about=Operation("One budget", {200: answer("Budget"), 404: BASIC_ERROR}, query=(_USAGE,)),
    ),
    Door(
        "get-budget-usage",
        "GET",
        "/v2/budgets/{budget}/usage",
        _usage,
        about=Operation("What a budget has paid", {200: answer("BudgetUsage"), 404: BASIC_ERROR}),
    ),
)
