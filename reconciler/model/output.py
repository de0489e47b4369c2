"""What people declare: outputs, and the project that they belong to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from reconciler.model.policy import Policy
from reconciler.model.problem import Position

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where an output's files go, and which.

    Attributes:
        to: an absolute local path, or an s3://, gs:// or az:// URL; every `${…}` is filled in.
        roles: assets with at least one of these roles are delivered; None: every asset.
        name: template of the file names in which only `${asset.…}` is left to fill in; None: the asset's key.
    """

    to: str
    roles: tuple[str, ...] | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """One declared processing result.

    Attributes:
        inputs: never holds `title`; may hold `{fromOutput: …}` in place of item links (model.chain).
        set_name: the ProcessingOutputSet that it is one of; None where it stands for itself.
    """

    name: str
    process_id: str
    title: str
    inputs: Mapping[str, Json]
    delivery: Delivery
    position: Position
    labels: Mapping[str, str] = field(default_factory=dict)
    newer_than: datetime | None = None
    ignore_jobs: frozenset[str] = frozenset()
    attempts: int = 1
    prevent_replace: bool = False
    priority: int = 0
    budget_id: str | None = None
    set_name: str | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """Waiting times in seconds and request limits; the defaults of product.md's `Project.spec.timing`.

    Attributes:
        settle_s: how long the service's job listing may lag behind; after it an unlisted job does not exist.
        lease_s: how long a claim protects the run that took it.
        grace_s: how long `successful` and `failed` may wait for `captured` and `released`.
        parallelism: how many outputs are created or transferred at once.
    """

    settle_s: float = 600.0
    lease_s: float = 120.0
    grace_s: float = 60.0
    requests_per_second: float = 100.0
    burst: int = 500
    parallelism: int = 8


@dataclass(frozen=True, slots=True)
class Project:
    """What all outputs of a tree share.

    Attributes:
        name: None without a Project document.
        place: absolute path of the folder that relative defaults start at.
        state: a local path (absolute) or an object-store URL; None: `.reconciler/` at `place`.
        region, workspace_id: None where the manifest does not say.
    """

    place: str
    name: str | None = None
    region: str | None = None
    workspace_id: str | None = None
    state: str | None = None
    timing: Timing = Timing()


@dataclass(frozen=True, slots=True)
class Declared:
    """A whole manifest tree, read and checked: outputs in file order, names and destinations unique, no cycles.

    Attributes:
        policies: every Policy of the tree, in file order.
        digest: `sha256:` and 64 hex digits of what the manifests declare, the contents of the files that they name
            included; the same for every order, comment, place in the file system and result of a search.
        notes: sentences for people about what was passed over.
    """

    project: Project
    outputs: tuple[Output, ...]
    notes: tuple[str, ...] = ()
    policies: tuple[Policy, ...] = ()
    digest: str = ""
