"""Creating a job once: the steps of product.md "How a job is created", in order.

claim    create the claim object; one that another run holds is waited for, and settled by what is listed
look     list the newest jobs again: a listed job beats any claim
ask      the price again; one that rose stops this output
mark     write `posting`, check that the lease still holds
post     send the request once, on a fresh connection
record   the job id, or that nothing was created; any other outcome is unknown, and is settled as a dead
         owner's claim is: by the listing, and by time
"""

import asyncio
import contextlib
import getpass
import os
import secrets
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Literal

from reconciler.engine.control import Control
from reconciler.engine.doors import Doors
from reconciler.engine.events import Claimed, Created, Note, Waiting
from reconciler.engine.observe import Observed
from reconciler.errors import (
    AnswerError,
    AnswerLost,
    CreateUnresolved,
    DefinitionChanged,
    NotSent,
    PlanUsed,
    PriceRose,
    ServiceError,
    SignInFailed,
    StateStoreError,
    TooManyRequests,
    UsageError,
)
from reconciler.model.job import Job
from reconciler.model.observation import Facts, Situation
from reconciler.model.output import Timing
from reconciler.model.plan import Change
from reconciler.model.receipt import Claim, ClaimPhase
from reconciler.planning import diff, fingerprint, history, inputs, words

_TRIES = 6
_LOOK_EVERY_S = 2.0
_RETRY_AFTER_S = 5.0

OnUnknown = Literal["post", "stop"]


@dataclass(frozen=True, slots=True)
class Obtained:
    """A job for an output, and whether this run created it."""

    job: Job
    created: bool
    quoted_credits: int | None = None


