"""`reconciler sandbox faults`."""

import textwrap
from pathlib import Path

import click

from reconciler.cli import exits
from reconciler.errors import UsageError
from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.faults.kinds import KINDS, REQUESTS, Kind
from reconciler.sandbox.faults.rules import Rule, rule_from_text
from reconciler.sandbox.sandbox import open_sandbox
from reconciler.sandbox.settings import SandboxSettings
from reconciler.views.columns import table
from reconciler.views.human import sanitise

_HOW = """A rule is FAULT or FAULT:option=value,option=value. Beside the options of the fault each rule may have
  request=NAME     only this request, one of those below
  containing=TEXT  only requests with this text in their path, query or body
  rate=SHARE       how many of them, 0 to 1; drawn from the seed, so that the same requests fail again
  skip=N, count=N  let the first N pass; fail N at most
  nth=N            only the N-th

  reconciler sandbox serve --fault server-error:rate=0.1 --fault lost-reply:request=execute,nth=2
  reconciler sandbox faults --add job-stuck:status=accepted,containing=coast"""


def shown() -> str:
    """What can go wrong, with every option and its default."""
    kinds = "\n".join(_kind(kind) for kind in KINDS.values())
    listed = ", ".join(sorted(REQUESTS))
    names = textwrap.fill(listed, 100, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
    return f"{kinds}\n\n{_HOW}\n\nRequests, as the sandbox's OpenAPI document names them:\n{names}"


def rules(texts: tuple[str, ...]) -> list[Rule]:
    """Read rules of the command line.

    Raises:
        UsageError: one makes no sense.
    """
    try:
        return [rule_from_text(text) for text in texts]
    except SandboxError as error:
        raise UsageError(str(error), hint="reconciler sandbox faults --list shows them all.") from error


def ran(folder: Path, texts: tuple[str, ...], *, listing: bool, clear: bool) -> int:
    """Show what can go wrong, or change the rules of a data folder and show them."""
    if listing:
        click.echo(shown())
        return exits.DONE
    added = rules(texts)
    book = open_sandbox(SandboxSettings(folder)).faults
    if clear:
        book.replace(added)
    else:
        for rule in added:
            book.add(rule)
    rows = [[str(e.number), sanitise(_text(e.rule)), str(e.seen), str(e.happened)] for e in book.entries()]
    if rows:
        click.echo(table(["number", "rule", "seen", "happened"], rows, right={0, 2, 3}))
    click.echo(f"{len(rows) or 'No'} fault{'' if len(rows) == 1 else 's'} in the sandbox at {folder}.", err=True)
    return exits.DONE


def _text(rule: Rule) -> str:
    """A rule as it can be written on the command line, without what is as usual."""
    usual = {"rate": 1.0, "skip": 0}
    values = {name: value for name, value in rule.document().items() if name != "fault" and usual.get(name) != value}
    told = ",".join(f"{name}={_value(value)}" for name, value in values.items())
    return f"{rule.kind}:{told}" if told else rule.kind


def _kind(kind: Kind) -> str:
    to = "" if kind.requests is None else f" For: {', '.join(sorted(kind.requests))}."
    usual = "" if kind.usual is None else f" Without request=: {', '.join(sorted(kind.usual))}."
    options = [
        f"    {name}={_value(option.default)}  {option.meaning}{_choices(option.choices)}"
        for name, option in kind.options.items()
    ]
    return "\n".join([kind.name, f"    {kind.summary}{to}{usual}", *options])


def _value(value: object) -> str:
    """A value as it is written on the command line."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _choices(choices: tuple[object, ...]) -> str:
    return f" ({', '.join(map(str, choices))})" if choices else ""
