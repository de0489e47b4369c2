"""What each process asks of its inputs beyond their schema, as rules by process (up42-api.md sections 4 and 12).

Only `MissingPanchromaticAsset` and `GreyWeightBandsNotUnique` are known names. The others are assumed, in their style,
for the input rules that section 12 documents. Where that section names products ("SPOT catalog Display"), only what the
algorithm needs of them is asked: the example scenes and a person's own files are no such products and stay usable. The
exception is Sentinel-2, which a process has in its name. Every item of a sandbox counts as georectified and as
compatible with the cloud-native asset model.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.imagery.footprints import overlap_share
from reconciler.sandbox.imagery.rasters import facts_of
from reconciler.sandbox.moments import from_text
from reconciler.sandbox.store.bundles import Bundle

#: Items have to be in the storage since this moment or later.
_OLDEST = from_text("2023-01-01T00:00:00Z")
#: Pairs have to overlap by this share of the smaller one; which of the two is meant is not documented.
_LEAST_OVERLAP = 0.2
#: Items of pairs have to be less cloudy than this, in percent.
_CLOUDY = 25
_SENTINEL = "sentinel-2"


@dataclass(frozen=True)
class Fault:
    """One reason why inputs cannot be used."""

    name: str
    message: str

    def document(self) -> dict[str, str]:
        """As in `errors` of an answer or a work."""
        return {"name": self.name, "message": self.message}


@dataclass(frozen=True)
class Given:
    """Inputs that fit the schema, with those of their items that were found, by the input's name."""

    inputs: Mapping[str, Any]
    items: Mapping[str, Bundle]


Rule = Callable[[Given], Iterator[Fault]]


def faults(process_id: str, given: Given) -> list[Fault]:
    """Every fault of the inputs of one process, but for items that are missing; empty for inputs that can be used."""
    return [fault for rule in (_in_storage_long_enough, *_RULES[process_id]) for fault in rule(given)]


def _in_storage_long_enough(given: Given) -> Iterator[Fault]:
    for name, item in given.items.items():
        if item.added < _OLDEST:
            yield Fault("ItemTooOld", f"The STAC item of {name} was added to storage before 2023.")


def _has_pan(given: Given) -> Iterator[Fault]:
    if any(item.pan is None for item in given.items.values()):
        yield Fault("MissingPanchromaticAsset", "The panchromatic band is missing.")


def _has_bands_to_sharpen(given: Given) -> Iterator[Fault]:
    if any(item.colours is None for item in given.items.values()):
        yield Fault("MissingMultispectralAsset", "The multispectral bands are missing.")


def _weights_make_sense(given: Given) -> Iterator[Fault]:
    weights = given.inputs.get("greyWeights")
    if weights is None:
        return
    bands = [weight["band"] for weight in weights]
    if len(set(bands)) < len(bands):
        yield Fault("GreyWeightBandsNotUnique", "A band has more than one grey weight.")
    for item in given.items.values():
        unknown = sorted(set(bands) - set(item.colours.bands)) if item.colours else []
        if unknown:
            yield Fault("UnknownGreyWeightBand", f"The item has no band {', '.join(unknown)}.")
    if not any(weight["weight"] > 0 for weight in weights):
        yield Fault("InvalidGreyWeights", "No grey weight is above 0.")


def _has_raster(given: Given) -> Iterator[Fault]:
    if any(not item.rasters for item in given.items.values()):
        yield Fault("InvalidItem", "The item has no raster.")


def _has_colours(given: Given) -> Iterator[Fault]:
    if any(item.colours is None for item in given.items.values()):
        yield Fault("MissingBands", "The item has no raster with red, green and blue.")


def _has_sixteen_bits(given: Given) -> Iterator[Fault]:
    for item in given.items.values():
        if item.colours is None:
            continue
        try:
            dtype = facts_of(item.colours.path).dtype
        except SandboxError as error:
            yield Fault("InvalidItem", str(error))
            continue
        if dtype != "uint16":
            yield Fault("InvalidBitDepth", f"The bands are {dtype}, not uint16.")


def _is_sentinel(given: Given) -> Iterator[Fault]:
    for item in given.items.values():
        properties = item.document["properties"]
        words = (properties.get("up42-product:collection_name"), properties.get("constellation"))
        if not any(_SENTINEL in str(word).lower() for word in words):
            yield Fault("UnsupportedCollection", "The item is not from Sentinel-2.")


def _is_multispectral(given: Given) -> Iterator[Fault]:
    for name, item in given.items.items():
        if item.multispectral is None:
            yield Fault("MissingMultispectralAsset", f"The multispectral bands of {name} are missing.")


def _is_clear(given: Given) -> Iterator[Fault]:
    for name, item in given.items.items():
        cover = item.document["properties"].get("eo:cloud_cover") or 0
        if cover >= _CLOUDY:
            yield Fault("CloudCoverTooHigh", f"Clouds cover {cover:g} % of {name}: less than {_CLOUDY} % are needed.")


def _fit_together(given: Given) -> Iterator[Fault]:
    if len(given.items) < 2:
        return
    one, other = given.items.values()
    if one.multispectral and other.multispectral and not set(one.multispectral.bands) & set(other.multispectral.bands):
        yield Fault("NoCommonBands", "The two items have no multispectral band in common.")
    if overlap_share(one.document["geometry"], other.document["geometry"]) < _LEAST_OVERLAP:
        yield Fault("InsufficientOverlap", "The two items overlap by less than 20 %.")


_PAIR: tuple[Rule, ...] = (_is_multispectral, _is_clear, _fit_together)
_RULES: Mapping[str, tuple[Rule, ...]] = {
    "pansharpening": (_has_pan, _has_bands_to_sharpen, _weights_make_sense),
    "true-color-conversion": (_has_colours, _has_sixteen_bits),
    "coregistration-simularity": _PAIR,
    "upsampling-ns": (_has_raster,),
    "upsampling-ns-sentinel": (_is_sentinel, _has_raster),
    "orthorectification-intermap": (_has_raster,),
    "detection-change-simularity": _PAIR,
    "detection-buildings-spacept": (_has_colours,),
    "detection-trees-spacept": (_has_colours,),
    "detection-shadows-spacept": (_has_colours,),
    "detection-ships-airbus": (_has_raster,),
    "detection-wind-turbines-airbus": (_has_raster,),
    "detection-storage-tanks-airbus": (_has_raster,),
    "detection-cars-oi": (_has_raster,),
    "detection-trucks-oi": (_has_raster,),
    "detection-aircraft-oi": (_has_raster,),
}
