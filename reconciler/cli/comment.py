"""`reconciler comment github`."""

import os
from pathlib import Path

import click

from reconciler.cli import exits, files, github_run, plan_file, plan_markdown, running
from reconciler.documents.plan_reading import plan_from_json
from reconciler.errors import UsageError
from reconciler.forge import report, workflow_run
from reconciler.forge.approval import Approved, approved
from reconciler.forge.commenting import Put, author_of, check_marked, put
from reconciler.forge.marker import Write
from reconciler.forge.workflow_run import Step
from reconciler.views import machine
from reconciler.views.approval_document import approval_json
from reconciler.views.wording import count

_LARGEST_BODY_BYTES = 1024 * 1024
_SAID = {
    Write.CREATE: "The plan is a new comment on",
    Write.UPDATE: "The plan's comment is brought up to date on",
    Write.NOTHING_EQUAL: "The plan's comment is up to date already on",
    Write.NOTHING_NEWER: "The comment of a newer plan is left as it is on",
}


@click.group()
def comment() -> None:
    """Put the plan where it is reviewed."""


@comment.command("github")
@click.option("--plan", type=click.Path(), metavar="FILE", help="A saved plan, to be shown.")
@click.option("--body", type=click.Path(), metavar="FILE", help="What plan --format markdown printed; - is stdin.")
@click.option("--read", is_flag=True, help="Post nothing: print which plan the comment shows.")
@click.option("--repo", metavar="OWNER/NAME", help="Default: GITHUB_REPOSITORY.")
@click.option("--pr", type=click.IntRange(1), metavar="N", help="Default: the one that the workflow's event is about.")
@click.option("--commit", metavar="SHA", help="With --read: that the pull request was merged as; default: GITHUB_SHA.")
@click.option("--author", metavar="LOGIN", help="Whose comments are ours; default: the token's account.")
@click.option("--key", metavar="KEY", help="With --read: which of several plans.")
def github(  # noqa: PLR0913 - one parameter for each option
    *,
    plan: str | None,
    body: str | None,
    read: bool,
    repo: str | None,
    pr: int | None,
    commit: str | None,
    author: str | None,
    key: str | None,
) -> int:
    """Show the plan in one comment of a GitHub pull request, kept up to date.

    The token comes from GITHUB_TOKEN or GH_TOKEN, the API's address from GITHUB_API_URL.
    """
    if sum((plan is not None, body is not None, read)) != 1:
        raise UsageError("Exactly one of --plan, --body and --read is needed.")
    if not read and (commit is not None or key is not None):
        raise UsageError("--commit and --key go with --read.")
    if commit is not None:
        workflow_run.checked_commit(commit, "--commit")
    run = github_run.read(os.environ)
    number = pr or run.pull_request
    text = None if read else _marked(_of_plan(plan) if plan is not None else _of_file(body or "-"))
    if text is not None and number is None:
        raise UsageError("Nothing says which pull request is meant.", hint="Name it: --pr N.")

    async def act(_: running.Interrupt) -> int:
        async with github_run.github(run, repo) as api:
            if text is None or number is None:
                found = await approved(
                    api, await author_of(api, author), commit=commit or run.commit, number=number, key=key
                )
                _tell(found, workflow_run.read_step(os.environ))
            else:
                _say(await put(api, number, text, await author_of(api, author)), number)
        return exits.DONE

    return running.run(act)


def _of_plan(path: str) -> str:
    """The Markdown of a saved plan."""
    saved = plan_from_json(plan_file.load(path), place=str(Path.cwd()))
    return plan_markdown.comment(saved, machine.plan_digest(saved))


def _of_file(path: str) -> str:
    data = files.read_bytes(path, limit_bytes=_LARGEST_BODY_BYTES, what=path, stdin=True)
    if len(data) > _LARGEST_BODY_BYTES:
        raise UsageError(f"{path} is larger than any comment may be.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text.") from error


def _marked(text: str) -> str:
    check_marked(text)
    return text


def _say(done: Put, number: int) -> None:
    click.echo(f"{_SAID[done.write]} pull request {number}.")
    if done.duplicates:
        others = count(done.duplicates, "more comment")
        click.echo(f"Note: {others} of ours with the same key came from runs that raced; delete by hand.", err=True)


def _tell(found: Approved, step: Step) -> None:
    click.echo(machine.document_text(approval_json(found)))
    if step.output_path is not None:
        report.write_outputs(step.output_path, report.approved_outputs(found))
    note = _note(found)
    if note:
        click.echo(f"Note: {note}", err=True)


def _note(found: Approved) -> str:
    if found.pull_request is None:
        return "no pull request was merged as this commit, so no plan is approved."
    if found.marker is None:
        return f"no comment on pull request {found.pull_request.number} shows a plan of ours."
    if found.outdated:
        return "the plan is not of the last commit; apply refuses it if the manifests changed since."
    if found.run_id is None:
        return "no workflow run keeps the plan's file any more."
    return ""
