"""What was quoted, charged and released, for programs: JSON (schemas/ledger.json) and CSV."""

import csv
import io

from reconciler.documents.values import Document, header, plain
from reconciler.model.spending import Ledger, Sums
from reconciler.views.safe_text import unlimited

#: What spreadsheets take for the start of a formula, and what they strip before they look.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = (
    "jobs",
    "quoted_credits",
    "charged_credits",
    "released_credits",
    "held_credits",
    "difference_credits",
    "unknown_count",
)


def ledger_json(ledger: Ledger, workspace_id: str) -> Document:
    """Every row, with the total and what the service reports beside it."""
    return {
        **header(),
        "workspace_id": workspace_id,
        "unit": "credits",
        "by": ledger.by,
        "month": ledger.spending.month,
        "groups": [{"key": plain(name), **_sums(row)} for name, row in ledger.groups.items()],
        "others": _sums(ledger.others),
        "total": _sums(ledger.total),
        "reported": ledger.spending.reported_credits,
        "closes": ledger.closes,
        "balance": ledger.spending.balance_credits,
    }


def ledger_csv(ledger: Ledger) -> str:
    """Every row as a record, `row` being `group`, `others` or `total`, without a line break at the end.

    A text that a spreadsheet would take for a formula begins with a quotation mark; numbers are plain.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["row", _cell(ledger.by), *_COLUMNS])
    for name, row in ledger.groups.items():
        writer.writerow(["group", _cell(name), *_numbers(row)])
    writer.writerow(["others", "", *_numbers(ledger.others)])
    writer.writerow(["total", "", *_numbers(ledger.total)])
    return out.getvalue().rstrip("\n")


def _sums(row: Sums) -> Document:
    return {
        "jobs": row.jobs,
        "quoted": row.quoted_credits,
        "charged": row.charged_credits,
        "released": row.released_credits,
        "held": row.held_credits,
        "difference": row.difference_credits,
        "unknown_count": row.unknown_count,
    }


def _numbers(row: Sums) -> list[int]:
    return [getattr(row, column) for column in _COLUMNS]


def _cell(text: str) -> str:
    shown = unlimited(text)
    return f"'{shown}" if text.startswith(_FORMULA) or shown.startswith(_FORMULA) else shown
