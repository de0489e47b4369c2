"""`reconciler sandbox`."""

import os
from pathlib import Path

import click

from reconciler import workflow
from reconciler.cli import connection, environment, exits
from reconciler.errors import ReconcilerError, UsageError
from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.importer import import_folder
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
@click.option("--time-scale", type=click.FloatRange(min=0, min_open=True), default=1.0, show_default=True, metavar="N")
@click.option("--base-url", metavar="URL", help="With what its links start; default: the host that a request names.")
def serve(*, port: int, data: Path | None, time_scale: float, base_url: str | None) -> int:
    """Serve it on this machine, until Ctrl-C. Prints the environment to set."""
    settings = SandboxSettings(data_dir=_folder(data), time_scale=time_scale, base_url=base_url)

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


@sandbox.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def faults() -> int:
    """Not available in this version."""
    raise UsageError("sandbox faults is not available in this version.")


def _folder(data: Path | None) -> Path:
    if data is not None:
        return data.absolute()
    around = connection.around(environment.read(os.environ, Path.cwd()), sandbox=True)
    return workflow.sandbox_folder(around.project.place)
