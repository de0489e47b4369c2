"""The processes on offer: inputs, prices, EULAs, and how they are described (up42-api.md sections 2 and 12).

The input schemas' exact texts are not known for `item`, `greyWeights` and `sensitivity`; the range of `sensitivity` is
made up. Prices are those of section 12 where there is one, else an example price of the same order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox import eulas

BASE = "/v2/processing/processes"

_TITLE = {"type": "string", "minLength": 1, "maxLength": 250}
_ITEM = {
    "type": "string",
    "format": "uri",
    "description": "Path to a STAC item in the form /v2/assets/stac/collections/{collection-id}/items/{item-id}.",
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


@dataclass(frozen=True)
class Input:
    """One input of a process; `schema` is JSON Schema."""

    title: str
    description: str
    schema: Mapping[str, Any]
    required: bool = True

    def document(self) -> dict[str, Any]:
        """As an OGC input description."""
        return {
            "title": self.title,
            "description": self.description,
            "minOccurs": int(self.required),
            "maxOccurs": 1,
            "schema": dict(self.schema),
        }


@dataclass(frozen=True)
class Process:
    """One process.

    Attributes:
        price_credits: credits for each square kilometre.
        inputs: by name, in the order in which they are described.
        item_inputs: the names of those that hold an item link.
        outputs: name to media type.
    """

    process_id: str
    title: str
    description: str
    price_credits: int
    eula_id: str
    inputs: Mapping[str, Input]
    item_inputs: tuple[str, ...]
    outputs: Mapping[str, str]

    def summary(self) -> dict[str, Any]:
        """As in the list of processes: without inputs and outputs."""
        parameters = [
            {"name": "eula-id", "value": [self.eula_id]},
            {"name": "price", "value": [{"credits": self.price_credits, "unit": "SQ_KM"}]},
        ]
        return {
            "id": self.process_id,
            "title": self.title,
            "description": self.description,
            "version": "1.0.0",
            "jobControlOptions": ["async-execute"],
            "outputTransmission": ["reference"],
            "additionalParameters": {"parameters": parameters},
            "links": [{"rel": "self", "href": f"{BASE}/{self.process_id}", "type": "application/json"}],
        }

    def description_document(self) -> dict[str, Any]:
        """As answered for one process."""
        outputs = {
            name: {"title": name, "schema": {"type": "string", "contentMediaType": media_type}}
            for name, media_type in self.outputs.items()
        }
        return {
            **self.summary(),
            "inputs": {name: value.document() for name, value in self.inputs.items()},
            "outputs": outputs,
        }

    def body_schema(self) -> dict[str, Any]:
        """JSON Schema of a request body: what is not described is not accepted."""
        inputs = {
            "type": "object",
            "properties": {name: dict(value.schema) for name, value in self.inputs.items()},
            "required": [name for name, value in self.inputs.items() if value.required],
            "additionalProperties": False,
        }
        return {"type": "object", "properties": {"inputs": inputs}, "required": ["inputs"]}


_TITLE_INPUT = Input("Title", "Title of the output", _TITLE)
_ITEM_INPUT = Input("Item", "The STAC item to process", _ITEM)
_PAIR_INPUTS = {
    "title": _TITLE_INPUT,
    "sourceItem": Input("Source item", "The STAC item to compare with the reference", _ITEM),
    "referenceItem": Input("Reference item", "The STAC item to compare against", _ITEM),
}
_GEOTIFF = "image/tiff; application=geotiff; profile=cloud-optimized"
_GEOJSON = "application/geo+json"

_ALL = (
    Process(
        "pansharpening",
        "Pansharpening",
        "Multispectral bands at the resolution of the panchromatic band, by the weighted Brovey method.",
        4,
        eulas.AIRBUS_PIXEL_FACTORY,
        {
            "title": _TITLE_INPUT,
            "item": _ITEM_INPUT,
            "greyWeights": Input("Grey weights", "How much each band contributes to pan", _WEIGHTS, required=False),
        },
        ("item",),
        {"pansharpened": _GEOTIFF},
    ),
    Process(
        "true-color-conversion",
        "True color conversion",
        "Red, green and blue from 16 to 8 bit, for the eye. Stand-in: stretched, without a look-up table.",
        4,
        eulas.UP42,
        {"title": _TITLE_INPUT, "item": _ITEM_INPUT},
        ("item",),
        {"true-color": _GEOTIFF},
    ),
    Process(
        "detection-ships-airbus",
        "Ship detection",
        "Outlines of ships as GeoJSON. Stand-in: bright shapes on dark ground.",
        3,
        eulas.AIRBUS_DETECTION,
        {"title": _TITLE_INPUT, "item": _ITEM_INPUT},
        ("item",),
        {"ships": _GEOJSON},
    ),
    Process(
        "detection-trees-spacept",
        "Tree detection",
        "Probability of trees for each pixel. Stand-in: greenness.",
        5,
        eulas.SPACEPT,
        {"title": _TITLE_INPUT, "item": _ITEM_INPUT},
        ("item",),
        {"trees": _GEOTIFF},
    ),
    Process(
        "detection-change-simularity",
        "Change detection",
        "Coregistered source, change probability and heatmap. Stand-in: unusual differences.",
        200,
        eulas.SIMULARITY,
        {
            **_PAIR_INPUTS,
            "sensitivity": Input("Sensitivity", "Higher finds smaller changes", _SENSITIVITY, required=False),
        },
        ("sourceItem", "referenceItem"),
        {"coregistered": _GEOTIFF, "change-probability": _GEOTIFF, "heatmap": _GEOTIFF},
    ),
)
PROCESSES: Mapping[str, Process] = {process.process_id: process for process in _ALL}
