"""`reconciler show`."""

import os
from pathlib import Path

import click

from reconciler.cli import environment, exits, options, plan_file, plan_markdown, screen
from reconciler.documents.plan_reading import plan_from_json
from reconciler.views import human, machine


@click.command()
@click.argument("file", type=click.Path())
@click.option("--show-unchanged", is_flag=True, help="List outputs that need nothing, too.")
@options.output_format("text", "json", "markdown")
def show(file: str, *, show_unchanged: bool, form: str) -> int:
    """Show a saved plan. Needs no account, no network and no manifests."""
    told = environment.read(os.environ, Path.cwd())
    saved = plan_from_json(plan_file.load(file), place=str(told.cwd))
    if form == "json":
        click.echo(machine.document_text(machine.plan_json(saved)))
    elif form == "markdown":
        click.echo(plan_markdown.comment(saved, machine.plan_digest(saved)))
    else:
        click.echo(human.plan_text(saved, show_unchanged=show_unchanged, colour=screen.colour(told)))
    return exits.DONE
