"""Reading a job history: which jobs count for an output, which of them serve it, and what the failed ones forbid."""

from dataclasses import dataclass
from datetime import timedelta

from reconciler.model.job import Job, Standing
from reconciler.model.observation import Facts, ResultsKind, Situation
from reconciler.model.receipt import Claim, ClaimPhase, Receipt, ReceiptJob, ReceiptStatus


@dataclass(frozen=True, slots=True)
class History:
    """The jobs that count for one output, by what they are good for.

    Attributes:
        downloadable: the receipt's own first, then settled ones, then unsettled ones, each the oldest first.
        pending, failed: the oldest first.
    """

    downloadable: tuple[Job, ...]
    pending: tuple[Job, ...]
    failed: tuple[Job, ...]


def own_receipt(facts: Facts, situation: Situation) -> Receipt | None:
    """The receipt of this very work and generation at the destination, whatever the state of its files."""
    receipt = facts.destination.receipt
    if receipt is None or receipt.api_url != situation.api_url or not facts.receipt_is_same_work:
        return None
    return receipt if _counts(receipt.job, facts) else None


def receipt_job(receipt: Receipt) -> Job:
    """The receipt's job as far as the receipt tells."""
    return Job(
        job_id=receipt.job.job_id,
        process_id=receipt.process_id,
        status="captured" if receipt.job.settled else receipt.job.status,
        created=receipt.job.created,
        workspace_id=receipt.workspace_id,
        inputs=receipt.inputs,
        credits=receipt.job.credits,
    )


def read(facts: Facts, situation: Situation) -> History:
    """Sort the jobs that count (product.md "How a job's status is read")."""
    jobs = [job for job in facts.jobs or () if _counts(job, facts)]
    receipt = own_receipt(facts, situation)
    own_id = receipt.job.job_id if receipt is not None else None
    if receipt is not None and all(job.job_id != own_id for job in facts.jobs or ()):
        # The listing forgot a job that was paid; the receipt did not.
        jobs.append(receipt_job(receipt))
    jobs.sort(key=lambda job: (job.created, job.job_id))
    standings = [(job, standing(job, situation)) for job in jobs]

    def of(*wanted: Standing) -> list[Job]:
        return [job for job, found in standings if found in wanted]

    downloadable = of(Standing.SETTLED) + of(Standing.UNSETTLED)
    downloadable.sort(key=lambda job: job.job_id != own_id)
    ended = of(Standing.RELEASED, Standing.UNLICENSED, Standing.REJECTED, Standing.INVALID)
    return History(tuple(downloadable), tuple(of(Standing.PENDING)), tuple(ended))


def serving(facts: Facts, situation: Situation) -> Job | None:
    """The job that serves the output without paying again: one with results, else a pending one; else None."""
    found = read(facts, situation)
    gone = {job_id for job_id, results in facts.results.items() if results.kind is ResultsKind.GONE}
    return next((job for job in found.downloadable + found.pending if job.job_id not in gone), None)


def standing(job: Job, situation: Situation) -> Standing:
    """`Job.standing` at the situation's time."""
    return job.standing(now=situation.now, grace_s=situation.grace_s)


def unresolved_claim(facts: Facts, situation: Situation) -> Claim | None:
    """The newest claim, if its request may have created a job that is still unknown; else None.

    A claim is settled by any listed job that its owner did not know (a listed job beats any claim), and by time:
    what the listing does not show a settle window after the request does not exist.
    """
    claim = facts.claim
    if claim is None or claim.phase is not ClaimPhase.POSTING or claim.posting_at is None:
        return None
    if any(job.job_id not in claim.known_jobs for job in facts.jobs or ()):
        return None
    settled = situation.now - claim.posting_at > timedelta(seconds=situation.settle_s)
    return None if settled else claim


def claimed_job(facts: Facts, situation: Situation) -> Job | None:
    """The job that the newest claim created, if it counts and is too new to be listed; else None."""
    claim = facts.claim
    if claim is None or claim.phase is not ClaimPhase.CREATED or claim.job_id is None:
        return None
    created = claim.posting_at or claim.taken_at
    job = Job(job_id=claim.job_id, process_id=facts.output.process_id, status="created", created=created)
    listed = any(other.job_id == claim.job_id for other in facts.jobs or ())
    lapsed = situation.now - created > timedelta(seconds=situation.settle_s)
    return None if listed or lapsed or not _counts(job, facts) else job


def delivered_whole(facts: Facts, receipt: Receipt) -> bool:
    """Whether the destination holds, complete and undamaged, every file that the output asks for."""
    if receipt.status is not ReceiptStatus.COMPLETE or facts.destination.broken_files:
        return False
    wanted = facts.output.delivery
    # After a rename the template differs by the name alone; the files that are there are still the output's.
    if receipt.output == facts.output.name and receipt.name != wanted.name:
        return False
    return all(
        asset.delivered is not None
        for asset in receipt.assets
        if wanted.roles is None or set(asset.roles) & set(wanted.roles)
    )


def _counts(job: Job | ReceiptJob, facts: Facts) -> bool:
    newer = facts.newer_than is None or job.created > facts.newer_than
    return newer and job.job_id not in facts.output.ignore_jobs
