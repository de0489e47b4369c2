"""Validation results and listings as JSON documents, each with a schema of its name under schemas/."""

from collections.abc import Sequence

from reconciler.documents.values import (
    Document,
    header,
    link,
    note_diagnostic,
    optional_link,
    plain,
    problem_diagnostic,
    source_range,
    time_text,
)
from reconciler.model.job import Eula, Item, Job, Process
from reconciler.model.output import Output
from reconciler.model.problem import Problem
from reconciler.model.receipt import Claim
from reconciler.model.status import StatusRow


def validate_json(problems: Sequence[Problem], outputs: Sequence[Output], *, notes: Sequence[str] = ()) -> Document:
    """Everything that is wrong in the manifests, and the outputs that could be read (schemas/validate.json)."""
    return {
        **header(),
        "valid": not problems,
        "error_count": len(problems),
        "warning_count": len(notes),
        "outputs": [
            {"name": output.name, "process_id": output.process_id, "range": source_range(output.position)}
            for output in outputs
        ],
        "diagnostics": [*map(problem_diagnostic, problems), *map(note_diagnostic, notes)],
    }


def status_json(rows: Sequence[StatusRow]) -> Document:
    """Where every output stands, in the given order (schemas/status.json)."""
    states = [row.state for row in rows]
    return {
        **header(),
        "summary": {state: states.count(state) for state in sorted(set(states))},
        "outputs": [
            {
                "name": row.output,
                "process_id": row.process_id,
                "state": row.state,
                "detail": link(row.detail),
                "job": None
                if row.job_id is None
                else {"id": row.job_id, "status": row.job_status, "credits": row.credits},
                "destination": link(row.destination),
                "files": {"delivered": row.files_delivered, "total": row.files_total},
            }
            for row in rows
        ],
    }


def claims_json(claims: Sequence[Claim]) -> Document:
    """What is claimed and by whom, in the given order (schemas/claims.json)."""
    return {
        **header(),
        "claims": [
            {
                "id": claim.claim_id,
                "fingerprint": claim.fingerprint,
                "number": claim.number,
                "phase": claim.phase.value,
                "owner": claim.owner,
                "output": claim.output,
                "project": claim.project,
                "taken_at": time_text(claim.taken_at),
                "posting_at": time_text(claim.posting_at),
                "job_id": claim.job_id,
                "known_jobs": sorted(claim.known_jobs),
                "altered": claim.altered,
                "labels": plain(claim.labels),
                "quoted_credits": claim.quoted_credits,
            }
            for claim in claims
        ],
    }


def processes_json(processes: Sequence[Process]) -> Document:
    """What the service can do, in the given order (schemas/processes.json)."""
    return {**header(), "processes": [_process(process) for process in processes]}


def eulas_json(eulas: Sequence[Eula]) -> Document:
    """The EULAs and whether they are accepted, in the given order (schemas/eulas.json)."""
    return {
        **header(),
        "eulas": [
            {
                "id": eula.eula_id,
                "title": eula.title,
                "description": link(eula.description),
                "accepted": eula.accepted,
                "accepted_at": time_text(eula.accepted_at),
                "valid_from": time_text(eula.valid_from),
                "document_id": eula.document_id,
                "document_url": optional_link(eula.document_url),
            }
            for eula in eulas
        ],
    }


def items_json(items: Sequence[Item]) -> Document:
    """STAC items in storage, in the given order (schemas/items.json)."""
    return {**header(), "items": [_item(item) for item in items]}


def jobs_json(jobs: Sequence[Job]) -> Document:
    """Jobs, in the given order (schemas/jobs.json)."""
    return {**header(), "jobs": [_job(job) for job in jobs]}


def _process(process: Process) -> Document:
    price = (
        None if process.price_credits is None else {"credits": plain(process.price_credits), "unit": process.price_unit}
    )
    return {
        "id": process.process_id,
        "title": process.title,
        "description": link(process.description),
        "version": process.version,
        "eula_id": process.eula_id,
        "price": price,
        "inputs": [
            {
                "name": given.name,
                "title": given.title,
                "description": link(given.description),
                "required": given.required,
                "schema": plain(given.schema),
            }
            for given in process.inputs.values()
        ],
        "parameters": plain(process.parameters),
    }


def _item(item: Item) -> Document:
    return {
        "id": item.item_id,
        "collection_id": item.collection_id,
        "href": link(item.href),
        "bbox": plain(item.bbox),
        "geometry": plain(item.geometry),
        "properties": plain(item.properties),
        "assets": [
            {
                "key": asset.key,
                "title": asset.title,
                "media_type": asset.media_type,
                "roles": list(asset.roles),
                "href": link(asset.href),
                "size_bytes": asset.size_bytes,
                "checksum": asset.checksum,
            }
            for asset in item.assets
        ],
    }


def _job(job: Job) -> Document:
    return {
        "id": job.job_id,
        "process_id": job.process_id,
        "status": job.status,
        "title": job.title,
        "workspace_id": job.workspace_id,
        "created": time_text(job.created),
        "updated": time_text(job.updated),
        "started": time_text(job.started),
        "finished": time_text(job.finished),
        "credits": job.credits,
        "hold_id": job.hold_id,
        "consumption_id": job.consumption_id,
        "collection_url": optional_link(job.collection_url),
        "errors": [{"name": error.name, "message": link(error.message)} for error in job.errors],
        "inputs": plain(job.inputs),
    }
