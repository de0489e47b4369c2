"""The OpenAPI document of the sandbox, made from the doors themselves."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from reconciler.sandbox.answers import JSONResponse
from reconciler.sandbox.api.doors import Call, Door
from reconciler.sandbox.api.operations import PROBLEM, Content, Operation, Schema, answer
from reconciler.sandbox.api.schemas import SCHEMAS
from reconciler.sandbox.sandbox import Sandbox
from reconciler.sandbox.store.stac import API_PATH, OPENAPI_JSON

_VERSION = "3.1.0"
_SECURITY = "bearer"
_PATH_PARAMETER = re.compile(r"{(\w+)}")


def door(doors: Sequence[Door]) -> Door:
    """The door that answers with the document of these doors and of itself; it needs no token."""

    def handler(_: Sandbox, call: Call) -> Response:
        return JSONResponse(document([*doors, itself], call.base), media_type=OPENAPI_JSON)

    about = Operation("This document", {200: answer("Anything", OPENAPI_JSON)})
    itself = Door("get-openapi", "GET", API_PATH, handler, bearer=False, about=about)
    return itself


def document(doors: Sequence[Door], base: str) -> dict[str, Any]:
    """The OpenAPI document of doors, which all have to be described.

    Raises:
        ValueError: a door is not described, or two have the same name.
    """
    undescribed = [each.name for each in doors if each.about is None]
    if undescribed or len({each.name for each in doors}) < len(doors):
        raise ValueError(f"doors without a description, or a name of their own: {undescribed}")
    paths: dict[str, dict[str, Any]] = {}
    for each in doors:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": _VERSION,
        "info": {
            "title": "UP42 sandbox",
            "version": "2",
            "description": "The part of the UP42 API that a processing client needs, served by a local stand-in.",
        },
        "servers": [{"url": base}],
        "paths": paths,
        "components": {
            "schemas": dict(SCHEMAS),
            "securitySchemes": {_SECURITY: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _operation(described: Door) -> dict[str, Any]:
    about = described.about
    if about is None:  # said by `document` already
        raise ValueError(described.name)
    answers = dict(about.answers)
    if described.bearer:
        answers.setdefault(401, PROBLEM)
    if about.body is not None:
        answers.setdefault(413, PROBLEM)
    found: dict[str, Any] = {
        "operationId": described.name,
        "summary": about.summary,
        "parameters": [*_path_parameters(described.path), *_query_parameters(about)],
        "responses": {str(status): _response(status, answers[status]) for status in sorted(answers)},
        "security": [{_SECURITY: []}] if described.bearer else [],
    }
    if about.body is not None:
        found["requestBody"] = {"content": _content(about.body), "required": about.needs_body}
    return found


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = _PATH_PARAMETER.findall(path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(about: Operation) -> list[dict[str, Any]]:
    return [
        {"name": each.name, "in": "query", "description": each.description, "schema": dict(each.schema)}
        for each in about.query
    ]


def _response(status: int, content: Content | None) -> dict[str, Any]:
    found: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    return found if content is None else {**found, "content": _content(content)}


def _content(content: Content) -> dict[str, Any]:
    media = {} if content.schema is None else {"schema": _schema(content.schema)}
    example = {} if content.example is None else {"example": content.example}
    return {media_type: {**media, **example} for media_type in content.media_types}


def _schema(schema: Schema) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else dict(schema)
