"""Opening what a command works with: the service or the embedded sandbox, the state store, the destinations."""

import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import ModuleType

from reconciler import workflow
from reconciler.cli import environment as env
from reconciler.cli.environment import Environment
from reconciler.clock import SystemClock
from reconciler.delivery.destination import folder
from reconciler.engine.events import Notify
from reconciler.engine.observe import Doors
from reconciler.errors import SignInFailed, UsageError
from reconciler.manifest.read import read, read_project
from reconciler.model.output import Declared, Project
from reconciler.state.claims import Claims
from reconciler.state.objects import FolderObjects
from reconciler.up42.auth import Credentials
from reconciler.up42.client import Settings, Up42, endpoint


@dataclass(frozen=True, slots=True)
class Setup:
    """What a command was told: manifests, environment, and whether it is play."""

    environment: Environment
    declared: Declared
    sandbox: bool

    @property
    def project(self) -> Project:
        """The tree's project."""
        return self.declared.project

    def workspace_id(self) -> str:
        """The workspace to work in; under --sandbox the Project's, else the sandbox's own.

        Raises:
            UsageError: none is named, or two are.
        """
        if self.sandbox:
            return self.project.workspace_id or _embedded().WORKSPACE_ID
        return env.workspace_id(self.environment, self.project)

    def has_explicit_state(self) -> bool:
        """Whether somebody chose where claims are kept."""
        return bool(self.environment.state or self.project.state)


def setup(paths: tuple[str, ...], environment: Environment, *, sandbox: bool) -> Setup:
    """Read the manifests, and turn every delivery to the sandbox's own folder for play.

    Raises:
        ManifestInvalid: the manifests are wrong, or deliver to what this version cannot deliver to.
        UsageError: a set searches for its items.
    """
    tree = read(paths, cwd=environment.cwd, variables=environment.variables)
    if tree.searches:
        raise UsageError("Sets that search for their items are not available in this version.")
    declared = tree.with_items({})
    if sandbox:
        return Setup(environment, workflow.sandboxed(declared), sandbox=True)
    workflow.refuse_buckets(declared)
    return Setup(environment, declared, sandbox=False)


def around(environment: Environment, *, sandbox: bool) -> Setup:
    """The Project around the current folder, without any output: for commands that take no manifests.

    Raises:
        ManifestInvalid: its document is wrong.
    """
    declared = Declared(read_project(environment.cwd, variables=environment.variables), ())
    return Setup(environment, workflow.sandboxed(declared) if sandbox else declared, sandbox=sandbox)


@asynccontextmanager
async def service(chosen: Setup) -> AsyncIterator[Up42]:
    """A client of the service, or of the embedded sandbox.

    Raises:
        SignInFailed: there are no credentials.
        UsageError: a URL or region that cannot be used; the sandbox is not installed.
    """
    environment, timing = chosen.environment, chosen.project.timing
    if chosen.sandbox:
        # The sandbox's own limits are its own affair: play is not held back.
        embedded = _embedded()
        with embedded.opened(workflow.sandbox_folder(chosen.project.place)) as play:
            at = endpoint("eu", play.base_url, play.base_url)
            credentials = Credentials(play.username, play.password)
            async with Up42(at, credentials, SystemClock(), transport=play.transport) as up42:
                yield up42
        return
    at = endpoint(env.region(environment, chosen.project), environment.api_url, environment.auth_url)
    if environment.username is None or environment.password is None:
        raise SignInFailed(
            "There are no credentials.",
            method="POST",
            url=at.auth_url,
            hint="Set UP42_USERNAME and UP42_PASSWORD (or UP42_PASSWORD_FILE), or try it with --sandbox.",
        )
    credentials = Credentials(environment.username, environment.password)
    limits = Settings(requests_per_second=timing.requests_per_second, burst=timing.burst)
    async with Up42(at, credentials, SystemClock(), settings=limits) as up42:
        yield up42


@asynccontextmanager
async def doors(chosen: Setup, workspace_id: str, notify: Notify) -> AsyncIterator[Doors]:
    """Everything that planning and applying may touch.

    Raises:
        SignInFailed: as `service`.
        UsageError: as `service`.
    """
    state = workflow.state_folder(chosen.declared, None if chosen.sandbox else chosen.environment.state)
    async with service(chosen) as up42:
        claims = Claims(FolderObjects(state), api_url=up42.api_url, workspace_id=workspace_id)
        yield Doors(up42, claims, folder, SystemClock(), notify)


def _embedded() -> ModuleType:
    # An optional part, and a slow import: only who plays has to have it and to wait for it.
    try:
        return importlib.import_module("reconciler.cli.embedded")
    except ImportError as error:
        raise UsageError(
            f"The sandbox is not installed ({error.name} is missing).", hint="pip install 'reconciler[sandbox]'"
        ) from error
