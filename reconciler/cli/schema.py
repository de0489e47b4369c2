"""`reconciler schema`."""

from importlib import resources

import click

from reconciler.cli import exits

_ENDING = ".json"
_FOLDER = resources.files("reconciler.schemas")
_KINDS = sorted(file.name.removesuffix(_ENDING) for file in _FOLDER.iterdir() if file.name.endswith(_ENDING))


@click.command()
@click.argument("kind", type=click.Choice(_KINDS))
def schema(kind: str) -> int:
    """Print the JSON Schema of a manifest kind, or of a document that --format json prints."""
    click.echo((_FOLDER / f"{kind}{_ENDING}").read_text(encoding="utf-8").rstrip("\n"))
    return exits.DONE
