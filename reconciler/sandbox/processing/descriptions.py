"""What a process is, and how it is described as OGC API - Processes does (up42-api.md section 2).

Of `additionalParameters` only `eula-id` and `price` are known; that kind and provider stand beside them under these
names is an assumption. `keywords` are OGC's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

BASE = "/v2/processing/processes"


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
class Provider:
    """Whose algorithm a process runs at UP42, and the EULA that goes with it."""

    name: str
    eula_id: str


@dataclass(frozen=True)
class Process:
    """One process.

    Attributes:
        kind: what the guide divides processes into: an enhancement of imagery, or analytics on it.
        price_credits: credits for each square kilometre.
        outputs: name to media type.
        inputs: by name, in the order in which they are described.
    """

    process_id: str
    title: str
    provider: Provider
    kind: Literal["enhancement", "analytics"]
    price_credits: float
    description: str
    outputs: Mapping[str, str]
    inputs: Mapping[str, Input]

    @property
    def eula_id(self) -> str:
        """The EULA that has to be accepted before a job."""
        return self.provider.eula_id

    @property
    def item_inputs(self) -> tuple[str, ...]:
        """The names of the inputs that hold an item link, in their order."""
        return tuple(name for name, value in self.inputs.items() if value.schema.get("format") == "uri")

    def summary(self) -> dict[str, Any]:
        """As in the list of processes: without inputs and outputs."""
        parameters = [
            {"name": "eula-id", "value": [self.eula_id]},
            {"name": "price", "value": [{"credits": self.price_credits, "unit": "SQ_KM"}]},
            {"name": "kind", "value": [self.kind]},
            {"name": "provider", "value": [self.provider.name]},
        ]
        return {
            "id": self.process_id,
            "title": self.title,
            "description": self.description,
            "keywords": [self.kind, self.provider.name],
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
