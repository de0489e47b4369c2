"""Every error that the project raises on purpose.

    ReconcilerError
    ├── UsageError                 a command, option or environment variable that cannot be used (64)
    ├── ManifestInvalid            one or more problems in the manifests (65)
    ├── PlanStale                  a saved plan that the world or the manifests have moved away from (3)
    ├── PlanFileInvalid            a saved plan that cannot be read, or is not what was saved (1)
    ├── PlanNotSavable             a plan that a file cannot hold as it is (1)
    ├── Refused                    a ceiling or a guard said no before anything was created (4)
    ├── Declined                   the user said no, or could not be asked (10)
    ├── StateStoreError            the state store cannot be read, written or trusted (1)
    ├── DefinitionChanged          a job came back with other inputs than were sent (1)
    ├── Stopped                    the run was asked to create nothing more
    ├── JobVanished                a job that was created is not known to the service any more (1)
    ├── PlanUsed                   a saved plan's action was used already; nothing was created
    ├── PriceRose                  a price rose between the plan and the create; nothing was created
    ├── CreateUnresolved           a create whose outcome is unknown was left to a person (5)
    ├── DeliveryError              files could not be delivered; the job is not lost
    │   ├── DestinationOccupied    a file that no receipt owns stands where ours should go
    │   ├── DestinationUnreadable  what lies at the destination cannot be read
    │   └── TransferBroken         the bytes that arrived are not the bytes that were announced
    └── ServiceError               UP42, or the way there, answered with something else than was asked
        ├── NotSent                the request never left this machine: nothing happened at the service
        ├── AnswerLost             the request may have arrived; its answer did not
        ├── UnexpectedAnswer       an answer came that cannot be read
        ├── SignInFailed           the credentials were not accepted (8)
        └── AnswerError            an answer with an error status
            ├── InputsRejected     400 or 422 with the reasons, by name
            ├── Forbidden          401 after a fresh token, or 403
            ├── NotFound           404
            ├── TooManyRequests    429 after all retries
            └── ServerFault        5xx after all retries

Each error's text is one sentence, followed where it helps by a second one that says what to do next.
Facts stand in attributes. Texts hold no secret: URLs are kept without their query.
"""

from collections.abc import Sequence

from reconciler.model.job import InputError
from reconciler.model.problem import Problem


class ReconcilerError(Exception):
    """Anything that the project foresaw.

    Attributes:
        hint: what to do next, one sentence, or "" where the message says it.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(ReconcilerError):
    """A command, option or environment variable that cannot be used as it stands."""


class ManifestInvalid(ReconcilerError):
    """The manifests are wrong; `problems` has every problem, in file order, at least one."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problem{'s' if len(problems) != 1 else ''} in the manifests.")
        self.problems = tuple(problems)


class PlanFileInvalid(ReconcilerError):
    """A saved plan that cannot be read, is of another major version, or was changed after it was saved."""


class PlanNotSavable(ReconcilerError):
    """A plan that a file cannot hold as it is, because no document keeps what could be a secret."""


class PlanStale(ReconcilerError):
    """A saved plan must not be applied any more; nothing was created.

    Attributes:
        reasons: one clause each, the name of the output that stops it in front where there is one.
    """

    def __init__(self, message: str, *, reasons: Sequence[str], hint: str = "Plan again.") -> None:
        super().__init__(message, hint=hint)
        self.reasons = tuple(reasons)


class Refused(ReconcilerError):
    """A ceiling or guard refused the whole run before anything was created."""


class Declined(ReconcilerError):
    """Nobody agreed to the spending."""


class StateStoreError(ReconcilerError):
    """The state store cannot be read, written, or trusted to refuse an overwrite."""


class DefinitionChanged(ReconcilerError):
    """A job's recorded definition is not the one that was sent, so matching cannot be trusted."""

    def __init__(self, message: str, *, job_id: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.job_id = job_id


class Stopped(ReconcilerError):
    """The run creates nothing more: it was interrupted, its time is over, or matching cannot be trusted."""


class JobVanished(ReconcilerError):
    """The service has not known a job that was created for a whole settle window."""

    def __init__(self, job_id: str) -> None:
        super().__init__(
            f"UP42 does not know job {job_id} any more.",
            hint="Look for it in the console; if it is really gone, add it to ignoreJobs to pay for a new one.",
        )
        self.job_id = job_id


class PlanUsed(ReconcilerError):
    """A saved plan's action was used already, and each is used once; nothing was created."""


class PriceRose(ReconcilerError):
    """A price rose between the plan and the create; nothing was created."""


class CreateUnresolved(ReconcilerError):
    """A create whose outcome is unknown; `--on-unknown stop` leaves it to a person."""


class DeliveryError(ReconcilerError):
    """Files could not be delivered. The job and its results are not lost."""


class DestinationOccupied(DeliveryError):
    """A file that no receipt owns stands under a name that a result needs."""


class DestinationUnreadable(DeliveryError):
    """What lies at the destination cannot be read, so nothing can be said about it."""


class TransferBroken(DeliveryError):
    """The bytes that arrived are not the bytes that were announced."""


class ServiceError(ReconcilerError):
    """UP42, or the way there, did not do what was asked.

    Attributes:
        method, url: the request; the URL without query or credentials.
        retryable: whether the same request may succeed later.
    """

    def __init__(self, message: str, *, method: str, url: str, retryable: bool = False, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.method = method
        self.url = url
        self.retryable = retryable


class NotSent(ServiceError):
    """No byte of the request left: name resolution, connection or TLS failed. Nothing happened there."""


class AnswerLost(ServiceError):
    """Bytes of the request left and no complete answer came: its effect is unknown."""


class UnexpectedAnswer(ServiceError):
    """A success status whose body cannot be read as documented, or a redirect that is not followed."""

    def __init__(self, message: str, *, method: str, url: str, status: int, body: str = "") -> None:
        super().__init__(message, method=method, url=url)
        self.status = status
        self.body = body


class SignInFailed(ServiceError):
    """The auth host did not accept the credentials."""


class AnswerError(ServiceError):
    """An answer with an error status.

    Attributes:
        status: the HTTP status.
        body: the beginning of the body, at most 2,000 characters, for people; never parsed again.
    """

    def __init__(
        self, message: str, *, method: str, url: str, status: int, body: str, retryable: bool = False, hint: str = ""
    ) -> None:
        super().__init__(message, method=method, url=url, retryable=retryable, hint=hint)
        self.status = status
        self.body = body


class InputsRejected(AnswerError):
    """400 or 422: `errors` has the reasons by name (an open vocabulary), at least one."""

    def __init__(
        self, message: str, *, method: str, url: str, status: int, body: str, errors: Sequence[InputError]
    ) -> None:
        super().__init__(message, method=method, url=url, status=status, body=body)
        self.errors = tuple(errors)


class Forbidden(AnswerError):
    """401 although the token was fresh, or 403."""


class NotFound(AnswerError):
    """404."""


class TooManyRequests(AnswerError):
    """429 after all retries.

    Attributes:
        retry_after_s: seconds that the service asked to wait; None where it did not say.
    """

    retry_after_s: float | None = None


class ServerFault(AnswerError):
    """5xx after all retries."""
