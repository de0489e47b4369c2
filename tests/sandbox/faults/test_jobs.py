"""Faults that a job carries, seen at the socket."""

import pytest

from reconciler.sandbox.processing.lifecycle import BRANCHES
from reconciler.sandbox.scenes import COAST
from tests.sandbox.faults.line import INPUTS


@pytest.mark.parametrize("status", [status for status in BRANCHES if status != "failed"])
def test_a_job_is_stuck(line, status):
    """The job never leaves the status."""
    line.fault("job-stuck", status=str(status))
    job = line.ended()
    line.clock.pass_(1_000_000)
    line.sign_in()

    assert job["status"] == line.job(job["jobID"])["status"] == status


def test_a_job_is_stuck_in_failed(line):
    """A failed job whose credits are never released."""
    line.fault("job-fails")
    line.fault("job-stuck", status="failed")
    before = line.balance()

    assert line.ended()["status"] == "failed"
    assert line.balance() == before - 58


def test_a_job_fails_and_is_released(line):
    """The work fails, there are no results, and the credits come back."""
    line.fault("job-fails", count=1)
    before = line.balance()
    job = line.ended()

    assert (job["status"], job["results"], "consumptionID" in job["creditConsumption"]) == ("released", None, False)
    assert line.balance() == before
    assert line.ended()["status"] == "captured"


@pytest.mark.parametrize("terminal", ["captured", "successful"])
def test_a_job_is_released_after_it_was_successful(lines, terminal):
    """In both regimes the results are there, then the job turns released and its credits come back."""
    with lines(terminal=terminal) as line:
        line.fault("job-released")
        before = line.balance()
        job_id = line.execute().json()["jobID"]
        line.clock.pass_(39)
        successful = line.job(job_id)
        line.clock.pass_(2)
        released = line.job(job_id)

        assert (successful["status"], released["status"]) == ("successful", "released")
        assert len(line.results(released)) == 1
        assert line.balance() == before


def test_a_definition_comes_back_changed(line):
    """The answer, and the job from then on, has an input that was not sent."""
    line.fault("definition-changed", input="mode", value="fast")
    answer = line.execute().json()

    assert answer["definition"] == {"inputs": {**INPUTS["inputs"], "mode": "fast"}}
    assert line.job(answer["jobID"])["definition"] == answer["definition"]


def test_a_price_rises_between_quote_and_execution(line):
    """The job costs more than the quote right before it."""
    line.fault("price-rises", credits=7)
    quote = line.http.post("/v2/processing/processes/pansharpening/cost", json=INPUTS).json()["totalCredits"]
    before = line.balance()
    job = line.ended()

    assert job["creditConsumption"]["credits"] == quote + 7
    assert line.balance() == before - quote - 7


def test_a_quote_rises(line):
    """Asked about quotes, a later one is higher than the one before."""
    line.fault("price-rises", request="price", credits=7, skip=1)
    cost = "/v2/processing/processes/pansharpening/cost"
    first, second = (line.http.post(cost, json=INPUTS).json()["totalCredits"] for _ in range(2))

    assert second == first + 7


def test_a_eula_is_updated_meanwhile(line):
    """Before the job is created its EULA has a new document: the job turns unlicensed, and the EULA asks again."""
    line.fault("eula-updated", count=1)
    job = line.ended()
    process = line.http.get("/v2/processing/processes/pansharpening").json()
    parameters = {entry["name"]: entry["value"] for entry in process["additionalParameters"]["parameters"]}
    eula_path = f"/v2/eulas/{parameters['eula-id'][0]}"
    eula = line.http.get(eula_path).json()
    document_path = f"{eula_path}/documents/{eula['currentDocumentId']}"
    accepted = line.http.patch(document_path, json={"isAccepted": True}).json()

    assert (job["status"], eula["isAccepted"]) == ("unlicensed", False)
    assert (accepted["version"], accepted["isAccepted"]) == (2, True)
    assert line.ended()["status"] == "captured"


def test_results_are_deleted_from_storage(line):
    """After the time the job still names its collection, which is gone, with its item and its bytes."""
    line.fault("results-deleted", seconds=100)
    job = line.ended()
    (item,) = line.results(job)
    (asset,) = item["assets"].values()
    there = [line.http.get(url).status_code for url in (job["results"]["collection"], asset["href"])]
    line.clock.pass_(100)
    gone = [line.http.get(url).status_code for url in (job["results"]["collection"], asset["href"])]

    assert (there, gone) == ([200, 200], [404, 404])
    assert line.job(job["jobID"])["results"] == job["results"]
    assert line.results(job) == []


def test_a_status_that_nobody_knows(line):
    """The job goes through a word that is in no guide, and on."""
    line.fault("unknown-status", status="quarantined", instead_of="running")
    job_id = line.execute().json()["jobID"]
    line.clock.pass_(20)
    during = line.job(job_id)["status"]
    line.clock.pass_(21)

    assert (during, line.job(job_id)["status"]) == ("quarantined", "captured")


def test_a_listing_lags(line):
    """The newest jobs are not listed until they are that old; each of them can be read all the while."""
    line.fault("listing-lag", seconds=15)
    job_id = line.execute().json()["jobID"]
    line.clock.pass_(14)
    before = line.jobs()["jobs"], line.jobs(ids=job_id)["jobs"]
    status = line.job(job_id)["jobID"]
    line.clock.pass_(1)

    assert before == ([], [])
    assert status == job_id
    assert [job["jobID"] for job in line.jobs()["jobs"]] == [job_id]


def test_a_fault_is_for_one_job(line):
    """By a text in its request, here the title, one job of many can be chosen."""
    line.fault("job-fails", containing="the bad one")
    jobs = [line.execute(title=title, item=COAST.path).json()["jobID"] for title in ("good", "the bad one", "best")]
    line.clock.pass_(41)

    assert [line.job(job_id)["status"] for job_id in jobs] == ["captured", "released", "captured"]
