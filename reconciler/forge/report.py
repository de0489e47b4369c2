"""What a workflow run is told about a plan: outputs for later steps, and text for its summary page.

Sources: docs.github.com/actions, "Workflow commands for GitHub Actions": setting an output parameter, adding a job
summary (1 MiB for each step).
"""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.forge.approval import Approved, artifact_name
from reconciler.model.plan import Action, Plan

#: How long a text for the summary page may be, in characters and in UTF-8 bytes: below GitHub's 1 MiB for a step.
SUMMARY_LIMIT = 900 * 1024


def step_outputs(plan: Plan, digest: str, path: str | None, *, refused: bool) -> dict[str, str]:
    """What later steps may ask of a plan, each as text, the booleans as `true` and `false`.

    `credits` is the sum of the known prices, `unquoted` the number of those that are not known, `plan_artifact` what
    to call an artifact with the plan's file, `plan_path` "" where the plan is not saved, `refused` whether an apply
    would be refused by a policy or ceiling.
    """
    return {
        "has_changes": _flag(plan.has_changes),
        "has_paid": _flag(bool(plan.paid)),
        "credits": str(plan.known_cost_credits),
        "unquoted": str(plan.unknown_cost_count),
        "blocked": str(plan.count(Action.BLOCKED)),
        "refused": _flag(refused),
        "plan_digest": digest,
        "plan_artifact": artifact_name(digest),
        "plan_path": path or "",
    }


def approved_outputs(found: Approved) -> dict[str, str]:
    """What later steps may ask of an approval: every value is "" where nothing was found."""
    marker, pull_request = found.marker, found.pull_request
    return {
        "pull_request": "" if pull_request is None else str(pull_request.number),
        "plan_digest": "" if marker is None else marker.plan,
        "plan_artifact": "" if marker is None else artifact_name(marker.plan),
        "plan_run_id": "" if found.run_id is None else str(found.run_id),
    }


def output_lines(outputs: Mapping[str, str], chance: Callable[[], str]) -> str:
    """The outputs as a step writes them. No value can end itself early, or set another output.

    Args:
        outputs: names of ours, and any values.
        chance: makes a word that nobody can foresee; asked again while a value holds it.
    """
    parts: list[str] = []
    for name, value in outputs.items():
        end = chance()
        while end in value:
            end = chance()
        parts.append(f"{name}<<{end}\n{value}\n{end}\n")
    return "".join(parts)


def write_outputs(path: str, outputs: Mapping[str, str]) -> None:
    """Add outputs to the file of the running step (GITHUB_OUTPUT).

    Raises:
        UsageError: the file cannot be written.
    """
    _append(path, output_lines(outputs, lambda: f"end_{secrets.token_hex(16)}"), "GITHUB_OUTPUT")


def write_summary(path: str, markdown: str) -> None:
    """Add a text to the summary page of the running step (GITHUB_STEP_SUMMARY).

    Raises:
        UsageError: the file cannot be written.
    """
    _append(path, markdown.rstrip("\n") + "\n", "GITHUB_STEP_SUMMARY")


def _append(path: str, text: str, variable: str) -> None:
    data = text.encode("utf-8", "replace")
    try:
        with Path(path).open("a+b") as file:
            if file.tell():  # whatever somebody left without an end of its own must not swallow our first line
                file.seek(-1, 2)
                data = data if file.read(1) == b"\n" else b"\n" + data
            file.write(data)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no valid path"
        raise UsageError(f"{variable} names a file that cannot be written: {reason}.") from error


def _flag(value: bool) -> str:  # noqa: FBT001 - the one thing it is about
    return "true" if value else "false"
