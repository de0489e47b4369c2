"""Listing jobs by every parameter that the SDK has."""

import pytest
import requests
from up42 import Job, JobSorting, JobStatus
from up42.processing_templates import (
    DetectionShipsAirbus,
    DetectionTreesSpacept,
    GreyWeight,
    Pansharpening,
    TrueColorConversion,
)
from up42.utils import SortingField

from tests.compat.up42.account import COAST, FIELDS, TOWN, settle

OTHER_WORKSPACE = "0a1b2c3d-0000-4000-8000-00000000000a"
SORTINGS = {name: field for name, field in vars(JobSorting).items() if isinstance(field, SortingField)}
#: What a sorting compares, for a job that has it.
KEYS = {
    "process_id": lambda job: job.process_id,
    "status": lambda job: job.status.value,
    "created": lambda job: job.created,
    "credits": lambda job: job.credits,
}


@pytest.fixture(scope="module")
def jobs(scenes):
    """Jobs of several kinds, oldest first, all settled; those that have run did so for 1.24 seconds."""
    twice = [GreyWeight("red", 0.5), GreyWeight("red", 0.5)]
    executed = [
        Pansharpening("Coast", scenes[COAST]).execute(),
        TrueColorConversion("Town", scenes[TOWN]).execute(),
        Pansharpening("Fields", scenes[FIELDS]).execute(),
        DetectionShipsAirbus("Ships", scenes[COAST]).execute(),
        Pansharpening("Coast elsewhere", scenes[COAST], workspace_id=OTHER_WORKSPACE).execute(),
        Pansharpening("Red twice", scenes[COAST], twice).execute(),
        DetectionTreesSpacept("Trees", scenes[FIELDS]).execute(),  # its EULA is not accepted
    ]
    for job, status in zip(executed, [*["captured"] * 5, "invalid", "unlicensed"], strict=True):
        settle(job, status)
    return [Job.get(job.id) for job in executed]


def ids(found):
    return [job.id for job in found]


def test_all_are_listed_newest_first(jobs):
    """A listing without parameters has every job of the account, in all workspaces."""
    assert ids(Job.all()) == ids(reversed(jobs))


@pytest.mark.parametrize("process_ids", [["pansharpening"], ["true-color-conversion", "detection-ships-airbus"]])
def test_they_are_listed_by_process(jobs, process_ids):
    """One process id, or several at once, select their jobs."""
    expected = {job.id for job in jobs if job.process_id in process_ids}

    assert set(ids(Job.all(process_id=process_ids))) == expected


def test_they_are_listed_by_workspace(jobs, sandbox):
    """A workspace id selects the jobs of that workspace."""
    elsewhere = jobs[4]

    assert ids(Job.all(workspace_id=OTHER_WORKSPACE)) == [elsewhere.id]
    assert len(ids(Job.all(workspace_id=sandbox.workspace_id))) == len(jobs) - 1


@pytest.mark.parametrize(
    ("statuses", "positions"),
    [
        (["captured"], {0, 1, 2, 3, 4}),
        (["invalid"], {5}),
        (["invalid", "unlicensed"], {5, 6}),
        (["running", "rejected"], set()),
    ],
)
def test_they_are_listed_by_status(jobs, statuses, positions):
    """One status, or several at once, select the jobs that are in one of them."""
    found = Job.all(status=[JobStatus(status) for status in statuses])

    assert set(ids(found)) == {jobs[position].id for position in positions}


@pytest.mark.parametrize(
    ("bounds", "positions"),
    [
        ({"min_duration": 1}, {0, 1, 2, 3, 4}),
        ({"min_duration": 2}, set()),
        ({"max_duration": 1}, {5, 6}),
        ({"max_duration": 2}, {0, 1, 2, 3, 4, 5, 6}),
        ({"min_duration": 1, "max_duration": 2}, {0, 1, 2, 3, 4}),
    ],
    ids=str,
)
def test_they_are_listed_by_duration(jobs, bounds, positions):
    """Bounds in seconds select by the time from `started` to `finished`."""
    assert set(ids(Job.all(**bounds))) == {jobs[position].id for position in positions}


def test_they_are_listed_by_ids(jobs):
    """Job ids select, and an unknown one selects nothing."""
    wanted = [jobs[1].id, jobs[5].id]

    assert sorted(ids(Job.all(ids=[*wanted, OTHER_WORKSPACE]))) == sorted(wanted)


@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("name", SORTINGS)
def test_they_are_sorted(jobs, name, ascending):
    """Every sorting of the SDK orders the jobs, up and down; those that have no such value stand together."""
    sorting = SORTINGS[name].asc if ascending else SORTINGS[name].desc

    values = [KEYS[name](job) for job in Job.all(sort_by=sorting)]

    known = [value for value in values if value is not None]
    assert len(values) == len(jobs)
    assert known == sorted(known, reverse=not ascending)
    assert known in (values[: len(known)], values[len(values) - len(known) :])


@pytest.mark.parametrize("sorting", [None, JobSorting.status.asc, JobSorting.created.asc], ids=str)
def test_pages_of_one_lose_none_and_repeat_none(jobs, sorting):
    """With pages of one job each, a listing has the same jobs in the same order."""
    assert ids(Job.all(sort_by=sorting, page_size=1)) == ids(Job.all(sort_by=sorting))
    assert sorted(ids(Job.all(sort_by=sorting, page_size=1))) == sorted(ids(jobs))


def test_all_parameters_count_together(jobs, sandbox):
    """A listing by everything at once has the jobs that fit all of it, on every page."""
    found = Job.all(
        process_id=["pansharpening", "detection-ships-airbus"],
        workspace_id=sandbox.workspace_id,
        status=[JobStatus("captured"), JobStatus("invalid")],
        min_duration=1,
        max_duration=2,
        sort_by=JobSorting.created.asc,
        ids=ids(jobs[1:]),
        page_size=1,
    )

    assert ids(found) == [jobs[2].id, jobs[3].id]


def test_one_is_got_by_its_id(jobs):
    """A job that is got by its id is the same, in all that the SDK reads, as in a listing."""
    assert jobs[::-1] == list(Job.all())


def test_an_invalid_job_says_why(jobs):
    """The errors of a job that was not valid reach the SDK by name and message."""
    (error,) = Job.get(jobs[5].id).errors

    assert error.name == "GreyWeightBandsNotUnique"
    assert error.message


def test_an_unknown_job_is_an_error():
    """An id that no job has is 404."""
    with pytest.raises(requests.HTTPError) as caught:
        Job.get(OTHER_WORKSPACE)

    assert caught.value.response.status_code == 404
