"""`reconciler status`."""

import os
from pathlib import Path

import click

from reconciler import workflow
from reconciler.cli import connection, environment, exits, options, running, screen
from reconciler.views import human, machine
from reconciler.workflow import Wishes


@click.command()
@options.paths
@options.sandbox
@options.select
@click.option("--check", is_flag=True, help="Exit with 2 if anything is not as declared.")
@options.output_format("text", "json")
def status(paths: tuple[str, ...], *, sandbox: bool, select: tuple[str, ...], check: bool, form: str) -> int:
    """Show where every output stands. Changes nothing."""
    told = environment.read(os.environ, Path.cwd())
    chosen = connection.setup(paths, told, sandbox=sandbox)
    workspace_id = chosen.workspace_id()
    wishes = Wishes(select)
    connection.check_early(chosen, workspace_id, wishes)

    async def look(_: running.Interrupt) -> int:
        shown = screen.Screen(told)
        async with connection.doors(chosen, workspace_id, shown.notify) as doors, shown.showing():
            declared = await connection.declared(chosen, doors.up42, shown.notify)
            observed = await workflow.plan(workflow.scope(declared, workspace_id, wishes), doors)
        rows = workflow.status(observed)
        click.echo(machine.document_text(machine.status_json(rows)) if form == "json" else human.status_text(rows))
        return exits.CHANGES if check and observed.plan.has_changes else exits.DONE

    return running.run(look)
