"""Joining a job's results to its output's destination: assets from storage, bytes to delivery."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from reconciler.delivery import deliver
from reconciler.delivery.order import Order
from reconciler.delivery.transfer import Source
from reconciler.engine import results
from reconciler.engine.doors import Doors
from reconciler.engine.events import Transferring, Waiting
from reconciler.engine.observe import Observed
from reconciler.errors import AnswerError, DeliveryError
from reconciler.model.job import Asset, Item, Job, Standing
from reconciler.model.observation import ResultsKind
from reconciler.model.output import Timing
from reconciler.model.plan import Change
from reconciler.model.receipt import Receipt, ReceiptItem, ReceiptJob
from reconciler.planning import words

_LOOK_EVERY_S = 2.0
#: The service has no such endpoint for this asset; the direct way may work (up42-api.md section 9).
_NO_SIGNED_URL = (404, 405, 501)


class Delivering:
    """Delivers the outputs of one apply, a bounded number of them at once."""

    def __init__(self, doors: Doors, observed: Observed, timing: Timing) -> None:
        self._doors = doors
        self._observed = observed
        self._timing = timing
        self._slots = asyncio.Semaphore(timing.parallelism)

    async def deliver(self, change: Change, job: Job, standing: Standing) -> Receipt:
        """Bring the job's files to the output's destination and return the complete receipt.

        Raises:
            DeliveryError: they cannot be delivered, or are nowhere to be found.
            ServiceError: the service does not hand them out.
        """
        items = change.items or await self.items(change, job)
        async with self._slots:
            return await deliver.deliver(
                self._order(change, job, standing, items),
                self._doors.destination(change.output.delivery.to),
                self._open,
                self._doors.clock,
                lambda file, done, total: self._doors.notify(Transferring(change.output.name, file, done, total)),
            )

    async def settle(self, change: Change, job: Job, standing: Standing) -> None:
        """Let the receipt know what became of the job's charge."""
        destination = self._doors.destination(change.output.delivery.to)
        await deliver.settle(destination, _receipt_job(job, standing), self._doors.clock)

    async def items(self, change: Change, job: Job) -> tuple[Item, ...]:
        """The job's items, waited for until a settle window after it finished: storage may lag behind.

        Raises:
            DeliveryError: they are nowhere to be found.
        """
        while True:
            now = self._doors.up42.server_now() or self._observed.situation.now
            found = await results.find(self._doors.up42.storage, job, now=now, settle_s=self._timing.settle_s)
            if found.kind is ResultsKind.AVAILABLE:
                return found.items
            if found.kind is not ResultsKind.NOT_YET:
                why = found.why or "they were deleted from storage"
                raise DeliveryError(
                    f"The results of job {job.job_id} cannot be found: {why}.",
                    hint="Look at the job in the console, then apply again; the download costs nothing.",
                )
            text = f"the results of job {words.short(job.job_id)} are not listed yet"
            self._doors.notify(Waiting(change.output.name, text, _LOOK_EVERY_S))
            await self._doors.clock.sleep(_LOOK_EVERY_S)

    def _order(self, change: Change, job: Job, standing: Standing, items: tuple[Item, ...]) -> Order:
        output, plan = change.output, self._observed.plan
        return Order(
            api_url=plan.api_url,
            workspace_id=plan.workspace_id,
            project=plan.project,
            output=output.name,
            fingerprint=change.fingerprint or "",
            process_id=output.process_id,
            inputs=output.inputs,
            job=_receipt_job(job, standing),
            assets=tuple((item.item_id, asset) for item in items for asset in item.assets),
            delivered_at=self._doors.up42.server_now() or plan.made_at,
            labels=output.labels,
            roles=output.delivery.roles,
            name=output.delivery.name,
            items=tuple(_receipt_item(item) for item in items),
        )

    @asynccontextmanager
    async def _open(self, asset: Asset) -> AsyncIterator[Source]:
        """The asset's bytes: by a signed URL asked for right now (it lives five minutes), else directly."""
        storage = self._doors.up42.storage
        try:
            url = await storage.signed_url(asset.href)
        except AnswerError as error:
            if error.status not in _NO_SIGNED_URL:
                raise
            async with storage.open_direct(asset.href) as download:
                yield Source(download.size_bytes, download.chunks)
            return
        async with storage.open_signed(url) as download:
            yield Source(download.size_bytes, download.chunks)


def _receipt_item(item: Item) -> ReceiptItem:
    title = item.properties.get("title")
    return ReceiptItem(item.item_id, item.href, title if isinstance(title, str) else "")


def _receipt_job(job: Job, standing: Standing) -> ReceiptJob:
    return ReceiptJob(
        job_id=job.job_id,
        status=job.status,
        created=job.created,
        settled=standing is Standing.SETTLED,
        credits=job.credits,
    )
