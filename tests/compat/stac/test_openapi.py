import pathlib
import subprocess
import sys

import pytest

from tests.compat.stac.conftest import fresh_sandbox, token

COMMAND = pathlib.Path(sys.executable).with_name("schemathesis")
DOCUMENT = "/v2/assets/stac/api"
#: Left out is what judges schemas by acceptance: a text that has to be CQL2, or a process's own inputs, is more than
#: JSON Schema can say of it, and an unknown parameter is passed over here.
LEFT_OUT = ("negative_data_rejection", "positive_data_acceptance")
MAX_EXAMPLES = 20


@pytest.fixture
def sandbox(ready_folder, tmp_path):
    """A sandbox for each test: the judge deletes what it finds."""
    with fresh_sandbox(ready_folder, tmp_path) as sandbox:
        yield sandbox


def judged(sandbox, folder, *options):
    """Run schemathesis over the sandbox's document: the same requests in every run."""
    command = [COMMAND, *options, "--header", f"Authorization: Bearer {token(sandbox)}", "--generation-deterministic"]
    command += ["--max-examples", str(MAX_EXAMPLES), "--checks", "all", "--exclude-checks", ",".join(LEFT_OUT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    return done.returncode, done.stdout + done.stderr


def operations(report, kind):
    """The number that the report has beside a word, such as `Tested: 37`."""
    (line,) = (line for line in report.splitlines() if line.strip().startswith(f"{kind}:"))
    return line.split(":")[1].strip()


def test_no_request_for_anything_is_a_fault(sandbox, tmp_path, api):
    """Over every operation, with names of things that do not exist, nothing is 5xx or other than the document says."""
    code, report = judged(sandbox, tmp_path, "run", f"{sandbox.url}{DOCUMENT}")
    paths = api.get(f"{sandbox.url}{DOCUMENT}").json()["paths"]
    count = sum(len(methods) for path, methods in paths.items() if not path.endswith("/"))

    assert code == 0, report
    assert operations(report, "Tested") == str(count), "each once; a path with and without a slash counts as one"


def test_no_request_for_what_is_there_is_a_fault(sandbox, tmp_path, api):
    """With names of an item, an asset, a job, a process, a EULA and a budget, neither; deletion alone is left out."""
    item = api.get(f"{sandbox.url}/v2/assets/stac/search?limit=1").json()["features"][0]
    link = next(link["href"] for link in item["links"] if link["rel"] == "self")
    process = f"{sandbox.url}/v2/processing/processes/pansharpening"
    job = api.post(f"{process}/execution", json={"inputs": {"title": "Judged", "item": link}}).json()
    eula = api.get(f"{sandbox.url}/v2/eulas").json()["content"][0]
    names = {
        "collection": item["collection"],
        "item": item["id"],
        "asset": next(iter(item["assets"].values()))["href"].rpartition("/")[2],
        "process": "pansharpening",
        "job": job["jobID"],
        "eula": eula["id"],
        "document": eula["currentDocumentId"],
        "budget": api.get(f"{sandbox.url}/v2/budgets").json()["content"][0]["id"],
    }
    settings = tmp_path / "schemathesis.toml"
    lines = [f'"path.{name}" = "{value}"' for name, value in names.items()]
    settings.write_text("\n".join(["[parameters]", *lines]))
    url = f"{sandbox.url}{DOCUMENT}"
    code, report = judged(
        sandbox, tmp_path, "--config-file", str(settings), "run", url, "--exclude-operation-id", "delete-collection"
    )

    assert code == 0, report
