"""`reconciler claims`."""

import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import click

from reconciler import workflow
from reconciler.cli import connection, environment, exits, options, running
from reconciler.clock import SystemClock
from reconciler.errors import UsageError
from reconciler.model.receipt import Claim, ClaimPhase
from reconciler.state.claims import Claims, everywhere
from reconciler.state.objects import FolderObjects
from reconciler.views import human, machine

_OPEN = (ClaimPhase.TAKEN, ClaimPhase.POSTING)


@click.group(invoke_without_command=True)
@options.sandbox
@click.option("--all", "everything", is_flag=True, help="List claims that came to an end, too.")
@options.output_format("text", "json")
@click.pass_context
def claims(ctx: click.Context, *, sandbox: bool, everything: bool, form: str) -> int:
    """Show what is claimed in the state store, and by whom."""
    if ctx.invoked_subcommand is not None:
        return exits.DONE

    async def read(stores: tuple[Claims, ...]) -> str:
        found = [claim for store in stores for claim in await store.all() if everything or claim.phase in _OPEN]
        if form == "json":
            return machine.document_text(machine.claims_json(found))
        return human.claims_text(found, SystemClock().now())

    return _with_claims(read, sandbox=sandbox)


@claims.command("release")
@click.argument("claim_id", metavar="ID")
@options.sandbox
def release(claim_id: str, *, sandbox: bool) -> int:
    """Say that a claim created nothing, so that the next run may create. Make sure of it in the console first."""

    async def let_go(stores: tuple[Claims, ...]) -> str:
        for store in stores:
            for claim in await store.all():
                if claim.claim_id == claim_id:
                    return await _release(store, claim)
        raise UsageError(f"There is no claim {claim_id}.", hint="reconciler claims lists those that are open.")

    return _with_claims(let_go, sandbox=sandbox)


async def _release(store: Claims, claim: Claim) -> str:
    if claim.phase not in _OPEN:
        raise UsageError(f"Claim {claim.claim_id} is {claim.phase.value} already; there is nothing to release.")
    await store.mark_void(claim, "released by hand")
    return f"Claim {claim.claim_id} of {human.sanitise(claim.output)} is released."


def _with_claims(act: Callable[[tuple[Claims, ...]], Coroutine[Any, Any, str]], *, sandbox: bool) -> int:
    told = environment.read(os.environ, Path.cwd())
    chosen = connection.around(told, sandbox=sandbox)
    objects = FolderObjects(workflow.state_folder(chosen.project, None if sandbox else told.state))

    async def run(_: running.Interrupt) -> int:
        click.echo(await act(await everywhere(objects)))
        return exits.DONE

    return running.run(run)
