"""Reading what the jobs of a workspace cost, and whose they are. Changes nothing anywhere."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from reconciler.engine.deciding import Decider, process_or_none
from reconciler.engine.doors import Doors
from reconciler.engine.events import Asked
from reconciler.engine.listing import newest_first
from reconciler.engine.tasks import together
from reconciler.model.chain import references
from reconciler.model.job import Job, Process
from reconciler.model.observation import Facts, Situation
from reconciler.model.output import Output, Timing
from reconciler.model.receipt import Claim
from reconciler.model.spending import Spending, month_of, month_start
from reconciler.planning import bookkeeping
from reconciler.planning.bookkeeping import Owners
from reconciler.planning.fingerprint import fingerprint


async def observe(doors: Doors, decider: Decider) -> Spending:
    """What the month of the plan has cost so far: all jobs of the workspace, for outputs that were decided on.

    Raises:
        ServiceError: the service cannot be reached, or does not accept the credentials.
        StateStoreError: the claims cannot be read.
    """
    situation = decider.situation
    return await _read(doors, situation, decider.facts.values(), month_of(situation.now))


async def of_outputs(
    outputs: Sequence[Output], doors: Doors, *, workspace_id: str, timing: Timing, month: str | None
) -> Spending:
    """What a month (`2024-06`; None: all time) has cost, and the balance. No output is decided on for it.

    Raises:
        ServiceError: the service cannot be reached, or does not accept the credentials.
        StateStoreError: the claims cannot be read.
    """
    balance_credits = await doors.up42.account.balance()
    facts = await _facts(outputs, doors, workspace_id, timing.parallelism)
    situation = Situation(
        now=doors.up42.server_now() or doors.clock.now(),
        api_url=doors.up42.api_url,
        workspace_id=workspace_id,
        project=None,
        grace_s=timing.grace_s,
        settle_s=timing.settle_s,
    )
    return replace(await _read(doors, situation, facts, month), balance_credits=balance_credits)


async def _facts(outputs: Sequence[Output], doors: Doors, workspace_id: str, parallelism: int) -> list[Facts]:
    """What tells whose a job is: the work of each output, and the receipt at its destination."""
    gate = asyncio.Semaphore(parallelism)

    async def ask(process_id: str) -> Process | None:
        async with gate:
            return await process_or_none(doors, process_id)

    async def look(output: Output) -> Facts:
        async with gate:
            state = await doors.destination(output.delivery.to).state(verify=False)
        process = processes[output.process_id]
        # What an output is made from is not looked up here: its claim and its receipt tell whose its job is.
        made_from = references(output.inputs)
        work = "" if made_from else fingerprint(output.process_id, workspace_id, output.inputs, process)
        return Facts(output, work, state, process)

    ids = sorted({output.process_id for output in outputs})
    processes = dict(zip(ids, await together([ask(process_id) for process_id in ids]), strict=True))
    return await together([look(output) for output in outputs])


async def _read(doors: Doors, situation: Situation, facts: Iterable[Facts], month: str | None) -> Spending:
    known = tuple(facts)
    claims = {claim.job_id: claim for claim in await doors.claims.all() if claim.job_id is not None}
    listed = await _listed(doors, situation, month)
    late = await doors.up42.processing.jobs_by_ids(
        job_id for job_id in sorted(claims) if job_id not in listed and _fresh(claims[job_id], situation)
    )
    jobs = [job for job in (*listed.values(), *late.values()) if _belongs(job, situation, month)]
    owners = Owners(
        fingerprints=_fingerprints(jobs, situation, known),
        outputs=_by_work(known),
        claims=claims,
        receipts={
            found.destination.receipt.job.job_id: found.destination.receipt
            for found in known
            if found.destination.receipt is not None and found.destination.receipt.api_url == situation.api_url
        },
    )
    return Spending(
        entries=bookkeeping.entries(jobs, owners, now=situation.now, grace_s=situation.grace_s),
        month=month,
        reported_credits=sum(job.credits or 0 for job in jobs),
    )


async def _listed(doors: Doors, situation: Situation, month: str | None) -> dict[str, Job]:
    found: dict[str, Job] = {}
    async for jobs in newest_first(
        doors.up42.processing,
        workspace_id=situation.workspace_id,
        back_to=None if month is None else month_start(month),
    ):
        found.update({job.job_id: job for job in jobs})
        doors.notify(Asked("jobs", len(found), None))
    return found


def _fresh(claim: Claim, situation: Situation) -> bool:
    """Whether the claim's job may be too new to be listed."""
    return situation.now - (claim.posting_at or claim.taken_at) <= timedelta(seconds=situation.settle_s)


def _belongs(job: Job, situation: Situation, month: str | None) -> bool:
    """A job whose workspace is null counts for the workspace whose listing returned it (product.md "Commands")."""
    ours = job.workspace_id is None or job.workspace_id.lower() == situation.workspace_id.lower()
    return ours and month in (None, month_of(job.created))


def _fingerprints(jobs: Sequence[Job], situation: Situation, facts: Sequence[Facts]) -> Mapping[str, str]:
    processes = {found.output.process_id: found.process for found in facts}
    return {
        job.job_id: fingerprint(job.process_id, situation.workspace_id, job.inputs, processes[job.process_id])
        for job in jobs
        if job.inputs is not None and job.process_id in processes
    }


def _by_work(facts: Sequence[Facts]) -> Mapping[str, Sequence[Output]]:
    found: dict[str, list[Output]] = {}
    for known in facts:
        if known.fingerprint:
            found.setdefault(known.fingerprint, []).append(known.output)
    return found
