"""What exists at UP42, as values. Words that nobody knew when this was written are kept as they came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from reconciler.model.output import Json


@dataclass(frozen=True, slots=True)
class InputError:
    """One reason why inputs were not accepted; `name` is an open vocabulary (up42-api.md section 4)."""

    name: str
    message: str


class Standing(StrEnum):
    """What a job's status means for the output that waits for it (product.md "How a job's status is read")."""

    PENDING = "pending"
    UNSETTLED = "unsettled"  # downloadable, not yet known to be paid
    SETTLED = "settled"  # downloadable and paid
    RELEASED = "released"
    UNLICENSED = "unlicensed"
    REJECTED = "rejected"
    INVALID = "invalid"


_DIRECT = {
    "captured": Standing.SETTLED,
    "released": Standing.RELEASED,
    "unlicensed": Standing.UNLICENSED,
    "rejected": Standing.REJECTED,
    "invalid": Standing.INVALID,
}


@dataclass(frozen=True, slots=True)
class Job:
    """One processing job (up42-api.md section 7.2).

    Attributes:
        status: the service's word, unknown words included, lower case.
        inputs: `definition.inputs` without `title`; None when the definition did not come back.
        workspace_id: None when the service says null.
        created, updated, started, finished: aware, UTC.
        collection_url: where the results are; None before there are any.
        credits: what is held or was charged; None where the service does not say.
        consumption_id: present once credits were really deducted.
    """

    job_id: str
    process_id: str
    status: str
    created: datetime
    workspace_id: str | None = None
    title: str | None = None
    inputs: Mapping[str, Json] | None = None
    updated: datetime | None = None
    started: datetime | None = None
    finished: datetime | None = None
    collection_url: str | None = None
    errors: tuple[InputError, ...] = ()
    credits: int | None = None
    hold_id: str | None = None
    consumption_id: str | None = None

    def standing(self, *, now: datetime, grace_s: float) -> Standing:
        """What the status means at `now` (the server's time).

        `successful` settles, and `failed` counts as released, once the job finished (or, where the service
        does not say when, was last updated) more than `grace_s` seconds ago. A word that is not known is pending.
        """
        if self.status in _DIRECT:
            return _DIRECT[self.status]
        since = self.finished or self.updated
        over = since is not None and now - since > timedelta(seconds=grace_s)
        if self.status == "successful":
            return Standing.SETTLED if over else Standing.UNSETTLED
        if self.status == "failed" and over:
            return Standing.RELEASED
        return Standing.PENDING


@dataclass(frozen=True, slots=True)
class Quote:
    """The answer to a cost request (up42-api.md section 5).

    Attributes:
        credits: whole credits, or None where the answer is no price (negative, fractional, missing): unknown, never 0.
        size, unit: what the price is for, where the service says.
        strategy: the service's word, open vocabulary.
    """

    credits: int | None
    strategy: str = ""
    size: float | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class InputDescription:
    """One input of a process; `schema` is JSON Schema as the process publishes it."""

    name: str
    title: str
    required: bool
    schema: Mapping[str, Json]
    description: str = ""


@dataclass(frozen=True, slots=True)
class Process:
    """A process as the service describes it (up42-api.md section 2).

    Attributes:
        inputs: by name, `title` included where the service lists it; empty in summaries.
        eula_id: None where the service names none.
        price_credits: the advertised price per `price_unit`, None where it names none; for people, never for a plan.
        parameters: `additionalParameters` as they came, an open map of name to values.
    """

    process_id: str
    title: str
    description: str = ""
    version: str = ""
    inputs: Mapping[str, InputDescription] = field(default_factory=dict)
    eula_id: str | None = None
    price_credits: float | None = None
    price_unit: str | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Eula:
    """A licence that has to be accepted before a process runs (up42-api.md section 3)."""

    eula_id: str
    title: str
    accepted: bool
    document_id: str | None = None
    document_url: str | None = None
    description: str = ""
    accepted_at: datetime | None = None
    valid_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """A UP42 budget (up42-api.md section 0a); None means that the service does not say."""

    budget_id: str
    name: str
    active: bool
    remaining_credits: int | None = None
    spend_limit_credits: int | None = None


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of a STAC item.

    Attributes:
        key: its key in the item: text from the service, never a path.
        href: where it is, with or without `/download-url` at the end.
        size_bytes: `file:size`, None where the item does not say.
        checksum: `file:checksum` (a multihash in hex), None where the item does not say.
    """

    key: str
    href: str
    title: str = ""
    media_type: str = ""
    roles: tuple[str, ...] = ()
    size_bytes: int | None = None
    checksum: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One STAC item in storage; `href` is the value for `inputs.item`."""

    item_id: str
    collection_id: str
    href: str
    assets: tuple[Asset, ...] = ()
    properties: Mapping[str, Json] = field(default_factory=dict)
    bbox: tuple[float, ...] = ()
    geometry: Mapping[str, Json] | None = None
