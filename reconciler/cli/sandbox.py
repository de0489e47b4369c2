"""`reconciler sandbox`."""

import os
from pathlib import Path
from typing import Any, Literal

import click

from reconciler import workflow
from reconciler.cli import connection, environment, exits
from reconciler.cli import faults as faults_command
from reconciler.errors import ReconcilerError, UsageError
from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.fill import fill
from reconciler.sandbox.importer import import_folder
from reconciler.sandbox.sandbox import open_sandbox
from reconciler.sandbox.serve import serve as serve_sandbox
from reconciler.sandbox.settings import DEFAULT_WORKSPACE_ID, SandboxSettings
from reconciler.views import human

_data = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where its state lives; default: that of --sandbox for the Project around the current folder.",
)


@click.group()
def sandbox() -> None:
    """A local UP42 for trying and testing."""


@sandbox.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0, the default, takes a free one.")
@_data
@click.option(
    "--time-scale",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    metavar="N",
    help="How many times faster jobs get on; at 1 a job takes 40 s.",
)
@click.option("--base-url", metavar="URL", help="With what its links start; default: the host that a request names.")
@click.option(
    "--last-good",
    type=click.Choice(["captured", "successful"]),
    default="captured",
    show_default=True,
    help="The last status of a good job, as in the older and the newer service.",
)
@click.option(
    "--fault",
    "fault_rules",
    multiple=True,
    metavar="RULE",
    help="Instead of all before; see: reconciler sandbox faults --list.",
)
@click.option("--enforce-budgets", is_flag=True, help="Reject jobs that their UP42 budget does not cover.")
@click.option("--limit-rate", is_flag=True, help="Answer 429 over 100 requests a second, or bursts of 500.")
@click.option(
    "--clock-rate", type=click.FloatRange(min=0), metavar="N", help="How fast its clock runs; 0 stands still."
)
@click.option("--seed", type=int, metavar="N", help="Make ids and faults of a new data folder reproducible.")
def serve(*, port: int, data: Path | None, fault_rules: tuple[str, ...], last_good: str, **options: Any) -> int:
    """Serve it on this machine, until Ctrl-C. Prints the environment to set."""
    terminal: Literal["captured", "successful"] = "successful" if last_good == "successful" else "captured"
    settings = SandboxSettings(data_dir=_folder(data), terminal=terminal, **options)
    added = faults_command.rules(fault_rules)

    def announce(base_url: str) -> None:
        variables = {
            "UP42_API_URL": base_url,
            "UP42_AUTH_URL": base_url,
            "UP42_USERNAME": settings.username,
            "UP42_PASSWORD": settings.password,
            "UP42_WORKSPACE_ID": DEFAULT_WORKSPACE_ID,
        }
        for name, value in variables.items():
            click.echo(f"export {name}={value}")
        click.echo(f"The sandbox listens at {base_url}; Ctrl-C ends it.", err=True)

    try:
        if added:
            open_sandbox(settings).faults.replace(added)
        signal_number = serve_sandbox(settings, port=port, announce=announce)
    except (SandboxError, OSError) as error:
        raise ReconcilerError(f"The sandbox cannot be served: {error}") from error
    return exits.DONE if signal_number is None else 128 + signal_number


@sandbox.command("import")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@_data
def import_(folder: Path, *, data: Path | None) -> int:
    """Take GeoTIFFs into its storage; STEM_pan.tif beside STEM_ms.tif makes one bundle."""
    target = _folder(data)
    try:
        result = import_folder(SandboxSettings(data_dir=target), folder)
    except SandboxError as error:
        raise UsageError(str(error)) from error
    taken = [found for found in result if not found.problem]
    for found in taken:
        click.echo(f"{found.item_path}  {human.sanitise(found.title)}  bands: {', '.join(found.bands)}")
    for found in result:
        if found.problem:
            click.echo(f"Passed over {human.sanitise(', '.join(found.files))}: {found.problem}", err=True)
    click.echo(f"{len(taken)} of {len(result)} items are in the sandbox at {target}.", err=True)
    return exits.DONE if len(taken) == len(result) else exits.FAILED


@sandbox.command()
@_data
@click.option("--list", "listing", is_flag=True, help="Show what can go wrong, and how it is asked for.")
@click.option(
    "--add", "fault_rules", multiple=True, metavar="RULE", help="Add a rule; a running sandbox has it at once."
)
@click.option("--clear", is_flag=True, help="Take all rules out first.")
def faults(*, data: Path | None, listing: bool, fault_rules: tuple[str, ...], clear: bool) -> int:
    """What goes wrong in it on demand."""
    folder = Path() if listing else _folder(data)
    try:
        return faults_command.ran(folder, fault_rules, listing=listing, clear=clear)
    except SandboxError as error:
        raise ReconcilerError(f"The sandbox cannot be used: {error}") from error


@sandbox.command("fill")
@_data
@click.option("--jobs", "count", type=click.IntRange(1, 1_000_000), required=True, metavar="N", help="How many.")
def fill_(*, data: Path | None, count: int) -> int:
    """Fill it with finished jobs and their items."""
    folder = _folder(data)
    try:
        fill(open_sandbox(SandboxSettings(folder)), count)
    except (SandboxError, OSError) as error:
        raise ReconcilerError(f"The sandbox cannot be filled: {error}") from error
    click.echo(f"{count:,} captured jobs with their items are in the sandbox at {folder}.", err=True)
    return exits.DONE


def _folder(data: Path | None) -> Path:
    if data is not None:
        return data.absolute()
    around = connection.around(environment.read(os.environ, Path.cwd()), sandbox=True)
    return workflow.sandbox_folder(around.project.place)
