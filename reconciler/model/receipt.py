"""What is written down: receipts beside delivered files, and claims in the state store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from reconciler.model.output import Json


class ReceiptStatus(StrEnum):
    """`delivering` before the first file gets its final name, `complete` after the last."""

    DELIVERING = "delivering"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class OwnedFile:
    """A delivered file: `file` is relative to the receipt's folder, with `/` between folders."""

    file: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ReceiptAsset:
    """One asset of the job. `delivered` is None where the manifest did not ask for it."""

    item_id: str
    key: str
    roles: tuple[str, ...]
    title: str = ""
    media_type: str = ""
    delivered: OwnedFile | None = None


@dataclass(frozen=True, slots=True)
class ReceiptItem:
    """One item of the job's results: what an output that is made from this one needs to know of it."""

    item_id: str
    href: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptJob:
    """The job that made the files, as last seen.

    Attributes:
        status: the service's word when the receipt was written.
        settled: the charge is final (`captured`, or `successful` past the grace period). A receipt that stays
            unsettled with status `released` belongs to a job that took its success back; the files are kept.
        credits: charged or held; None where the service did not say.
    """

    job_id: str
    status: str
    created: datetime
    settled: bool
    credits: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The record beside delivered files (product.md "Words").

    Attributes:
        api_url: the API base URL that the job lives at; a receipt of another one never counts.
        roles, name: `delivery.assets.roles` and `delivery.name` as they stood when the files were delivered.
        previous: files of the delivery that this one replaces, owned until it is complete.
        items: the job's result items; empty in receipts of versions that did not keep them.
        delivered_at: the server's time.
    """

    status: ReceiptStatus
    api_url: str
    workspace_id: str
    project: str | None
    output: str
    fingerprint: str
    process_id: str
    inputs: Mapping[str, Json]
    job: ReceiptJob
    assets: tuple[ReceiptAsset, ...]
    delivered_at: datetime
    labels: Mapping[str, str] = field(default_factory=dict)
    roles: tuple[str, ...] | None = None
    name: str | None = None
    previous: tuple[OwnedFile, ...] = ()
    items: tuple[ReceiptItem, ...] = ()

    @property
    def files(self) -> tuple[OwnedFile, ...]:
        """The files of this delivery, in the order of its assets."""
        return tuple(asset.delivered for asset in self.assets if asset.delivered is not None)

    @property
    def owned(self) -> tuple[OwnedFile, ...]:
        """Every file that this receipt owns: its own, and those that it has not yet replaced."""
        return self.files + self.previous


@dataclass(frozen=True, slots=True)
class DestinationState:
    """What lies at a destination, without any judgement.

    Attributes:
        receipt: the receipt there, whoever wrote it; None without one.
        sizes_bytes: of the receipt's own files (`Receipt.files`) that exist.
        damaged: files whose SHA-256 is not the receipt's; filled only when verification was asked for.
        unreadable: one sentence why nothing can be said, "" when it could be read.
    """

    receipt: Receipt | None = None
    sizes_bytes: Mapping[str, int] = field(default_factory=dict)
    damaged: frozenset[str] = frozenset()
    unreadable: str = ""

    @property
    def broken_files(self) -> tuple[str, ...]:
        """The receipt's files that are missing, have another size, or are damaged, in order."""
        if self.receipt is None:
            return ()
        return tuple(
            owned.file
            for owned in self.receipt.files
            if self.sizes_bytes.get(owned.file) != owned.size_bytes or owned.file in self.damaged
        )


class ClaimPhase(StrEnum):
    """How far the owner of a claim got."""

    TAKEN = "taken"  # nothing was sent yet
    POSTING = "posting"  # the request may have been sent; no job id is known
    CREATED = "created"  # a job id is known
    VOID = "void"  # it is certain that this claim created nothing


@dataclass(frozen=True, slots=True)
class Claim:
    """The right of one run to create the next job for one fingerprint (product.md "How a job is created").

    Attributes:
        number: counts from 1 for each fingerprint.
        claim_id: made up by the owner; what people name when they release a claim by hand.
        owner: who took it, for people: user, machine, process, a random part.
        taken_at, posting_at: the server's time as the owner knew it.
        known_jobs: ids of all matching jobs that the owner knew when it claimed.
        labels: of the output, as they stood then.
        quoted_credits: the price that the service named right before the request; None before that, or where it
            named none.
        plan_id: of the saved plan that was applied; "" without one.
        job_id: set in phase CREATED.
        altered: what differs between the definition that was sent and the one that came back, "" for nothing.
    """

    fingerprint: str
    number: int
    claim_id: str
    phase: ClaimPhase
    owner: str
    output: str
    project: str | None
    taken_at: datetime
    known_jobs: frozenset[str] = frozenset()
    posting_at: datetime | None = None
    job_id: str | None = None
    altered: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    quoted_credits: int | None = None
    plan_id: str = ""
