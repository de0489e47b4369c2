"""Asking what a new job would cost, and whether the service would take it. Creates nothing."""

import asyncio

from reconciler.errors import AnswerError, InputsRejected, NotFound, SignInFailed, UnexpectedAnswer
from reconciler.model.job import Eula, InputError, Process, Quote
from reconciler.model.observation import Offer
from reconciler.model.output import Output
from reconciler.model.plan import Reason
from reconciler.planning import inputs
from reconciler.up42.client import Up42


class Offers:
    """Asks once for each kind of work; licences once for each EULA, the balance once."""

    def __init__(self, up42: Up42) -> None:
        self._up42 = up42
        self._eulas: dict[str, asyncio.Task[Eula | None]] = {}
        self._balance: asyncio.Task[int | None] | None = None

    async def balance_credits(self) -> int | None:
        """The account's balance, asked once; None as `Account.balance` has it."""
        if self._balance is None:
            self._balance = asyncio.create_task(self._up42.account.balance())
        return await self._balance

    async def ask(self, output: Output, process: Process) -> Offer:
        """Licence first, then shape, meaning and price: the first that fails is the answer."""
        eula = await self._eula(process)
        accepted = None if eula is None else eula.accepted
        refusals = await self.terms(output, process)
        if refusals:
            return Offer(refusals, licence_accepted=accepted)
        try:
            quote = await self._quote(output)
        except InputsRejected as error:
            reasons = tuple(Reason("blocked_because_input_invalid", _invalid(reason)) for reason in error.errors)
            return Offer(reasons, licence_accepted=accepted)
        except SignInFailed:
            raise
        except (AnswerError, UnexpectedAnswer) as error:
            text = f"its price cannot be asked: {error}"
            return Offer((Reason("blocked_because_no_offer", text),), licence_accepted=accepted)
        return Offer((), quote, accepted, await self.balance_credits())

    async def terms(self, output: Output, process: Process) -> tuple[Reason, ...]:
        """What stands against a new job before its items are looked at: the licence, else the shape of its inputs."""
        eula = await self._eula(process)
        if eula is None or eula.accepted:
            return inputs.problems(output, process)
        text = f"EULA not accepted: reconciler eulas accept {eula.eula_id}"
        if eula.document_id:
            text += f" --document {eula.document_id}"
        return (Reason("blocked_because_eula", text),)

    async def _quote(self, output: Output) -> Quote:
        submitted = inputs.submitted(output, self._up42.api_url)
        await self._up42.processing.validate(output.process_id, submitted)
        return await self._up42.processing.quote(output.process_id, submitted)

    async def _eula(self, process: Process) -> Eula | None:
        """None where there is none, or it cannot be read: then the job itself will tell, at no cost."""
        if process.eula_id is None:
            return None
        if process.eula_id not in self._eulas:
            self._eulas[process.eula_id] = asyncio.create_task(self._read_eula(process.eula_id))
        return await self._eulas[process.eula_id]

    async def _read_eula(self, eula_id: str) -> Eula | None:
        try:
            return await self._up42.account.eula(eula_id)
        except NotFound:
            return None


def _invalid(reason: InputError) -> str:
    return f"input invalid: {reason.name}: {reason.message.rstrip('.')}: correct spec.inputs (see reconciler items)"
