import gzip
import logging
import shutil
import ssl
import subprocess

import httpx
import pytest

from reconciler.errors import (
    AnswerLost,
    NotSent,
    UnexpectedAnswer,
)
from reconciler.up42.client import Endpoint, Timeouts
from reconciler.up42.session import Call
from reconciler.web import network

pytestmark = pytest.mark.anyio
PATH = "/v2/thing"
GET = Call("GET", PATH)


async def test_cookies_are_not_kept(service, client, reply):
    """Nothing that an answer sets is sent back."""
    service.on("GET", PATH, reply({}, headers={"Set-Cookie": "a=b"}))

    await client.session.request(GET)
    await client.session.request(GET)

    assert "cookie" not in service.asked(PATH)[1].headers


async def test_netrc_is_not_read(service, client, reply, tmp_path, monkeypatch):
    """Credentials of a netrc file never replace the token."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login eve password stolen\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    service.on("GET", PATH, reply({}))

    await client.session.request(GET)

    assert service.asked(PATH)[0].headers["authorization"] == "Bearer token-1"


async def test_a_proxy_never_sees_plain_http_to_this_machine(service, build, reply, free_port_url, monkeypatch):
    """Loopback is exempt from TLS because it stays here, so a proxy of the environment is passed by."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, free_port_url)
    service.on("GET", PATH, reply({}))

    async with build() as client:
        assert (await client.session.request(GET)).status == 200


async def test_an_answer_that_drips_is_ended(service, build, reply):
    """An answer read into memory has a time limit as a whole, not only between two bytes."""
    service.on("GET", PATH, reply({"ok": 1}, silent_at=2))

    async with build(timeouts=Timeouts(connect_s=5, read_s=60, total_s=0.5)) as client:
        with pytest.raises(AnswerLost, match="did not end in time"):
            await client.session.request(Call("GET", PATH, repeatable=False))


async def test_an_answer_that_is_too_large_is_unexpected(service, client, reply):
    """An answer larger than 64 MiB is not kept in memory, also when it comes as a small compressed one."""
    bomb = gzip.compress(b" " * (network.LARGEST_ANSWER_BYTES + 1))
    service.on("GET", PATH, reply(body=bomb, headers={"Content-Encoding": "gzip"}))

    with pytest.raises(UnexpectedAnswer, match="64 MiB"):
        await client.session.request(GET)


async def test_a_compressed_answer_is_read(service, client, reply):
    """Content encodings that were offered are decoded."""
    service.on("GET", PATH, reply(body=gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"}))

    assert (await client.session.request(GET)).json() == {"a": 1}


async def test_an_answer_whose_encoding_is_broken_is_lost(service, client, reply):
    """A body that cannot be decoded never came whole."""
    service.on("GET", PATH, reply(body=b"no gzip", headers={"Content-Encoding": "gzip"}))

    with pytest.raises(AnswerLost):
        await client.session.request(Call("GET", PATH, repeatable=False))


async def test_nobody_listens(service, build, free_port_url):
    """A refused connection is NotSent, after retries, with the host and without a query."""
    async with build(endpoint=Endpoint(free_port_url, service.url)) as client:
        with pytest.raises(NotSent, match=r"Could not connect to 127\.0\.0\.1") as caught:
            await client.session.request(Call("GET", PATH, {"q": "s3"}))

    assert caught.value.retryable
    assert "s3" not in f"{caught.value} {vars(caught.value)}"


@pytest.mark.parametrize("words", [b"SSH-2.0-hello\r\n", b""], ids=["other-protocol", "silent"])
async def test_a_host_that_has_no_tls_is_not_sent(service, build, speaker, words):
    """A TLS handshake that fails or does not end is NotSent: nothing of the request went out."""
    url = await speaker(words)
    timeouts = Timeouts(connect_s=0.3, read_s=5, total_s=5)
    async with build(endpoint=Endpoint(url.replace("http:", "https:"), service.url), timeouts=timeouts) as client:
        with pytest.raises(NotSent):
            await client.processing.execute("p", {}, workspace_id="w", timeout_s=5)


async def test_no_error_of_the_http_library_leaks(service, hasty, reply):
    """Whatever goes wrong on the wire is one of our errors, caused by the library's."""
    for misdeed in ({"reset": True}, {"silent": True}, {"json": {"a": 1}, "cut_at": 1}, {"body": b"", "status": 1000}):
        service.on("PATCH", PATH, reply(**misdeed))
        with pytest.raises(AnswerLost) as caught:
            await hasty.session.request(Call("PATCH", PATH, repeatable=False))
        cause = caught.value.__cause__
        assert isinstance(cause, httpx.HTTPError)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with the openssl command")
async def test_a_certificate_that_is_not_trusted_is_final(service, build, speaker, tmp_path):
    """A wrong certificate is NotSent, is not tried again, and says what to look at."""
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "key", "-out", tmp_path / "cert"]
    subprocess.run(["openssl", "req", "-x509", *made, *subject], check=True, capture_output=True)  # noqa: S607, ASYNC221 - found above; nothing else runs yet
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    url = (await speaker(b"", tls)).replace("http:", "https:")

    async with build(endpoint=Endpoint(url, service.url)) as client:
        with pytest.raises(NotSent, match=r"(?i)certificate") as caught:
            await client.session.request(GET)

    assert caught.value.retryable is False
    assert "SSL_CERT_FILE" in caught.value.hint


async def test_nothing_secret_is_logged(service, client, reply, caplog, credentials):
    """No log line of any level holds password or token."""
    service.on("GET", PATH, [reply(status=503), reply(status=401), reply({})])
    with caplog.at_level(logging.DEBUG):
        await client.session.request(GET)

    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert PATH in logged
    assert credentials.password not in logged
    assert "token-1" not in logged


async def test_an_in_process_service_serves_every_host(build, credentials):
    """A transport that is handed in stands in for the network, and is not closed with the client."""
    seen = []

    def handle(request):
        seen.append((request.method, request.url.path, request.headers.get("authorization")))
        if request.url.path.endswith("/token"):
            return httpx.Response(200, json={"access_token": "t"})
        return httpx.Response(200, json={"jobID": "1"})

    transport = httpx.MockTransport(handle)
    for _ in range(2):
        async with build(endpoint=Endpoint("http://localhost", "http://localhost"), transport=transport) as client:
            await client.session.request(GET)
            await client.processing.execute("p", {}, workspace_id="w", timeout_s=5)

    assert seen[1:3] == [
        ("GET", PATH, "Bearer t"),
        ("POST", "/v2/processing/processes/p/execution", "Bearer t"),
    ]
