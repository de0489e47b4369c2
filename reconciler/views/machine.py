"""Everything for programs, in one place: values to versioned JSON documents; JSON is the stable interface, not text."""

from reconciler.documents.plan import plan_digest, plan_json
from reconciler.documents.plan_reading import parse_plan, plan_from_json
from reconciler.documents.saving import check_savable
from reconciler.documents.values import FORMAT_VERSION, document_text
from reconciler.views.apply_document import apply_json
from reconciler.views.explain_document import explain_json
from reconciler.views.ledger_documents import ledger_csv, ledger_json
from reconciler.views.listing_documents import (
    claims_json,
    eulas_json,
    items_json,
    jobs_json,
    processes_json,
    status_json,
    validate_json,
)

__all__ = [
    "FORMAT_VERSION",
    "apply_json",
    "check_savable",
    "claims_json",
    "document_text",
    "eulas_json",
    "explain_json",
    "items_json",
    "jobs_json",
    "ledger_csv",
    "ledger_json",
    "parse_plan",
    "plan_digest",
    "plan_from_json",
    "plan_json",
    "processes_json",
    "status_json",
    "validate_json",
]
