"""The conductor: the order in which things happen for each command, and nothing else.

    manifests ─read─▶ declared ─┐
    environment ────▶ settings ─┴▶ scope ─observe─▶ plan ─guard─▶ refused?  ─apply─▶ outcomes

Each step takes the value of the one before; only this module knows the order.
"""

import asyncio
import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.engine import observe as observing
from reconciler.engine.apply import ApplyOptions, ApplyResult
from reconciler.engine.apply import apply as apply_plan
from reconciler.engine.observe import Doors, Observed, Scope
from reconciler.errors import ManifestInvalid, Refused, UsageError
from reconciler.manifest.tree import Tree
from reconciler.model.output import Declared, Output
from reconciler.model.plan import Action, Change, Plan
from reconciler.model.problem import Problem
from reconciler.model.status import StatusRow
from reconciler.planning import guard, history, inputs
from reconciler.up42.client import Up42

_BUCKETS = ("s3://", "gs://", "az://")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a command was asked besides the manifests."""

    select: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    rebuy: bool = False
    verify: bool = False
    parallelism: int | None = None


def scope(declared: Declared, workspace_id: str, wishes: Wishes) -> Scope:
    """What a plan will be made for.

    Raises:
        UsageError: a selector or a name to replace that matches nothing.
    """
    outputs = selected(declared.outputs, wishes.select)
    unknown = set(wishes.replace) - {output.name for output in outputs}
    if unknown:
        raise UsageError(f"--replace {min(unknown)}: there is no such output among those selected.")
    timing = declared.project.timing
    if wishes.parallelism is not None:
        timing = replace(timing, parallelism=wishes.parallelism)
    return Scope(
        outputs=outputs,
        workspace_id=workspace_id,
        project=declared.project.name,
        timing=timing,
        replace=frozenset(wishes.replace),
        rebuy=wishes.rebuy,
        verify=wishes.verify,
    )


def sandboxed(declared: Declared) -> Declared:
    """The same tree for play: every delivery below `sandbox-outputs/`, claims in the sandbox's own state folder."""
    place = Path(declared.project.place)
    outputs = tuple(
        replace(
            output,
            delivery=replace(output.delivery, to=str(place / "sandbox-outputs" / output.name)),
        )
        for output in declared.outputs
    )
    state = str(sandbox_folder(declared.project.place) / "state")
    return replace(declared, outputs=outputs, project=replace(declared.project, state=state))


def sandbox_folder(place: str) -> Path:
    """Where the embedded sandbox of a tree keeps its state."""
    return Path(place) / ".reconciler" / "sandbox"


def state_folder(declared: Declared, from_environment: str | None) -> Path:
    """The folder that claims are kept in: RECONCILER_STATE, else the Project's, else `.reconciler/` at its place.

    Raises:
        UsageError: it is a bucket.
    """
    state = from_environment or declared.project.state
    if state is None:
        return Path(declared.project.place) / ".reconciler"
    if "://" in state:
        raise UsageError(
            f"State in {state.partition('://')[0]}:// is not available in this version.",
            hint="Use a local folder for RECONCILER_STATE or spec.state.",
        )
    return Path(declared.project.place) / state


def refuse_buckets(declared: Declared | Tree) -> None:
    """Object stores as destinations come with a later version.

    Raises:
        ManifestInvalid: an output is to be delivered to one.
    """
    problems = [
        Problem(
            output.position,
            "spec.delivery.to",
            f"delivery to {output.delivery.to.partition('://')[0]}:// is not available in this version",
            "use a local path, or try the manifest with --sandbox",
        )
        for output in declared.outputs
        if output.delivery.to.startswith(_BUCKETS)
    ]
    if problems:
        raise ManifestInvalid(problems)


def selected(outputs: Sequence[Output], selectors: Sequence[str]) -> tuple[Output, ...]:
    """The outputs that any selector matches; all without one.

    A selector is `NAME` or `name:NAME`, `label:KEY=VALUE` or `process:ID`, with `*` and `?` in the right-hand side;
    several joined by commas must all match.

    Raises:
        UsageError: a selector that cannot be read, or matches nothing.
    """
    if not selectors:
        return tuple(outputs)
    chosen: set[str] = set()
    for selector in selectors:
        matching = {output.name for output in outputs if all(_matches(output, part) for part in selector.split(","))}
        if not matching:
            raise UsageError(
                f"--select {selector} matches no output.",
                hint="Selectors are NAME, label:KEY=VALUE and process:ID; * and ? match parts.",
            )
        chosen |= matching
    return tuple(output for output in outputs if output.name in chosen)


