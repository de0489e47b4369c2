"""How the sandbox does with 100,000 jobs and items: filling it, a page of 500 jobs, a search by job id.

Run by `make bench-sandbox`. The sandbox is the real command in a process of its own; times are the client's, over the
socket, the body read to its end.
"""

import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx

JOBS, PAGE, ROUNDS = 100_000, 500, 50
COMMAND = [sys.executable, "-m", "reconciler", "sandbox"]
SEARCH = "/v2/assets/stac/search"


def main() -> None:
    """Measure and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        subprocess.run([*COMMAND, "fill", "--data", folder, "--jobs", str(JOBS)], check=True)
        print(f"filled with {JOBS:,} jobs and items in {time.perf_counter() - started:.1f} s")
        served = subprocess.Popen([*COMMAND, "serve", "--data", folder], stdout=subprocess.PIPE, text=True)
        try:
            base_url = next(line.partition("=")[2].strip() for line in served.stdout or () if "UP42_API_URL" in line)
            measure(base_url)
        finally:
            served.terminate()
            served.wait()


def measure(base_url: str) -> None:
    """Time each kind of request."""
    with httpx.Client(base_url=base_url, timeout=60) as http:
        form = {"grant_type": "password", "username": "sandbox@example.com", "password": "sandbox"}
        token = http.post("/realms/public/protocol/openid-connect/token", data=form).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        first = http.get("/v2/processing/jobs", params={"limit": PAGE}).json()
        ids = [job["jobID"] for job in first["jobs"]]
        for name, request in requests_of(http, ids, last_page(http, first)):
            print(f"{name:44} {timed(request)}")


def last_page(http: httpx.Client, page: dict[str, Any]) -> str:
    """Where the last page of the listing is."""
    href = ""
    while hrefs := [link["href"] for link in page["links"] if link["rel"] == "next"]:
        (href,) = hrefs
        page = http.get(href).json()
    return href


def requests_of(http: httpx.Client, ids: list[str], last: str) -> Iterator[tuple[str, Callable[[], httpx.Response]]]:
    """What is timed, by its name."""

    def by_job(*more: dict[str, object]) -> httpx.Response:
        is_job = {"op": "=", "args": [{"property": "job_id"}, random.choice(ids)]}
        return http.post(SEARCH, json={"filter": {"op": "and", "args": [is_job, *more]} if more else is_job})

    clear = {"op": "<", "args": [{"property": "eo:cloud_cover"}, 50]}
    jobs = "/v2/processing/jobs"
    yield f"{PAGE} jobs, newest first", lambda: http.get(jobs, params={"limit": PAGE})
    yield f"{PAGE} jobs, oldest page", lambda: http.get(last)
    yield "100 jobs by their ids", lambda: http.get(jobs, params={"limit": PAGE, "ids": ",".join(ids[:100])})
    yield "search by job id", by_job
    yield "search by job id and cloud cover", lambda: by_job(clear)
    yield "search, newest 10", lambda: http.post(SEARCH, json={})
    yield "one job", lambda: http.get(f"{jobs}/{random.choice(ids)}")


def timed(request: Callable[[], httpx.Response]) -> str:
    """Milliseconds of some rounds after a first one."""
    request().raise_for_status()
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        request().raise_for_status()
        times.append((time.perf_counter() - started) * 1e3)
    return f"min {min(times):6.1f}  median {statistics.median(times):6.1f}  max {max(times):6.1f} ms"


if __name__ == "__main__":
    main()
