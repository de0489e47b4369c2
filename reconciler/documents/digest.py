"""The digest of a plan's document: the same for the same promise.

It covers what an apply would act on and what a reviewer agrees to: where, from which manifests, what is done to each
output and at which price, and how the policies judge it. It does not cover what another run or another machine sees
differently although nothing has changed: times, versions, balances, sentences for people, places in files, absolute
paths, and how far a job is. It tells a changed file from the saved one; it is no signature.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

#: Part of what is hashed, so that another choice of fields never gives the digest of this one.
_VERSION = 1

_OUTPUT_FIELDS = (
    "address",
    "title",
    "process_id",
    "labels",
    "fingerprint",
    "inputs",
    "attempt",
    "attempts",
    "delivery",
    "priority",
    "budget_id",
    "ignore_jobs",
    "prevent_replace",
    "retry_attempts",
    "output_newer_than",
    "same_work_as",
    "waits_for",
)
_USES_JOB = {"wait", "download"}
#: Stands for the time of planning, which --replace makes the start of a generation.
_PLANNED = "planned"


def digest(document: Mapping[str, Any]) -> str:
    """`sha256:` and 64 hex digits; the document follows schemas/plan.json, its header may be missing."""
    observed = document["observed"]
    covered = {
        "version": _VERSION,
        "api_url": document["api_url"],
        "workspace_id": observed["workspace_id"],
        "project": document["project"],
        "source": {name: document["source"][name] for name in ("digest", "select", "replace", "rebuy")},
        "ceiling": document["cost"]["ceiling"],
        "changes": [_change(change, observed["at"]) for change in document["target_changes"]],
        "checks": [[check["address"], check["status"]] for check in document["checks"]],
    }
    return f"sha256:{_sha256(_canonical(covered))}"


def plan_id(plan_digest: str, timestamp: str) -> str:
    """12 hex digits that tell this plan from all others, also from one with the same digest."""
    return _sha256(plan_digest + timestamp)[:12]


def _change(change: Mapping[str, Any], planned_at: str) -> dict[str, Any]:
    actions: Sequence[str] = change["change"]["actions"]
    covered = {name: change[name] for name in _OUTPUT_FIELDS}
    covered["actions"] = actions
    covered["newer_than"] = _PLANNED if change["newer_than"] == planned_at else change["newer_than"]
    if change["paid"]:
        covered["price"] = None if change["cost"] is None else change["cost"]["credits"]
        covered["known_jobs"] = change["known_jobs"]
    elif change["job"] is not None and _USES_JOB & set(actions):
        covered["job"] = change["job"]["id"]
    return covered


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()
