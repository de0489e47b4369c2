"""One pansharpening, from its inputs to its bytes, with either of the last good statuses (up42-api.md section 0a)."""

import hashlib

import pytest
from up42 import Job, base
from up42.processing_templates import GreyWeight, Pansharpening

from tests.compat.up42.account import COAST, settle

#: The regime that `serve` is told, and the statuses in which the SDK may stop to wait: it takes either for the end.
REGIMES = [("captured", {"successful", "captured"}), ("successful", {"successful"})]


@pytest.fixture(scope="module", params=REGIMES, ids=lambda regime: regime[0])
def regime(request):
    """The last good status, and the statuses at which the SDK ends its waiting."""
    return request.param


@pytest.fixture(scope="module")
def options(regime):
    """The sandbox is told its last good status."""
    return ("--last-good", regime[0])


@pytest.fixture(scope="module")
def template(scenes):
    """A template with grey weights that uses all that pansharpening offers."""
    weights = [GreyWeight("blue", 0.2), GreyWeight("green", 0.34), GreyWeight("red", 0.23)]
    return Pansharpening("Sharp coast", scenes[COAST], weights)


@pytest.fixture(scope="module")
def job(template):
    """A job that has been tracked to its end."""
    job = template.execute()
    job.track(wait=1, retries=60)
    return job


@pytest.fixture(scope="module")
def item(job):
    """The one item of the result."""
    (item,) = job.collection.get_items()
    return item


@pytest.fixture(scope="module")
def asset(item):
    """The one asset of the result."""
    (asset,) = item.assets.values()
    return asset


def test_it_is_validated_and_priced(template):
    """The template has no errors, and a price of four credits for each of its 14.7 square kilometres."""
    assert template.errors == set()
    assert (template.cost.strategy, template.cost.unit) == ("area", "SQ_KM")
    assert template.cost.size == pytest.approx(14.7, abs=0.1)
    assert template.cost.credits == int(4 * template.cost.size)


def test_it_is_executed(template, sandbox):
    """A new job is `created`, belongs to the user's workspace, and repeats its definition unchanged."""
    job = template.execute()

    assert job.status.value == "created"
    assert (job.process_id, job.workspace_id) == ("pansharpening", sandbox.workspace_id)
    assert job.definition == {"inputs": template.inputs}
    assert (job.started, job.finished, job.collection, job.errors) == (None, None, None, None)


def test_it_is_tracked_to_its_end(job, template, regime):
    """Tracking ends with a good status, the times in order, the price of the offer, and no errors."""
    assert job.status.value in regime[1]
    assert job.created < job.started < job.finished <= job.updated
    assert job.credits == template.cost.credits
    assert job.errors is None


def test_it_settles_at_the_last_good_status(job, regime):
    """The job comes to the regime's last good status, and the SDK reads it there."""
    settle(job, regime[0])

    assert Job.get(job.id).collection_url == job.collection_url


def test_its_collection_is_read(job, sandbox):
    """The job leads to its collection, which says whose result it is."""
    assert job.collection.title == "Sharp coast"
    assert job.collection.up42.job_id == job.id
    assert job.collection.up42.workspace_id == sandbox.workspace_id


def test_its_items_are_read(job, item, scenes):
    """The item has the title of the inputs, the outline of its source, and is the one that a search by job finds."""
    condition = {"op": "=", "args": [{"property": "job_id"}, job.id]}
    (found,) = job.stac_client.search(filter=condition).items()

    assert (item.up42.title, item.up42.source, item.up42.job_id) == ("Sharp coast", "PROCESSING", job.id)
    assert item.bbox == pytest.approx(scenes[COAST].bbox)
    assert (found.id, found.collection_id) == (item.id, item.collection_id)


def test_its_asset_is_downloaded(job, asset, tmp_path):
    """The SDK downloads a GeoTIFF under the service's name: the bytes that a direct download gives, whole."""
    path = asset.file.download(tmp_path)

    direct = base.workspace.session.get(asset.href)
    data = path.read_bytes()
    assert path.suffix == ".tiff"
    assert job.id in path.name
    assert data[:4] in {b"II*\0", b"II+\0"}
    assert len(data) == int(direct.headers["Content-Length"])
    assert hashlib.md5(data).hexdigest() == direct.headers["ETag"].strip('"')  # noqa: S324 - no secret in it
    assert data == direct.content
