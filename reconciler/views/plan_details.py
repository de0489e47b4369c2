"""What stands below a plan's two summary lines, each only where there is something to say."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from reconciler.model.cost import Share, by_label, by_process
from reconciler.model.plan import Check, Plan, Verdict
from reconciler.views.columns import GAP, Colour, align, paint
from reconciler.views.plan_cells import balance_after, budget_left, ceiling
from reconciler.views.safe_text import NAME_LENGTH, sanitise, unlimited
from reconciler.views.wording import count, credits_text, sentence

_LONGEST_LIST = 20
_INDENT = "  "
_COLOURS = {Verdict.PASS: Colour.GREEN, Verdict.FAIL: Colour.RED, Verdict.UNKNOWN: Colour.YELLOW}
_VERDICT_WIDTH = max(map(len, Verdict))


def plan_details(plan: Plan, *, colour: bool) -> Iterator[str]:
    """Blocks of lines; long lists are cut, and say so.

    Costs by process and by label where there are several, the balance after and the ceiling, UP42 budgets, jobs that
    still run for earlier inputs, and the policies' checks.
    """
    yield from _shares("Cost by process:", by_process(plan))
    yield from _shares("Cost by label:", by_label(plan))
    sentences = [text for text in (balance_after(plan), ceiling(plan)) if text]
    if sentences:
        yield "\n".join(sentences)
    if plan.budgets:
        cells = [[sanitise(use.name, NAME_LENGTH), unlimited(use.budget_id), budget_left(use)] for use in plan.budgets]
        yield _listed("UP42 budgets:", cells)
    if plan.former_jobs:
        cells = [
            [unlimited(job.job_id), sanitise(job.process_id), sanitise(job.status), credits_text(job.credits)]
            for job in plan.former_jobs
        ]
        yield _listed("Jobs for earlier inputs still run and cannot be cancelled:", cells, right={3})
    if plan.checks:
        yield "\n".join(_checks(plan.checks, colour=colour))


def _shares(title: str, shares: Sequence[Share]) -> Iterator[str]:
    if len(shares) > 1:
        dearest = sorted(shares, key=lambda share: (-share.known_credits, share.name))
        cells = [[sanitise(share.name, NAME_LENGTH), count(share.count, "output"), _price(share)] for share in dearest]
        yield _listed(title, cells, right={1})


def _price(share: Share) -> str:
    if share.unknown_count == share.count:
        return "unknown"
    unknown = f" + {share.unknown_count:,} unknown" if share.unknown_count else ""
    return credits_text(share.known_credits) + unknown


def _listed(title: str, cells: Sequence[Sequence[str]], *, right: Collection[int] = ()) -> str:
    lines = [_INDENT + GAP.join(row).rstrip() for row in align(cells[:_LONGEST_LIST], right=right)]
    return "\n".join([title, *lines, *_left_out(len(cells))])


def _left_out(length: int) -> Iterable[str]:
    if length > _LONGEST_LIST:
        yield f"{_INDENT}… {length - _LONGEST_LIST:,} more"


def _checks(checks: Sequence[Check], *, colour: bool) -> Iterator[str]:
    for check in checks:
        verdict = paint(check.verdict.upper().ljust(_VERDICT_WIDTH), _COLOURS[check.verdict], on=colour)
        yield f"{verdict}{GAP}{sanitise(check.address)}: {sanitise(check.text)}"
        yield from (f"{_INDENT}{sentence(sanitise(problem))}" for problem in check.problems[:_LONGEST_LIST])
        yield from _left_out(len(check.problems))
