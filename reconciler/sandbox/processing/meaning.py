"""Inputs by their meaning: the items that they name, what is wrong with them, and what the work costs."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.imagery.footprints import area_km2
from reconciler.sandbox.processing import requirements
from reconciler.sandbox.processing.processes import Process
from reconciler.sandbox.processing.requirements import Fault, Given
from reconciler.sandbox.store import bundles, storage
from reconciler.sandbox.store.blobs import Blobs
from reconciler.sandbox.store.bundles import Bundle

__all__ = ["Fault", "Work", "price", "size_km2", "understood"]


@dataclass(frozen=True)
class Work:
    """Inputs with the items that they name, in the order of the process's item inputs."""

    process: Process
    inputs: Mapping[str, Any]
    items: tuple[Bundle, ...]


def understood(db: sqlite3.Connection, blobs: Blobs, process: Process, inputs: Mapping[str, Any]) -> Work | list[Fault]:
    """The inputs with their items, or every fault that can be found; `inputs` fit the schema already.

    The faults of one item or input keep none of the others back: items that are missing come first.
    """
    found: dict[str, Bundle] = {}
    missing = []
    for name in process.item_inputs:
        link = inputs[name]
        if storage.item_link_parts(link) is None:
            missing.append(Fault("InvalidItem", f"{name} is not a link to a STAC item of the storage."))
        elif (bundle := bundles.load(db, blobs, link)) is None:
            missing.append(Fault("ItemNotFound", f"The STAC item of {name} is not in your storage."))
        else:
            found[name] = bundle
    faults = missing + requirements.faults(process.process_id, Given(inputs, found))
    return faults or Work(process, inputs, tuple(found.values()))


def size_km2(work: Work) -> float:
    """What is priced: the area of the first item's outline."""
    return area_km2(work.items[0].document["geometry"])


def price(work: Work) -> int:
    """Whole credits: area times price, the fraction cut off (63.2 is 63, 0.6 is 0 in the samples of section 5)."""
    return int(size_km2(work) * work.process.price_credits)
