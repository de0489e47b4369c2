"""Tables of what there is: outputs, claims, processes, EULAs, items and jobs.

Each function returns text without a line break at the end, and one sentence where there is nothing to list.
`width` is the terminal's, in cells, None where there is no terminal; only titles and details are cut to fit it,
never what people copy (names, ids, links, paths).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from reconciler.model.job import Eula, Item, Job, Process
from reconciler.model.output import Json
from reconciler.model.receipt import Claim
from reconciler.model.status import StatusRow
from reconciler.views.columns import table
from reconciler.views.safe_text import NAME_LENGTH, sanitise, unlimited
from reconciler.views.wording import bytes_text, duration, labels_text, moment, unit_text

_ROLES_SHOWN = 3


def status_text(rows: Sequence[StatusRow], *, width: int | None = None) -> str:
    """Where every output stands, in the given order."""
    if not rows:
        return "No output is declared."
    head = ("output", "state", "process", "job", "status", "credits", "files", "destination", "detail")
    cells = [
        (
            unlimited(row.output),
            unlimited(row.state),
            unlimited(row.process_id),
            unlimited(row.job_id or ""),
            unlimited(row.job_status or ""),
            _number(row.credits),
            _files(row),
            unlimited(row.destination),
            sanitise(row.detail),
        )
        for row in rows
    ]
    return table(head, cells, right={5, 6}, cut=8, width=width)


def claims_text(claims: Sequence[Claim], now: datetime, *, width: int | None = None) -> str:
    """What is claimed and by whom, with the age at `now`; the id is what `claims release` takes."""
    if not claims:
        return "Nothing is claimed."
    head = ("id", "output", "phase", "age", "job", "fingerprint", "no", "quoted", "labels", "owner")
    cells = [
        (
            unlimited(claim.claim_id),
            unlimited(claim.output),
            claim.phase.value,
            duration((now - claim.taken_at).total_seconds()),
            unlimited(claim.job_id or ""),
            sanitise(claim.fingerprint, 16),
            str(claim.number),
            _number(claim.quoted_credits),
            sanitise(labels_text(claim.labels)),
            sanitise(claim.owner),
        )
        for claim in claims
    ]
    return table(head, cells, right={3, 6, 7}, cut=9, width=width)


def processes_text(processes: Sequence[Process], *, width: int | None = None) -> str:
    """The processes with their advertised prices."""
    if not processes:
        return "The service lists no process."
    head = ("id", "price", "eula", "title")
    cells = [
        (
            unlimited(process.process_id),
            _advertised(process),
            unlimited(process.eula_id or ""),
            sanitise(process.title, NAME_LENGTH),
        )
        for process in processes
    ]
    return table(head, cells, cut=3, width=width)


def process_text(process: Process, *, width: int | None = None) -> str:
    """One process with its inputs."""
    facts = {
        "Process": unlimited(process.process_id),
        "Title": sanitise(process.title),
        "Version": unlimited(process.version),
        "Price": _advertised(process),
        "EULA": unlimited(process.eula_id or ""),
        "About": sanitise(process.description),
    }
    head = ("input", "required", "type", "about")
    cells = [
        (
            unlimited(given.name),
            "yes" if given.required else "no",
            _type(given.schema),
            sanitise(given.description or given.title),
        )
        for given in process.inputs.values()
    ]
    listed = table(head, cells, cut=3, width=width) if cells else "The service describes no inputs."
    return f"{_facts(facts)}\n\n{listed}"


def eulas_text(eulas: Sequence[Eula], *, width: int | None = None) -> str:
    """The EULAs and whether they are accepted."""
    if not eulas:
        return "The service lists no EULA."
    head = ("id", "accepted", "since", "document", "title")
    cells = [
        (
            unlimited(eula.eula_id),
            "yes" if eula.accepted else "no",
            moment(eula.accepted_at),
            unlimited(eula.document_id or ""),
            sanitise(eula.title, NAME_LENGTH),
        )
        for eula in eulas
    ]
    return table(head, cells, cut=4, width=width)


def eula_text(eula: Eula) -> str:
    """One EULA, with the link to its document as the service gave it: people have to read it before they accept."""
    return _facts(
        {
            "EULA": unlimited(eula.eula_id),
            "Title": sanitise(eula.title),
            "About": sanitise(eula.description),
            "Accepted": "yes" if eula.accepted else "no",
            "Since": moment(eula.accepted_at),
            "Valid from": moment(eula.valid_from),
            "Document": unlimited(eula.document_id or ""),
            "Read it at": unlimited(eula.document_url or ""),
        }
    )


def items_text(items: Sequence[Item], *, width: int | None = None) -> str:
    """STAC items; the link is the value for an input such as `item`."""
    if not items:
        return "No item was found."
    head = ("link", "date", "clouds", "assets", "title")
    cells = [
        (
            unlimited(item.href),
            unlimited(_text(item.properties, "datetime") or _text(item.properties, "start_datetime")),
            _clouds(item.properties.get("eo:cloud_cover")),
            _assets(item),
            sanitise(_text(item.properties, "title"), NAME_LENGTH),
        )
        for item in items
    ]
    return table(head, cells, right={2}, cut=4, width=width)


def jobs_text(jobs: Sequence[Job], *, width: int | None = None) -> str:
    """Jobs in the given order, with full ids (`ignoreJobs` takes them)."""
    if not jobs:
        return "No job was found."
    head = ("id", "process", "status", "created", "credits", "title")
    cells = [
        (
            unlimited(job.job_id),
            unlimited(job.process_id),
            unlimited(job.status),
            moment(job.created),
            _number(job.credits),
            sanitise(job.title or "", NAME_LENGTH),
        )
        for job in jobs
    ]
    return table(head, cells, right={4}, cut=5, width=width)


def _facts(facts: Mapping[str, str]) -> str:
    given = {name: value for name, value in facts.items() if value}
    widest = max(map(len, given), default=0)
    return "\n".join(f"{name + ':':<{widest + 1}} {value}" for name, value in given.items())


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _files(row: StatusRow) -> str:
    if row.files_total is None:
        return str(row.files_delivered) if row.files_delivered else ""
    return f"{row.files_delivered:,}/{row.files_total:,}"


def _advertised(process: Process) -> str:
    if process.price_credits is None:
        return ""
    unit = unit_text(process.price_unit)
    return sanitise(f"{process.price_credits:,g} per {unit}" if unit else f"{process.price_credits:,g}", NAME_LENGTH)


def _type(schema: Mapping[str, Json]) -> str:
    kind = schema.get("type")
    return sanitise(kind, NAME_LENGTH) if isinstance(kind, str) else ""


def _text(properties: Mapping[str, Json], key: str) -> str:
    value = properties.get(key)
    return value if isinstance(value, str) else ""


def _clouds(value: Json) -> str:
    return f"{value:g} %" if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _assets(item: Item) -> str:
    """How many assets, their first roles, and how large they are where every one says so."""
    if not item.assets:
        return ""
    roles = list(dict.fromkeys(sanitise(role, 20) for asset in item.assets for role in asset.roles))
    shown = ", ".join(roles[:_ROLES_SHOWN]) + (", …" if len(roles) > _ROLES_SHOWN else "")
    sizes = [asset.size_bytes for asset in item.assets if asset.size_bytes is not None]
    size = bytes_text(sum(sizes)) if len(sizes) == len(item.assets) else ""
    return " ".join(part for part in (str(len(item.assets)), f"({shown})" if shown else "", size) if part)
