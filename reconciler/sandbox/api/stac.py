"""The STAC API of the storage (up42-api.md section 8)."""

from typing import Any
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from reconciler.sandbox import blobs, query, search, stac, storage
from reconciler.sandbox.api.doors import Call, Door, is_title_and_tags, whole
from reconciler.sandbox.errors import HttpError, basic_error
from reconciler.sandbox.sandbox import Sandbox
from reconciler.sandbox.stac import ROOT

_DEFAULT_LIMIT = 10
_TITLE, _TAGS = "up42-user:title", "up42-user:tags"


def _landing(_: Sandbox, call: Call) -> Response:
    return JSONResponse(stac.absolute(stac.landing_document(), call.base))


def _collections(sandbox: Sandbox, call: Call) -> Response:
    path = f"{ROOT}/collections"
    with sandbox.store.reading() as db:
        workspace_id = call.query.get("workspace_id")
        page = storage.collections(db, workspace_id=workspace_id, after=_after(call), limit=_limit(call))
    found = {"collections": page.documents, "links": _links(path, call, page)}
    return JSONResponse(stac.absolute(found, call.base))


def _collection(sandbox: Sandbox, call: Call) -> Response:
    with sandbox.store.reading() as db:
        found = storage.collection(db, call.params["collection"])
    if found is None:
        raise _no_collection()
    return JSONResponse(stac.absolute(found, call.base))


def _drop_collection(sandbox: Sandbox, call: Call) -> Response:
    with sandbox.store.writing() as db:
        asset_ids = blobs.of_collection(db, call.params["collection"])
        if not storage.drop_collection(db, call.params["collection"]):
            raise _no_collection()
    for asset_id in asset_ids:
        sandbox.blobs.drop(asset_id)
    return Response(status_code=204)


def _items(sandbox: Sandbox, call: Call) -> Response:
    collection_id = call.params["collection"]
    with sandbox.store.reading() as db:
        if storage.collection(db, collection_id) is None:
            raise _no_collection()
        page = storage.items(db, collection_id, after=_after(call), limit=_limit(call))
    path = f"{ROOT}/collections/{collection_id}/items"
    found = {"type": "FeatureCollection", "features": page.documents, "links": _links(path, call, page)}
    return _geojson(found, call)


def _item(sandbox: Sandbox, call: Call) -> Response:
    with sandbox.store.reading() as db:
        found = storage.item(db, call.params["collection"], call.params["item"])
    if found is None:
        raise basic_error(404, "There is no such item.")
    return _geojson(found, call)


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
    return _geojson(found, call)


def _search(sandbox: Sandbox, call: Call) -> Response:
    body = call.json(basic_error(400, "The body is not JSON.")) if call.body else {}
    wanted = query.parse(body)
    with sandbox.store.reading() as db:
        found = search.run(db, wanted)
    links = stac.absolute(stac.page_links(f"{ROOT}/search"), call.base)
    if found.more:
        href = f"{call.base}{ROOT}/search"
        link = {"rel": "next", "href": href, "type": stac.GEOJSON, "method": "POST", "merge": False}
        links.append({**link, "body": query.next_body(body, wanted)})
    features = stac.absolute(found.items, call.base)
    answer = {"type": "FeatureCollection", "features": features, "links": links}
    return JSONResponse(answer, media_type=stac.GEOJSON)


def _geojson(document: dict[str, Any], call: Call) -> Response:
    return JSONResponse(stac.absolute(document, call.base), media_type=stac.GEOJSON)


def _links(path: str, call: Call, page: storage.Page) -> list[dict[str, Any]]:
    links = stac.page_links(path)
    if page.next_after is not None:
        text = urlencode({**call.query, "token": f"next:{page.next_after}"}, safe=":")
        links.append({"rel": "next", "href": f"{path}?{text}", "type": "application/json", "method": "GET"})
    return links


def _limit(call: Call) -> int:
    fault = basic_error(400, f"limit is not a whole number from 1 to {query.MAX_LIMIT}.")
    return whole(call, "limit", _DEFAULT_LIMIT, range(1, query.MAX_LIMIT + 1), fault)


def _after(call: Call) -> str | None:
    token = call.query.get("token")
    if token is None:
        return None
    if not token.startswith("next:"):
        raise basic_error(400, "token is not one that a page gave.")
    return token.removeprefix("next:")


def _no_collection() -> HttpError:
    return basic_error(404, "There is no such collection.")


_COLLECTION = f"{ROOT}/collections/{{collection}}"
DOORS = (
    Door("stac-landing", "GET", ROOT, _landing),
    Door("stac-landing-slash", "GET", f"{ROOT}/", _landing),
    Door("list-collections", "GET", f"{ROOT}/collections", _collections, work=True),
    Door("get-collection", "GET", _COLLECTION, _collection, work=True),
    Door("delete-collection", "DELETE", _COLLECTION, _drop_collection),
    Door("list-items", "GET", f"{_COLLECTION}/items", _items, work=True),
    Door("get-item", "GET", f"{_COLLECTION}/items/{{item}}", _item, work=True),
    Door("patch-item", "PATCH", f"{_COLLECTION}/items/{{item}}", _patch_item),
    Door("search", "POST", f"{ROOT}/search", _search, work=True),
)
