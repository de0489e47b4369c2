"""The account of a new sandbox, and what a test does with it that the SDK has no call for."""

from up42 import Job, base, host

#: A job takes 1.6 s, of which it runs for 1.24 s: the SDK asks for whole seconds and filters by them.
TIME_SCALE, JOB_SECONDS = 25, 1.6
#: The titles of the example scenes.
COAST = "Coast with ships"
FIELDS, FIELDS_LATER = "Fields and woods in June", "Fields and woods in August"
TOWN = "Town, pansharpened reflectance"
RIVER = "River, Sentinel-2"
SCENES = (COAST, FIELDS, FIELDS_LATER, TOWN, RIVER)


def settle(job, status="captured"):
    """Let the time of a job pass, after which it has come to a status; the sandbox's own clock is driven for it."""
    base.workspace.session.post(host.endpoint("/sandbox/clock"), json={"advanceSeconds": JOB_SECONDS})
    assert Job.get(job.id).status.value == status


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
