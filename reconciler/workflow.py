"""The conductor: the order in which things happen for each command, and nothing else.

    manifests ─read─▶ tree ─search─▶ declared ─┐
    environment ────▶ settings ────────────────┴▶ scope ─observe─▶ plan ─guard─▶ refused?  ─apply─▶ outcomes
    plan file ─read─▶ saved plan ─▶ scope ─observe─▶ plan ─promise─▶ stale?  ─guard─▶ …

Each step takes the value of the one before; only this module knows the order.
"""

import asyncio
import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.engine import observe as observing
from reconciler.engine import searching
from reconciler.engine.apply import ApplyOptions, ApplyResult
from reconciler.engine.apply import apply as apply_plan
from reconciler.engine.doors import Doors, Scope
from reconciler.engine.events import Notify
from reconciler.engine.observe import Observed
from reconciler.errors import ManifestInvalid, PlanStale, Refused, UsageError
from reconciler.manifest.tree import Tree
from reconciler.model.explanation import Explanation
from reconciler.model.output import Declared, Output, Project, Timing
from reconciler.model.plan import Action, Change, Plan, Source
from reconciler.model.problem import Problem
from reconciler.model.status import StatusRow
from reconciler.planning import chains, explain, guard, history, inputs, promise
from reconciler.up42.client import Up42

_BUCKETS = ("s3://", "gs://", "az://")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a command was asked besides the manifests.

    Attributes:
        paths: the manifests, as they were named.
        commit: of the repository that they stand in, as far as anybody says.
        ceiling_credits: the ceiling in force (planning.guard.ceiling); None: none.
    """

    select: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    rebuy: bool = False
    verify: bool = False
    parallelism: int | None = None
    paths: tuple[str, ...] = ()
    commit: str | None = None
    ceiling_credits: int | None = None
    fit: bool = False
    explain: str | None = None


async def declare(tree: Tree, up42: Up42, notify: Notify, *, sandbox: bool) -> Declared:
    """What a tree declares, with the items that its sets search for.

    Raises:
        ManifestInvalid: outputs that only the items make wrong, or that deliver to what cannot be delivered to yet.
        ServiceError: a search is refused, or the service cannot be reached.
    """
    declared = tree.with_items(await searching.walk(tree.searches, up42.storage, notify))
    if sandbox:
        return sandboxed(declared)
    refuse_buckets(declared.outputs)
    return declared


def scope(declared: Declared, workspace_id: str, wishes: Wishes) -> Scope:
    """What a plan will be made for.

    Raises:
        UsageError: a selector or a name to replace or explain that matches nothing.
    """
    outputs = chains.with_upstream(selected(declared.outputs, wishes.select), declared.outputs)
    names = {output.name for output in outputs}
    unknown = set(wishes.replace) - names
    if unknown:
        raise UsageError(f"--replace {min(unknown)}: there is no such output among those selected.")
    if wishes.explain is not None and wishes.explain not in names:
        raise UsageError(f"--explain {wishes.explain}: there is no such output among those selected.")
    return Scope(
        outputs=outputs,
        workspace_id=workspace_id,
        project=declared.project.name,
        timing=_timing(declared.project, wishes),
        place=declared.project.place,
        source=Source(
            paths=wishes.paths,
            digest=declared.digest,
            commit=wishes.commit,
            select=tuple(sorted(wishes.select)),
            replace=tuple(sorted(wishes.replace)),
            rebuy=wishes.rebuy,
        ),
        policies=declared.policies,
        ceiling_credits=wishes.ceiling_credits,
        fit=wishes.fit,
        replace=frozenset(wishes.replace),
        rebuy=wishes.rebuy,
        verify=wishes.verify,
        explain=frozenset() if wishes.explain is None else frozenset({wishes.explain}),
    )


def scope_of_saved(saved: Plan, plan_id: str, tree: Tree, wishes: Wishes) -> Scope:
    """What a saved plan is held against: its outputs as they were frozen, today's policies and timing.

    Raises:
        PlanStale: the manifests declare something else by now.
    """
    if tree.digest != saved.source.digest:
        raise PlanStale("The manifests changed since this plan was made.", reasons=_manifest_changes(saved, tree))
    return Scope(
        outputs=promise.outputs(saved),
        workspace_id=saved.workspace_id,
        project=saved.project,
        timing=_timing(tree.project, wishes),
        place=saved.place,
        source=saved.source,
        policies=tree.policies,
        ceiling_credits=guard.ceiling(saved.ceiling_credits, wishes.ceiling_credits),
        rebuy=saved.source.rebuy,
        approvals=promise.approvals(saved, plan_id),
    )


def hold(saved: Plan, wanted: Scope, observed: Observed) -> Observed:
    """The plan made now, reduced to what the saved one shows.

    Raises:
        PlanStale: more would be paid than it shows, or something of it cannot be had any more.
    """
    breaches = promise.breaches(saved, observed.plan)
    if breaches:
        raise PlanStale(
            "The saved plan is stale: nothing was created.",
            reasons=[f"{breach.output}: {breach.why}" if breach.output else breach.why for breach in breaches],
        )
    return observing.judged(promise.kept(saved, observed.plan), wanted, observed)


def explanation(observed: Observed, name: str) -> Explanation:
    """Why an output's action was chosen. Its history was asked for (`Wishes.explain`)."""
    change = next(change for change in observed.plan.changes if change.output.name == name)
    others = observed.jobs.of_process(change.output.process_id)
    return explain.explain(change, observed.facts[name], observed.situation, others)


