"""The command line: the table of commands, and the one place where errors become words and exit codes."""

import importlib
import io
import os
import sys
import traceback
from collections.abc import Sequence

import click

from reconciler import __version__
from reconciler.cli import exits
from reconciler.errors import ManifestInvalid, ReconcilerError
from reconciler.views.problems import error_text, problems_text

#: Command -> module below reconciler.cli. Imported when it is asked for: `--help` and a usage error need no engine.
_COMMANDS = {
    "init": "init",
    "validate": "validate",
    "plan": "plan",
    "apply": "apply",
    "show": "show",
    "status": "status",
    "claims": "claims",
    "ledger": "ledger",
    "processes": "look",
    "items": "look",
    "jobs": "look",
    "eulas": "eulas",
    "comment": "comment",
    "schema": "schema",
    "sandbox": "sandbox",
}
#: They begin by reading manifests, and load much before that: people see a line at once.
_READING = ("validate", "plan", "apply", "status", "ledger")


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"reconciler.cli.{_COMMANDS[cmd_name]}")
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 - the table above is ours
        return command


_EPILOG = """\b
Exit codes: 0 done, 1 error, 2 changes (when asked for), 3 saved plan stale, 4 refused, 5 outcome unknown,
6 detached, 7 some outputs incomplete, 8 no access, 10 declined, 64 usage, 65 manifest invalid."""


@click.group(
    cls=_Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="reconciler")
def cli() -> None:
    """Declare satellite-image processing at UP42 in manifests; see the price; apply once."""


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code. Everything that goes wrong ends as words on stderr, never raises."""
    _write_what_can_be_written()
    if arguments and arguments[0] in _READING and not {"--help", "-h"} & set(arguments):
        click.echo("Reading manifests…", err=True)
    try:
        code = cli.main(args=list(arguments), prog_name="reconciler", standalone_mode=False)
        sys.stdout.flush()
    except click.UsageError as error:
        usage = "" if error.ctx is None else f"\nSee {error.ctx.command_path} --help."
        return _fail(f"Error: {error.format_message()}{usage}", exits.USAGE)
    except click.Abort:
        return _fail("Interrupted.", exits.INTERRUPTED)
    except ManifestInvalid as error:
        return _fail(f"{problems_text(error.problems)}\n{error_text(error)}", exits.MANIFEST_INVALID)
    except ReconcilerError as error:
        return _fail(error_text(error), exits.of_error(error))
    except BrokenPipeError:
        # Whoever read our output has gone; there is nobody to tell, and Python must not try at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.FAILED
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the outermost boundary: unforeseen is 1, never 2
        if os.environ.get("RECONCILER_DEBUG"):
            traceback.print_exc()
        what = f"{type(error).__name__}: {error}".partition("\n")[0]
        text = f"Error: something unforeseen happened ({what}).\nPlease report it; RECONCILER_DEBUG=1 shows where."
        return _fail(text, exits.FAILED)
    return code if isinstance(code, int) else exits.DONE


def _write_what_can_be_written() -> None:
    """A locale that cannot write km² or → must not end a run that pays."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _fail(text: str, code: int) -> int:
    click.echo(text, err=True)
    return code
