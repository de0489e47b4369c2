"""Telling a GitHub workflow run about a plan, where there is one: outputs, summary page, remarks."""

from collections.abc import Callable, Mapping

import click

from reconciler.forge import report, workflow_run
from reconciler.model.plan import Plan
from reconciler.planning import guard
from reconciler.views import human


def report_plan(
    environ: Mapping[str, str],
    plan: Plan,
    digest: Callable[[], str],
    *,
    plan_path: str | None,
    markdown: Callable[[int], str],
) -> None:
    """Write what GITHUB_OUTPUT, GITHUB_STEP_SUMMARY and GITHUB_ACTIONS ask for; outside of GitHub: nothing.

    Remarks go to stderr, which the runner reads as well: stdout may be the plan's own document.

    Args:
        environ: the environment.
        plan: what was planned.
        digest: tells the plan's, `sha256:` and hex digits; only called where a step has outputs.
        plan_path: where it was saved; None where it was not.
        markdown: makes the text of the summary page, at most so many characters and UTF-8 bytes; only called for one.

    Raises:
        UsageError: a file of the run cannot be written.
    """
    step = workflow_run.read_step(environ)
    refused = guard.refusal(plan) is not None
    if step.output_path is not None:
        report.write_outputs(step.output_path, report.step_outputs(plan, digest(), plan_path, refused=refused))
    if step.summary_path is not None:
        report.write_summary(step.summary_path, markdown(report.SUMMARY_LIMIT))
    remarks = human.annotations_text(human.plan_annotations(plan)) if step.annotates else ""
    if remarks:
        click.echo(remarks, err=True)
