import signal
import socket
import subprocess
import sys
import threading

import httpx
import pytest

from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.scenes import COAST
from reconciler.sandbox.serve import THREAD_NAME, ThreadedServer, serve

SERVING = """
import pathlib, sys
from reconciler.sandbox.app import SandboxSettings
from reconciler.sandbox.serve import serve

settings = SandboxSettings(pathlib.Path(sys.argv[1]))
print("ended by", serve(settings, announce=lambda url: print(url, flush=True)))
"""


def never(url):
    raise AssertionError(url)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(settings, number):
    """The server announces where it listens, answers there, and a signal ends it without a traceback."""
    command = [sys.executable, "-c", SERVING, str(settings.data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().strip()
        status = httpx.get(f"{url}{COAST.path}").status_code
        process.send_signal(number)
        out, errors = process.communicate(timeout=20)

    assert url.startswith("http://127.0.0.1:")
    assert status == 401
    assert (process.returncode, out, errors) == (0, f"ended by {int(number)}\n", "")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.com", ""])  # noqa: S104 - to be refused
def test_only_loopback_is_served(settings, host):
    """Any host but this machine's loopback is refused by one sentence."""
    with pytest.raises(SandboxError, match="only this machine"):
        serve(settings, host, announce=never)


def test_a_taken_port_is_one_sentence(settings):
    """A port that something else holds is an error with its number."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SandboxError, match=str(port)):
            serve(settings, port=port, announce=never)


def test_a_threaded_server_leaves_nothing_behind(settings):
    """After the block the port is closed and the thread is gone."""
    with ThreadedServer(settings) as server:
        assert httpx.get(server.base_url).status_code == 404

    assert THREAD_NAME not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.base_url)


def test_a_layer_can_cut_a_body(settings):
    """A layer around the app sees every request, so that a test can cut an answer at the socket."""

    def cutting(app):
        async def cut(scope, receive, send):
            async def shortened(message):
                if message["type"] == "http.response.body":
                    message = {**message, "body": message["body"][:10], "more_body": False}
                await send(message)

            await app(scope, receive, shortened)

        return cut

    with ThreadedServer(settings, wrap=cutting) as server, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{server.base_url}/v2/eulas")
