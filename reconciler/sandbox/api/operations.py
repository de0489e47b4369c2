"""What the OpenAPI document says of a door, defined beside the door itself.

Schemas are JSON Schema 2020-12, as OpenAPI 3.1 has them; a schema that is a text names one of `schemas.SCHEMAS`. What
holds for every door (401 where a token is needed, 413 where there is a body) the document adds by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = Mapping[str, Any] | str
JSON = "application/json"


@dataclass(frozen=True)
class Parameter:
    """One parameter of the query."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True)
class Content:
    """A body: its schema, None where bytes are no JSON, its media types, and for people an example."""

    schema: Schema | None
    media_types: tuple[str, ...] = (JSON,)
    example: Any = None


@dataclass(frozen=True)
class Operation:
    """A door as it is described.

    Attributes:
        answers: by status; None for an answer without a body.
        body: of the request, None where none is read; needs_body: whether it may be left out.
    """

    summary: str
    answers: Mapping[int, Content | None]
    query: tuple[Parameter, ...] = ()
    body: Content | None = None
    needs_body: bool = True


def answer(schema: Schema, *media_types: str) -> Content:
    """An answer's body, JSON where nothing else is said."""
    return Content(schema, media_types or (JSON,))


#: The two shapes of errors (up42-api.md section 11).
PROBLEM = Content("Problem")
BASIC_ERROR = Content("BasicError")


def whole_number(name: str, description: str, least: int, most: int | None = None) -> Parameter:
    """A parameter that is a whole number."""
    bounds = {"minimum": least} if most is None else {"minimum": least, "maximum": most}
    return Parameter(name, description, {"type": "integer", **bounds})


def spring_pages(most: int) -> tuple[Parameter, Parameter]:
    """The two parameters of a page as Spring has it."""
    page = whole_number("page", "Number of the page, from 0", 0, 10**6 - 1)
    return page, whole_number("size", "Size of a page", 1, most)
