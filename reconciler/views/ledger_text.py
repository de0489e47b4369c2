"""What was quoted, charged and released, for people."""

from reconciler.model.spending import Ledger, Sums
from reconciler.views.columns import table
from reconciler.views.safe_text import unlimited
from reconciler.views.wording import count, credits_text

_OTHERS = "(other jobs in the workspace)"
_TOTAL = "(total)"


def ledger_text(ledger: Ledger) -> str:
    """One line for each group, one for the jobs in none, the total; then how that compares with the service.

    The difference column is there only where quoted and reported credits differ.
    """
    head = (unlimited(ledger.by), "jobs", "quoted", "charged", "released", "held", "difference")
    cells = [_cells(unlimited(name), row) for name, row in ledger.groups.items()]
    if ledger.others.jobs:
        cells.append(_cells(_OTHERS, ledger.others))
    cells.append(_cells(_TOTAL, ledger.total))
    lines = [table(head, cells, right={1, 2, 3, 4, 5, 6}), "", *_notes(ledger)]
    return "\n".join(lines)


def _cells(name: str, row: Sums) -> tuple[str, ...]:
    return (
        name,
        f"{row.jobs:,}",
        f"{row.quoted_credits:,}",
        f"{row.charged_credits:,}",
        f"{row.released_credits:,}",
        f"{row.held_credits:,}",
        f"{row.difference_credits:+,}" if row.difference_credits else "",
    )


def _notes(ledger: Ledger) -> list[str]:
    spending = ledger.spending
    when = f"Jobs created in {spending.month} (UTC)" if spending.month else "All jobs of the workspace"
    notes = [f"{when}, in credits. quoted{_difference(ledger)} = charged + released + held."]
    if ledger.by == "label":
        notes.append("A job with several labels is in several rows; the total has each job once.")
    unknown = ledger.total.unknown_count
    if unknown:
        notes.append(f"Of {count(unknown, 'job')} the service does not say yet what is held or was charged.")
    reported = credits_text(spending.reported_credits)
    if ledger.closes:
        notes.append(f"This closes with what UP42 reports: {reported}.")
    else:
        notes.append(
            f"This does not close: UP42 reports {reported}, the rows have {ledger.total.reported_credits:,}. "
            "Please report it."
        )
    return [*notes, f"Balance: {credits_text(spending.balance_credits)}."]


def _difference(ledger: Ledger) -> str:
    rows = (*ledger.groups.values(), ledger.others, ledger.total)
    return " + difference" if any(row.difference_credits for row in rows) else ""
