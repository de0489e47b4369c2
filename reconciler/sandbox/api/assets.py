"""Bytes: direct downloads and signed URLs (up42-api.md section 9).

Both answer range requests. Whether the service redirects a direct download is not settled; here it streams.
"""

import datetime as dt
import pathlib
import re
from http import HTTPStatus
from urllib.parse import quote, urlencode

from starlette.responses import FileResponse, JSONResponse, Response

from reconciler.sandbox import blobs
from reconciler.sandbox.api.doors import Call, Door
from reconciler.sandbox.api.operations import BASIC_ERROR, Content, Operation, Parameter, answer
from reconciler.sandbox.blobs import SIGNED_SECONDS, AssetRow, is_expired, signature
from reconciler.sandbox.errors import HttpError, basic_error
from reconciler.sandbox.moments import SECOND, http_date, to_datetime, to_text
from reconciler.sandbox.sandbox import Sandbox
from reconciler.sandbox.stac import GEOJSON, GEOTIFF

_DISPOSITION = "response-content-disposition"
_DATE = "%Y%m%dT%H%M%SZ"


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
    if is_expired(signed_at_s, sandbox.clock.micros()):
        ended = to_text((signed_at_s + SIGNED_SECONDS) * SECOND)
        details = f"The provided token has expired. Request signature expired at: {ended}"
        raise _storage_error(400, "ExpiredToken", "Invalid argument.", details)
    with sandbox.store.reading() as db:
        asset = blobs.find(db, asset_id)
    if asset is None or not sandbox.blobs.path(asset.asset_id).is_file():
        raise _storage_error(404, "NoSuchKey", "The specified key does not exist.", "No such object.")
    return _file(sandbox, asset, disposition)


def _file(sandbox: Sandbox, asset: AssetRow, disposition: str) -> Response:
    headers = {
        "ETag": f'"{asset.md5}"',
        "Last-Modified": http_date(asset.created),
        "x-goog-hash": f"md5={asset.md5_base64}",
        "x-goog-stored-content-length": str(asset.size_bytes),
        "Content-Disposition": disposition,
    }
    return FileResponse(sandbox.blobs.path(asset.asset_id), headers=headers, media_type=asset.media_type)


def _asset(sandbox: Sandbox, call: Call) -> AssetRow:
    with sandbox.store.reading() as db:
        asset = blobs.find(db, call.params["asset"])
    if asset is None or not sandbox.blobs.path(asset.asset_id).is_file():
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


_BYTES = Content(None, (GEOTIFF, GEOJSON))
_XML_ERROR = Content(None, ("application/xml",))
_RANGE_ERROR = Content(None, ("text/plain",))
DOORS = (
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
