"""The account of a new sandbox, and what a test does with it that the SDK has no call for."""

import time

from up42 import Job, base, host

#: The titles of the example scenes.
COAST = "Coast with ships"
FIELDS, FIELDS_LATER = "Fields and woods in June", "Fields and woods in August"
TOWN = "Town, pansharpened reflectance"


def settle(job, status="captured"):
    """Wait until a job has come to a status: the SDK's own waiting may end at `successful`, before `captured`."""
    for _ in range(600):
        if Job.get(job.id).status.value == status:
            return
        time.sleep(0.05)
    raise AssertionError(f"{job.id} does not become {status}")


def accept(eula_id):
    """Accept a EULA as it stands today."""
    url = host.endpoint(f"/v2/eulas/{eula_id}")
    document_id = base.workspace.session.get(url).json()["currentDocumentId"]
    base.workspace.session.patch(f"{url}/documents/{document_id}", json={"isAccepted": True})


def accept_all():
    """Accept every EULA."""
    url = host.endpoint("/v2/eulas")
    for eula in base.workspace.session.get(url, params={"size": 500}).json()["content"]:
        accept(eula["id"])
