"""The schemas that STAC validators ask the network for, out of packages on PyPI, served by a small server of our own.

The core schemas of STAC 1.0.0 and those of GeoJSON came with pystac 1.10.1; the eo extension's lies, as a recorded
answer, among the tests of pystac-ext-eo 1.1.1. Both are unpacked once into a folder of the environment, beside the
newer pystac that the validators import.
"""

import contextlib
import http.server
import pathlib
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping

import yaml

PACKAGES = (("pystac==1.10.1", "--only-binary=:all:"), ("pystac-ext-eo==1.1.1", "--no-binary=:all:"))
CORE, GEOJSON, EXTENSIONS = "schemas.stacspec.org", "geojson.org", "stac-extensions.github.io"
HOSTS = (CORE, GEOJSON, EXTENSIONS)
_CASSETTE = "tests/cassettes/test_eo/test_validate_eo.yaml"


@contextlib.contextmanager
def served_schemas() -> Iterator[int]:
    """Serve the schemas under their own hosts' names for the length of a `with` block; gives the port."""
    schemas = all_schemas()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = schemas.get(f"https://{self.headers['Host']}{self.path}")
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def all_schemas() -> Mapping[str, bytes]:
    """Every schema by its URL."""
    folder = _unpacked()
    found = {}
    core = folder / "pystac/validation/jsonschemas/stac-spec/v1.0.0"
    for path in core.glob("*.json"):
        kind = path.stem if path.stem in {"catalog", "collection"} else "item"
        found[f"https://{CORE}/v1.0.0/{kind}-spec/json-schema/{path.name}"] = path.read_bytes()
    for path in (folder / "pystac/validation/jsonschemas/geojson").glob("*.json"):
        found[f"https://{GEOJSON}/schema/{path.name}"] = path.read_bytes()
    (cassette,) = folder.glob(f"pystac_ext_eo-*/{_CASSETTE}")
    for recorded in yaml.safe_load(cassette.read_text())["interactions"]:
        found[recorded["request"]["uri"]] = recorded["response"]["body"]["string"].encode()
    return found


def _unpacked() -> pathlib.Path:
    folder = pathlib.Path(sys.prefix) / "stac-schemas"
    ready = folder / ".ready"
    if not ready.exists():
        for package, form in PACKAGES:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
            subprocess.run([*command, form, "--dest", folder, package], check=True)
        for wheel in folder.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder)  # noqa: S202 - a package that the validators install, too
        for sources in folder.glob("*.tar.gz"):
            with tarfile.open(sources) as archive:
                archive.extractall(folder, filter="data")
        ready.touch()
    return folder
