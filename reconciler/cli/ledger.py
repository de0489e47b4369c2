"""`reconciler ledger`."""

import os
import re
from pathlib import Path
from typing import Any

import click

from reconciler import workflow
from reconciler.cli import connection, environment, exits, options, running, screen
from reconciler.engine import spending
from reconciler.model.spending import Ledger, month_of, month_start
from reconciler.planning import bookkeeping
from reconciler.views import human, machine
from reconciler.workflow import Wishes

_BY = re.compile(r"output|process|month|label(:.+)?")


class _Month(click.ParamType[str]):
    """`2024-06`."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The month as it was written."""
        try:
            written = month_of(month_start(str(value)))
        except ValueError:
            written = ""
        if written != value:
            self.fail(f"{value!r} is no month; write 2024-06.", param, ctx)
        return written


class _By(click.ParamType[str]):
    """What groups are."""

    name = "group"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name of the grouping."""
        if not _BY.fullmatch(str(value)):
            self.fail(f"{value!r} is not one of output, label, label:KEY, process, month.", param, ctx)
        return str(value)


@click.command()
@options.paths
@options.sandbox
@options.select
@click.option(
    "--by",
    type=_By(),
    default="output",
    show_default=True,
    metavar="GROUP",
    help="A row for each output, label, label:KEY (one label's values), process or month.",
)
@click.option("--month", type=_Month(), metavar="YYYY-MM", help="Only jobs created in this month (UTC).")
@options.output_format("text", "json", "csv")
def ledger(
    paths: tuple[str, ...], *, sandbox: bool, select: tuple[str, ...], by: str, month: str | None, form: str
) -> int:
    """Show what was quoted, charged and released, to the credit as UP42 reports it. Changes nothing."""
    told = environment.read(os.environ, Path.cwd())
    chosen = connection.setup(paths, told, sandbox=sandbox)
    workspace_id = chosen.workspace_id()
    connection.check_early(chosen, workspace_id, Wishes(select))

    async def look(_: running.Interrupt) -> int:
        shown = screen.Screen(told)
        async with connection.doors(chosen, workspace_id, shown.notify) as doors, shown.showing():
            declared = await connection.declared(chosen, doors.up42, shown.notify)
            selected = workflow.selected(declared.outputs, select)
            spent = await spending.of_outputs(
                declared.outputs, doors, workspace_id=workspace_id, timing=declared.project.timing, month=month
            )
        names = frozenset(output.name for output in selected) if select else None
        click.echo(_drawn(bookkeeping.close(spent, by=by, outputs=names), workspace_id, form))
        return exits.DONE

    return running.run(look)


def _drawn(closed: Ledger, workspace_id: str, form: str) -> str:
    if form == "json":
        return machine.document_text(machine.ledger_json(closed, workspace_id))
    return machine.ledger_csv(closed) if form == "csv" else human.ledger_text(closed)
