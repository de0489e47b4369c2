"""Searches of the storage for items: everywhere, and in one collection (up42-api.md sections 8.3 and 8.4)."""

from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from reconciler.sandbox.api.doors import Call, Door
from reconciler.sandbox.api.operations import BASIC_ERROR, Content, Operation, Parameter, answer, whole_number
from reconciler.sandbox.api.stac import LIMIT, TOKEN, geojson, no_collection, page_links
from reconciler.sandbox.errors import basic_error
from reconciler.sandbox.sandbox import Sandbox
from reconciler.sandbox.searching import parameters, query, search
from reconciler.sandbox.store import stac, storage
from reconciler.sandbox.store.stac import GEOJSON, ROOT

_PATH = f"{ROOT}/search"


def _search(sandbox: Sandbox, call: Call) -> Response:
    """The next page is asked for by a POST, too, with a whole body: the shape of the link is an assumption."""
    body = call.json(basic_error(400, "The body is not JSON.")) if call.body else {}
    wanted = query.parse(body)
    following = {"href": _PATH, "method": "POST", "merge": False, "body": query.next_body(body, wanted)}
    return _found(sandbox, call, wanted, following)


def _search_by_query(sandbox: Sandbox, call: Call) -> Response:
    """The same as a GET: an addition."""
    wanted = query.parse(parameters.search_body(call.query))
    following = urlencode(parameters.next_query(call.query, wanted.page + 1), safe=":,")
    return _found(sandbox, call, wanted, {"href": f"{_PATH}?{following}", "method": "GET"})


def _found(sandbox: Sandbox, call: Call, wanted: query.Search, following: dict[str, Any]) -> Response:
    with sandbox.store.reading() as db:
        found = search.run(db, wanted)
    links = stac.page_links(_PATH, GEOJSON)
    if found.more:
        links.append({"rel": "next", "type": GEOJSON, **following})
    return geojson({"type": "FeatureCollection", "features": found.items, "links": links}, call)


def _items(sandbox: Sandbox, call: Call) -> Response:
    """`limit` and `token` are documented; what else narrows is that of a search by GET."""
    collection_id = call.params["collection"]
    narrowing = {name: text for name, text in call.query.items() if name not in {"collections", "page", "sortby"}}
    wanted = query.parse(parameters.search_body(narrowing))
    with sandbox.store.reading() as db:
        if storage.collection(db, collection_id) is None:
            raise no_collection()
        page = search.listed(db, wanted, collection_id, call.query.get("token"))
    path = f"{ROOT}/collections/{collection_id}/items"
    found = {"type": "FeatureCollection", "features": page.documents, "links": page_links(path, call, page, GEOJSON)}
    return geojson(found, call)


_PLACE_AND_TIME = (
    Parameter("bbox", "West, south, east and north in degrees, with commas"),
    Parameter("datetime", "An RFC 3339 instant, or two with a slash"),
    Parameter("filter", "CQL2"),
    Parameter("filter-lang", "The language of the filter", {"enum": ["cql2-text", "cql2-json"]}),
)
_BY_JOB = {"filter": {"op": "=", "args": [{"property": "job_id"}, "68567134-27ad-7bd7-4b65-d61adb11fc78"]}}
_FOUND = {200: answer("ItemList", GEOJSON), 400: BASIC_ERROR}
DOORS = (
    Door(
        "search",
        "POST",
        _PATH,
        _search,
        work=True,
        about=Operation("Search for items", _FOUND, body=Content("Search", example=_BY_JOB), needs_body=False),
    ),
    Door(
        "search-by-query",
        "GET",
        _PATH,
        _search_by_query,
        work=True,
        about=Operation(
            "Search for items",
            _FOUND,
            query=(
                Parameter("collections", "With commas"),
                Parameter("ids", "With commas"),
                Parameter("intersects", "A GeoJSON geometry"),
                Parameter("sortby", "Fields with commas, each behind + or -"),
                LIMIT,
                whole_number("page", "Number of the page, from 0", 0, (1 << 31) - 1),
                *_PLACE_AND_TIME,
            ),
        ),
    ),
    Door(
        "list-items",
        "GET",
        f"{ROOT}/collections/{{collection}}/items",
        _items,
        work=True,
        about=Operation(
            "Items of a collection, newest first",
            {**_FOUND, 404: BASIC_ERROR},
            query=(LIMIT, TOKEN, Parameter("intersects", "A GeoJSON geometry"), *_PLACE_AND_TIME),
        ),
    ),
)
