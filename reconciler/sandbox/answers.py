"""JSON answers, written by orjson: of a page of 500 jobs the standard library alone takes 10 ms to write."""

from typing import Any

import orjson
from starlette import responses


class JSONResponse(responses.JSONResponse):
    """A JSON document; `orjson.Fragment` stands for JSON that is written already."""

    def render(self, content: Any) -> bytes:
        """The document as it goes out."""
        return orjson.dumps(content)
