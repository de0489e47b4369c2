"""Everything for people, in one place: values to text. Each text comes without a line break at the end."""

from reconciler.views.annotations import annotations_text, plan_annotations
from reconciler.views.apply_text import apply_text
from reconciler.views.explain_text import explain_text
from reconciler.views.ledger_text import ledger_text
from reconciler.views.listings import (
    claims_text,
    eula_text,
    eulas_text,
    items_text,
    jobs_text,
    process_text,
    processes_text,
    status_text,
)
from reconciler.views.markdown import MARKER, plan_markdown
from reconciler.views.plan_text import plan_text, summary_lines
from reconciler.views.problems import error_text, problems_github, problems_text, valid_text
from reconciler.views.safe_text import sanitise

__all__ = [
    "MARKER",
    "annotations_text",
    "apply_text",
    "claims_text",
    "error_text",
    "eula_text",
    "eulas_text",
    "explain_text",
    "items_text",
    "jobs_text",
    "ledger_text",
    "plan_annotations",
    "plan_markdown",
    "plan_text",
    "problems_github",
    "problems_text",
    "process_text",
    "processes_text",
    "sanitise",
    "status_text",
    "summary_lines",
    "valid_text",
]
