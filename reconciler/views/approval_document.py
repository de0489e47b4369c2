"""The plan that a pull request approved, as a JSON document (schemas/approval.json)."""

from reconciler.documents.values import Document, header, time_text
from reconciler.forge.approval import Approved, artifact_name


def approval_json(found: Approved) -> Document:
    """What was found; null for everything that was not."""
    pull_request, marker = found.pull_request, found.marker
    return {
        **header(),
        "pull_request": None if pull_request is None else pull_request.number,
        "head_commit": None if pull_request is None else pull_request.head_commit,
        "key": None if marker is None else marker.key,
        "plan_digest": None if marker is None else marker.plan,
        "plan_artifact": None if marker is None else artifact_name(marker.plan),
        "plan_run_id": found.run_id,
        "commit": None if marker is None else marker.commit,
        "valid_at": None if marker is None else time_text(marker.valid_at),
        "outdated": found.outdated,
    }
