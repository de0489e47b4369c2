"""`reconciler init`."""

from collections.abc import Mapping
from pathlib import Path

import click

from reconciler.cli import exits
from reconciler.errors import UsageError
from reconciler.starter.files import DEFAULT_ACTION, compare, starter_files
from reconciler.views.wording import count

_NEXT = """
Next, in {folder}:
  reconciler validate manifests           check what is declared
  reconciler plan --sandbox manifests     see a plan, without an account
  README.md                               what pull requests need: secrets, variables, the action"""


@click.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path())
@click.option(
    "--action",
    default=DEFAULT_ACTION,
    show_default=True,
    metavar="OWNER/REPO@REF",
    help="Where the workflow finds the reconciler action.",
)
def init(folder: str, *, action: str) -> int:
    """Write a starter repository: manifests, a workflow for pull requests, a README. Overwrites nothing."""
    wanted = starter_files(action)
    root = Path(folder)
    standing = compare(wanted, _there(root, wanted))
    if standing.different:
        click.echo(f"Nothing is written: {count(len(standing.different), 'file')} would be overwritten.", err=True)
        for path in standing.different:
            click.echo(f"  {root / path}", err=True)
        click.echo("Move them away, or name another folder: reconciler init DIR.", err=True)
        return exits.FAILED
    for path in standing.missing:
        _write(root / path, wanted[path])
        click.echo(f"written  {root / path}")
    for path in standing.same:
        click.echo(f"there    {root / path}")
    click.echo(_NEXT.format(folder=root.resolve()))
    return exits.DONE


def _there(root: Path, wanted: Mapping[str, bytes]) -> dict[str, bytes | None]:
    found: dict[str, bytes | None] = {}
    for name in wanted:
        path = root / name
        try:
            if path.is_symlink() or path.exists():
                found[name] = path.read_bytes() if path.is_file() else None
        except (OSError, ValueError) as error:
            raise _unusable(path, error) from error
    return found


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:  # never over a file that came meanwhile
            file.write(data)
    except OSError as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: Exception) -> UsageError:
    reason = getattr(error, "strerror", None) or "it is no valid path"
    return UsageError(f"{path} cannot be used: {reason}.", hint="Name a folder that you may write to.")
