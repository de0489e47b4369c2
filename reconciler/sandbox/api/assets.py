"""Assets: their bytes, by direct download and by signed URL, and what is known of them (up42-api.md section 9).

Both ways to the bytes answer range requests. Whether the service redirects a direct download is not settled; here it
streams.
"""

import datetime as dt
import pathlib
import re
from http import HTTPStatus
from urllib.parse import quote, urlencode

from starlette.responses import FileResponse, Response

from reconciler.sandbox.answers import JSONResponse
from reconciler.sandbox.api.doors import Call, Door, is_title_and_tags, spring_page, whole
from reconciler.sandbox.api.operations import BASIC_ERROR, Content, Operation, Parameter, answer, spring_pages
from reconciler.sandbox.errors import HttpError, basic_error
from reconciler.sandbox.moments import SECOND, http_date, to_datetime, to_text
from reconciler.sandbox.sandbox import Sandbox
from reconciler.sandbox.store import blobs, holdings
from reconciler.sandbox.store.blobs import SIGNED_SECONDS, AssetRow, is_expired, signature
from reconciler.sandbox.store.stac import GEOJSON, GEOTIFF

_DISPOSITION = "response-content-disposition"
_DATE = "%Y%m%dT%H%M%SZ"


_LISTS = ("collectionNames", "producerNames", "tags", "sources")


def _listing(sandbox: Sandbox, call: Call) -> Response:
    """A Spring page; a parameter with several values may come more than once, or as one list with commas."""
    size = whole(call, "size", 20, range(1, 501), basic_error(400, "size is not a whole number from 1 to 500."))
    page = whole(call, "page", 0, range(10**6), basic_error(400, "page is not a whole number from 0."))
    lists = {name: [word for text in call.every(name) for word in text.split(",") if word] for name in _LISTS}
    try:
        query = holdings.query_from(call.query, lists)
    except ValueError as error:
        raise basic_error(400, str(error)) from error
    with sandbox.store.reading() as db:
        content, total = holdings.listed(db, query, offset=page * size, size=size)
    return JSONResponse(spring_page(content, total=total, size=size, page=page))


def _metadata(sandbox: Sandbox, call: Call) -> Response:
    with sandbox.store.reading() as db:
        found = holdings.one(db, call.params["asset"])
    if found is None:
        raise basic_error(404, "There is no such asset.")
    return JSONResponse(found)


def _rename(sandbox: Sandbox, call: Call) -> Response:
    """Title and tags, either or both; null takes them away."""
    fault = basic_error(400, "The body is not an object with title (text) and tags (texts), or null for them.")
    body = call.json(fault)
    if not is_title_and_tags(body, "title", "tags"):
        raise fault
    with sandbox.store.writing() as db:
        if not holdings.rename(db, call.params["asset"], body, at=sandbox.clock.micros()):
            raise basic_error(404, "There is no such asset.")
    return _metadata(sandbox, call)


def _download(sandbox: Sandbox, call: Call) -> Response:
    asset = _asset(sandbox, call)
    return _file(sandbox, asset, f"attachment; filename*=UTF-8''{quote(asset.filename)}")


