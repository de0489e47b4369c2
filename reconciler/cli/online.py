"""What `validate --online` asks the service: the items of searches, and the live process descriptions."""

from reconciler import workflow
from reconciler.cli import connection, exits, running, screen
from reconciler.cli.environment import Environment
from reconciler.model.output import Declared
from reconciler.model.problem import Problem


def checked(paths: tuple[str, ...], environment: Environment, *, sandbox: bool) -> tuple[Declared, tuple[Problem, ...]]:
    """What is declared, and what the live process descriptions have against the inputs.

    Raises:
        ManifestInvalid: as `connection.setup` and `workflow.declare`.
        ServiceError: the service cannot be reached, or does not accept the credentials.
        UsageError: as `connection.setup`.
    """
    chosen = connection.setup(paths, environment, sandbox=sandbox)
    found: list[tuple[Declared, tuple[Problem, ...]]] = []

    async def check(_: running.Interrupt) -> int:
        shown = screen.Screen(environment)
        async with connection.service(chosen) as up42, shown.showing():
            declared = await connection.declared(chosen, up42, shown.notify)
            found.append((declared, await workflow.check_online(declared, up42)))
        return exits.DONE

    running.run(check)
    return found[0]