def _matches(output: Output, part: str) -> bool:
    kind, colon, pattern = part.partition(":")
    if not colon:
        return fnmatch.fnmatchcase(output.name, part)
    if kind == "name":
        return fnmatch.fnmatchcase(output.name, pattern)
    if kind == "process":
        return fnmatch.fnmatchcase(output.process_id, pattern)
    if kind == "label":
        key, equals, value = pattern.partition("=")
        return key in output.labels and (not equals or fnmatch.fnmatchcase(output.labels[key], value))
    raise UsageError(f"--select {part}: {kind} is not one of name, label, process.")


async def plan(wanted: Scope, doors: Doors) -> Observed:
    """Observe and decide. Changes nothing at the service or the destinations.

    Raises:
        ManifestInvalid: `newerThan` lies in the future.
        ServiceError: the service cannot be reached, or does not accept the credentials.
    """
    observed = await observing.observe(wanted, doors)
    future = [
        Problem(
            output.position,
            "spec.newerThan",
            f"{output.newer_than.isoformat()} lies in the future",
            "no job could count; use a time that has passed",
        )
        for output in wanted.outputs
        if output.newer_than is not None and output.newer_than > observed.plan.made_at
    ]
    if future:
        raise ManifestInvalid(future)
    return observed


def check_ceiling(made: Plan, max_credits: int | None) -> None:
    """Refuse the whole plan if it breaks the ceiling, before anything is created.

    Raises:
        Refused: it does.
    """
    sentence = guard.refusal(made, max_credits=max_credits)
    if sentence is not None:
        raise Refused(sentence)


async def apply(
    observed: Observed, wanted: Scope, doors: Doors, options: ApplyOptions, interrupt: asyncio.Event
) -> ApplyResult:
    """Carry out a plan that was agreed to.

    Raises:
        StateStoreError: claims in the state store could not keep two runs apart.
    """
    if observed.plan.paid:
        await doors.claims.check()
    return await apply_plan(observed, doors, wanted.timing, options, interrupt)


def status(observed: Observed) -> tuple[StatusRow, ...]:
    """Where every output stands, from a plan."""
    return tuple(_status_row(observed, change) for change in observed.plan.changes)


def _status_row(observed: Observed, change: Change) -> StatusRow:
    facts = observed.facts[change.output.name]
    receipt = history.own_receipt(facts, observed.situation)
    files = 0 if receipt is None else len(receipt.files) - len(facts.destination.broken_files)
    state = {
        Action.UNCHANGED: "complete",
        Action.WAIT: "pending",
        Action.DOWNLOAD: "downloadable",
        Action.CREATE: "missing",
        Action.REPLACE: "outdated",
    }.get(change.action, change.action.value)
    return StatusRow(
        output=change.output.name,
        process_id=change.output.process_id,
        state=state,
        detail=change.reason.text,
        job_id=None if change.job is None else change.job.job_id,
        job_status=None if change.job is None else change.job.status,
        credits=None if change.job is None else change.job.credits,
        destination=change.output.delivery.to,
        files_delivered=files,
        files_total=None if receipt is None else len(receipt.files),
    )


async def check_online(declared: Declared, up42: Up42) -> tuple[Problem, ...]:
    """What the live process descriptions have against the inputs, in file order."""
    found: list[Problem] = []
    known = {process.process_id for process in await up42.processing.processes()}
    descriptions = {}
    for process_id in sorted({output.process_id for output in declared.outputs} & known):
        descriptions[process_id] = await up42.processing.process(process_id)
    for output in declared.outputs:
        process = descriptions.get(output.process_id)
        if process is None:
            text = f"UP42 has no process {output.process_id}"
            found.append(Problem(output.position, "spec.process", text, "see reconciler processes"))
            continue
        found.extend(
            Problem(output.position, "spec.inputs", reason.text)
            for reason in inputs.foreign_links(output, up42.api_url) + inputs.problems(output, process)
        )
    return tuple(sorted(found))
