"""EULAs: reading and accepting (up42-api.md section 3).

How a document is accepted is not documented; both readings of that section are taken, PATCH and PUT with
`{"isAccepted": true}`. Acceptance cannot be taken back here.
"""

from starlette.responses import Response

from reconciler.sandbox.account import eulas
from reconciler.sandbox.answers import JSONResponse
from reconciler.sandbox.api.doors import Call, Door, spring_page, whole
from reconciler.sandbox.api.operations import BASIC_ERROR, Content, Operation, answer, spring_pages
from reconciler.sandbox.errors import basic_error
from reconciler.sandbox.sandbox import Sandbox

_PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


def _list(sandbox: Sandbox, call: Call) -> Response:
    size = whole(call, "size", 20, range(1, 501), basic_error(400, "size is not a whole number from 1 to 500."))
    page = whole(call, "page", 0, range(10**6), basic_error(400, "page is not a whole number from 0."))
    with sandbox.store.reading() as db:
        content = eulas.page(db, base=call.base, offset=page * size, size=size)
        return JSONResponse(spring_page(content, total=eulas.count(db), size=size, page=page))


def _one(sandbox: Sandbox, call: Call) -> Response:
    with sandbox.store.reading() as db:
        found = eulas.one(db, call.params["eula"], base=call.base)
    if found is None:
        raise basic_error(404, "There is no such EULA.")
    return JSONResponse(found)


def _documents(sandbox: Sandbox, call: Call) -> Response:
    with sandbox.store.reading() as db:
        found = eulas.documents(db, call.params["eula"], base=call.base)
    if not found:
        raise basic_error(404, "There is no such EULA.")
    return JSONResponse(spring_page(found, total=len(found), size=max(len(found), 20), page=0))


def _document(sandbox: Sandbox, call: Call) -> Response:
    with sandbox.store.reading() as db:
        found = eulas.documents(db, call.params["eula"], base=call.base)
    for document in found:
        if document["id"] == call.params["document"]:
            return JSONResponse(document)
    raise basic_error(404, "There is no such document of this EULA.")


def _accept(sandbox: Sandbox, call: Call) -> Response:
    fault = basic_error(400, 'The body is not {"isAccepted": true}.')
    if call.json(fault) != {"isAccepted": True}:
        raise fault
    with sandbox.store.writing() as db:
        known = eulas.accept(db, call.params["eula"], call.params["document"], at=sandbox.clock.micros())
    if not known:
        raise basic_error(404, "There is no such document of this EULA.")
    return _document(sandbox, call)


def _pdf(_: Sandbox, __: Call) -> Response:
    """The text of a EULA: an empty page."""
    return Response(_PDF, media_type="application/pdf")


_DOCUMENT = "/v2/eulas/{eula}/documents/{document}"
_ACCEPTING = Operation(
    "Accept a document",
    {200: answer("EulaDocument"), 400: BASIC_ERROR, 404: BASIC_ERROR},
    body=Content("Acceptance"),
)
DOORS = (
    Door(
        "list-eulas",
        "GET",
        "/v2/eulas",
        _list,
        about=Operation("EULAs", {200: answer("EulaPage"), 400: BASIC_ERROR}, query=spring_pages(500)),
    ),
    Door(
        "get-eula",
        "GET",
        "/v2/eulas/{eula}",
        _one,
        about=Operation("One EULA", {200: answer("Eula"), 404: BASIC_ERROR}),
    ),
    Door(
        "list-eula-documents",
        "GET",
        "/v2/eulas/{eula}/documents",
        _documents,
        about=Operation("The versions of a EULA", {200: answer("EulaDocumentPage"), 404: BASIC_ERROR}),
    ),
    Door(
        "get-eula-document",
        "GET",
        _DOCUMENT,
        _document,
        about=Operation("One version of a EULA", {200: answer("EulaDocument"), 404: BASIC_ERROR}),
    ),
    Door("accept-eula", "PATCH", _DOCUMENT, _accept, about=_ACCEPTING),
    Door("accept-eula-put", "PUT", _DOCUMENT, _accept, about=_ACCEPTING),
    Door(
        "get-eula-pdf",
        "GET",
        "/eula-documents/{eula}/version/{file}",
        _pdf,
        bearer=False,
        about=Operation("The text of a version", {200: Content(None, ("application/pdf",))}),
    ),
)
