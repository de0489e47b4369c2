"""`reconciler apply`."""

import os
import sys
from pathlib import Path

import click

from reconciler import workflow
from reconciler.cli import connection, ending, environment, options, running, screen
from reconciler.cli.connection import Setup
from reconciler.engine.apply import ApplyOptions, ApplyResult
from reconciler.engine.creator import OnUnknown
from reconciler.engine.observe import Scope
from reconciler.errors import Declined, ReconcilerError, UsageError
from reconciler.model.plan import Plan
from reconciler.planning import guard
from reconciler.views import human, machine
from reconciler.workflow import Wishes


@click.command()
@options.paths
@options.sandbox
@click.option("--yes", is_flag=True, help="Spend what the plan says without asking.")
@click.option("--max-credits", type=click.IntRange(0), metavar="N", help="Refuse a plan that costs more.")
@click.option("--timeout", type=options.Duration(), metavar="D", help="Stop waiting after 90s, 10m, 2h; jobs go on.")
@click.option("--no-wait", is_flag=True, help="Return after the creates; jobs go on, a rerun picks them up.")
@options.select
@options.replace
@options.rebuy
@click.option(
    "--on-unknown",
    type=click.Choice(["post", "stop"]),
    default="post",
    show_default=True,
    help="What to do when a request has no answer and no job appears within the settle window.",
)
@options.parallelism
@options.output_format("text", "json")
@options.later("--fit")
def apply(  # noqa: PLR0913 - one parameter for each option
    paths: tuple[str, ...],
    *,
    sandbox: bool,
    yes: bool,
    max_credits: int | None,
    timeout: float | None,
    no_wait: bool,
    select: tuple[str, ...],
    replace: tuple[str, ...],
    rebuy: bool,
    on_unknown: OnUnknown,
    parallelism: int | None,
    form: str,
) -> int:
    """Create the missing jobs, wait for them, and download their results. Run it as often as you like."""
    _refuse_plan_files(paths)
    told = environment.read(os.environ, Path.cwd())
    chosen = connection.setup(paths, told, sandbox=sandbox)
    workspace_id = chosen.workspace_id()
    wishes = Wishes(select, replace, rebuy=rebuy, parallelism=parallelism)
    how = ApplyOptions(
        on_unknown=on_unknown,
        max_credits=guard.ceiling(max_credits, told.max_credits),
        wait=not no_wait,
        timeout_s=timeout,
    )
    wanted = workflow.scope(chosen.declared, workspace_id, wishes)
    return running.run(lambda interrupt: _run(chosen, wanted, how, interrupt, yes=yes, as_json=form == "json"))


async def _run(
    chosen: Setup, wanted: Scope, how: ApplyOptions, interrupt: running.Interrupt, *, yes: bool, as_json: bool
) -> int:
    told, shown = chosen.environment, screen.Screen(chosen.environment)
    async with connection.doors(chosen, wanted.workspace_id, shown.notify) as doors:
        async with shown.showing():
            observed = await workflow.plan(wanted, doors)
        text = human.plan_text(observed.plan, show_unchanged=False, colour=screen.colour(told))
        click.echo(text, err=as_json)
        workflow.check_ceiling(observed.plan, how.max_credits)
        _agree(observed.plan, chosen, interrupt, yes=yes)
        async with shown.showing():
            interrupt.graceful = True
            result = await workflow.apply(observed, wanted, doors, how, interrupt.event)
    return _show(result, observed.plan, interrupt, as_json=as_json, coloured=screen.colour(told))


def _refuse_plan_files(paths: tuple[str, ...]) -> None:
    if any(Path(path).suffix == ".json" for path in paths):
        raise UsageError("Applying a saved plan is not available in this version.", hint="Give it manifests.")


def _agree(made: Plan, chosen: Setup, interrupt: running.Interrupt, *, yes: bool) -> None:
    """Return if the spending is agreed to.

    Raises:
        Declined: it is not, or nobody can be asked.
        UsageError: a run of CI would pay, and nobody chose where claims are kept.
    """
    if not made.paid:
        return
    told = chosen.environment
    if told.ci and not chosen.sandbox and not chosen.has_explicit_state():
        raise UsageError(
            "This run pays, and CI forgets its disk: no state store is named.",
            hint="Set RECONCILER_STATE, or spec.state of the Project, to a place that every run sees.",
        )
    if yes:
        return
    if not screen.can_ask(told):
        raise Declined("This plan pays, and nobody can be asked.", hint="Add --yes to agree to it beforehand.")
    click.echo("\nDo you want to pay for this? Only 'yes' is taken as agreement: ", nl=False, err=True)
    with interrupt.suspended():
        answer = sys.stdin.readline()
    if answer.strip() != "yes":
        raise Declined("Nothing was created.")


def _show(result: ApplyResult, made: Plan, interrupt: running.Interrupt, *, as_json: bool, coloured: bool) -> int:
    error: ReconcilerError | None = result.sign_in_failed or result.halted
    if as_json:
        click.echo(machine.document_text(machine.apply_json(result.outcomes, made, error=error)))
    elif made.has_changes:
        click.echo(f"\n{human.apply_text(result.outcomes, colour=coloured)}")
    if error is not None:
        click.echo(human.error_text(error), err=True)
    return ending.of_apply(result, interrupt.signal_number)
