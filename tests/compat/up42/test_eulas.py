"""EULAs, as the SDK sees them: in this order, first one that is not accepted, then the same one accepted."""

import pytest
from up42 import JobStatus
from up42.processing_templates import DetectionTreesSpacept

from tests.compat.up42.account import FIELDS, accept


@pytest.fixture(scope="module")
def refused(scenes):
    """A template of a process whose EULA nobody has accepted yet."""
    return DetectionTreesSpacept("Trees", scenes[FIELDS])


@pytest.fixture(scope="module")
def eula_id(refused):
    """The EULA that the process's description names."""
    parameters = refused.process_description["additionalParameters"]["parameters"]
    return next(parameter["value"][0] for parameter in parameters if parameter["name"] == "eula-id")


def test_a_eula_that_is_not_accepted_is_said(refused):
    """A template whose EULA is not accepted is EulaNotAccepted, and has no price."""
    assert [error.name for error in refused.errors] == ["EulaNotAccepted"]
    assert not hasattr(refused, "cost")


def test_a_job_without_a_eula_is_unlicensed(refused):
    """A job that is executed all the same ends at once as unlicensed, and costs nothing."""
    job = refused.execute()

    job.track(wait=1, retries=10)

    assert (job.status, job.credits, job.collection) == (JobStatus.UNLICENSED, None, None)


def test_an_accepted_eula_makes_a_template_valid(refused, eula_id):
    """The same template is valid and priced once its EULA is accepted."""
    accept(eula_id)

    accepted = DetectionTreesSpacept(refused.title, refused.item)

    assert accepted.is_valid
    assert accepted.cost.credits > 0
