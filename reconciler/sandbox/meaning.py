"""Inputs by their meaning: what the schema lets through and a process cannot use (up42-api.md section 4).

Only MissingPanchromaticAsset and GreyWeightBandsNotUnique are known names; the others follow the input rules that
section 12.1 documents.
"""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox import bundles, storage
from reconciler.sandbox.blobs import Blobs
from reconciler.sandbox.bundles import Bundle
from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.imagery.footprints import area_km2, overlap_share
from reconciler.sandbox.imagery.rasters import facts_of
from reconciler.sandbox.processes import Process

#: Pairs have to overlap by this share of the smaller one.
_LEAST_OVERLAP = 0.2


@dataclass(frozen=True)
class Fault:
    """One reason why inputs cannot be used."""

    name: str
    message: str

    def document(self) -> dict[str, str]:
        """As in `errors` of an answer or a work."""
        return {"name": self.name, "message": self.message}


@dataclass(frozen=True)
class Work:
    """Inputs with the items that they name, in the order of the process's item inputs."""

    process: Process
    inputs: Mapping[str, Any]
    items: tuple[Bundle, ...]


def understood(db: sqlite3.Connection, blobs: Blobs, process: Process, inputs: Mapping[str, Any]) -> Work | list[Fault]:
    """The inputs with their items, or every fault that was found; `inputs` fit the schema already."""
    found, faults = [], []
    for name in process.item_inputs:
        link = inputs[name]
        if storage.item_link_parts(link) is None:
            faults.append(Fault("InvalidItem", f"{name} is not a link to a STAC item of the storage."))
        elif (bundle := bundles.load(db, blobs, link)) is None:
            faults.append(Fault("ItemNotFound", f"The STAC item of {name} is not in your storage."))
        else:
            found.append(bundle)
    work = Work(process, inputs, tuple(found))
    return faults or _CHECKS[process.process_id](work) or work


def size_km2(work: Work) -> float:
    """What is priced: the area of the first item's outline."""
    return area_km2(work.items[0].document["geometry"])


def price(work: Work) -> int:
    """Whole credits: area times price, the fraction cut off (63.2 is 63, 0.6 is 0 in the samples of section 5)."""
    return int(size_km2(work) * work.process.price_credits)


def _pansharpening(work: Work) -> list[Fault]:
    item = work.items[0]
    faults = []
    if item.pan is None:
        faults.append(Fault("MissingPanchromaticAsset", "The panchromatic band is missing."))
    if item.colours is None:
        faults.append(Fault("MissingMultispectralAsset", "The multispectral bands are missing."))
    weights = work.inputs.get("greyWeights")
    if weights is None:
        return faults
    bands = [weight["band"] for weight in weights]
    if len(set(bands)) < len(bands):
        faults.append(Fault("GreyWeightBandsNotUnique", "A band has more than one grey weight."))
    unknown = sorted(set(bands) - set(item.colours.bands)) if item.colours else []
    if unknown:
        faults.append(Fault("UnknownGreyWeightBand", f"The item has no band {', '.join(unknown)}."))
    if not any(weight["weight"] > 0 for weight in weights):
        faults.append(Fault("InvalidGreyWeights", "No grey weight is above 0."))
    return faults


def _true_color(work: Work) -> list[Fault]:
    colours = work.items[0].colours
    if colours is None:
        return [Fault("MissingBands", "The item has no raster with red, green and blue.")]
    try:
        dtype = facts_of(colours.path).dtype
    except SandboxError as error:
        return [Fault("InvalidItem", str(error))]
    return [] if dtype == "uint16" else [Fault("InvalidBitDepth", f"The bands are {dtype}, not uint16.")]


def _detection(work: Work) -> list[Fault]:
    return [] if work.items[0].rasters else [Fault("InvalidItem", "The item has no raster.")]


def _trees(work: Work) -> list[Fault]:
    return [] if work.items[0].colours else [Fault("MissingBands", "The item has no raster with red, green and blue.")]


def _pair(work: Work) -> list[Fault]:
    source, reference = work.items
    if source.colours is None or reference.colours is None:
        return [Fault("MissingBands", "Both items need a raster with red, green and blue.")]
    if overlap_share(source.document["bbox"], reference.document["bbox"]) < _LEAST_OVERLAP:
        return [Fault("InsufficientOverlap", "The two items overlap by less than 20 %.")]
    return []


_CHECKS: Mapping[str, Callable[[Work], list[Fault]]] = {
    "pansharpening": _pansharpening,
    "true-color-conversion": _true_color,
    "detection-ships-airbus": _detection,
    "detection-trees-spacept": _trees,
    "detection-change-simularity": _pair,
}
