"""The STAC API of the storage but for its searches: what one finds and changes by name (up42-api.md section 8)."""

from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from reconciler.sandbox.answers import JSONResponse
from reconciler.sandbox.api.doors import Call, Door, is_title_and_tags, whole
from reconciler.sandbox.api.operations import BASIC_ERROR, Content, Operation, Parameter, answer, whole_number
from reconciler.sandbox.errors import HttpError, basic_error
from reconciler.sandbox.sandbox import Sandbox
from reconciler.sandbox.searching import query
from reconciler.sandbox.store import blobs, stac, storage
from reconciler.sandbox.store.paging import Page
from reconciler.sandbox.store.stac import ROOT

_TITLE, _TAGS = "up42-user:title", "up42-user:tags"


def _landing(_: Sandbox, call: Call) -> Response:
    return JSONResponse(stac.absolute(stac.landing_document(), call.base))


def _conformance(_: Sandbox, __: Call) -> Response:
    return JSONResponse({"conformsTo": stac.landing_document()["conformsTo"]})


def _queryables(_: Sandbox, call: Call) -> Response:
    return JSONResponse(stac.queryables_document(call.base + ROOT), media_type=stac.SCHEMA_JSON)


def _collection_queryables(sandbox: Sandbox, call: Call) -> Response:
    collection_id = call.params["collection"]
    with sandbox.store.reading() as db:
        if storage.collection(db, collection_id) is None:
            raise no_collection()
    place = f"{call.base}{ROOT}/collections/{quote(collection_id)}"
    return JSONResponse(stac.queryables_document(place), media_type=stac.SCHEMA_JSON)


def _collections(sandbox: Sandbox, call: Call) -> Response:
    path = f"{ROOT}/collections"
    with sandbox.store.reading() as db:
        page = storage.collections(
            db,
            workspace_id=call.query.get("workspace_id"),
            token=call.query.get("token"),
            limit=limit_of(call),
        )
    found = {"collections": page.documents, "links": page_links(path, call, page, "application/json")}
    return JSONResponse(stac.absolute(found, call.base))


def _collection(sandbox: Sandbox, call: Call) -> Response:
    with sandbox.store.reading() as db:
        found = storage.collection(db, call.params["collection"])
    if found is None:
        raise no_collection()
    return JSONResponse(stac.absolute(found, call.base))


def _drop_collection(sandbox: Sandbox, call: Call) -> Response:
    with sandbox.store.writing() as db:
        asset_ids = blobs.of_collection(db, call.params["collection"])
        if not storage.drop_collection(db, call.params["collection"]):
            raise no_collection()
    for asset_id in asset_ids:
        sandbox.blobs.drop(asset_id)
    return Response(status_code=204)


def _item(sandbox: Sandbox, call: Call) -> Response:
    with sandbox.store.reading() as db:
        found = storage.item(db, call.params["collection"], call.params["item"])
    if found is None:
        raise basic_error(404, "There is no such item.")
    return geojson(found, call)


def _patch_item(sandbox: Sandbox, call: Call) -> Response:
    """Title and tags, either or both; null takes them away."""
    fault = basic_error(400, f"The body is not an object with {_TITLE} (text) and {_TAGS} (texts), or null for them.")
    body = call.json(fault)
    if not is_title_and_tags(body, _TITLE, _TAGS):
        raise fault
    with sandbox.store.writing() as db:
        found = storage.item(db, call.params["collection"], call.params["item"])
        if found is None:
            raise basic_error(404, "There is no such item.")
        found["properties"].update(body)
        storage.replace_item(db, found)
    return geojson(found, call)


def limit_of(call: Call) -> int:
    """How many documents a page shall hold; more than allowed is read as what is allowed, as OGC API - Features has it.

    Raises:
        HttpError: 400 for what is not a whole number from 1.
    """
    fault = basic_error(400, "limit is not a whole number from 1.")
    return min(whole(call, "limit", query.DEFAULT_LIMIT, range(1, 10**9), fault), query.MAX_LIMIT)


def page_links(path: str, call: Call, page: Page, media_type: str) -> list[dict[str, Any]]:
    """The links of a page of a listing; the one to the page before it is an addition."""
    links = stac.page_links(path, media_type)
    for rel, token in (("next", page.next_token), ("prev", page.prev_token)):
        if token is not None:
            text = urlencode({**call.query, "token": token}, safe=":")
            links.append({"rel": rel, "href": f"{path}?{text}", "type": media_type, "method": "GET"})
    return links


def geojson(document: dict[str, Any], call: Call) -> Response:
    """A GeoJSON answer, its links absolute."""
    return JSONResponse(stac.absolute(document, call.base), media_type=stac.GEOJSON)


def no_collection() -> HttpError:
    """404 for a collection that is not there."""
    return basic_error(404, "There is no such collection.")


_COLLECTION = f"{ROOT}/collections/{{collection}}"
_ITEM = f"{_COLLECTION}/items/{{item}}"
_QUERYABLES = answer("Anything", stac.SCHEMA_JSON)
LIMIT, TOKEN = whole_number("limit", "Size of a page", 1), Parameter("token", "Of a next or prev link")
_LANDING = Operation("The storage as a STAC catalog", {200: answer("LandingPage")})
DOORS = (
    Door("stac-landing", "GET", ROOT, _landing, about=_LANDING),
    Door("stac-landing-slash", "GET", f"{ROOT}/", _landing, about=_LANDING),
    Door(
        "get-conformance",
        "GET",
        f"{ROOT}/conformance",
        _conformance,
        about=Operation("What the API conforms to", {200: answer("Conformance")}),
    ),
    Door(
        "get-queryables",
        "GET",
        f"{ROOT}/queryables",
        _queryables,
        about=Operation("What a filter may name", {200: _QUERYABLES}),
    ),
    Door(
        "get-collection-queryables",
        "GET",
        f"{_COLLECTION}/queryables",
        _collection_queryables,
        work=True,
        about=Operation("What a filter of a collection may name", {200: _QUERYABLES, 404: BASIC_ERROR}),
    ),
    Door(
        "list-collections",
        "GET",
        f"{ROOT}/collections",
        _collections,
        work=True,
        about=Operation(
            "Collections, newest first",
            {200: answer("CollectionList"), 400: BASIC_ERROR},
            query=(Parameter("workspace_id", "Of one workspace only"), LIMIT, TOKEN),
        ),
    ),
    Door(
        "get-collection",
        "GET",
        _COLLECTION,
        _collection,
        work=True,
        about=Operation("One collection", {200: answer("Collection"), 404: BASIC_ERROR}),
    ),
    Door(
        "delete-collection",
        "DELETE",
        _COLLECTION,
        _drop_collection,
        about=Operation("Delete a collection with all its items", {204: None, 404: BASIC_ERROR}),
    ),
    Door(
        "get-item",
        "GET",
        _ITEM,
        _item,
        work=True,
        about=Operation("One item", {200: answer("Item", stac.GEOJSON), 404: BASIC_ERROR}),
    ),
    Door(
        "patch-item",
        "PATCH",
        _ITEM,
        _patch_item,
        about=Operation(
            "Change the title and tags of an item",
            {200: answer("Item", stac.GEOJSON), 400: BASIC_ERROR, 404: BASIC_ERROR},
            body=Content("ItemChange"),
        ),
    ),
)
