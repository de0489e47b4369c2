"""`reconciler eulas`."""

import click

from reconciler.cli import exits, look, options
from reconciler.cli.connection import Setup
from reconciler.errors import AnswerError, ReconcilerError
from reconciler.up42.client import Up42
from reconciler.views import human, machine


@click.group(invoke_without_command=True)
@options.sandbox
@options.output_format("text", "json")
@click.pass_context
def eulas(ctx: click.Context, *, sandbox: bool, form: str) -> int:
    """List, show and accept end-user licence agreements."""
    if ctx.invoked_subcommand is not None:
        return exits.DONE
    return _list(sandbox=sandbox, form=form)


@eulas.command("list")
@options.sandbox
@options.output_format("text", "json")
def list_(*, sandbox: bool, form: str) -> int:
    """List the EULAs and whether they are accepted."""
    return _list(sandbox=sandbox, form=form)


@eulas.command("show")
@click.argument("eula_id", metavar="ID")
@options.sandbox
@options.output_format("text", "json")
def show(eula_id: str, *, sandbox: bool, form: str) -> int:
    """Show one EULA with its document."""

    async def read(up42: Up42, _: Setup) -> str:
        one = await up42.account.eula(eula_id)
        return machine.document_text(machine.eulas_json([one])) if form == "json" else human.eula_text(one)

    return look.ask(read, sandbox=sandbox)


@eulas.command("accept")
@click.argument("eula_id", metavar="ID")
@click.option("--document", "document_id", required=True, metavar="DOC", help="The document that you have read.")
@options.sandbox
def accept(eula_id: str, *, document_id: str, sandbox: bool) -> int:
    """Accept a EULA: a legal act, so the document has to be named. Never done automatically."""

    async def agree(up42: Up42, _: Setup) -> str:
        one = await up42.account.eula(eula_id)
        click.echo(human.eula_text(one))
        if one.document_id not in (None, document_id):
            raise ReconcilerError(
                f"Document {document_id} is not the current one of EULA {eula_id}; that is {one.document_id}.",
                hint="Read the current document, then accept that one.",
            )
        refusal = ""
        try:
            await up42.account.accept_eula(eula_id, document_id)
        except AnswerError as error:
            # The call is inferred (up42-api.md section 3): what counts is what the service says afterwards.
            refusal = f" ({error})"
        if not (await up42.account.eula(eula_id)).accepted:
            raise ReconcilerError(
                f"EULA {eula_id} is still not accepted{refusal}.", hint="Accept it at https://console.up42.com/."
            )
        return f"EULA {eula_id} is accepted."

    return look.ask(agree, sandbox=sandbox)


def _list(*, sandbox: bool, form: str) -> int:
    async def read(up42: Up42, _: Setup) -> str:
        found = await up42.account.eulas()
        return machine.document_text(machine.eulas_json(found)) if form == "json" else human.eulas_text(found)

    return look.ask(read, sandbox=sandbox)
