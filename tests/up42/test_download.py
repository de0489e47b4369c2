import asyncio
import gzip

import httpx
import pytest

from reconciler.errors import AnswerError, AnswerLost, Forbidden, NotSent, ServerFault, UnexpectedAnswer
from reconciler.up42.client import Settings

pytestmark = pytest.mark.anyio
ASSET = "/v2/assets/a1"
SIGNED = "/bucket/file.tiff"
DATA = bytes(range(256)) * 400


async def fetched(opening):
    """What arrives: the download, and its bytes."""
    async with opening as download:
        return download, b"".join([chunk async for chunk in download.chunks])


async def test_a_signed_url_is_opened_without_the_token(elsewhere, client, reply):
    """The URL alone opens the file; it is asked for as it is stored."""
    headers = {"ETag": '"e1"', "X-Goog-Hash": "crc32c=AAAA, md5=BBBB", "X-Other": "1"}
    elsewhere.on("GET", SIGNED, reply(body=DATA, headers=headers))

    download, data = await fetched(client.storage.open_signed(f"{elsewhere.url}{SIGNED}?sig=1"))

    assert data == DATA
    assert (download.status, download.size_bytes) == (200, len(DATA))
    assert download.headers == {"etag": '"e1"', "x-goog-hash": "crc32c=AAAA, md5=BBBB"}
    (got,) = elsewhere.requests
    assert got.target == f"{SIGNED}?sig=1"
    assert "authorization" not in got.headers
    assert got.headers["accept-encoding"] == "identity"


async def test_a_signed_url_on_the_api_host_gets_no_token_either(service, client, reply):
    """What was opened without the token stays without it, and nobody signs in for it."""
    service.on("GET", SIGNED, reply(body=DATA))

    await fetched(client.storage.open_signed(service.url + SIGNED))

    assert "authorization" not in service.asked(SIGNED)[0].headers
    assert service.sign_ins == []


@pytest.mark.parametrize("suffix", ["", "/download-url"], ids=["plain", "with-suffix"])
async def test_an_asset_is_opened_with_the_token(service, client, reply, suffix):
    """The direct way streams the asset itself, whichever form its href has."""
    service.on("GET", ASSET, reply(body=DATA))

    _, data = await fetched(client.storage.open_direct(service.url + ASSET + suffix))

    assert data == DATA
    assert service.asked(ASSET)[0].headers["authorization"] == "Bearer token-1"


async def test_a_foreign_asset_is_not_opened_with_the_token(service, elsewhere, client):
    """A link to another host gets neither token nor request."""
    with pytest.raises(UnexpectedAnswer, match="not on the API host"):
        client.storage.open_direct(elsewhere.url + ASSET)

    assert service.requests == []
    assert elsewhere.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_another_host_goes_without_the_token(service, elsewhere, client, reply, status):
    """The file may be elsewhere; the token stays here."""
    service.on("GET", ASSET, reply(status=status, headers={"Location": f"{elsewhere.url}{SIGNED}?sig=1"}))
    elsewhere.on("GET", SIGNED, reply(body=DATA))

    _, data = await fetched(client.storage.open_direct(ASSET, {"Range": "bytes=0-"}))

    assert data == DATA
    (got,) = elsewhere.requests
    assert "authorization" not in got.headers
    assert "token" not in str(got)
    assert got.headers["range"] == "bytes=0-"


async def test_a_redirect_on_the_api_host_keeps_the_token(service, client, reply):
    """A relative redirect is the API's own."""
    service.on("GET", ASSET, reply(status=302, headers={"Location": "/v2/blobs/1"}))
    service.on("GET", "/v2/blobs/1", reply(body=DATA))

    await fetched(client.storage.open_direct(ASSET))

    assert service.asked("/v2/blobs/1")[0].headers["authorization"] == "Bearer token-1"


async def test_a_redirect_back_does_not_bring_the_token_back(service, elsewhere, client, reply):
    """Another host cannot choose what the token opens."""
    service.on("GET", ASSET, reply(status=302, headers={"Location": elsewhere.url + SIGNED}))
    elsewhere.on("GET", SIGNED, reply(status=302, headers={"Location": service.url + "/v2/other"}))
    service.on("GET", "/v2/other", reply(body=DATA))

    await fetched(client.storage.open_direct(ASSET))

    assert "authorization" not in service.asked("/v2/other")[0].headers


