"""Acting on a plan: every output on its own way, all at once, until each is complete or says why not."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from reconciler.engine.control import Control
from reconciler.engine.creator import Creator, Obtained, OnUnknown
from reconciler.engine.delivering import Delivering
from reconciler.engine.doors import Doors
from reconciler.engine.events import Acting, Delivered, Failed, JobStatus, Waiting
from reconciler.engine.observe import Observed
from reconciler.engine.poller import Poller
from reconciler.errors import (
    CreateUnresolved,
    DefinitionChanged,
    DestinationOccupied,
    PlanUsed,
    PriceRose,
    ReconcilerError,
    SignInFailed,
    Stopped,
)
from reconciler.model.job import Job, Quote, Standing
from reconciler.model.observation import Facts, Situation
from reconciler.model.outcome import Outcome, OutcomeKind
from reconciler.model.output import Output, Timing
from reconciler.model.plan import Action, Change, Reason
from reconciler.planning import chains, history, money, words

_DOWNLOADABLE = (Standing.UNSETTLED, Standing.SETTLED)


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """How an apply goes about it.

    Attributes:
        wait: False: return after the creates and what can be downloaded at once.
        timeout_s: stop waiting after this long; None: never.
    """

    on_unknown: OnUnknown = "post"
    wait: bool = True
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """What became of every output, sorted by name, and what ended the run early, if anything did."""

    outcomes: tuple[Outcome, ...]
    interrupted: bool = False
    timed_out: bool = False
    halted: DefinitionChanged | None = None
    sign_in_failed: SignInFailed | None = None


async def apply(
    observed: Observed, doors: Doors, timing: Timing, options: ApplyOptions, interrupt: asyncio.Event
) -> ApplyResult:
    """Carry out a plan. Errors of one output end in its outcome and never stop the others.

    When `interrupt` is set, or the time is over, nothing more is created, a request under way may end, and what
    goes on at UP42 is reported as pending.
    """
    control = Control()
    async with Poller(doors.up42, doors.clock, doors.notify, settle_s=timing.settle_s) as poller:
        return await _Apply(observed, doors, timing, options, control, poller).run(interrupt)


class _Apply:
    def __init__(
        self,
        observed: Observed,
        doors: Doors,
        timing: Timing,
        options: ApplyOptions,
        control: Control,
        poller: Poller,
    ) -> None:
        self._observed = observed
        self._doors = doors
        self._options = options
        self._control = control
        self._poller = poller
        self._creator = Creator(doors, observed, timing, control, on_unknown=options.on_unknown)
        self._delivering = Delivering(doors, observed, timing)
        self._shared: dict[str, asyncio.Future[Job | Outcome]] = {}
        self._changes: dict[str, Change] = {}
        self._work: dict[str, asyncio.Lock] = {}
        self._in_flight: dict[str, Obtained] = {}
        self._sign_in_failed: SignInFailed | None = None
        self._give_up = asyncio.Event()

    async def run(self, interrupt: asyncio.Event) -> ApplyResult:
        changes = sorted(self._observed.plan.changes, key=lambda change: (-change.output.priority, change.output.name))
        loop = asyncio.get_running_loop()
        upstream = {name for change in changes for name in change.waits_for}
        self._shared = {
            change.output.name: loop.create_future()
            for change in changes
            if change.action.may_pay or change.output.name in upstream
        }
        self._changes = {change.output.name: change for change in changes}
        self._doors.notify(Acting(sum(change.action is not Action.UNCHANGED for change in changes)))
        tasks = {change.output.name: asyncio.create_task(self._output(change)) for change in changes}
        timed_out = await self._until_done_or_stopped(tasks, interrupt)
        outcomes = [
            self._unfinished(change) if tasks[change.output.name].cancelled() else tasks[change.output.name].result()
            for change in changes
        ]
        return ApplyResult(
            outcomes=tuple(sorted(outcomes, key=lambda outcome: outcome.output)),
            interrupted=interrupt.is_set(),
            timed_out=timed_out,
            halted=self._control.halted,
            sign_in_failed=self._sign_in_failed,
        )

    async def _until_done_or_stopped(self, tasks: dict[str, asyncio.Task[Outcome]], interrupt: asyncio.Event) -> bool:
        """True if the time was over first. No task runs any more afterwards."""
        done = asyncio.create_task(_all_ended(tasks.values()))
        time_over = asyncio.create_task(self._time_over())
        stops = [asyncio.create_task(event.wait()) for event in (interrupt, self._give_up)]
        try:
            await asyncio.wait([done, time_over, *stops], return_when=asyncio.FIRST_COMPLETED)
            timed_out = not done.done() and time_over.done()
            self._control.stopping.set()
            await self._control.quiet()
            for task in tasks.values():
                task.cancel()
            await done
        finally:
            stops.append(time_over)
            for stop in stops:
                stop.cancel()
            await asyncio.gather(*stops, return_exceptions=True)
        return timed_out

    async def _time_over(self) -> Literal[True]:
        if self._options.timeout_s is None:
            await asyncio.Event().wait()
        else:
            await self._doors.clock.sleep(self._options.timeout_s)
        return True

    async def _output(self, change: Change) -> Outcome:
        try:
            outcome = await self._guarded(change)
        except BaseException:
            # Whoever shares this output's job must not wait for ever.
            self._share(change, self._unfinished(change))
            raise
        self._share(change, outcome)
        if outcome.kind is OutcomeKind.COMPLETE:
            size_bytes = sum(owned.size_bytes for owned in outcome.files)
            self._doors.notify(Delivered(outcome.output, len(outcome.files), size_bytes))
        elif outcome.kind is not OutcomeKind.UNCHANGED:
            self._doors.notify(Failed(outcome.output, outcome.detail))
        return outcome

    async def _guarded(self, change: Change) -> Outcome:
        try:
            return await self._act(change)
        except SignInFailed as error:
            self._sign_in_failed = error
            self._give_up.set()
            return self._unfinished(change)
        except ReconcilerError as error:
            return self._failed(change, error)

    def _share(self, change: Change, result: Job | Outcome) -> None:
        shared = self._shared.get(change.output.name)
        if shared is not None and not shared.done():
            shared.set_result(result)

    async def _act(self, change: Change) -> Outcome:
        if change.action is Action.BLOCKED:
            return self._outcome(change, OutcomeKind.BLOCKED, change.reason.text)
        if change.action is Action.DEFERRED:
            text = f"the balance does not cover it ({change.reason.text}): top it up, then apply again"
            if change.reason.code == money.TO_FIT:
                text = f"it does not fit ({change.reason.text}): raise that limit, then apply again"
            return self._outcome(change, OutcomeKind.DEFERRED, text)
        if change.action is Action.UNCHANGED:
            return await self._unchanged(change)
        if change.waits_for:
            late = await self._late(change)
            return late if isinstance(late, Outcome) else await self._act(late)
        obtained = await self._served(change)
        if isinstance(obtained, Outcome):
            return replace(obtained, output=change.output.name, created=False, quoted_credits=None)
        self._in_flight[change.output.name] = obtained
        if self._standing(obtained.job) not in _DOWNLOADABLE:
            return self._unfinished(change) if not self._options.wait else self._ended(change, obtained)
        self._share(change, obtained.job)
        return await self._deliver(change, obtained)

    async def _unchanged(self, change: Change) -> Outcome:
        if change.settles_receipt and change.job is not None:
            await self._delivering.settle(change, change.job, self._standing(change.job))
        receipt = self._facts(change).destination.receipt
        files = () if receipt is None else receipt.files
        return replace(self._outcome(change, OutcomeKind.UNCHANGED), files=files)

    async def _deliver(self, change: Change, obtained: Obtained) -> Outcome:
        facts = self._facts(change)
        receipt = history.own_receipt(facts, self._situation())
        if receipt is None or not history.delivered_whole(facts, receipt):
            receipt = await self._delivering.deliver(change, obtained.job, self._standing(obtained.job))
        job = await self._settled(change, obtained)
        outcome = self._outcome(change, OutcomeKind.COMPLETE)
        charged = job.credits if obtained.created and self._standing(job) is Standing.SETTLED else None
        return replace(
            outcome,
            job_id=job.job_id,
            created=obtained.created,
            quoted_credits=obtained.quoted_credits,
            charged_credits=charged,
            files=receipt.files,
        )

    async def _settled(self, change: Change, obtained: Obtained) -> Job:
        """Wait until the charge is final, and let the receipt know."""
        job = obtained.job
        if self._standing(job) is Standing.SETTLED or not self._options.wait:
            return job
        self._waiting(change, f"job {words.short(job.job_id)} is {job.status}, its charge is not final yet")
        job = await self._poller.until(
            job,
            lambda seen: self._standing(seen) not in (Standing.UNSETTLED, Standing.PENDING),
            lambda seen: self._saw(change, seen),
        )
        await self._delivering.settle(change, job, self._standing(job))
        return job

    # --- outputs that are made from others

    async def _late(self, change: Change) -> Change | Outcome:
        """The change once the outputs that it waits for have results; or the outcome where that cannot be."""
        items = dict(self._observed.decider.items)
        for name in change.waits_for:
            self._waiting(change, f"{name} comes first")
            upstream = await asyncio.shield(self._shared[name])
            if isinstance(upstream, Outcome):
                return self._after(change, upstream)
            items[name] = await self._delivering.items(self._changes[name], upstream)
        resolved = chains.resolved(change.output, self._changes, items)
        if not isinstance(resolved, Output):
            text = resolved.text if isinstance(resolved, Reason) else f"waits for {', '.join(resolved.names)}"
            return self._outcome(change, OutcomeKind.BLOCKED, text)
        late = await self._observed.decider.decide_late(resolved)
        return self._refused(late) or late

    def _after(self, change: Change, upstream: Outcome) -> Outcome:
        if upstream.kind is OutcomeKind.PENDING:
            text = f"waits for {upstream.output}, whose job goes on at UP42; run the same command again to go on"
            return self._outcome(change, OutcomeKind.DEFERRED, text)
        return self._outcome(change, OutcomeKind.BLOCKED, f"waits for {upstream.output}, which is {upstream.kind}")

    def _refused(self, late: Change) -> Outcome | None:
        """Hold a price that nobody knew when the plan was made against ceiling and policies."""
        if not late.action.may_pay:
            return None
        if late.price_credits is None:
            return None  # `_bought` sees to it
        text = self._observed.allowance.refusal(late)
        if text is not None:
            return self._outcome(late, OutcomeKind.DEFERRED, f"{text}; raise the limit, then apply again")
        self._observed.allowance.take(late)
        return None

    # --- the job that serves an output

    async def _served(self, change: Change) -> Obtained | Outcome:
        """The job, waited for until it has results or has failed for good; or the outcome of who shares it."""
        if change.same_work_as is not None:
            shared = await asyncio.shield(self._shared[change.same_work_as])
            return shared if isinstance(shared, Outcome) else Obtained(shared, created=False)
        if not change.action.may_pay:
            if change.job is None:
                raise Stopped("There is no job to wait for.", hint="Run the same command again.")
            return await self._waited(change, Obtained(change.job, created=False))
        while True:
            obtained = await self._bought(change)
            waited = await self._waited(change, obtained)
            if not self._may_retry(change, waited.job):
                return waited
            self._waiting(change, f"job {words.short(waited.job.job_id)} was released, trying again")

    async def _bought(self, change: Change) -> Obtained:
        # Outputs that were decided late may turn out to be the same work as others.
        async with self._work.setdefault(change.fingerprint or "", asyncio.Lock()):
            return await self._bought_alone(change)

    async def _bought_alone(self, change: Change) -> Obtained:
        if change.price_credits is not None:
            return await self._creator.obtain(change)
        # Nobody knows what it will cost: the next one waits until this one has shown what it holds.
        async with self._control.unknown_price_turn:
            left = self._observed.allowance.left_credits(change)
            if left is None or left < 0:
                raise PriceRose("The ceiling of --max-credits is used up.", hint="Raise it to go on.")
            self._control.unknown_price_left_credits = left
            obtained = await self._creator.obtain(change)
            shown = await self._poller.until(
                obtained.job,
                lambda seen: seen.credits is not None or self._standing(seen) is not Standing.PENDING,
                lambda seen: self._saw(change, seen),
            )
            self._observed.allowance.take(replace(change, quote=Quote(shown.credits)))
            return replace(obtained, job=shown)

    async def _waited(self, change: Change, obtained: Obtained) -> Obtained:
        self._in_flight[change.output.name] = obtained
        if not self._options.wait:
            return obtained
        job = await self._poller.until(
            obtained.job,
            lambda seen: self._standing(seen) is not Standing.PENDING,
            lambda seen: self._saw(change, seen),
        )
        self._observed.jobs.assign(job, change.fingerprint or "")
        return replace(obtained, job=job)

    def _may_retry(self, change: Change, job: Job) -> bool:
        if self._standing(job) is not Standing.RELEASED or job.consumption_id:
            return False
        if self._facts(change).approval is not None:
            return False  # a saved plan creates what it shows
        facts = replace(self._facts(change), jobs=self._observed.jobs.matching(change.fingerprint or ""))
        failed = history.read(facts, self._situation()).failed
        released = sum(1 for other in failed if self._standing(other) is Standing.RELEASED)
        return released < change.output.attempts

    def _saw(self, change: Change, job: Job) -> None:
        self._observed.jobs.assign(job, change.fingerprint or "")
        self._doors.notify(JobStatus(change.output.name, job.job_id, job.status))

    # --- outcomes

    def _ended(self, change: Change, obtained: Obtained) -> Outcome:
        """The outcome of a job that ended without results."""
        job, found = obtained.job, self._standing(obtained.job)
        name = f"job {job.job_id}"
        detail = {
            Standing.RELEASED: f"{name} failed and was released, nothing was charged: raise retry.attempts to try "
            "again; if it persists, contact UP42 support",
            Standing.UNLICENSED: f"{name} is unlicensed: accept the EULA (reconciler eulas list), then apply again",
            Standing.REJECTED: f"{name} was rejected for lack of credits: top up the balance, then apply again",
            Standing.INVALID: f"{name} is invalid: "
            + ("; ".join(f"{error.name}: {error.message}" for error in job.errors) or "no reason given")
            + ": change the inputs",
        }.get(found, f"{name} is {job.status}")
        if job.consumption_id and found is Standing.RELEASED:
            detail = f"{name} was released, but charged all the same: contact UP42 support"
        return replace(
            self._outcome(change, OutcomeKind.FAILED, detail),
            job_id=job.job_id,
            created=obtained.created,
            quoted_credits=obtained.quoted_credits,
        )

    def _failed(self, change: Change, error: ReconcilerError) -> Outcome:
        kind = OutcomeKind.FAILED
        if isinstance(error, CreateUnresolved):
            kind = OutcomeKind.UNRESOLVED
        elif isinstance(error, DestinationOccupied | PriceRose | PlanUsed):
            kind = OutcomeKind.BLOCKED
        elif isinstance(error, Stopped):
            kind = OutcomeKind.DEFERRED
        return self._with_job(change, self._outcome(change, kind, " ".join(filter(None, (str(error), error.hint)))))

    def _unfinished(self, change: Change) -> Outcome:
        """How an output stands whose way was cut short."""
        obtained = self._in_flight.get(change.output.name)
        if obtained is None and change.job is None:
            return self._outcome(change, OutcomeKind.DEFERRED, "not created; run the same command again to go on")
        job = obtained.job if obtained is not None else change.job
        status = "" if job is None else f"job {job.job_id} is {job.status} at UP42"
        outcome = self._outcome(change, OutcomeKind.PENDING, f"{status}; run the same command again to pick it up")
        return self._with_job(change, outcome)

    def _with_job(self, change: Change, outcome: Outcome) -> Outcome:
        obtained = self._in_flight.get(change.output.name)
        if obtained is None:
            return outcome
        return replace(
            outcome,
            job_id=obtained.job.job_id,
            created=obtained.created,
            quoted_credits=obtained.quoted_credits,
        )

    def _outcome(self, change: Change, kind: OutcomeKind, detail: str = "") -> Outcome:
        return Outcome(
            output=change.output.name,
            kind=kind,
            detail=detail,
            job_id=None if change.job is None else change.job.job_id,
            destination=change.output.delivery.to,
        )

    # --- small helpers

    def _facts(self, change: Change) -> Facts:
        return self._observed.facts[change.output.name]

    def _situation(self) -> Situation:
        return replace(self._observed.situation, now=self._doors.up42.server_now() or self._observed.situation.now)

    def _standing(self, job: Job) -> Standing:
        return history.standing(job, self._situation())

    def _waiting(self, change: Change, why: str) -> None:
        self._doors.notify(Waiting(change.output.name, why, 0.0))


async def _all_ended(tasks: Iterable[asyncio.Task[Outcome]]) -> Literal[True]:
    await asyncio.gather(*tasks, return_exceptions=True)
    return True
