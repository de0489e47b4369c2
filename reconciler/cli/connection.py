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
from reconciler.engine.doors import Doors
from reconciler.engine.events import Note, Notify
from reconciler.errors import SignInFailed, UsageError
from reconciler.manifest.read import read, read_project
from reconciler.manifest.tree import Tree
from reconciler.model.output import Declared, Project
from reconciler.state.claims import Claims
from reconciler.state.objects import FolderObjects
from reconciler.up42.auth import Credentials
from reconciler.up42.client import Settings, Up42, endpoint
from reconciler.workflow import Wishes


@dataclass(frozen=True, slots=True)
class Setup:
    """What a command was told: manifests, environment, and whether it is play.

    Attributes:
        project: the tree's, turned to the sandbox's state for play.
        tree: None for commands that take no manifests.
    """

    environment: Environment
    project: Project
    sandbox: bool
    tree: Tree | None = None

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
    """
    tree = read(paths, cwd=environment.cwd, variables=environment.variables)
    if sandbox:
        return Setup(environment, workflow.sandboxed_project(tree.project), sandbox=True, tree=tree)
    workflow.refuse_buckets(tree.outputs)
    return Setup(environment, tree.project, sandbox=False, tree=tree)


def around(environment: Environment, *, sandbox: bool) -> Setup:
    """The Project around the current folder, without any output: for commands that take no manifests.

    Raises:
        ManifestInvalid: its document is wrong.
    """
    project = read_project(environment.cwd, variables=environment.variables)
    return Setup(environment, workflow.sandboxed_project(project) if sandbox else project, sandbox=sandbox)


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


def check_early(chosen: Setup, workspace_id: str, wishes: Wishes) -> None:
    """Find selectors and names that match nothing before anything is asked, where no search has to tell.

    Raises:
        UsageError: as `workflow.scope`.
    """
    if chosen.tree is not None and not chosen.tree.searches:
        workflow.scope(chosen.tree.with_items({}), workspace_id, wishes)


async def declared(chosen: Setup, up42: Up42, notify: Notify) -> Declared:
    """What the manifests declare, with the items that their sets search for; notes are shown on the way.

    Raises:
        ManifestInvalid: as `workflow.declare`.
        ServiceError: as `workflow.declare`.
    """
    assert chosen.tree is not None  # noqa: S101 - only commands with manifests ask
    found = await workflow.declare(chosen.tree, up42, notify, sandbox=chosen.sandbox)
    for note in found.notes:
        notify(Note(note))
    return found


@asynccontextmanager
async def doors(chosen: Setup, workspace_id: str, notify: Notify) -> AsyncIterator[Doors]:
    """Everything that planning and applying may touch.

    Raises:
        SignInFailed: as `service`.
        UsageError: as `service`.
    """
    state = workflow.state_folder(chosen.project, None if chosen.sandbox else chosen.environment.state)
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
