"""A plan as a comment on a pull request: GitHub-flavoured Markdown that fits.

First what is never cut: a hidden marker, where the plan belongs, and the two summary lines. Then sections from what a
reviewer has to see to what unfolds; rows are cut from the last one backwards, and from long sections before short ones.
Last how to apply, and what was planned.
"""

from collections.abc import Iterator, Sequence

from reconciler.documents.values import time_text
from reconciler.model.cost import Share, by_label, by_process
from reconciler.model.plan import Action, Change, Check, Plan, Verdict
from reconciler.views.markdown_fit import Section, fit
from reconciler.views.markdown_text import escape, hidden, row, table_head
from reconciler.views.plan_cells import (
    balance_after,
    budget_left,
    ceiling,
    difference,
    nothing_to_do,
    size,
    total_size,
)
from reconciler.views.plan_text import summary_lines
from reconciler.views.safe_text import NAME_LENGTH
from reconciler.views.wording import count, credits_text, moment, sentence

#: The marker's name: what a comment of ours starts with.
MARKER = "reconciler-plan"

_LINES_IN_CELL = 8
#: Every section keeps a row for so many bytes of the limit as long as others have more of them.
_BYTES_FOR_EACH_ROW = 600
_FOLDED = {
    Action.CREATE: "to create",
    Action.REPLACE: "to replace",
    Action.DEFERRED: "deferred",
    Action.WAIT: "to wait for",
    Action.DOWNLOAD: "to download",
}
_VERDICTS = {Verdict.FAIL: "failed", Verdict.UNKNOWN: "not known", Verdict.PASS: "passed"}
_APPLY = (
    "To apply exactly this: `reconciler apply PLANFILE`. It creates no job that the plan does not show, spends no more "
    "than it shows, and stops if the manifests have changed or a price has risen."
)
_APPLY_UNKNOWN = " Prices that are not known need `--max-credits`."


