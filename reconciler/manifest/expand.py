"""Checked documents to what they declare: defaults and substituted destinations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.manifest.checking import Checked
from reconciler.manifest.fill import TO
from reconciler.manifest.nodes import Document, Node, plain
from reconciler.manifest.rules import LEAST_DURATION_S
from reconciler.manifest.substitute import Scope, fill
from reconciler.manifest.values import destination, duration_s, time
from reconciler.manifest.wording import Fault
from reconciler.model.output import Delivery, Output, Project, Timing
from reconciler.model.problem import Problem

DEFAULT_TO = "outputs/${output.name}"


@dataclass(frozen=True, slots=True)
class Default:
    """Where outputs go that do not say it: a template, the folder it starts at, and what is blamed when it fails."""

    template: str
    folder: str
    document: Document | None = None
    node: Node | None = None


def project(document: Document | None, *, place: str) -> Project:
    """The Project of a tree.

    Args:
        document: filled in and checked; None where there is none.
        place: absolute: the folder of the Project's file, or what stands for it.
    """
    if document is None:
        return Project(place=place)
    data: Any = plain(document.root)
    spec = data.get("spec", {})
    provider = spec.get("provider", {})
    state = destination(spec["state"], document.folder) if "state" in spec else None
    return Project(
        place=place,
        name=data["metadata"]["name"],
        region=provider.get("region"),
        workspace_id=provider.get("workspaceId"),
        state=state if isinstance(state, str) else None,
        timing=_timing(spec.get("timing", {})),
    )


def output(
    checked: Checked, default: Default, variables: Mapping[str, str], *, set_name: str | None = None
) -> Output | Problem:
    """The output that a checked document declares, or why nobody can tell where it goes.

    Args:
        checked: of kind ProcessingOutput, without any problem.
        default: where it goes when it does not say so.
        variables: `${var.x}` by x, for the Project's `delivery.to`.
        set_name: the set that it is one of.
    """
    data: Any = checked.data
    to = _destination(checked.document, data, default, variables)
    return to if isinstance(to, Problem) else _output(checked.document, data, to, set_name)


def default_destination(project_document: Document | None, *, place: str) -> Default:
    """Where outputs go that do not say it.

    Args:
        project_document: filled in and checked; None where there is none, or it has problems of its own.
        place: where the default destination starts without one in the Project.
    """
    if project_document is not None and (template := project_document.text(*TO)) is not None:
        return Default(template, project_document.folder, project_document, project_document.node(*TO))
    return Default(DEFAULT_TO, place)


def _destination(document: Document, data: Any, default: Default, variables: Mapping[str, str]) -> str | Problem:
    own = document.text(*TO)
    if own is not None:
        to, blamed, node = destination(own, document.folder), document, document.node(*TO)
    else:
        spec, metadata = data["spec"], data["metadata"]
        fields = {"name": metadata["name"], "process": spec["process"], "title": spec.get("title", metadata["name"])}
        filled = fill(default.template, Scope(fields, metadata.get("labels", {}), variables, in_path=True))
        to = filled.faults[0] if filled.faults else destination(filled.text, default.folder)
        blamed, node = default.document or document, default.node
        if isinstance(to, Fault):
            to = Fault(f"{to.message} (for the output {metadata['name']})", to.hint)
    return blamed.problem(node or blamed.root, TO, to) if isinstance(to, Fault) else to


def blamed(document: Document) -> Node:
    """What stands for an output in a message about its destination: the destination, else the name."""
    return document.node(*TO) or document.node("metadata", "name") or document.root


def _output(document: Document, data: Any, to: str, set_name: str | None) -> Output:
    metadata, spec = data["metadata"], data["spec"]
    delivery = spec.get("delivery", {})
    roles = delivery.get("assets", {}).get("roles")
    newer_than = time(spec["newerThan"]) if "newerThan" in spec else None
    return Output(
        name=metadata["name"],
        process_id=spec["process"],
        title=spec.get("title", metadata["name"]),
        inputs=spec["inputs"],
        delivery=Delivery(to, tuple(roles) if roles is not None else None, delivery.get("name")),
        position=document.position(document.node("metadata", "name") or document.root),
        labels=metadata.get("labels", {}),
        newer_than=None if isinstance(newer_than, Fault) else newer_than,
        ignore_jobs=frozenset(spec.get("ignoreJobs", ())),
        attempts=int(spec.get("retry", {}).get("attempts", 1)),
        prevent_replace=spec.get("preventReplace", False),
        priority=int(spec.get("priority", 0)),
        budget_id=spec.get("budget"),
        set_name=set_name,
    )


def _timing(timing: Mapping[str, Any]) -> Timing:
    defaults = Timing()
    seconds = {
        name: duration_s(timing[name], least_s=least) for name, least in LEAST_DURATION_S.items() if name in timing
    }
    known = {name: value for name, value in seconds.items() if isinstance(value, float)}
    return Timing(
        settle_s=known.get("settle", defaults.settle_s),
        lease_s=known.get("lease", defaults.lease_s),
        grace_s=known.get("grace", defaults.grace_s),
        requests_per_second=float(timing.get("requestsPerSecond", defaults.requests_per_second)),
        burst=int(timing.get("burst", defaults.burst)),
        parallelism=int(timing.get("parallelism", defaults.parallelism)),
    )
