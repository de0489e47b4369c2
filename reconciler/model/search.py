"""A search for STAC items that outputs are made from, as a value."""

import json
from dataclasses import dataclass

from reconciler.model.output import Json


@dataclass(frozen=True, slots=True)
class Search:
    """One search; equal ones have to be asked once.

    Attributes:
        body_text: canonical JSON of the search's body as the STAC API takes it (`collections`, `intersects`, `bbox`,
            `datetime`, `filter`, `sortby`), without `limit`: the size of a page is not the search's affair.
        limit: at most this many items count, the first ones; None: all.
    """

    body_text: str
    limit: int | None = None

    @property
    def body(self) -> dict[str, Json]:
        """The body as a value of the caller's own."""
        read: dict[str, Json] = json.loads(self.body_text)
        return read
