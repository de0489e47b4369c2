import contextlib
import itertools
import json
import pathlib
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest
import requests

from tests.compat.stac.conftest import token
from tests.compat.stac.products import check_cog, check_geojson

VALIDATOR = pathlib.Path(sys.executable).with_name("stac-validator")
PROCESSES, STAC = "/v2/processing/processes", "/v2/assets/stac"
PATIENCE_S = 120
LAST_GOOD = {"captured", "successful"}


@dataclass(frozen=True)
class Account:
    """A signed-in client of one sandbox, every path absolute."""

    url: str
    session: requests.Session

    def get(self, path):
        answer = self.session.get(f"{self.url}{path}", timeout=60)
        assert answer.ok, answer.text
        return answer.json()

    def post(self, path, body):
        return self.session.post(f"{self.url}{path}", json=body, timeout=60)

    def items(self):
        return self.get(f"{STAC}/search?limit=10000")["features"]


@contextlib.contextmanager
def signed_in(sandbox):
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token(sandbox)}"
        yield Account(sandbox.url, session)


@pytest.fixture
def account(sandbox):
    with signed_in(sandbox) as account:
        yield account


@pytest.fixture(scope="module")
def jobs(sandbox):
    """One job of every process on offer, each with the first items that it takes, at its end."""
    created = {}
    with signed_in(sandbox) as account:
        accept_all(account)
        scenes = [link["href"] for item in account.items() for link in item["links"] if link["rel"] == "self"]
        for process in account.get(PROCESSES)["processes"]:
            description = account.get(f"{PROCESSES}/{process['id']}")
            bodies = (taken(account, description, choice) for choice in choices(description, scenes))
            body = next(filter(None, bodies), None)
            assert body is not None, f"{process['id']} takes none of the example scenes"
            answer = account.post(f"{PROCESSES}/{process['id']}/execution", body)
            assert answer.status_code == 201, answer.text
            created[process["id"]] = answer.json()["jobID"]
        return {process: ended(account, job_id) for process, job_id in created.items()}


def accept_all(account):
    for eula in account.get("/v2/eulas?size=500")["content"]:
        place = f"{account.url}/v2/eulas/{eula['id']}/documents/{eula['currentDocumentId']}"
        assert account.session.patch(place, json={"isAccepted": True}, timeout=60).ok


def choices(description, scenes):
    """Ways to give a process items: one for each of its inputs that holds a link."""
    names = [name for name, given in description["inputs"].items() if given["schema"].get("format") == "uri"]
    for chosen in itertools.permutations(scenes, len(names)):
        yield dict(zip(names, chosen, strict=True))


def taken(account, description, items):
    body = {"inputs": {"title": f"One of {description['id']}", **items}}
    answer = account.post(f"{PROCESSES}/{description['id']}/validation", body)
    assert answer.status_code in {200, 422}, answer.text
    return body if answer.status_code == 200 else None


def ended(account, job_id):
    """The job at its end: the sandbox's clock goes on by the time of a job, and each look lets it work on."""
    assert account.post("/sandbox/clock", {"advanceSeconds": 1}).ok
    stop = time.monotonic() + PATIENCE_S
    while (job := account.get(f"/v2/processing/jobs/{job_id}"))["status"] not in LAST_GOOD:
        assert time.monotonic() < stop, job
    return job


def assets(account, jobs, media_type):
    """Every asset of a media type in the results, by process."""
    for process, job in jobs.items():
        path = job["results"]["collection"].removeprefix(account.url)
        for item in account.get(f"{path}/items")["features"]:
            for key, asset in item["assets"].items():
                if asset["type"].startswith(media_type):
                    yield process, key, asset["href"]


def test_every_process_comes_to_its_end(jobs):
    """Every process on offer takes some of the example scenes and ends well, with a collection."""
    assert jobs
    assert all(job["results"]["collection"] for job in jobs.values())


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        pytest.param(f"{STAC}/search?limit=10000", "--item-collection", id="items"),
        pytest.param(f"{STAC}/collections?limit=10000", "--collections", id="collections"),
    ],
)
def test_the_validator_accepts_all_that_is_stored(account, jobs, tunnel, path, kind):
    """stac-validator accepts every item and collection, example scenes and results, with schemas of this machine."""
    header = ("--header", "Authorization", account.session.headers["Authorization"])
    command = [VALIDATOR, "validate", f"{account.url}{path}", kind, *header]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    verdicts, _ = json.JSONDecoder().raw_decode(done.stdout[done.stdout.index("[\n") :])

    assert [it for it in verdicts if not it["valid_stac"]] == []
    assert len(verdicts) == len(account.items()) > len(jobs)  # each item has a collection of its own
    assert done.returncode == 0, done.stderr


def test_every_geotiff_is_cloud_optimized(account, jobs, tmp_path, subtests):
    """rio-cogeo finds a valid Cloud-Optimized GeoTIFF in every raster of every process."""
    found = list(assets(account, jobs, "image/tiff"))
    assert found
    for process, key, href in found:
        with subtests.test(process, asset=key):
            path = tmp_path / key
            path.write_bytes(account.session.get(href, timeout=60).content)
            check_cog(path)


def test_every_geojson_follows_its_rfc(account, jobs, subtests):
    """RFC 7946 holds for every vector of every process."""
    found = list(assets(account, jobs, "application/geo+json"))
    assert found
    for process, key, href in found:
        with subtests.test(process, asset=key):
            check_geojson(account.session.get(href, timeout=60).json())
