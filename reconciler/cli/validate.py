"""`reconciler validate`."""

import os
from pathlib import Path

import click

from reconciler import workflow
from reconciler.cli import connection, environment, exits, options, running
from reconciler.cli.connection import Setup
from reconciler.errors import ManifestInvalid
from reconciler.model.output import Output
from reconciler.model.problem import Problem
from reconciler.views import human, machine


@click.command()
@options.paths
@click.option("--online", is_flag=True, help="Check inputs against the live process descriptions, too.")
@options.sandbox
@options.output_format("text", "json", "github")
def validate(paths: tuple[str, ...], *, online: bool, sandbox: bool, form: str) -> int:
    """Check manifests. Offline unless told otherwise; every problem at once, with its position."""
    notes: tuple[str, ...] = ()
    outputs: tuple[Output, ...] = ()
    problems: tuple[Problem, ...] = ()
    try:
        chosen = connection.setup(paths, environment.read(os.environ, Path.cwd()), sandbox=sandbox)
        notes, outputs = chosen.declared.notes, chosen.declared.outputs
        problems = _online(chosen) if online else ()
    except ManifestInvalid as error:
        problems = error.problems
    if form == "json":
        click.echo(machine.document_text(machine.validate_json(problems, outputs, notes=notes)))
    elif form == "github":
        click.echo(human.problems_github(problems)) if problems else None
    else:
        for note in notes:
            click.echo(human.sanitise(note), err=True)
        click.echo(human.problems_text(problems) if problems else human.valid_text(len(outputs)))
    return exits.MANIFEST_INVALID if problems else exits.DONE


def _online(chosen: Setup) -> tuple[Problem, ...]:
    found: list[Problem] = []

    async def check(_: running.Interrupt) -> int:
        async with connection.service(chosen) as up42:
            found.extend(await workflow.check_online(chosen.declared, up42))
        return exits.DONE

    running.run(check)
    return tuple(found)
