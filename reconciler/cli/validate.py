"""`reconciler validate`. What needs the service is imported when it is asked for: the first line comes at once."""

import importlib
import os
from dataclasses import dataclass
from pathlib import Path

import click

from reconciler.cli import environment, exits, options
from reconciler.errors import ManifestInvalid
from reconciler.model.output import Output
from reconciler.model.problem import Problem
from reconciler.views import human, machine


@dataclass(frozen=True, slots=True)
class _Found:
    """What the manifests came to: valid without problems.

    Attributes:
        search_sets: how many sets declare what their searches find.
    """

    outputs: tuple[Output, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    search_sets: int = 0


@click.command()
@options.paths
@click.option("--online", is_flag=True, help="Check inputs against the live process descriptions, too.")
@options.sandbox
@options.output_format("text", "json", "github")
def validate(paths: tuple[str, ...], *, online: bool, sandbox: bool, form: str) -> int:
    """Check manifests. Offline unless told otherwise; every problem at once, with its position."""
    try:
        found = _online(paths, sandbox=sandbox) if online else _offline(paths, sandbox=sandbox)
    except ManifestInvalid as error:
        found = _Found(problems=error.problems)
    problems = found.problems
    if form == "json":
        click.echo(machine.document_text(machine.validate_json(problems, found.outputs, notes=found.notes)))
    elif form == "github":
        click.echo(human.problems_github(problems)) if problems else None
    else:
        for note in found.notes:
            click.echo(human.sanitise(note), err=True)
        valid = human.valid_text(len(found.outputs), found.search_sets)
        click.echo(human.problems_text(problems) if problems else valid)
    return exits.MANIFEST_INVALID if problems else exits.DONE


def _offline(paths: tuple[str, ...], *, sandbox: bool) -> _Found:
    reading = importlib.import_module("reconciler.manifest.read")
    here = environment.read(os.environ, Path.cwd())
    tree = reading.read(paths, cwd=here.cwd, variables=here.variables)
    if not sandbox and any("://" in output.delivery.to for output in tree.outputs):
        importlib.import_module("reconciler.workflow").refuse_buckets(tree.outputs)
    return _Found(tree.outputs, tree.notes, search_sets=len(tree.search_sets))


def _online(paths: tuple[str, ...], *, sandbox: bool) -> _Found:
    checking = importlib.import_module("reconciler.cli.online")
    declared, problems = checking.checked(paths, environment.read(os.environ, Path.cwd()), sandbox=sandbox)
    return _Found(declared.outputs, declared.notes, problems)
