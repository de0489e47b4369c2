"""Deciding outputs: asking the service and the destinations until each has a change. Changes nothing anywhere."""

import asyncio
import contextlib
import difflib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from reconciler.engine import results
from reconciler.engine.doors import Doors, Scope
from reconciler.engine.events import Asked
from reconciler.engine.listing import Jobs, Listing
from reconciler.engine.offers import Offers
from reconciler.engine.tasks import together
from reconciler.errors import AnswerError, NotFound, UnexpectedAnswer
from reconciler.model.chain import depends_on
from reconciler.model.job import Item, Job, Process
from reconciler.model.observation import Facts, Need, Offer, Question, Results, ResultsKind, Situation
from reconciler.model.output import Output
from reconciler.model.plan import Action, Change, Reason
from reconciler.model.receipt import Claim, ClaimPhase, DestinationState
from reconciler.planning import chains, history, planner
from reconciler.planning.fingerprint import fingerprint

_ENDED = frozenset({"captured", "successful", "released", "failed", "unlicensed", "rejected", "invalid"})
_Value = TypeVar("_Value")
_Key = TypeVar("_Key")


class Decider:
    """Decides outputs of one scope: all of them for a plan, and during an apply those that had to wait for others.

    Attributes:
        facts: what is known of each output so far, by name; those without a fingerprint ("") wait for others.
        items: the result items of the outputs that others are made from, by name, as far as they are there.
        situation: as it was when the plan was made.
    """

    def __init__(
        self, scope: Scope, doors: Doors, situation: Situation, processes: Mapping[str, Process | None]
    ) -> None:
        self._scope = scope
        self._doors = doors
        self._processes = processes
        self._hints: Mapping[str, str] = {}
        self._gate = asyncio.Semaphore(4 * scope.timing.parallelism)
        self.situation = situation
        self.items: dict[str, tuple[Item, ...]] = {}
        self.facts: dict[str, Facts] = {}
        self.offers = Offers(doors.up42)
        self.jobs = Jobs(scope.workspace_id, processes)
        self.listing = Listing(
            doors.up42.processing, self.jobs, workspace_id=scope.workspace_id, settle_s=scope.timing.settle_s
        )

    @classmethod
    async def begin(cls, scope: Scope, doors: Doors) -> "Decider":
        """Ask for the processes, and with that for the server's time.

        Raises:
            ServiceError: the service cannot be reached, or does not accept the credentials.
        """
        ids = sorted({output.process_id for output in scope.outputs})
        gate = asyncio.Semaphore(4 * scope.timing.parallelism)

        async def ask(process_id: str) -> Process | None:
            async with gate:
                return await process_or_none(doors, process_id)

        processes = dict(zip(ids, await together([ask(process_id) for process_id in ids]), strict=True))
        doors.notify(Asked("processes", len(ids), len(ids)))
        situation = Situation(
            now=doors.up42.server_now() or doors.clock.now(),
            api_url=doors.up42.api_url,
            workspace_id=scope.workspace_id,
            project=scope.project,
            grace_s=scope.timing.grace_s,
            settle_s=scope.timing.settle_s,
            rebuy=scope.rebuy,
        )
        decider = cls(scope, doors, situation, processes)
        decider._hints = await decider._ask_hints([name for name in ids if processes[name] is None])
        return decider

    async def decide_all(self) -> list[Change]:
        """A change for every output: first for those that stand for themselves, then for those made from them."""
        states = await self.each("destinations", self._scope.outputs, self._destination_state)
        destinations = {output.name: state for output, state in zip(self._scope.outputs, states, strict=True)}
        upstream = {output.name: depends_on(output) for output in self._scope.outputs}
        open_outputs = {output.name: output for output in self._scope.outputs}
        decided: dict[str, Change] = {}
        while open_outputs:
            wave = [
                output
                for name, output in open_outputs.items()
                if all(other not in open_outputs for other in upstream[name])
            ]
            needed = {name for output in wave for name in upstream[output.name]}
            await self._learn_items({name: decided[name] for name in sorted(needed) if name not in self.items})
            for change in await self._wave(wave, destinations, decided):
                decided[change.output.name] = change
                del open_outputs[change.output.name]
        await self._ask_unneeded_histories()
        return list(decided.values())

    async def decide_late(self, output: Output) -> Change:
        """The change of an output whose references are resolved by now (`chains.resolved`), seen from now on."""
        destination = self.facts[output.name].destination
        self.facts[output.name] = self._first_facts(output, destination, self.situation.now)
        return (await self._decided([output.name], self.situation_now()))[0]

    def situation_now(self) -> Situation:
        """The situation with the server's present time."""
        return replace(self.situation, now=self._doors.up42.server_now() or self.situation.now)

    async def _wave(
        self,
        outputs: Sequence[Output],
        destinations: Mapping[str, DestinationState],
        decided: Mapping[str, Change],
    ) -> list[Change]:
        ready: list[str] = []
        changes: list[Change] = []
        waiting: list[tuple[str, chains.Waits]] = []
        now = self.situation.now
        for output in outputs:
            found = chains.resolved(output, decided, self.items)
            resolved = found if isinstance(found, Output) else output
            facts = self._first_facts(resolved, destinations[output.name], now)
            if isinstance(found, Output):
                ready.append(output.name)
            else:
                facts = replace(facts, fingerprint="", receipt_is_same_work=False)
            self.facts[output.name] = facts
            if isinstance(found, Reason):
                changes.append(Change(output, Action.BLOCKED, found, newer_than=facts.newer_than))
            elif isinstance(found, chains.Waits):
                waiting.append((output.name, found))
        refusals = await self.each("terms", [name for name, _ in waiting], self._refusals)
        changes += [
            planner.decide_unresolved(self.facts[name], self.situation, waits.names, refused)
            for (name, waits), refused in zip(waiting, refusals, strict=True)
        ]
        return changes + await self._decided(ready, self.situation)

    async def _refusals(self, name: str) -> tuple[Reason, ...]:
        """What stands against a new job whose inputs are not known yet."""
        known = self.facts[name]
        return () if known.process is None else await self.offers.terms(chains.stood_in(known.output), known.process)

    async def _learn_items(self, changes: Mapping[str, Change]) -> None:
        """The result items of the outputs that have some: from their receipts, else from storage."""
        to_ask: dict[str, Job] = {}
        for name, change in changes.items():
            receipt = history.own_receipt(self.facts[name], self.situation)
            if change.items:
                self.items[name] = change.items
            elif change.action in (Action.UNCHANGED, Action.WAIT) and receipt is not None and receipt.items:
                self.items[name] = chains.receipt_items(receipt)
            elif change.action is Action.UNCHANGED and change.job is not None:
                to_ask[name] = change.job
        answers = await self.each("results", list(to_ask.values()), self._find_results)
        for name, answer in zip(to_ask, answers, strict=True):
            if answer.kind is ResultsKind.AVAILABLE:
                self.items[name] = answer.items

    async def _decided(self, names: Sequence[str], situation: Situation) -> list[Change]:
        """Decide, ask what was missing, decide again. `facts` is brought up to date."""
        decided: dict[str, Change] = {}
        while True:
            needs: dict[str, Need] = {}
            for name in names:
                if name not in decided:
                    found = planner.decide(self.facts[name], situation)
                    if isinstance(found, Need):
                        needs[name] = found
                    else:
                        decided[name] = found
            if not needs:
                return [decided[name] for name in names]
            histories = [name for name, need in needs.items() if need.question is Question.HISTORY]
            if histories:
                await self._ask_histories(histories)
            await self._ask_results(needs)
            await self._ask_offers([name for name, need in needs.items() if need.question is Question.OFFER])

    def _first_facts(self, output: Output, state: DestinationState, now: datetime) -> Facts:
        scope, process = self._scope, self._processes[output.process_id]
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
            process_hint=self._hints.get(output.process_id, ""),
            approval=scope.approvals.get(output.name),
        )

    async def _ask_unneeded_histories(self) -> None:
        """The histories that only an explanation wants."""
        unasked = [
            name
            for name in sorted(self._scope.explain & self.facts.keys())
            if self.facts[name].jobs is None and self.facts[name].fingerprint
        ]
        if unasked:
            await self._ask_histories(unasked)

    async def _ask_histories(self, names: Sequence[str]) -> None:
        facts, jobs = self.facts, self.jobs
        await self._list_jobs({facts[name].output.process_id: facts[name].process for name in names})
        claims = await self._doors.claims.newest()
        await self._learn_claimed_jobs(claims)
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

    async def _list_jobs(self, processes: Mapping[str, Process | None]) -> None:
        known = frozenset(process_id for process_id, process in processes.items() if process is not None)
        await self.listing.read_all(known, self._doors.notify)
        for process_id in sorted(processes.keys() - known):
            # A retired process may have jobs still; whether one may ask for them is not documented.
            with contextlib.suppress(AnswerError):
                await self.listing.read_all(frozenset({process_id}), self._doors.notify)

    async def _learn_claimed_jobs(self, claims: Mapping[str, Claim]) -> None:
        """A claim's job may not be listed yet; asked for by its id, it is found at once."""
        unlisted = {
            claim.job_id: claim
            for claim in claims.values()
            if claim.phase is ClaimPhase.CREATED
            and claim.job_id
            and not claim.altered
            and not self.jobs.get(claim.job_id)
        }
        if unlisted:
            for job_id, job in (await self._doors.up42.processing.jobs_by_ids(sorted(unlisted))).items():
                self.jobs.assign(job, unlisted[job_id].fingerprint)

    async def _find_results(self, job: Job) -> Results:
        situation = self.situation
        return await results.find(self._doors.up42.storage, job, now=situation.now, settle_s=situation.settle_s)

    async def _ask_results(self, needs: Mapping[str, Need]) -> None:
        asked = {need.job.job_id: need.job for need in needs.values() if need.job is not None}
        found = dict(zip(asked, await self.each("results", list(asked.values()), self._find_results), strict=True))
        for name, need in needs.items():
            if need.job is not None:
                known = self.facts[name].results
                self.facts[name] = replace(self.facts[name], results={**known, need.job.job_id: found[need.job.job_id]})

    async def _ask_offers(self, names: Sequence[str]) -> None:
        """One offer for each kind of work, whatever the number of outputs that want it."""
        facts = self.facts
        kinds = {facts[name].fingerprint: facts[name] for name in names}

        async def ask(known: Facts) -> Offer:
            return Offer() if known.process is None else await self.offers.ask(known.output, known.process)

        offers = dict(zip(kinds, await self.each("prices", list(kinds.values()), ask), strict=True))
        for name in names:
            facts[name] = replace(facts[name], offer=offers[facts[name].fingerprint])

    async def _ask_hints(self, unknown: Sequence[str]) -> Mapping[str, str]:
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

    async def each(self, what: str, keys: Sequence[_Key], ask: Callable[[_Key], Awaitable[_Value]]) -> list[_Value]:
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


async def process_or_none(doors: Doors, process_id: str) -> Process | None:
    """A process as the service describes it; None where it has none with this id."""
    try:
        return await doors.up42.processing.process(process_id)
    except NotFound:
        return None