def plan_markdown(
    plan: Plan, *, key: str, digest: str, commit: str | None, limit_characters: int = 60_000, more: str = ""
) -> str:
    """The whole comment, without a line break at the end.

    Text from manifests and the service shows as it is and does nothing: it is no markup and mentions nobody.

    Args:
        plan: what is planned; unchanged outputs are only counted.
        key: which of several comments on one pull request this is; goes into the marker.
        digest: `plan_digest` of the plan's document.
        commit: that was planned; None where nobody says.
        limit_characters: the longest comment, in characters and in UTF-8 bytes alike.
        more: Markdown that says where the rows are that do not fit, for instance `in the job summary`.
    """
    parts: list[str | Section] = [_marker(plan, key, digest, commit), _title(plan), *summary_lines(plan)]
    if not plan.has_changes:
        parts.append(nothing_to_do(plan))
    parts += [*_cost(plan), *_visible(plan), *_checks(plan.checks), *_budgets(plan), *_former(plan)]
    parts += [*_folded(plan), *_notes(plan), *_how_to_apply(plan), _footer(plan, digest, commit)]
    return fit(parts, limit_characters, more, enough=limit_characters // _BYTES_FOR_EACH_ROW)


def _marker(plan: Plan, key: str, digest: str, commit: str | None) -> str:
    valid_at = time_text(plan.made_at)
    return hidden(MARKER, {"v": 1, "key": key, "plan": digest, "commit": commit, "valid_at": valid_at})


def _title(plan: Plan) -> str:
    project = "" if plan.project is None else f" for {escape(plan.project, NAME_LENGTH)}"
    return f"### Plan{project}, workspace {escape(plan.workspace_id, NAME_LENGTH)}"


def _cost(plan: Plan) -> Iterator[str | Section]:
    processes, labels = by_process(plan), by_label(plan)
    if processes:
        yield _shares("#### Cost", "Process", processes, total=True)
    if labels:
        yield _shares("#### Cost by label", "Label", labels, total=False)
    sentences = [text for text in (balance_after(plan), ceiling(plan)) if text]
    if sentences:
        yield " ".join(sentences)


def _shares(title: str, what: str, shares: Sequence[Share], *, total: bool) -> Section:
    rows = [_share(escape(share.name, NAME_LENGTH), share) for share in shares]
    if total and len(shares) > 1:
        quotes = tuple(quote for share in shares for quote in share.quotes)
        known, unknown = (sum(share.known_credits for share in shares), sum(share.unknown_count for share in shares))
        # First: rows are cut from the end.
        rows.insert(0, _share("**Total**", Share("", sum(share.count for share in shares), known, unknown, quotes)))
    return Section(title, table_head(what, "Outputs:", "Size:", "Credits:"), tuple(rows))


def _share(name: str, share: Share) -> str:
    unknown = f" + {share.unknown_count:,} unknown" if share.unknown_count else ""
    if unknown and share.unknown_count == share.count:
        unknown, known = f"{share.unknown_count:,} unknown", ""
    else:
        known = f"{share.known_credits:,}"
    return row([name, f"{share.count:,}", escape(total_size(share.quotes)), f"{known}{unknown}"])


def _visible(plan: Plan) -> Iterator[Section]:
    for action, name in ((Action.BLOCKED, "blocked"), (Action.UNRESOLVED, "unresolved")):
        changes = _of(plan, action)
        if changes:
            yield _changes(f"#### {len(changes):,} {name}", action, changes)


def _folded(plan: Plan) -> Iterator[Section]:
    for action, words in _FOLDED.items():
        changes = _of(plan, action)
        if not changes:
            continue
        yield _changes(f"<details><summary>{len(changes):,} {words}</summary>", action, changes, "</details>")


def _changes(title: str, action: Action, changes: Sequence[Change], end: str = "") -> Section:
    if action.may_pay or action is Action.DEFERRED:
        head, draw = table_head("Output", "Process", "Credits:", "Size:", "Reason"), _paid_row
    else:
        head, draw = table_head("Output", "Process", "Reason"), _free_row
    return Section(title, head, tuple(map(draw, changes)), end)


def _of(plan: Plan, action: Action) -> list[Change]:
    return sorted((change for change in plan.changes if change.action is action), key=lambda change: change.output.name)


def _free_row(change: Change) -> str:
    return row([*_names(change), _why(change)])


def _paid_row(change: Change) -> str:
    credit_count = "unknown" if change.price_credits is None else f"{change.price_credits:,}"
    return row([*_names(change), credit_count, escape(size(change)), _why(change)])


def _names(change: Change) -> tuple[str, str]:
    output = change.output
    title = "" if output.title in ("", output.name) else f"<br><sub>{escape(output.title, NAME_LENGTH)}</sub>"
    return escape(output.name, NAME_LENGTH) + title, escape(output.process_id, NAME_LENGTH)


def _why(change: Change) -> str:
    differences = map(difference, change.field_changes)
    return _lines(change.reason.text, [*differences, *change.notes])


def _lines(first: str, others: Sequence[str]) -> str:
    shown = [escape(text) for text in (first, *others[:_LINES_IN_CELL])]
    left_out = len(others) - _LINES_IN_CELL
    return "<br>".join([*shown, *([f"… {left_out:,} more"] if left_out > 0 else [])])


def _checks(checks: Sequence[Check]) -> Iterator[Section]:
    if not checks:
        return
    by_verdict = {verdict: [check for check in checks if check.verdict is verdict] for verdict in _VERDICTS}
    counts = ", ".join(f"{len(found):,} {_VERDICTS[verdict]}" for verdict, found in by_verdict.items() if found)
    rows = [
        row([escape(check.address), _VERDICTS[verdict], _lines(check.text, check.problems)])
        for verdict, found in by_verdict.items()
        if verdict is not Verdict.PASS
        for check in found
    ]
    yield Section(f"#### Policies: {counts}", table_head("Rule", "Verdict", "How the plan stands"), tuple(rows))


def _budgets(plan: Plan) -> Iterator[Section]:
    if plan.budgets:
        rows = [
            row([escape(budget.name, NAME_LENGTH), escape(budget.budget_id, NAME_LENGTH), budget_left(budget)])
            for budget in plan.budgets
        ]
        yield Section("#### UP42 budgets", table_head("Budget", "Id", "Planned:"), tuple(rows))


def _former(plan: Plan) -> Iterator[Section]:
    if plan.former_jobs:
        title = (
            f"#### {count(len(plan.former_jobs), 'job')} for earlier inputs, still running; they cannot be cancelled"
        )
        rows = [
            row([escape(job.job_id), escape(job.process_id), escape(job.status), credits_text(job.credits)])
            for job in plan.former_jobs
        ]
        yield Section(title, table_head("Job", "Process", "Status", "Price:"), tuple(rows))


def _notes(plan: Plan) -> Iterator[Section]:
    if plan.notes:
        rows = tuple(f"- {escape(sentence(note))}" for note in plan.notes)
        yield Section(f"#### {count(len(rows), 'note')}", "", rows)


def _how_to_apply(plan: Plan) -> Iterator[str]:
    if plan.failed_checks:
        yield "A policy refuses this plan: nothing of it can be applied."
    elif plan.has_changes:
        unknown = plan.unknown_cost_count and plan.ceiling_credits is None
        yield _APPLY + _APPLY_UNKNOWN if unknown else _APPLY


def _footer(plan: Plan, digest: str, commit: str | None) -> str:
    facts = [
        *([] if commit is None else [f"Commit {escape(commit, NAME_LENGTH)}"]),
        f"digest {escape(digest, NAME_LENGTH)}",
        f"planned {escape(moment(plan.made_at))}",
    ]
    return f"<sub>{', '.join(facts)}</sub>"
