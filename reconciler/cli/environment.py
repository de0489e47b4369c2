"""The environment, read once: every variable of product.md "Commands", and no other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.model.output import Project

_VARIABLE_PREFIX = "RECONCILER_VAR_"


@dataclass(frozen=True, slots=True)
class Environment:
    """What the environment says; None where it says nothing. An empty variable says nothing."""

    cwd: Path
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    region: str | None = None
    workspace_id: str | None = None
    api_url: str | None = None
    auth_url: str | None = None
    state: str | None = None
    max_credits: int | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    ci: bool = False
    no_color: bool = False


def read(environ: Mapping[str, str], cwd: Path) -> Environment:
    """Read the environment.

    Raises:
        UsageError: a variable holds what it must not hold.
    """

    def text(name: str) -> str | None:
        return environ.get(name) or None

    return Environment(
        cwd=cwd,
        username=text("UP42_USERNAME"),
        password=_password(text("UP42_PASSWORD"), text("UP42_PASSWORD_FILE")),
        region=text("UP42_REGION"),
        workspace_id=text("UP42_WORKSPACE_ID"),
        api_url=text("UP42_API_URL"),
        auth_url=text("UP42_AUTH_URL"),
        state=_state(text("RECONCILER_STATE"), cwd),
        max_credits=_credits(text("RECONCILER_MAX_CREDITS")),
        variables={
            name.removeprefix(_VARIABLE_PREFIX): value
            for name, value in environ.items()
            if name.startswith(_VARIABLE_PREFIX)
        },
        ci=(text("CI") or "").lower() not in ("", "0", "false"),
        no_color=text("NO_COLOR") is not None,
    )


def workspace_id(environment: Environment, project: Project) -> str:
    """The one workspace that the Project or the environment names.

    Raises:
        UsageError: neither names one, or they name two.
    """
    return _agreed(
        "workspace",
        project.workspace_id,
        environment.workspace_id,
        "UP42_WORKSPACE_ID",
        missing="Set UP42_WORKSPACE_ID, or spec.provider.workspaceId of the Project.",
    )


def region(environment: Environment, project: Project) -> str:
    """The region that the Project or the environment names; `eu` where neither does.

    Raises:
        UsageError: they name two.
    """
    if project.region is None and environment.region is None:
        return "eu"
    return _agreed("region", project.region, environment.region, "UP42_REGION", missing="")


def _agreed(what: str, in_project: str | None, in_environment: str | None, variable: str, *, missing: str) -> str:
    if in_project is None and in_environment is None:
        raise UsageError(f"No {what} is named.", hint=missing)
    if in_project and in_environment and in_project.lower() != in_environment.lower():
        raise UsageError(
            f"The Project names {what} {in_project}, {variable} names {in_environment}.",
            hint="Make them agree, or remove one of them.",
        )
    return in_project or in_environment or ""


def _password(value: str | None, path: str | None) -> str | None:
    if value is not None and path is not None:
        raise UsageError("UP42_PASSWORD and UP42_PASSWORD_FILE are both set.", hint="Unset one of them.")
    if path is None:
        return value
    try:
        return Path(path).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError, ValueError) as error:
        cause = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"UP42_PASSWORD_FILE cannot be read: {cause}.") from error


def _state(text: str | None, cwd: Path) -> str | None:
    """A relative folder starts at the current one, as in any shell; URLs are left for those who know stores."""
    return text if text is None or "://" in text else str(cwd / text)


def _credits(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise UsageError("RECONCILER_MAX_CREDITS has to be a whole number of credits, 0 or more.")
    return int(text)
