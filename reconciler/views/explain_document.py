"""Why an output's action was chosen, as a JSON document (schemas/explain.json)."""

from reconciler.documents.values import Document, header, link, plain, time_text
from reconciler.model.explanation import Explanation
from reconciler.model.job import Job


def explain_json(explanation: Explanation) -> Document:
    """The decision with all that it rests on; the order of the jobs is the explanation's."""
    change = explanation.change
    return {
        **header(),
        "address": change.output.name,
        "process_id": change.output.process_id,
        "action": change.action.value,
        "action_reason": change.reason.code,
        "reason": link(change.reason.text),
        "fingerprint": change.fingerprint,
        "document": plain(explanation.document),
        "considered": [
            {
                "job": _job(considered.job),
                "verdict": considered.verdict,
                "counts": considered.counts,
                "why": link(considered.why),
            }
            for considered in explanation.considered
        ],
        "other_count": explanation.other_count,
        "nearest": _nearest(explanation),
    }


def _nearest(explanation: Explanation) -> Document | None:
    if explanation.nearest is None:
        return None
    return {
        "job": _job(explanation.nearest),
        "before": {found.path: plain(found.before) for found in explanation.differences},
        "after": {found.path: plain(found.after) for found in explanation.differences},
    }


def _job(job: Job) -> Document:
    return {"id": job.job_id, "status": job.status, "created": time_text(job.created), "credits": job.credits}
