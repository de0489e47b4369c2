"""`reconciler plan`."""

import functools
import os
from pathlib import Path

import click

from reconciler import workflow
from reconciler.cli import (
    connection,
    environment,
    exits,
    github_run,
    options,
    plan_file,
    plan_markdown,
    reporting,
    running,
    screen,
)
from reconciler.documents.values import Document
from reconciler.engine.observe import Observed
from reconciler.model.plan import Action, Plan
from reconciler.planning import guard
from reconciler.views import human, machine
from reconciler.workflow import Wishes


@click.command()
@options.paths
@options.sandbox
@options.select
@options.replace
@options.rebuy
@click.option("--verify", is_flag=True, help="Read delivered files again and compare their checksums.")
@click.option("--out", type=click.Path(), metavar="FILE", help="Save the plan: apply FILE does exactly this, or less.")
@click.option("--explain", metavar="NAME", help="Show why this output's action was chosen, job by job.")
@options.max_credits
@options.fit
@click.option("--show-unchanged", is_flag=True, help="List outputs that need nothing, too.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes.")
@click.option(
    "--fail-on",
    type=click.Choice(["blocked", "policy"]),
    multiple=True,
    help="Exit with 7 if an output is blocked, with 4 if apply would refuse the plan. Repeatable.",
)
@options.parallelism
@options.output_format("text", "json", "markdown")
def plan(  # noqa: PLR0913 - one parameter for each option
    paths: tuple[str, ...],
    *,
    sandbox: bool,
    select: tuple[str, ...],
    replace: tuple[str, ...],
    rebuy: bool,
    verify: bool,
    out: str | None,
    explain: str | None,
    max_credits: int | None,
    fit: bool,
    show_unchanged: bool,
    detailed_exitcode: bool,
    fail_on: tuple[str, ...],
    parallelism: int | None,
    form: str,
) -> int:
    """Show what is missing, why, and what it will cost. Changes nothing."""
    told = environment.read(os.environ, Path.cwd())
    chosen = connection.setup(paths, told, sandbox=sandbox)
    wishes = Wishes(
        select,
        replace,
        rebuy=rebuy,
        verify=verify,
        parallelism=parallelism,
        paths=paths,
        commit=github_run.planned_commit(os.environ),
        ceiling_credits=guard.ceiling(max_credits, told.max_credits),
        fit=fit,
        explain=explain,
    )
    workspace_id = chosen.workspace_id()
    connection.check_early(chosen, workspace_id, wishes)

    async def make(_: running.Interrupt) -> int:
        shown = screen.Screen(told)
        async with connection.doors(chosen, workspace_id, shown.notify) as doors, shown.showing():
            declared = await connection.declared(chosen, doors.up42, shown.notify)
            observed = await workflow.plan(workflow.scope(declared, workspace_id, wishes), doors)
        made = observed.plan

        @functools.cache
        def document() -> Document:
            # Large plans take a while to write down: only where somebody reads it.
            return plan_file.save(made, out) if out else machine.plan_json(made)

        def digest() -> str:
            return str(document()["plan_digest"])

        if out:
            document()
        if explain is not None:
            click.echo(_explanation(observed, explain, form, coloured=screen.colour(told)))
        elif form == "json":
            click.echo(machine.document_text(document()))
        elif form == "markdown":
            click.echo(plan_markdown.comment(made, digest()))
        else:
            click.echo(human.plan_text(made, show_unchanged=show_unchanged, colour=screen.colour(told)))
        _say_what_next(made, out, sandbox=sandbox)
        reporting.report_plan(
            os.environ, made, digest, plan_path=out, markdown=lambda limit: plan_markdown.summary(made, digest(), limit)
        )
        return _exit_code(made, detailed=detailed_exitcode, fail_on=fail_on)

    return running.run(make)


def _explanation(observed: Observed, name: str, form: str, *, coloured: bool) -> str:
    found = workflow.explanation(observed, name)
    if form == "json":
        return machine.document_text(machine.explain_json(found))
    return human.explain_text(found, colour=coloured)


def _say_what_next(made: Plan, out: str | None, *, sandbox: bool) -> None:
    refused = guard.refusal(made)
    if refused is not None:
        click.echo(f"Note: apply would refuse this plan. {human.sanitise(refused)}", err=True)
    if out is not None:
        apply = f"reconciler apply {'--sandbox ' if sandbox else ''}{out}"
        click.echo(f"Saved the plan to: {out}\nTo perform exactly these actions, run: {apply}", err=True)
    elif made.paid:
        click.echo("Note: this plan is not saved (--out): what apply does is decided anew when it runs.", err=True)


def _exit_code(made: Plan, *, detailed: bool, fail_on: tuple[str, ...]) -> int:
    if "policy" in fail_on and guard.refusal(made) is not None:
        return exits.REFUSED
    if "blocked" in fail_on and made.count(Action.BLOCKED):
        return exits.INCOMPLETE
    return exits.CHANGES if detailed and made.has_changes else exits.DONE
