from reconciler.forge.approval import Approved
from reconciler.forge.github import PullRequest
from reconciler.forge.marker import Marker
from reconciler.views.approval_document import approval_json

PLAN = "sha256:" + "ab" * 32


def test_an_approval_is_documented(make, check_document):
    """Pull request, plan, artifact and commits stand where the schema says."""
    marker = Marker("manifests@7d7d", PLAN, "a" * 40, make.noon)
    document = approval_json(Approved(PullRequest(7, "b" * 40, "c" * 40, merged=True), marker, 42))

    check_document("approval", document)
    assert {name: value for name, value in document.items() if name not in ("format_version", "tool_version")} == {
        "pull_request": 7,
        "head_commit": "b" * 40,
        "key": "manifests@7d7d",
        "plan_digest": PLAN,
        "plan_artifact": "reconciler-plan-" + "ab" * 32,
        "plan_run_id": 42,
        "commit": "a" * 40,
        "valid_at": "2024-06-14T12:40:03Z",
        "outdated": True,
    }


def test_nothing_found_is_documented(check_document):
    """What was not found is null, and no field is missing."""
    document = approval_json(Approved())

    check_document("approval", document)
    assert document["plan_digest"] is None
