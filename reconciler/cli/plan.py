"""`reconciler plan`."""

import os
from pathlib import Path

import click

from reconciler import workflow
from reconciler.cli import connection, environment, exits, options, running, screen
from reconciler.errors import UsageError
from reconciler.model.plan import Action, Plan
from reconciler.views import human, machine
from reconciler.workflow import Wishes


@click.command()
@options.paths
@options.sandbox
@options.select
@options.replace
@options.rebuy
@click.option("--verify", is_flag=True, help="Read delivered files again and compare their checksums.")
@click.option("--show-unchanged", is_flag=True, help="List outputs that need nothing, too.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes.")
@click.option("--fail-on", type=click.Choice(["blocked"]), help="Exit with 7 if an output is blocked.")
@options.parallelism
@options.output_format("text", "json", "markdown")
@options.later("--out")
@options.later("--explain")
def plan(  # noqa: PLR0913 - one parameter for each option
    paths: tuple[str, ...],
    *,
    sandbox: bool,
    select: tuple[str, ...],
    replace: tuple[str, ...],
    rebuy: bool,
    verify: bool,
    show_unchanged: bool,
    detailed_exitcode: bool,
    fail_on: str | None,
    parallelism: int | None,
    form: str,
) -> int:
    """Show what is missing, why, and what it will cost. Changes nothing."""
    if form == "markdown":
        raise UsageError("--format markdown is not available in this version.")
    told = environment.read(os.environ, Path.cwd())
    chosen = connection.setup(paths, told, sandbox=sandbox)
    wishes = Wishes(select, replace, rebuy=rebuy, verify=verify, parallelism=parallelism)
    workspace_id = chosen.workspace_id()
    wanted = workflow.scope(chosen.declared, workspace_id, wishes)

    async def make(_: running.Interrupt) -> int:
        shown = screen.Screen(told)
        async with connection.doors(chosen, workspace_id, shown.notify) as doors, shown.showing():
            made = (await workflow.plan(wanted, doors)).plan
        if form == "json":
            click.echo(machine.document_text(machine.plan_json(made)))
        else:
            click.echo(human.plan_text(made, show_unchanged=show_unchanged, colour=screen.colour(told)))
        return _exit_code(made, detailed=detailed_exitcode, fail_on=fail_on)

    return running.run(make)


def _exit_code(made: Plan, *, detailed: bool, fail_on: str | None) -> int:
    if fail_on == "blocked" and made.count(Action.BLOCKED):
        return exits.INCOMPLETE
    return exits.CHANGES if detailed and made.has_changes else exits.DONE
