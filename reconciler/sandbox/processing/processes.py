"""The processes on offer: all of up42-api.md sections 0a and 12 that are not retired, as one table.

The input schemas' exact texts are not known for `item`, `greyWeights` and `sensitivity`; the range of `sensitivity` is
made up. Prices are those of section 12 where it has one (pansharpening, true color conversion, coregistration, change
and aircraft detection); the others are examples of the same order. Providers are the service's, the results are not:
every description says what stands in for the vendor's algorithm.
"""

from collections.abc import Mapping

from reconciler.sandbox.account import eulas
from reconciler.sandbox.processing.descriptions import BASE, Input, Process, Provider

__all__ = ["BASE", "PROCESSES", "Process"]

_TITLE = Input("Title", "Title of the output", {"type": "string", "minLength": 1, "maxLength": 250})
_ITEM_SCHEMA = {
    "type": "string",
    "format": "uri",
    "description": "Path to a STAC item in the form /v2/assets/stac/collections/{collection-id}/items/{item-id}.",
}
_SINGLE = {"title": _TITLE, "item": Input("Item", "The STAC item to process", _ITEM_SCHEMA)}
_PAIR = {
    "title": _TITLE,
    "sourceItem": Input("Source item", "The STAC item to compare with the reference", _ITEM_SCHEMA),
    "referenceItem": Input("Reference item", "The STAC item to compare against", _ITEM_SCHEMA),
}
_WEIGHTS = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "properties": {"band": {"type": "string", "minLength": 1}, "weight": {"type": "number", "minimum": 0}},
        "required": ["band", "weight"],
        "additionalProperties": False,
    },
}
_SENSITIVITY = {"type": "integer", "minimum": 1, "maximum": 10, "default": 2}
_GEOTIFF = "image/tiff; application=geotiff; profile=cloud-optimized"
_GEOJSON = "application/geo+json"


_PIXEL_FACTORY = Provider("Pixel Factory by Airbus", eulas.AIRBUS_PIXEL_FACTORY)
_UP42 = Provider("UP42", eulas.UP42)
_SIMULARITY = Provider("Simularity", eulas.SIMULARITY)
_NS = Provider("NS", eulas.NS)
_INTERMAP = Provider("Intermap", eulas.INTERMAP)
_SPACEPT = Provider("Spacept", eulas.SPACEPT)
_AIRBUS = Provider("Airbus", eulas.AIRBUS_DETECTION)
_ORBITAL_INSIGHT = Provider("Orbital Insight", eulas.ORBITAL_INSIGHT)

_ENHANCEMENTS = (
    Process(
        "pansharpening",
        "Pansharpening",
        _PIXEL_FACTORY,
        "enhancement",
        4,
        "Multispectral bands at the resolution of the panchromatic band, by the weighted Brovey method.",
        {"pansharpened": _GEOTIFF},
        _SINGLE
        | {"greyWeights": Input("Grey weights", "How much each band contributes to pan", _WEIGHTS, required=False)},
    ),
    Process(
        "true-color-conversion",
        "True color conversion",
        _UP42,
        "enhancement",
        4,
        "Red, green and blue from 16 to 8 bit, for the eye. Stand-in: stretched, without a look-up table.",
        {"true-color": _GEOTIFF},
        _SINGLE,
    ),
    Process(
        "coregistration-simularity",
        "Coregistration",
        _SIMULARITY,
        "enhancement",
        50,
        "The source shifted onto the reference, and by how much it lay off. Stand-in: phase correlation, no rotation.",
        {"coregistered": _GEOTIFF, "displacement": _GEOTIFF, "heatmap": _GEOTIFF},
        _PAIR,
    ),
    Process(
        "upsampling-ns",
        "Upsampling",
        _NS,
        "enhancement",
        2,
        "Pixels half as large. Stand-in: bicubic resampling, which adds no detail.",
        {"upsampled": _GEOTIFF},
        _SINGLE,
    ),
    Process(
        "upsampling-ns-sentinel",
        "Upsampling Sentinel-2",
        _NS,
        "enhancement",
        1,
        "Pixels of Sentinel-2 half as large. Stand-in: bicubic resampling, which adds no detail.",
        {"upsampled": _GEOTIFF},
        _SINGLE,
    ),
    Process(
        "orthorectification-intermap",
        "Orthorectification",
        _INTERMAP,
        "enhancement",
        2,
        "Every raster of the item on a north-up UTM grid. Stand-in: resampled as if the ground were flat.",
        {"orthorectified": _GEOTIFF},
        _SINGLE,
    ),
)
_CHANGE_DETECTION = Process(
    "detection-change-simularity",
    "Change detection",
    _SIMULARITY,
    "analytics",
    200,
    "Coregistered source, change probability and heatmap. Stand-in: unusual differences.",
    {"coregistered": _GEOTIFF, "change-probability": _GEOTIFF, "heatmap": _GEOTIFF},
    _PAIR | {"sensitivity": Input("Sensitivity", "Higher finds smaller changes", _SENSITIVITY, required=False)},
)


def _probability(what: str, title: str, stand_in: str) -> Process:
    """One of Spacept's: for each pixel how likely it is."""
    description = f"Probability of {what} for each pixel. Stand-in: {stand_in}."
    process_id = f"detection-{what}-spacept"
    return Process(process_id, title, _SPACEPT, "analytics", 5, description, {what: _GEOTIFF}, _SINGLE)


def _objects(process_id: str, title: str, provider: Provider, price_credits: float, what: str) -> Process:
    """One that finds things: GeoJSON of `what`."""
    name = process_id.removeprefix("detection-").rpartition("-")[0]
    description = f"{what} as GeoJSON. Stand-in: shapes of the right size in pixels that stand out from the ground."
    return Process(process_id, title, provider, "analytics", price_credits, description, {name: _GEOJSON}, _SINGLE)


PROCESSES: Mapping[str, Process] = {
    process.process_id: process
    for process in (
        *_ENHANCEMENTS,
        _CHANGE_DETECTION,
        _probability("buildings", "Building detection", "brightness without greenness"),
        _probability("trees", "Tree detection", "greenness"),
        _probability("shadows", "Shadow detection", "darkness"),
        _objects("detection-ships-airbus", "Ship detection", _AIRBUS, 3, "Outlines of ships"),
        _objects("detection-wind-turbines-airbus", "Wind turbine detection", _AIRBUS, 3, "Outlines of wind turbines"),
        _objects("detection-storage-tanks-airbus", "Storage tank detection", _AIRBUS, 3, "Outlines of storage tanks"),
        _objects("detection-cars-oi", "Car detection", _ORBITAL_INSIGHT, 4, "Points at cars"),
        _objects("detection-trucks-oi", "Truck detection", _ORBITAL_INSIGHT, 4, "Outlines of trucks"),
        _objects("detection-aircraft-oi", "Aircraft detection", _ORBITAL_INSIGHT, 4.2, "Outlines of aircraft"),
    )
}
