"""What is to be delivered: everything that a receipt will say but the files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.model.job import Asset
from reconciler.model.output import Json
from reconciler.model.receipt import OwnedFile, Receipt, ReceiptAsset, ReceiptItem, ReceiptJob, ReceiptStatus


@dataclass(frozen=True, slots=True)
class Order:
    """One delivery. The fields that are not explained here are those of `Receipt`.

    Attributes:
        assets: every asset of the job, each with the id of its item.
        roles: assets with at least one of these are delivered; None: all.
        name: template of file names (`naming.file_names`); None: the assets' keys.
        delivered_at: the server's time, aware.
    """

    api_url: str
    workspace_id: str
    project: str | None
    output: str
    fingerprint: str
    process_id: str
    inputs: Mapping[str, Json]
    job: ReceiptJob
    assets: tuple[tuple[str, Asset], ...]
    delivered_at: datetime
    labels: Mapping[str, str] = field(default_factory=dict)
    roles: tuple[str, ...] | None = None
    name: str | None = None
    items: tuple[ReceiptItem, ...] = ()

    def receipt(
        self, delivered: Sequence[OwnedFile | None], status: ReceiptStatus, previous: tuple[OwnedFile, ...] = ()
    ) -> Receipt:
        """The receipt of this order; `delivered` has the file of each asset, None where it is not wanted."""
        assets = tuple(
            ReceiptAsset(item_id, asset.key, asset.roles, asset.title, asset.media_type, owned)
            for (item_id, asset), owned in zip(self.assets, delivered, strict=True)
        )
        return Receipt(
            status=status,
            api_url=self.api_url,
            workspace_id=self.workspace_id,
            project=self.project,
            output=self.output,
            fingerprint=self.fingerprint,
            process_id=self.process_id,
            inputs=self.inputs,
            job=self.job,
            assets=assets,
            delivered_at=self.delivered_at,
            labels=self.labels,
            roles=self.roles,
            name=self.name,
            previous=previous,
            items=self.items,
        )