async def test_redirects_end(elsewhere, client, reply):
    """Five are followed, no more."""
    elsewhere.on("GET", SIGNED, reply(status=302, headers={"Location": SIGNED}))

    with pytest.raises(UnexpectedAnswer, match="do not end"):
        await fetched(client.storage.open_signed(elsewhere.url + SIGNED))

    assert len(elsewhere.requests) == 6


@pytest.mark.parametrize("place", ["http://storage.example.com/x", "ftp://127.0.0.1/x", "file:///etc/passwd"])
async def test_a_redirect_away_from_tls_is_not_followed(elsewhere, client, reply, place):
    """A file is fetched over TLS or from this machine, wherever it is."""
    elsewhere.on("GET", SIGNED, reply(status=302, headers={"Location": place}))

    with pytest.raises(UnexpectedAnswer, match="not on TLS"):
        await fetched(client.storage.open_signed(elsewhere.url + SIGNED))


async def test_a_redirect_to_nowhere_is_not_followed_forever(elsewhere, client, reply):
    """A redirect without a place ends like one in a circle."""
    elsewhere.on("GET", SIGNED, reply(status=302))

    with pytest.raises(UnexpectedAnswer, match="do not end"):
        await fetched(client.storage.open_signed(elsewhere.url + SIGNED))


@pytest.mark.parametrize(
    "misdeed", [{"cut_at": 40_000}, {"cut_at": 0}, {"silent_at": 40_000}], ids=["cut", "cut-at-once", "silent"]
)
async def test_a_body_that_breaks_off_is_lost(elsewhere, hasty, reply, misdeed):
    """A cut is never taken for the end of the file; what came before it arrived."""
    elsewhere.on("GET", SIGNED, reply(body=DATA, **misdeed))
    received = bytearray()

    async def read():
        async with hasty.storage.open_signed(f"{elsewhere.url}{SIGNED}?sig=s3") as download:
            async for chunk in download.chunks:
                received.extend(chunk)

    with pytest.raises(AnswerLost) as caught:
        await read()

    assert caught.value.retryable
    assert received == DATA[: len(received)]
    assert "s3" not in f"{caught.value} {vars(caught.value)}"


async def test_a_cut_is_seen_without_a_socket_too(build):
    """A service in this process has no connection that breaks, so the bytes are counted."""
    cut = httpx.MockTransport(lambda _: httpx.Response(200, headers={"Content-Length": "100"}, content=b"x" * 40))

    async with build(transport=cut) as client:
        with pytest.raises(AnswerLost, match="ended early"):
            await fetched(client.storage.open_signed("http://localhost/file"))


async def test_a_range_is_asked_for_and_told(elsewhere, client, reply):
    """A resumed download knows what it gets."""
    headers = {"Content-Range": "bytes 100-199/1000", "ETag": '"e1"'}
    elsewhere.on("GET", SIGNED, reply(status=206, body=DATA[100:200], headers=headers))

    asked = {"Range": "bytes=100-199", "If-Range": '"e1"'}
    download, data = await fetched(client.storage.open_signed(elsewhere.url + SIGNED, asked))

    assert data == DATA[100:200]
    assert (download.status, download.size_bytes) == (206, 100)
    assert download.headers["content-range"] == "bytes 100-199/1000"
    assert elsewhere.requests[0].headers["if-range"] == '"e1"'


async def test_a_range_that_nobody_asked_for_is_refused(elsewhere, client, reply):
    """A part must not be taken for the whole."""
    elsewhere.on("GET", SIGNED, reply(status=206, body=DATA[100:200]))

    with pytest.raises(UnexpectedAnswer, match="206"):
        await fetched(client.storage.open_signed(elsewhere.url + SIGNED))


async def test_an_encoding_answered_anyway_is_decoded(elsewhere, client, reply):
    """The file's own bytes arrive, and the announced length is not taken for theirs."""
    elsewhere.on("GET", SIGNED, reply(body=gzip.compress(DATA), headers={"Content-Encoding": "gzip"}))

    download, data = await fetched(client.storage.open_signed(elsewhere.url + SIGNED))

    assert data == DATA
    assert download.size_bytes is None


async def test_an_empty_file_is_a_file(elsewhere, client, reply):
    """Zero bytes announced and received are whole."""
    elsewhere.on("GET", SIGNED, reply(body=b""))

    download, data = await fetched(client.storage.open_signed(elsewhere.url + SIGNED))

    assert (download.size_bytes, data) == (0, b"")