def sandboxed(declared: Declared) -> Declared:
    """The same tree for play: every delivery below `sandbox-outputs/`, claims in the sandbox's own state folder."""
    place = Path(declared.project.place)
    outputs = tuple(
        replace(output, delivery=replace(output.delivery, to=str(place / "sandbox-outputs" / output.name)))
        for output in declared.outputs
    )
    return replace(declared, outputs=outputs, project=sandboxed_project(declared.project))


def sandboxed_project(project: Project) -> Project:
    """The project with its claims in the sandbox's own state folder."""
    return replace(project, state=str(sandbox_folder(project.place) / "state"))


def sandbox_folder(place: str) -> Path:
    """Where the embedded sandbox of a tree keeps its state."""
    return Path(place) / ".reconciler" / "sandbox"


def state_folder(project: Project, from_environment: str | None) -> Path:
    """The folder that claims are kept in: RECONCILER_STATE, else the Project's, else `.reconciler/` at its place.

    Raises:
        UsageError: it is a bucket.
    """
    state = from_environment or project.state
    if state is None:
        return Path(project.place) / ".reconciler"
    if "://" in state:
        raise UsageError(
            f"State in {state.partition('://')[0]}:// is not available in this version.",
            hint="Use a local folder for RECONCILER_STATE or spec.state.",
        )
    return Path(project.place) / state


def refuse_buckets(outputs: Sequence[Output]) -> None:
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
        for output in outputs
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
        # What a saved plan froze is its own time of planning: whole seconds of the server's clock may put it ahead.
        if output.newer_than is not None
        and output.newer_than > observed.plan.made_at
        and output.name not in wanted.approvals
    ]
    if future:
        raise ManifestInvalid(future)
    return observed


def check(made: Plan) -> None:
    """Refuse the whole plan if it breaks a policy or its ceiling, before anything is created.

    Raises:
        Refused: it does.
    """
    sentence = guard.refusal(made)
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
            for reason in inputs.foreign_links(output, up42.api_url) + inputs.problems(chains.stood_in(output), process)
        )
    return tuple(sorted(found))


def _timing(project: Project, wishes: Wishes) -> Timing:
    timing = project.timing
    return timing if wishes.parallelism is None else replace(timing, parallelism=wishes.parallelism)


def _manifest_changes(saved: Plan, tree: Tree) -> list[str]:
    """One clause for each output that is declared otherwise, as far as it can be told without asking the service."""
    planned = {change.output.name: change.output for change in saved.changes}
    declared = {output.name: output for output in tree.outputs}
    reasons = [f"{name}: it is not in the plan" for name in sorted(declared.keys() - planned.keys())]
    for name, output in sorted(planned.items()):
        if name in declared:
            what = _differences(output, declared[name])
            reasons += [f"{name}: {', '.join(what)} changed"] if what else []
        elif output.set_name is None:
            reasons.append(f"{name}: it is not declared any more")
    return reasons or ["what they declare besides the outputs' own fields changed (a set, a policy, the Project)"]


def _differences(planned: Output, declared: Output) -> list[str]:
    fields: Mapping[str, tuple[object, object]] = {
        "process": (planned.process_id, declared.process_id),
        "title": (planned.title, declared.title),
        "inputs": (planned.inputs, declared.inputs),
        "labels": (planned.labels, declared.labels),
        "priority": (planned.priority, declared.priority),
        "budget": (planned.budget_id, declared.budget_id),
        "ignoreJobs": (planned.ignore_jobs, declared.ignore_jobs),
        "preventReplace": (planned.prevent_replace, declared.prevent_replace),
        "retry.attempts": (planned.attempts, declared.attempts),
        "delivery.assets.roles": (planned.delivery.roles, declared.delivery.roles),
        "delivery.name": (planned.delivery.name, declared.delivery.name),
    }
    return [name for name, (before, after) in fields.items() if before != after]
