"""What `validate --online` asks the service."""

from reconciler import workflow
from reconciler.cli import connection, exits, running
from reconciler.cli.environment import Environment
from reconciler.model.output import Output
from reconciler.model.problem import Problem


def checked(
    paths: tuple[str, ...], environment: Environment, *, sandbox: bool
) -> tuple[tuple[Output, ...], tuple[str, ...], tuple[Problem, ...]]:
    """Outputs, notes, and what the live process descriptions have against the inputs.

    Raises:
        ManifestInvalid: as `connection.setup`.
        ServiceError: the service cannot be reached, or does not accept the credentials.
        UsageError: as `connection.setup`.
    """
    chosen = connection.setup(paths, environment, sandbox=sandbox)
    found: list[Problem] = []

    async def check(_: running.Interrupt) -> int:
        async with connection.service(chosen) as up42:
            found.extend(await workflow.check_online(chosen.declared, up42))
        return exits.DONE

    running.run(check)
    return chosen.declared.outputs, chosen.declared.notes, tuple(found)