@pytest.mark.parametrize(("status", "error"), [(400, AnswerError), (403, Forbidden)])
async def test_an_expired_url_is_an_error_with_its_status(elsewhere, client, reply, status, error):
    """Google's XML is kept for people; asking for a new URL is the caller's choice."""
    elsewhere.on("GET", SIGNED, reply(status=status, body=b"<Error><Code>ExpiredToken</Code></Error>"))

    with pytest.raises(error, match=str(status)) as caught:
        await fetched(client.storage.open_signed(f"{elsewhere.url}{SIGNED}?sig=s3"))

    assert "ExpiredToken" in caught.value.body
    assert "s3" not in f"{caught.value} {vars(caught.value)}"
    assert len(elsewhere.requests) == 1


async def test_opening_is_tried_again(elsewhere, client, reply):
    """A stumble before the first byte is repeated like that of any GET."""
    elsewhere.on("GET", SIGNED, [reply(status=503), reply(reset=True), reply(body=DATA)])

    _, data = await fetched(client.storage.open_signed(elsewhere.url + SIGNED))

    assert data == DATA


async def test_opening_ends_with_the_last_error(elsewhere, client, reply):
    """Retries end."""
    elsewhere.on("GET", SIGNED, reply(status=503))

    with pytest.raises(ServerFault):
        await fetched(client.storage.open_signed(elsewhere.url + SIGNED))

    assert len(elsewhere.requests) == 6


async def test_nobody_at_the_place(client, free_port_url):
    """No connection is NotSent."""
    with pytest.raises(NotSent):
        await fetched(client.storage.open_signed(free_port_url + SIGNED))


async def test_a_revoked_token_is_replaced_once(service, client, reply):
    """401 on the direct way → a fresh token → again."""
    service.on("GET", ASSET, [reply(status=401), reply(body=DATA)])

    _, data = await fetched(client.storage.open_direct(ASSET))

    assert data == DATA
    assert len(service.sign_ins) == 2


async def test_an_echoed_token_is_cut_out(service, client, reply):
    """An error of the direct way does not repeat the token."""
    service.on("GET", ASSET, lambda got: reply({"message": got.headers["authorization"]}, 403))

    with pytest.raises(Forbidden) as caught:
        await fetched(client.storage.open_direct(ASSET))

    assert "token-1" not in f"{caught.value} {vars(caught.value)}"


async def test_signed_urls_are_outside_the_limit(service, elsewhere, build, clock, reply):
    """Neither rate nor hold of the API concerns another host."""
    elsewhere.on("GET", SIGNED, reply(body=DATA))
    service.on("GET", "/v2/payments/balances", reply({}))
    async with build(settings=Settings(requests_per_second=1, burst=1)) as client:
        await client.account.balance()
        for _ in range(5):
            await fetched(client.storage.open_signed(elsewhere.url + SIGNED))

    assert clock.elapsed_s == 0


async def test_a_long_download_holds_no_place(service, build, reply):
    """While an asset streams from the API, other requests have their turn."""
    service.on("GET", ASSET, reply(body=DATA, silent_at=10))
    service.on("GET", "/v2/payments/balances", reply({"available": {"amount": 5}}))
    async with (
        build(settings=Settings(concurrency=1)) as client,
        client.storage.open_direct(ASSET) as download,
    ):
        assert await anext(download.chunks) == DATA[:10]
        assert await asyncio.wait_for(client.account.balance(), 5) == 5


async def test_errors_of_the_reader_pass_unchanged(elsewhere, client, reply):
    """A full disk is not mistaken for a broken connection."""
    elsewhere.on("GET", SIGNED, reply(body=DATA))

    with pytest.raises(OSError, match="No space left"):
        async with client.storage.open_signed(elsewhere.url + SIGNED):
            raise OSError(28, "No space left on device")


async def test_a_download_may_be_left_early(elsewhere, client, reply):
    """Leaving the block closes the connection, and the next download works."""
    elsewhere.on("GET", SIGNED, reply(body=DATA))
    async with client.storage.open_signed(elsewhere.url + SIGNED) as download:
        await anext(download.chunks)

    _, data = await fetched(client.storage.open_signed(elsewhere.url + SIGNED))

    assert data == DATA
