"""Finding a job's results in storage."""

from datetime import datetime, timedelta

from reconciler.errors import AnswerError, NotFound, ServiceError, SignInFailed, UnexpectedAnswer
from reconciler.model.job import Item, Job
from reconciler.model.observation import Results, ResultsKind
from reconciler.up42.storage import Storage


async def find(storage: Storage, job: Job, *, now: datetime, settle_s: float) -> Results:
    """Where the results of a downloadable job are.

    The job's own collection is the direct way, a search by job id the documented one; whichever shows items wins.
    They count as deleted only if the collection answers 404, the search shows nothing, and the job finished longer
    ago than the settle window (product.md "How a job's status is read"). Until then they may be late.
    """
    try:
        items, collection_missing = await _collection(storage, job)
        items = items or await storage.items_of_job(job.job_id)
    except SignInFailed:
        raise
    except (AnswerError, UnexpectedAnswer) as error:
        return Results(ResultsKind.UNKNOWN, why=str(error))
    if any(item.assets for item in items):
        return Results(ResultsKind.AVAILABLE, items)
    finished = job.finished or job.updated or job.created
    if now - finished <= timedelta(seconds=settle_s):
        return Results(ResultsKind.NOT_YET)
    if collection_missing:
        return Results(ResultsKind.GONE)
    return Results(ResultsKind.UNKNOWN, why="its collection and a search by job id show no items")


async def _collection(storage: Storage, job: Job) -> tuple[tuple[Item, ...], bool]:
    """The collection's items, and whether the collection itself answers 404."""
    if job.collection_url is None:
        return (), False
    try:
        return await storage.collection_items(job.collection_url), False
    except NotFound:
        pass
    except ServiceError as error:
        # A collection link that cannot be followed (another host, say) leaves the search.
        if isinstance(error, SignInFailed) or error.retryable:
            raise
        return (), False
    try:
        await storage.collection_at(job.collection_url)
    except NotFound:
        return (), True
    return (), False
