import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from reconciler.sandbox.scenes import COAST, TOWN
from reconciler.sandbox.serve import ThreadedServer

TOKEN = "/realms/public/protocol/openid-connect/token"


@pytest.fixture
def server(settings):
    with ThreadedServer(settings) as running:
        yield running


@pytest.fixture
def http(server):
    """A signed-in client over a real socket."""
    with httpx.Client(base_url=server.base_url) as client:
        form = {"grant_type": "password", "username": "sandbox@example.com", "password": "sandbox"}
        token = client.post(TOKEN, data=form).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


@pytest.fixture
def href(http):
    return http.get(TOWN.path).json()["assets"]["rgb.tiff"]["href"]


@pytest.fixture
def signed(http, href):
    return http.post(f"{href}/download-url").json()["url"]


def test_a_download_is_whole(http, href):
    """A direct download has its length, an entity tag and the MD5 of its bytes."""
    answer = http.get(href)
    digest = hashlib.md5(answer.content)  # noqa: S324 - what the storage announces

    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) == len(answer.content) > 10_000
    assert answer.headers["ETag"] == f'"{digest.hexdigest()}"'
    assert answer.headers["x-goog-hash"] == f"md5={base64.b64encode(digest.digest()).decode()}"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Type"].startswith("image/tiff")


def test_a_signed_url_needs_no_token(http, href, signed):
    """A signed URL gives the same bytes to anyone, on the same host."""
    answer = httpx.get(signed)

    assert signed.startswith(f"{http.base_url}/signed/".replace("//signed", "/signed"))
    assert (answer.status_code, answer.content) == (200, http.get(href).content)


def test_a_signed_url_names_its_file(signed):
    """The query holds the name without its suffix and the path holds the suffix, for clients to join."""
    parts = urlsplit(signed)
    (disposition,) = parse_qs(parts.query)["response-content-disposition"]

    assert disposition == "attachment; filename=rgb"
    assert parts.path.endswith(".tiff")
    assert httpx.get(signed).headers["Content-Disposition"] == disposition


@pytest.mark.parametrize(
    ("bounds", "part"),
    [
        pytest.param("bytes=0-9", slice(0, 10), id="first"),
        pytest.param("bytes=1000-", slice(1000, None), id="rest"),
        pytest.param("bytes=-5", slice(-5, None), id="last"),
    ],
)
@pytest.mark.parametrize("kind", ["direct", "signed"])
def test_ranges(http, href, signed, kind, bounds, part):
    """A range request is 206 with exactly the bytes asked for, on both ways of download."""
    whole = http.get(href)
    url = href if kind == "direct" else signed
    answer = http.get(url, headers={"Range": bounds, "If-Range": whole.headers["ETag"]})

    assert answer.status_code == 206
    assert answer.content == whole.content[part]
    assert answer.headers["Content-Range"].endswith(f"/{len(whole.content)}")


def test_a_range_of_another_version_gets_the_whole(signed):
    """With an If-Range that does not fit, the answer is the whole file, 200."""
    answer = httpx.get(signed, headers={"Range": "bytes=10-", "If-Range": '"other"'})

    assert (answer.status_code, len(answer.content)) == (200, int(answer.headers["Content-Length"]))


def test_a_range_behind_the_end_is_416(signed):
    """A range that starts behind the last byte is 416."""
    assert httpx.get(signed, headers={"Range": "bytes=999999999-"}).status_code == 416


def test_a_signed_url_ends_after_five_minutes(signed, clock):
    """A signed URL is good for five minutes of the sandbox's clock, then it is 400 with storage's XML."""
    clock.pass_(300)
    early = httpx.get(signed)
    clock.pass_(1)
    late = httpx.get(signed)

    assert early.status_code == 200
    assert late.status_code == 400
    assert late.headers["Content-Type"].startswith("application/xml")
    assert "<Code>ExpiredToken</Code>" in late.text


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(("filename%3Drgb", "filename%3Devil"), id="name"),
        pytest.param(("X-Goog-Signature=", "X-Goog-Signature=0"), id="signature"),
        pytest.param(("X-Goog-Date=2026", "X-Goog-Date=2027"), id="date"),
        pytest.param(("X-Goog-Date=2026", "X-Goog-Date=soon"), id="no date"),
    ],
)
def test_a_changed_signed_url_is_403(signed, change):
    """A signed URL in which anything was changed is refused."""
    answer = httpx.get(signed.replace(*change))

    assert answer.status_code == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in answer.text


def test_a_signed_url_of_a_deleted_asset_is_404(http, signed):
    """A good link to bytes that are gone is 404."""
    http.delete(f"/v2/assets/stac/collections/{TOWN.collection_id}")

    assert httpx.get(signed).status_code == 404


@pytest.mark.parametrize(("method", "path"), [("GET", "/v2/assets/none"), ("POST", "/v2/assets/none/download-url")])
def test_an_unknown_asset_is_404(http, method, path):
    """An asset id that does not exist is 404 on both ways."""
    assert http.request(method, path).status_code == 404


def test_the_date_over_the_socket_is_the_sandboxs(http, clock):
    """Over a socket there is one Date, the sandbox's."""
    clock.pass_(60)

    assert http.get(COAST.path).headers.get_list("Date") == ["Sun, 01 Mar 2026 12:01:00 GMT"]


def test_the_server_keeps_a_log_of_requests(server, http):
    """A threaded server remembers method, path and query of every request."""
    server.requests.clear()
    http.get("/v2/processing/jobs?limit=5")

    assert server.requests == [("GET", "/v2/processing/jobs", "limit=5")]
