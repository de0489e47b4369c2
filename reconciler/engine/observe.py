"""Observing: asking the service and the destinations until every output can be decided. Changes nothing anywhere."""

import asyncio
import contextlib
import difflib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from reconciler.clock import Clock
from reconciler.delivery.destination import Destination
from reconciler.engine import results
from reconciler.engine.events import Asked, Notify
from reconciler.engine.listing import Jobs, Listing
from reconciler.engine.offers import Offers
from reconciler.engine.tasks import together
from reconciler.errors import AnswerError, NotFound, SignInFailed, UnexpectedAnswer
from reconciler.model.job import Budget, Job, Process
from reconciler.model.observation import Facts, Money, Need, Offer, Question, Results, Situation
from reconciler.model.output import Output, Timing
from reconciler.model.plan import Change, Plan
from reconciler.model.receipt import Claim, ClaimPhase, DestinationState
from reconciler.planning import money, planner
from reconciler.planning.fingerprint import fingerprint
from reconciler.state.claims import Claims
from reconciler.up42.client import Up42

_ENDED = frozenset({"captured", "successful", "released", "failed", "unlicensed", "rejected", "invalid"})
_Value = TypeVar("_Value")
_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a plan is made for.

    Attributes:
        replace: names of outputs for which only a job created from now on counts.
        verify: delivered files are read again and compared with their checksums.
    """

    outputs: tuple[Output, ...]
    workspace_id: str
    project: str | None
    timing: Timing
    replace: frozenset[str] = frozenset()
    rebuy: bool = False
    verify: bool = False


@dataclass(frozen=True, slots=True)
class Doors:
    """Everything outside that observing and acting may touch."""

    up42: Up42
    claims: Claims
    destination: Callable[[str], Destination]
    clock: Clock
    notify: Notify


@dataclass(frozen=True, slots=True)
class Observed:
    """A plan, and what an apply in the same process goes on with."""

    plan: Plan
    facts: Mapping[str, Facts]
    situation: Situation
    jobs: Jobs
    listing: Listing
    offers: Offers


async def observe(scope: Scope, doors: Doors) -> Observed:
    """Ask until every output is decided, then share out the money.

    Raises:
        ServiceError: the service cannot be reached, or does not accept the credentials.
        StateStoreError: the claims cannot be read.
    """
    return await _Observation(scope, doors).run()


class _Observation:
    def __init__(self, scope: Scope, doors: Doors) -> None:
        self._scope = scope
        self._doors = doors
        self._offers = Offers(doors.up42)
        self._gate = asyncio.Semaphore(4 * scope.timing.parallelism)

    async def run(self) -> Observed:
        scope, up42 = self._scope, self._doors.up42
        ids = sorted({output.process_id for output in scope.outputs})
        processes = dict(zip(ids, await self._each("processes", ids, self._process), strict=True))
        hints = await self._hints([process_id for process_id in ids if processes[process_id] is None])
        now = up42.server_now() or self._doors.clock.now()
        situation = Situation(
            now=now,
            api_url=up42.api_url,
            workspace_id=scope.workspace_id,
            project=scope.project,
            grace_s=scope.timing.grace_s,
            settle_s=scope.timing.settle_s,
            rebuy=scope.rebuy,
        )
        states = await self._each("destinations", scope.outputs, self._destination_state)
        facts = {
            output.name: self._first_facts(output, state, processes[output.process_id], hints, now)
            for output, state in zip(scope.outputs, states, strict=True)
        }
        jobs = Jobs(scope.workspace_id, processes)
        listing = Listing(up42.processing, jobs, workspace_id=scope.workspace_id, settle_s=scope.timing.settle_s)
        changes = await self._decide_all(facts, situation, jobs, listing)
        plan = Plan(
            changes=money.allot(changes, await self._money(changes)),
            made_at=now,
            api_url=up42.api_url,
            workspace_id=scope.workspace_id,
            project=scope.project,
            balance_credits=await self._offers.balance_credits() if scope.outputs else None,
        )
        return Observed(plan, facts, situation, jobs, listing, self._offers)

    async def _decide_all(
        self, facts: dict[str, Facts], situation: Situation, jobs: Jobs, listing: Listing
    ) -> list[Change]:
        """Decide, ask what was missing, decide again. `facts` is brought up to date."""
        decided: dict[str, Change] = {}
        while True:
            needs: dict[str, Need] = {}
            for name, known in facts.items():
                if name not in decided:
                    found = planner.decide(known, situation)
                    if isinstance(found, Need):
                        needs[name] = found
                    else:
                        decided[name] = found
            if not needs:
                return list(decided.values())
            histories = [name for name, need in needs.items() if need.question is Question.HISTORY]
            if histories:
                await self._ask_histories(facts, histories, jobs, listing)
            await self._ask_results(facts, needs, situation)
            offers = [name for name, need in needs.items() if need.question is Question.OFFER]
            await self._ask_offers(facts, offers)

    def _first_facts(
        self, output: Output, state: DestinationState, process: Process | None, hints: Mapping[str, str], now: datetime
    ) -> Facts:
        scope = self._scope
        wanted = fingerprint(output.process_id, scope.workspace_id, output.inputs, process)
        replace_asked = output.name in scope.replace
        receipt = state.receipt
        same = (
            receipt is not None
            and receipt.workspace_id.lower() == scope.workspace_id.lower()
            and wanted
            in (
                receipt.fingerprint,
                # The process may publish other defaults by now: hash the delivered inputs as the wanted ones were.
                fingerprint(receipt.process_id, scope.workspace_id, receipt.inputs, process),
            )
        )
        return Facts(
            output=output,
            fingerprint=wanted,
            destination=state,
            process=process,
            newer_than=max(now, output.newer_than or now) if replace_asked else output.newer_than,
            replace_asked=replace_asked,
            receipt_is_same_work=same,
            process_hint=hints.get(output.process_id, ""),
        )

    async def _ask_histories(self, facts: dict[str, Facts], names: list[str], jobs: Jobs, listing: Listing) -> None:
        await self._list_jobs({facts[name].output.process_id: facts[name].process for name in names}, listing)
        claims = await self._doors.claims.newest()
        await self._learn_claimed_jobs(claims, jobs)
        others = jobs.unmatched(frozenset(known.fingerprint for known in facts.values()))
        former: dict[tuple[str, str | None], list[Job]] = {}
        for job in others:
            if job.status not in _ENDED:
                former.setdefault((job.process_id, job.title), []).append(job)
        for name in names:
            known = facts[name]
            facts[name] = replace(
                known,
                jobs=jobs.matching(known.fingerprint),
                claim=claims.get(known.fingerprint),
                # The same title and process with other inputs: an earlier form of the output that still runs.
                former=tuple(former.get((known.output.process_id, known.output.title), ())),
            )

    async def _list_jobs(self, processes: Mapping[str, Process | None], listing: Listing) -> None:
        known = frozenset(process_id for process_id, process in processes.items() if process is not None)
        await listing.read_all(known, self._doors.notify)
        for process_id in sorted(processes.keys() - known):
            # A retired process may have jobs still; whether one may ask for them is not documented.
            with contextlib.suppress(AnswerError):
                await listing.read_all(frozenset({process_id}), self._doors.notify)

    async def _learn_claimed_jobs(self, claims: Mapping[str, Claim], jobs: Jobs) -> None:
        """A claim's job may not be listed yet; asked for by its id, it is found at once."""
        unlisted = {
            claim.job_id: claim
            for claim in claims.values()
            if claim.phase is ClaimPhase.CREATED and claim.job_id and not claim.altered and not jobs.get(claim.job_id)
        }
        if unlisted:
            for job_id, job in (await self._doors.up42.processing.jobs_by_ids(sorted(unlisted))).items():
                jobs.assign(job, unlisted[job_id].fingerprint)

    async def _ask_results(self, facts: dict[str, Facts], needs: Mapping[str, Need], situation: Situation) -> None:
        asked = {need.job.job_id: need.job for need in needs.values() if need.job is not None}

        async def find(job: Job) -> Results:
            return await results.find(self._doors.up42.storage, job, now=situation.now, settle_s=situation.settle_s)

        found = dict(zip(asked, await self._each("results", list(asked.values()), find), strict=True))
        for name, need in needs.items():
            if need.job is not None:
                known = facts[name].results
                facts[name] = replace(facts[name], results={**known, need.job.job_id: found[need.job.job_id]})

    async def _ask_offers(self, facts: dict[str, Facts], names: list[str]) -> None:
        """One offer for each kind of work, whatever the number of outputs that want it."""
        kinds = {facts[name].fingerprint: facts[name] for name in names}

        async def ask(known: Facts) -> Offer:
            return Offer() if known.process is None else await self._offers.ask(known.output, known.process)

        offers = dict(zip(kinds, await self._each("prices", list(kinds.values()), ask), strict=True))
        for name in names:
            facts[name] = replace(facts[name], offer=offers[facts[name].fingerprint])

    async def _process(self, process_id: str) -> Process | None:
        try:
            return await self._doors.up42.processing.process(process_id)
        except NotFound:
            return None

    async def _hints(self, unknown: list[str]) -> Mapping[str, str]:
        """For each unknown process id, `; did you mean …?` or nothing."""
        if not unknown:
            return {}
        try:
            listed = [process.process_id for process in await self._doors.up42.processing.processes()]
        except (AnswerError, UnexpectedAnswer):
            return {}
        near = {process_id: difflib.get_close_matches(process_id, listed, n=1) for process_id in unknown}
        return {process_id: f" (did you mean {names[0]}?)" for process_id, names in near.items() if names}

    async def _destination_state(self, output: Output) -> DestinationState:
        return await self._doors.destination(output.delivery.to).state(verify=self._scope.verify)

    async def _money(self, changes: Sequence[Change]) -> Money:
        if not any(change.action.may_pay for change in changes):
            return Money()
        named = {change.output.budget_id for change in changes if change.action.may_pay}
        ids = sorted(budget_id for budget_id in named if budget_id)
        budgets = dict(zip(ids, await self._each("budgets", ids, self._budget), strict=True))
        return Money(
            balance_credits=await self._offers.balance_credits(),
            budgets={budget_id: budget for budget_id, budget in budgets.items() if budget is not None},
            enforced=await self._doors.up42.account.budget_enforcement() if ids else None,
        )

    async def _budget(self, budget_id: str) -> Budget | None:
        try:
            return await self._doors.up42.account.budget(budget_id)
        except SignInFailed:
            raise
        except (AnswerError, UnexpectedAnswer):
            return None

    async def _each(self, what: str, keys: Sequence[_Key], ask: Callable[[_Key], Awaitable[_Value]]) -> list[_Value]:
        """The answers in the order of the keys, a bounded number at once; the first error ends all."""
        done = 0

        async def one(key: _Key) -> _Value:
            nonlocal done
            async with self._gate:
                answer = await ask(key)
            done += 1
            self._doors.notify(Asked(what, done, len(keys)))
            return answer

        return await together([one(key) for key in keys])