class Creator:
    """Creates the jobs of one apply; `obtain` is called once for each fingerprint at a time."""

    def __init__(
        self, doors: Doors, observed: Observed, timing: Timing, control: Control, *, on_unknown: OnUnknown
    ) -> None:
        self._doors = doors
        self._observed = observed
        self._timing = timing
        self._control = control
        self._on_unknown = on_unknown
        self._slots = asyncio.Semaphore(timing.parallelism)
        self._first_of_process: dict[str, asyncio.Lock] = {}
        self._trusted_processes: set[str] = set()
        self._first_seen_s: dict[str, float] = {}

    async def obtain(self, change: Change) -> Obtained:
        """A job for the output: created under a claim, or one that turned out to exist.

        Raises:
            Stopped: nothing more may be created.
            PriceRose: it would cost more than the plan says.
            PlanUsed: the saved plan that is applied has been used for it already.
            CreateUnresolved: the outcome of a create is unknown, and `on_unknown` is `stop`.
            DefinitionChanged: the job came back with other inputs; the whole run stops creating.
            AnswerError: the service refused to create it.
            NotSent: the service cannot be reached.
            StateStoreError: no claim can be taken.
        """
        failure: ServiceError | None = None
        for _ in range(_TRIES):
            number, job = await self._free_number(change)
            if job is not None:
                return Obtained(job, created=False)
            async with self._first_alone(change.output.process_id), self._slots:
                self._control.check()
                try:
                    obtained, failure = await self._attempt(change, number), None
                except (NotSent, TooManyRequests) as error:
                    obtained, failure = None, error
            if obtained is not None:
                return obtained
            if failure is not None:
                await self._doors.clock.sleep(_pause_s(failure))
        raise failure or CreateUnresolved(
            f"No job could be created for {change.output.name}: {_TRIES} claims came to nothing.",
            hint="Run the same command again.",
        )

    @contextlib.asynccontextmanager
    async def _first_alone(self, process_id: str) -> AsyncIterator[None]:
        """Until one job of a process came back as it was sent, the others wait: a surprise costs one job."""
        if process_id not in self._trusted_processes:
            async with self._first_of_process.setdefault(process_id, asyncio.Lock()):
                if process_id not in self._trusted_processes:
                    yield
                    return
        yield

    # --- other claims

    async def _free_number(self, change: Change) -> tuple[int, Job | None]:
        """The number of the next claim, or the job that makes one unnecessary. Waits while a claim is held."""
        while True:
            self._control.check()
            claim = await self._doors.claims.newest_for(change.fingerprint or "")
            if claim is None:
                return 1, None
            if claim.phase is ClaimPhase.VOID:
                return claim.number + 1, None
            if claim.phase is ClaimPhase.CREATED:
                return claim.number + 1, await self._created_by(change, claim)
            free, job = await self._held(change, claim)
            if free or job is not None:
                return claim.number + 1, job
            await self._doors.clock.sleep(min(_LOOK_EVERY_S, self._timing.lease_s / 4))

    async def _created_by(self, change: Change, claim: Claim) -> Job | None:
        """The job of a finished claim, if it still serves; None when the next number is free."""
        job_id = claim.job_id or ""
        if claim.altered and job_id not in change.output.ignore_jobs:
            raise _altered(job_id, claim.altered)
        if self._observed.jobs.get(job_id) is None and not claim.altered:
            found = await self._doors.up42.processing.jobs_by_ids([job_id])
            if job_id in found:
                self._observed.jobs.assign(found[job_id], claim.fingerprint)
        facts, situation = self._facts(change), self._situation()
        return history.serving(facts, situation) or history.claimed_job(replace(facts, claim=claim), situation)

    async def _held(self, change: Change, claim: Claim) -> tuple[bool, Job | None]:
        """Whether an open claim has lapsed, and the job that settles it, if one is listed by now."""
        clock = self._doors.clock
        first_seen_s = self._first_seen_s.setdefault(claim.claim_id, clock.monotonic_s())
        leased = clock.monotonic_s() - first_seen_s <= self._timing.lease_s
        # Judged before the look: what it does not show a settle window after the request does not exist.
        before_look = self._situation()
        await self._observed.listing.look_again()
        facts = replace(self._facts(change), claim=claim)
        job = history.serving(facts, self._situation())
        if job is not None:
            return True, job
        if claim.phase is ClaimPhase.TAKEN:
            if leased:
                self._waiting(change, f"another run ({claim.owner}) has claimed it")
            return not leased, None
        if history.unresolved_claim(facts, before_look) is not None or leased:
            posted = "" if claim.posting_at is None else f" of {claim.posting_at.strftime('%H:%M:%S')}"
            self._waiting(change, f"the request{posted} has no answer, looking for its job in the listing")
            return False, None
        answered = any(job.job_id not in claim.known_jobs for job in facts.jobs or ())
        if not answered and self._on_unknown == "stop":
            raise CreateUnresolved(
                f"Whether {change.output.name} was created is not known: no job appeared within the settle window.",
                hint="Look in the console; then apply again with --on-unknown post, or wait for the job.",
            )
        return True, None

    # --- our own claim

    async def _attempt(self, change: Change, number: int) -> Obtained | None:
        """One claim, one request. None: go round again (another run was first, or the outcome is unknown)."""
        clock, claims = self._doors.clock, self._doors.claims
        known = frozenset(job.job_id for job in self._observed.jobs.matching(change.fingerprint or ""))
        approval = self._facts(change).approval
        claim = Claim(
            fingerprint=change.fingerprint or "",
            number=number,
            claim_id=secrets.token_hex(6),
            phase=ClaimPhase.TAKEN,
            owner=_owner(),
            output=change.output.name,
            project=self._observed.plan.project,
            taken_at=self._situation().now,
            known_jobs=known,
            labels=change.output.labels,
            plan_id="" if approval is None else approval.plan_id,
        )
        taken_s = clock.monotonic_s()
        if not await claims.take(claim):
            return None
        self._first_seen_s[claim.claim_id] = taken_s
        self._doors.notify(Claimed(change.output.name))
        try:
            await self._observed.listing.look_again()
            facts = self._facts(change)
            job = history.serving(facts, self._situation())
            if job is None:
                _check_approval(change, facts)
            quoted_credits = None if job is not None else await self._price(change)
            self._control.check()
        except BaseException:
            # Nothing was sent under this claim; whoever comes next need not wait for its lease.
            await claims.mark_void(claim, "given up before anything was sent")
            raise
        if job is not None:
            await claims.mark_void(claim, f"job {job.job_id} is listed")
            return Obtained(job, created=False)
        return await self._post(change, claim, taken_s, quoted_credits)

    async def _price(self, change: Change) -> int | None:
        """Ask the price again; it may have fallen, not risen."""
        submitted = inputs.submitted(change.output, self._doors.up42.api_url)
        quote = await self._doors.up42.processing.quote(change.output.process_id, submitted)
        planned = None if change.quote is None else change.quote.credits
        if planned is not None and (quote.credits is None or quote.credits > planned):
            now = "not known" if quote.credits is None else words.credit_count(quote.credits)
            raise PriceRose(
                f"The price of {change.output.name} is {now} by now, {words.credit_count(planned)} in the plan.",
                hint="Plan again to see what it costs.",
            )
        left = self._control.unknown_price_left_credits
        if planned is None and left is not None and (quote.credits or 0) > left:
            raise PriceRose(f"{change.output.name} costs {words.credit_count(quote.credits or 0)}, {left:,} are left.")
        return quote.credits

    async def _post(self, change: Change, claim: Claim, taken_s: float, quoted_credits: int | None) -> Obtained | None:
        """Mark, send, record. A cancellation in here leaves the claim as it is: what was sent may arrive."""
        claims, clock = self._doors.claims, self._doors.clock
        # Half of the lease is for the request itself, so that it ends before anybody may take the claim over.
        timeout_s = self._timing.lease_s / 2
        claim = await claims.mark_posting(claim, at=self._situation().now, quoted_credits=quoted_credits)
        if self._control.stopping.is_set() or clock.monotonic_s() - taken_s > self._timing.lease_s - timeout_s:
            await claims.mark_void(claim, "stopped, or the lease was too old, before anything was sent")
            return None
        with self._control.posting():
            try:
                job = await self._execute(change, timeout_s)
            except AnswerLost as error:
                self._doors.notify(Note(f"Whether the job of {change.output.name} was created is not known: {error}"))
                return None
            except (AnswerError, NotSent, SignInFailed, UsageError) as error:
                await claims.mark_void(claim, f"nothing was created: {type(error).__name__}")
                raise
            return await self._record(change, claim, job, quoted_credits)

    async def _execute(self, change: Change, timeout_s: float) -> Job:
        return await self._doors.up42.processing.execute(
            change.output.process_id,
            inputs.submitted(change.output, self._doors.up42.api_url),
            workspace_id=self._observed.plan.workspace_id,
            budget_id=change.output.budget_id,
            timeout_s=timeout_s,
        )

    async def _record(self, change: Change, claim: Claim, job: Job, quoted_credits: int | None) -> Obtained:
        if job.inputs is None:
            job = await self._with_definition(job)
        altered = self._alteration(change, job)
        try:
            await self._doors.claims.mark_job(claim, job.job_id, altered=altered)
        except StateStoreError as error:
            # The job exists, and the claim says that a request was sent: the listing settles it.
            self._doors.notify(Note(f"The id of job {job.job_id} could not be recorded: {error}"))
        if altered:
            self._control.halted = _altered(job.job_id, altered)
            raise self._control.halted
        if job.inputs is not None:
            self._trusted_processes.add(change.output.process_id)
        self._observed.jobs.assign(job, claim.fingerprint)
        self._doors.notify(Created(change.output.name, job.job_id, quoted_credits))
        return Obtained(job, created=True, quoted_credits=quoted_credits)

    async def _with_definition(self, job: Job) -> Job:
        """The job as the service tells it by id: the answer to a create may be shorter (up42-api.md section 6)."""
        try:
            return await self._doors.up42.processing.job(job.job_id)
        except (AnswerError, AnswerLost, NotSent):
            return job

    def _alteration(self, change: Change, job: Job) -> str:
        """What came back differently, "" for nothing or where nothing came back."""
        if job.inputs is None:
            return ""
        workspace_id = self._observed.plan.workspace_id
        if job.workspace_id is not None and job.workspace_id.lower() != workspace_id.lower():
            return f"workspace {workspace_id} → {job.workspace_id}"
        process = self._facts(change).process
        if fingerprint.fingerprint(job.process_id, workspace_id, job.inputs, process) == change.fingerprint:
            return ""
        before = fingerprint.canonical_inputs(change.output.inputs, process)
        after = fingerprint.canonical_inputs(job.inputs, process)
        return words.field_changes(diff.field_changes(before, after)) or f"process → {job.process_id}"

    # --- small helpers

    def _facts(self, change: Change) -> Facts:
        facts = self._observed.facts[change.output.name]
        return replace(facts, jobs=self._observed.jobs.matching(facts.fingerprint))

    def _situation(self) -> Situation:
        return replace(self._observed.situation, now=self._doors.up42.server_now() or self._observed.situation.now)

    def _waiting(self, change: Change, why: str) -> None:
        self._doors.notify(Waiting(change.output.name, why, _LOOK_EVERY_S))


def _check_approval(change: Change, facts: Facts) -> None:
    used = None if facts.approval is None else facts.approval.used_by(facts.jobs or ())
    if used is not None:
        raise PlanUsed(
            f"The saved plan's action for {change.output.name} was used already: job {used.job_id} is {used.status}.",
            hint="Plan again.",
        )


def _altered(job_id: str, altered: str) -> DefinitionChanged:
    return DefinitionChanged(
        f"Job {job_id} came back with other inputs than were sent ({altered}), "
        "so jobs cannot be matched with outputs, and nothing more is created.",
        job_id=job_id,
        hint="Look at the job in the console; add it to ignoreJobs if it is not what you want.",
    )


def _pause_s(failure: ServiceError) -> float:
    asked_s = failure.retry_after_s if isinstance(failure, TooManyRequests) else None
    return _RETRY_AFTER_S if asked_s is None else asked_s


def _owner() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    return f"{user}@{socket.gethostname()}, process {os.getpid()}"
