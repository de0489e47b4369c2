"""EULAs, credits and budgets (up42-api.md sections 0a, 3 and 10). One method for each endpoint."""

from reconciler.errors import AnswerError, ServiceError, SignInFailed, UsageError
from reconciler.model.job import Budget, Eula
from reconciler.up42 import wire_account
from reconciler.up42.paging import numbered_pages
from reconciler.up42.session import Call, Session
from reconciler.web.exchange import Answer
from reconciler.web.links import segment

_NO_SUCH_METHOD = frozenset({404, 405})


class Account:
    """The account's endpoints. Every method raises `ServiceError` as `Session.request`, beside what it names."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def balance(self) -> int | None:
        """The available credits; None (unknown) where they cannot be read, or are negative and so no limit.

        Who may read them is not documented, so a refusal is no error. Whether holds are taken off already is
        not documented either; `available` suggests so (up42-api.md section 10.1).

        Raises:
            SignInFailed: the credentials are not accepted.
        """
        answer = await self._optional("/v2/payments/balances")
        return None if answer is None else wire_account.balance(answer)

    async def eula(self, eula_id: str) -> Eula:
        """One EULA.

        Raises:
            NotFound: there is no such EULA.
        """
        return _eula(await self._session.request(Call("GET", f"/v2/eulas/{_segment(eula_id)}")))

    async def eulas(self) -> tuple[Eula, ...]:
        """All EULAs, whether they come as a Spring page or as a bare array: which is not documented."""
        found: dict[str, Eula] = {}
        async for page in numbered_pages(self._session, "/v2/eulas", {}):
            with page.answer.readable():
                found.update({eula.eula_id: eula for eula in map(wire_account.eula, page.value)})
        return tuple(found.values())

    async def accept_eula(self, eula_id: str, document_id: str) -> None:
        """Send the call that up42-api.md section 3 infers for accepting a document of a EULA.

        It is a legal act: only ever on a person's explicit word. Method and body are not documented: PATCH is sent,
        and PUT where the service has no PATCH there. Whether it worked is only known by reading the EULA again.

        Raises:
            NotFound: neither is known for this EULA and document.
        """
        path = f"/v2/eulas/{_segment(eula_id)}/documents/{_segment(document_id)}"
        body = {"isAccepted": True}
        try:
            await self._session.request(Call("PATCH", path, body=body, repeatable=False))
        except AnswerError as error:
            if error.status not in _NO_SUCH_METHOD:
                raise
            await self._session.request(Call("PUT", path, body=body, repeatable=False))

    async def budgets(self) -> tuple[Budget, ...]:
        """All budgets, with what is left of them where the service says."""
        found: dict[str, Budget] = {}
        async for page in numbered_pages(self._session, "/v2/budgets", {"includeUsage": "true"}):
            with page.answer.readable():
                found.update({budget.budget_id: budget for budget in map(wire_account.budget, page.value)})
        return tuple(found.values())

    async def budget(self, budget_id: str) -> Budget:
        """One budget.

        Raises:
            NotFound: there is no such budget.
        """
        call = Call("GET", f"/v2/budgets/{_segment(budget_id)}", {"includeUsage": "true"})
        answer = await self._session.request(call)
        value = answer.json()
        with answer.readable():
            return wire_account.budget(value)

    async def budget_enforcement(self) -> bool | None:
        """Whether the service refuses what a budget does not cover; None (unknown) where it does not say.

        Raises:
            SignInFailed: the credentials are not accepted.
        """
        answer = await self._optional("/v2/budgets/settings")
        return None if answer is None else wire_account.enforcement(answer)

    async def _optional(self, path: str) -> object:
        """The JSON of an answer that nothing depends on; None where it cannot be had."""
        try:
            answer = await self._session.request(Call("GET", path))
            return answer.json()
        except SignInFailed:
            raise
        except ServiceError:
            return None


def _eula(answer: Answer) -> Eula:
    value = answer.json()
    with answer.readable():
        return wire_account.eula(value)


def _segment(name: str) -> str:
    try:
        return segment(name)
    except ValueError as error:
        raise UsageError(f"There is no EULA, document or budget with the id {name!r}.") from error