def _download_url(sandbox: Sandbox, call: Call) -> Response:
    """A link that is good for five minutes by the sandbox's clock, without a token."""
    asset = _asset(sandbox, call)
    # The name goes without its suffix, which stands in the path: clients join the two.
    name = pathlib.PurePosixPath(asset.filename)
    disposition = f"attachment; filename={_token_or_quoted(name.stem)}"
    signed_at_s = -(-sandbox.clock.micros() // SECOND)
    with sandbox.store.reading() as db:
        # A link that a fault has ended must not come again within its second.
        while blobs.has_expired(db, signature(sandbox.secret, asset.asset_id, disposition, signed_at_s)):
            signed_at_s += 1
    query = {
        "X-Goog-Algorithm": "GOOG4-RSA-SHA256",
        "X-Goog-Date": to_datetime(signed_at_s * SECOND).strftime(_DATE),
        "X-Goog-Expires": str(SIGNED_SECONDS),
        "X-Goog-SignedHeaders": "host",
        _DISPOSITION: disposition,
        "X-Goog-Signature": signature(sandbox.secret, asset.asset_id, disposition, signed_at_s),
    }
    path = f"/signed/{asset.asset_id}{quote(name.suffix)}"
    return JSONResponse({"url": f"{call.base}{path}?{urlencode(query, quote_via=quote)}"})


def _signed(sandbox: Sandbox, call: Call) -> Response:
    """The errors are those of Google Cloud Storage: XML."""
    asset_id = call.params["file"].partition(".")[0]
    disposition = call.query.get(_DISPOSITION, "")
    signed_at_s = _signed_at(call.query.get("X-Goog-Date", ""))
    if call.query.get("X-Goog-Signature") != signature(sandbox.secret, asset_id, disposition, signed_at_s):
        raise _storage_error(403, "SignatureDoesNotMatch", "Access denied.", "The signature is not valid.")
    with sandbox.store.reading() as db:
        ended_early = blobs.has_expired(db, call.query["X-Goog-Signature"])
    if ended_early or is_expired(signed_at_s, sandbox.clock.micros()):
        ended = to_text((signed_at_s + SIGNED_SECONDS) * SECOND)
        details = f"The provided token has expired. Request signature expired at: {ended}"
        raise _storage_error(400, "ExpiredToken", "Invalid argument.", details)
    with sandbox.store.reading() as db:
        asset = blobs.find(db, asset_id)
    if asset is None or not sandbox.blobs.path(asset.blob_id).is_file():
        raise _storage_error(404, "NoSuchKey", "The specified key does not exist.", "No such object.")
    if call.faults.get("url-expires"):
        with sandbox.store.writing() as db:
            blobs.expire(db, call.query["X-Goog-Signature"])
    return _file(sandbox, asset, disposition)


def _file(sandbox: Sandbox, asset: AssetRow, disposition: str) -> Response:
    headers = {
        "ETag": f'"{asset.md5}"',
        "Last-Modified": http_date(asset.created),
        "x-goog-hash": f"md5={asset.md5_base64}",
        "x-goog-stored-content-length": str(asset.size_bytes),
        "Content-Disposition": disposition,
    }
    return FileResponse(sandbox.blobs.path(asset.blob_id), headers=headers, media_type=asset.media_type)


def _asset(sandbox: Sandbox, call: Call) -> AssetRow:
    with sandbox.store.reading() as db:
        asset = blobs.find(db, call.params["asset"])
    if asset is None or not sandbox.blobs.path(asset.blob_id).is_file():
        raise basic_error(404, "There is no such asset.")
    return asset


def _signed_at(text: str) -> int:
    """Seconds since 1970; 0, which nothing is signed with, for a text that is no date."""
    try:
        return int(dt.datetime.strptime(text, _DATE).replace(tzinfo=dt.UTC).timestamp())
    except ValueError:
        return 0


def _token_or_quoted(name: str) -> str:
    """A file name as a header parameter: bare where it may be, else quoted."""
    if re.fullmatch(r"[A-Za-z0-9._-]+", name):
        return name
    return '"' + re.sub(r'[\\"\x00-\x1f\x7f]|[^\x00-\xff]', "_", name) + '"'


def _storage_error(status: int, code: str, message: str, details: str) -> HttpError:
    body = (
        "<?xml version='1.0' encoding='UTF-8'?>"
        f"<Error><Code>{code}</Code><Message>{message}</Message><Details>{details}</Details></Error>"
    )
    return HttpError(HTTPStatus(status), body)


_PARAMETERS = {
    "createdAfter": "An RFC 3339 instant",
    "createdBefore": "An RFC 3339 instant",
    "workspaceId": "Only of this workspace",
    **dict.fromkeys(_LISTS, "One or more, with commas"),
    "search": "A text in the name or title",
    "geospatialMetadataExtractionStatus": "SUCCESSFUL finds all",
    "sort": "A field, with ,asc or ,desc",
}
_BYTES = Content(None, (GEOTIFF, GEOJSON))
_XML_ERROR = Content(None, ("application/xml",))
_RANGE_ERROR = Content(None, ("text/plain",))
DOORS = (
    Door(
        "list-assets",
        "GET",
        "/v2/assets",
        _listing,
        work=True,
        about=Operation(
            "Assets of the storage",
            {200: answer("StoredAssetPage"), 400: BASIC_ERROR},
            query=(*spring_pages(500), *(Parameter(name, about) for name, about in _PARAMETERS.items())),
        ),
    ),
    Door(
        "get-asset-metadata",
        "GET",
        "/v2/assets/{asset}/metadata",
        _metadata,
        work=True,
        about=Operation("What is known of an asset", {200: answer("StoredAsset"), 404: BASIC_ERROR}),
    ),
    Door(
        "set-asset-metadata",
        "POST",
        "/v2/assets/{asset}/metadata",
        _rename,
        about=Operation(
            "Set title and tags of an asset",
            {200: answer("StoredAsset"), 400: BASIC_ERROR, 404: BASIC_ERROR},
            body=Content("AssetChange"),
        ),
    ),
    Door(
        "download",
        "GET",
        "/v2/assets/{asset}",
        _download,
        about=Operation("The bytes of an asset", {200: _BYTES, 206: _BYTES, 404: BASIC_ERROR, 416: _RANGE_ERROR}),
    ),
    Door(
        "download-url",
        "POST",
        "/v2/assets/{asset}/download-url",
        _download_url,
        about=Operation("A link to the bytes of an asset", {200: answer("DownloadUrl"), 404: BASIC_ERROR}),
    ),
    Door(
        "signed-download",
        "GET",
        "/signed/{file}",
        _signed,
        bearer=False,
        about=Operation(
            "The bytes that such a link leads to",
            {200: _BYTES, 206: _BYTES, 400: _XML_ERROR, 403: _XML_ERROR, 404: _XML_ERROR, 416: _RANGE_ERROR},
            query=tuple(Parameter(name, "From the link") for name in ("X-Goog-Date", "X-Goog-Signature", _DISPOSITION)),
        ),
    ),
)
