"""Why an output's action was chosen, for people."""

from textwrap import indent

from reconciler.documents.values import document_text, plain
from reconciler.model.explanation import Considered, Explanation
from reconciler.model.job import Job
from reconciler.views.columns import Colour, paint, table
from reconciler.views.plan_cells import SYMBOLS, difference
from reconciler.views.safe_text import NAME_LENGTH, sanitise, unlimited
from reconciler.views.wording import count, moment

_INDENT = "  "


def explain_text(explanation: Explanation, *, colour: bool) -> str:
    """The decision and its reason, the document behind the fingerprint, each job's verdict, the nearest earlier job."""
    change = explanation.change
    symbol = f"{SYMBOLS[change.action]} " if SYMBOLS[change.action] else ""
    head = (
        f"{symbol}{unlimited(change.output.name)}: {change.action.value}, {sanitise(change.reason.text)}\n"
        f"Fingerprint: {change.fingerprint or 'not known yet'}"
    )
    document = document_text({key: plain(value) for key, value in explanation.document.items()})
    hashed = f"What is hashed:\n{indent(document, _INDENT)}"
    return "\n\n".join([head, hashed, _considered(explanation, colour=colour), _nearest(explanation)])


def _considered(explanation: Explanation, *, colour: bool) -> str:
    more = explanation.other_count
    rest = f"\n{_INDENT}… and {count(more, 'more job')} of this process with other inputs" if more else ""
    if not explanation.considered:
        return f"Jobs considered: none.{rest}"
    head = ("job", "status", "created", "credits", "counts", "why")
    cells = [_cells(considered) for considered in explanation.considered]
    first, *lines = table(head, cells, right={3}).splitlines()
    painted = [
        paint(line, Colour.GREEN, on=colour and considered.verdict == "serves")
        for line, considered in zip(lines, explanation.considered, strict=True)
    ]
    return "Jobs considered:\n" + indent("\n".join([first, *painted]), _INDENT) + rest


def _cells(considered: Considered) -> tuple[str, ...]:
    job = considered.job
    return (
        unlimited(job.job_id),
        sanitise(job.status, NAME_LENGTH),
        moment(job.created),
        "" if job.credits is None else f"{job.credits:,}",
        "yes" if considered.counts else "no",
        sanitise(considered.why),
    )


def _nearest(explanation: Explanation) -> str:
    nearest = explanation.nearest
    if nearest is None:
        return "Nearest earlier job: none."
    if not explanation.differences:
        return f"Nearest earlier job: {_told(nearest)}, with the same inputs."
    lines = "\n".join(f"{_INDENT}{difference(found)}" for found in explanation.differences)
    return f"Nearest earlier job: {_told(nearest)}; from its inputs to these:\n{lines}"


def _told(job: Job) -> str:
    return f"{unlimited(job.job_id)} ({sanitise(job.status, NAME_LENGTH)}, {moment(job.created)})"
