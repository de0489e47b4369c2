"""`reconciler apply`."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from reconciler import workflow
from reconciler.cli import connection, ending, environment, github_run, options, plan_file, running, screen
from reconciler.cli.connection import Setup
from reconciler.cli.environment import Environment
from reconciler.documents.plan_reading import plan_from_json
from reconciler.engine.apply import ApplyOptions, ApplyResult
from reconciler.engine.creator import OnUnknown
from reconciler.engine.doors import Doors, Scope
from reconciler.engine.observe import Observed
from reconciler.errors import Declined, ManifestInvalid, PlanStale, ReconcilerError, UsageError
from reconciler.model.plan import Plan
from reconciler.planning import guard
from reconciler.views import human, machine
from reconciler.workflow import Wishes


@click.command()
@options.paths
@options.sandbox
@click.option("--yes", is_flag=True, help="Spend what the plan says without asking.")
@click.option("--digest", metavar="DIGEST", help="Refuse a plan file that does not have this digest.")
@options.max_credits
@options.fit
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
def apply(  # noqa: PLR0913 - one parameter for each option
    paths: tuple[str, ...],
    *,
    sandbox: bool,
    yes: bool,
    digest: str | None,
    max_credits: int | None,
    fit: bool,
    timeout: float | None,
    no_wait: bool,
    select: tuple[str, ...],
    replace: tuple[str, ...],
    rebuy: bool,
    on_unknown: OnUnknown,
    parallelism: int | None,
    form: str,
) -> int:
    """Create the missing jobs, wait for them, and download their results. Run it as often as you like.

    PATHS are manifests, or one plan file that `plan --out` has written.
    """
    told = environment.read(os.environ, Path.cwd())
    wishes = Wishes(
        select,
        replace,
        rebuy=rebuy,
        parallelism=parallelism,
        paths=paths,
        commit=github_run.planned_commit(os.environ),
        ceiling_credits=guard.ceiling(max_credits, told.max_credits),
        fit=fit,
    )
    how = ApplyOptions(on_unknown=on_unknown, wait=not no_wait, timeout_s=timeout)
    saved = _saved(paths, wishes, digest)
    if saved is None:
        chosen = connection.setup(paths, told, sandbox=sandbox)
    else:
        chosen = _manifests(saved, told, sandbox=sandbox)
    run = _Run(chosen, wishes, how, saved, agreed=yes, as_json=form == "json")
    return running.run(run.apply)


class _Saved:
    """A plan file that is applied."""

    def __init__(self, path: str, digest: str | None) -> None:
        self._document = plan_file.load(path)
        self.plan = self.at("/")  # what cannot be read is found out before anything else is done
        assert isinstance(self._document, Mapping)  # noqa: S101 - it was read
        self.digest = str(self._document["plan_digest"])
        self.plan_id = str(self._document["plan_id"])
        if digest is not None and digest != self.digest:
            raise PlanStale(f"{path} is not the plan that was approved.", reasons=[f"its digest is {self.digest}"])

    def at(self, place: str) -> Plan:
        """The plan, with its relative destinations below `place`."""
        return plan_from_json(self._document, place=place)


def _saved(paths: tuple[str, ...], wishes: Wishes, digest: str | None) -> _Saved | None:
    files = [path for path in paths if plan_file.is_plan_file(path)]
    if not files:
        if digest is not None:
            raise UsageError("--digest belongs to a plan file.", hint="Name the file that plan --out has written.")
        return None
    if len(paths) > 1:
        raise UsageError(f"{files[0]} is a plan file, and a plan is applied alone.", hint="Name nothing beside it.")
    if wishes.select or wishes.replace or wishes.rebuy or wishes.fit:
        raise UsageError(
            "A plan file is applied as it is: --select, --replace, --rebuy and --fit belong to plan.",
            hint="Plan again with them.",
        )
    return _Saved(files[0], digest)


def _manifests(saved: _Saved, told: Environment, *, sandbox: bool) -> Setup:
    """The manifests that a plan was made from.

    Raises:
        PlanStale: they are gone, or wrong by now.
    """
    paths = saved.plan.source.paths
    gone = [path for path in paths if not (told.cwd / path).exists()]
    if gone:
        raise PlanStale(
            "The manifests of this plan are not here.",
            reasons=[f"{path}: there is no such file or folder" for path in gone],
            hint="Run it in the folder that the plan was made in, or plan again.",
        )
    try:
        return connection.setup(paths, told, sandbox=sandbox)
    except ManifestInvalid as error:
        problems = [f"{problem.position}: {problem.message}" for problem in error.problems]
        raise PlanStale("The manifests changed since this plan was made.", reasons=problems) from error


class _Run:
    """One apply, from its plan to the last outcome."""

    def __init__(
        self, chosen: Setup, wishes: Wishes, how: ApplyOptions, saved: _Saved | None, *, agreed: bool, as_json: bool
    ) -> None:
        self._chosen = chosen
        self._wishes = wishes
        self._how = how
        self._saved = saved
        self._agreed = agreed
        self._as_json = as_json
        self._workspace_id = chosen.workspace_id()
        if saved is None:
            connection.check_early(chosen, self._workspace_id, wishes)

    async def apply(self, interrupt: running.Interrupt) -> int:
        """Plan (or hold the saved plan against the world), refuse or agree, then act."""
        told = self._chosen.environment
        shown = screen.Screen(told)
        async with connection.doors(self._chosen, self._workspace_id, shown.notify) as doors:
            async with shown.showing():
                wanted, observed = await self._observed(doors)
            text = human.plan_text(observed.plan, show_unchanged=False, colour=screen.colour(told))
            click.echo(text, err=self._as_json)
            workflow.check(observed.plan)
            _agree(observed.plan, self._chosen, interrupt, yes=self._agreed)
            async with shown.showing():
                interrupt.graceful = True
                result = await workflow.apply(observed, wanted, doors, self._how, interrupt.event)
        return _show(result, observed.plan, interrupt, as_json=self._as_json, coloured=screen.colour(told))

    async def _observed(self, doors: Doors) -> tuple[Scope, Observed]:
        if self._saved is None:
            declared = await connection.declared(self._chosen, doors.up42, doors.notify)
            wanted = workflow.scope(declared, self._workspace_id, self._wishes)
            return wanted, await workflow.plan(wanted, doors)
        saved = self._saved.at(self._chosen.project.place)
        _check_place(saved, doors.up42.api_url, self._workspace_id)
        assert self._chosen.tree is not None  # noqa: S101 - the manifests that the plan names were read
        wanted = workflow.scope_of_saved(saved, self._saved.plan_id, self._chosen.tree, self._wishes)
        return wanted, workflow.hold(saved, wanted, await workflow.plan(wanted, doors))


def _check_place(saved: Plan, api_url: str, workspace_id: str) -> None:
    if saved.api_url != api_url or saved.workspace_id.lower() != workspace_id.lower():
        raise UsageError(
            f"This plan was made for workspace {saved.workspace_id} at {saved.api_url}, "
            f"but this run works in {workspace_id} at {api_url}.",
            hint="Use the environment that the plan was made in (--sandbox included), or plan again.",
        )


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
