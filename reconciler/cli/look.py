"""`reconciler processes`, `items` and `jobs`: looking at the service."""

import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import click

from reconciler.cli import connection, environment, exits, options, running
from reconciler.cli.connection import Setup
from reconciler.model.job import Item, Job
from reconciler.up42.client import Up42
from reconciler.views import human, machine

_LIMIT = 50


@click.command()
@click.argument("process_id", required=False, metavar="[ID]")
@options.sandbox
@options.output_format("text", "json")
def processes(process_id: str | None, *, sandbox: bool, form: str) -> int:
    """List the processes, or describe one with its inputs."""

    async def look(up42: Up42, _: Setup) -> str:
        if process_id is None:
            found = await up42.processing.processes()
            return _text(form, machine.processes_json(found), human.processes_text(found))
        one = await up42.processing.process(process_id)
        return _text(form, machine.processes_json([one]), human.process_text(one))

    return ask(look, sandbox=sandbox)


@click.command()
@click.option("--collection", "collections", multiple=True, metavar="ID", help="Only of this collection. Repeatable.")
@click.option("--datetime", "datetime_", metavar="RANGE", help="RFC 3339 instant or range: a/b, a/.., ../b.")
@click.option("--bbox", type=(float, float, float, float), metavar="W S E N", help="Longitude and latitude in degrees.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=_LIMIT, show_default=True, help="At most this many.")
@options.sandbox
@options.output_format("text", "json")
def items(
    *,
    collections: tuple[str, ...],
    datetime_: str | None,
    bbox: tuple[float, float, float, float] | None,
    limit: int,
    sandbox: bool,
    form: str,
) -> int:
    """List STAC items in storage, with the links that manifests name them by."""
    asked: dict[str, Any] = {
        "collections": list(collections) or None,
        "datetime": datetime_,
        "bbox": None if bbox is None else list(bbox),
    }
    body = {key: value for key, value in asked.items() if value is not None}

    async def look(up42: Up42, _: Setup) -> str:
        found: list[Item] = []
        async for page in up42.storage.search({**body, "limit": min(limit, 500)}):
            found.extend(page)
            if len(found) >= limit:
                break
        return _text(form, machine.items_json(found[:limit]), human.items_text(found[:limit]))

    return ask(look, sandbox=sandbox)


@click.command()
@click.option("--process", "process_ids", multiple=True, metavar="ID", help="Only of this process. Repeatable.")
@click.option("--status", "statuses", multiple=True, metavar="WORD", help="Only in this status. Repeatable.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=_LIMIT, show_default=True, help="At most this many.")
@options.sandbox
@options.output_format("text", "json")
def jobs(*, process_ids: tuple[str, ...], statuses: tuple[str, ...], limit: int, sandbox: bool, form: str) -> int:
    """List the workspace's jobs, the newest first."""

    async def look(up42: Up42, chosen: Setup) -> str:
        found: list[Job] = []
        async for page in up42.processing.jobs(
            workspace_id=chosen.workspace_id(),
            process_ids=process_ids,
            status=statuses,
            sort="created,desc",
            page_size=min(limit, 500),
        ):
            found.extend(page.jobs)
            if len(found) >= limit:
                break
        return _text(form, machine.jobs_json(found[:limit]), human.jobs_text(found[:limit]))

    return ask(look, sandbox=sandbox)


def ask(look: Callable[[Up42, Setup], Coroutine[Any, Any, str]], *, sandbox: bool) -> int:
    """Ask the service of the Project around the current folder, and print the answer."""
    chosen = connection.around(environment.read(os.environ, Path.cwd()), sandbox=sandbox)

    async def run(_: running.Interrupt) -> int:
        async with connection.service(chosen) as up42:
            click.echo(await look(up42, chosen))
        return exits.DONE

    return running.run(run)


def _text(form: str, document: Any, text: str) -> str:
    return machine.document_text(document) if form == "json" else text
