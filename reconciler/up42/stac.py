"""JSON of the storage endpoints ↔ values of the model (up42-api.md sections 8 and 9). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.model.job import Asset, Item
from reconciler.web.fields import Unreadable, listing, mapping, number, required_mapping, required_text, text
from reconciler.web.links import last_segment_after, segment

#: Where storage is; the prefix of every item link (up42-api.md section 8).
STAC_ROOT = "/v2/assets/stac"
_JOB_ID_NAMES = ("up42-system:job_id", "job_id")


@dataclass(frozen=True, slots=True)
class Landing:
    """The storage's landing page: its id and title, and the conformance classes that it claims."""

    catalog_id: str
    title: str
    conforms_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Collection:
    """One STAC collection: for an order one delivered asset, for a job its results.

    Attributes:
        job_id, workspace_id: None where the collection does not say.
    """

    collection_id: str
    title: str = ""
    description: str = ""
    job_id: str | None = None
    workspace_id: str | None = None


def landing(value: Any) -> Landing:
    """The landing page.

    Raises:
        Unreadable: it is no JSON object.
    """
    holder = required_mapping(value, "The landing page")
    return Landing(
        catalog_id=text(holder.get("id")) or "",
        title=text(holder.get("title")) or "",
        conforms_to=tuple(one for one in listing(holder.get("conformsTo")) if isinstance(one, str)),
    )


def collections(value: Any) -> tuple[Collection, ...]:
    """The collections of one page.

    Raises:
        Unreadable: there is no list, or a collection without an id.
    """
    found = mapping(value).get("collections")
    if not isinstance(found, list):
        raise Unreadable("The answer has no list of collections.")
    return tuple(collection(one) for one in found)


def collection(value: Any) -> Collection:
    """One collection; the UP42 fields stand at its top level (up42-api.md section 8.5).

    Raises:
        Unreadable: it has no id.
    """
    holder = required_mapping(value, "A collection")
    return Collection(
        collection_id=required_text(holder, "id", "A collection"),
        title=text(holder.get("title")) or "",
        description=text(holder.get("description")) or "",
        job_id=text(holder.get("up42-system:job_id")),
        workspace_id=text(holder.get("up42-system:workspace_id")),
    )


def items(value: Any) -> tuple[Item, ...]:
    """The items of one page.

    Raises:
        Unreadable: there is no list of features, or an item without an id or collection.
    """
    found = mapping(value).get("features")
    if not isinstance(found, list):
        raise Unreadable("The answer has no list of features.")
    return tuple(item(one) for one in found)


def item(value: Any) -> Item:
    """One item. `href` is its rel `self` link; without one, the path that the documents give every item.

    An asset without a link is kept with an empty `href`: it is there, and must not be passed over in silence.

    Raises:
        Unreadable: it has no id, or nothing says which collection it is in.
    """
    holder = required_mapping(value, "An item")
    item_id = required_text(holder, "id", "An item")
    links = {str(link.get("rel")): text(link.get("href")) for link in map(mapping, listing(holder.get("links")))}
    href = links.get("self")
    collection_id = text(holder.get("collection"))
    if collection_id is None:
        named = links.get("collection") or links.get("parent") or href or ""
        collection_id = last_segment_after("collections", named)
    if collection_id is None:
        raise Unreadable("An item does not say which collection it is in.")
    geometry = holder.get("geometry")
    return Item(
        item_id=item_id,
        collection_id=collection_id,
        href=href or item_path(collection_id, item_id),
        assets=tuple(_asset(key, mapping(one)) for key, one in mapping(holder.get("assets")).items()),
        properties=mapping(holder.get("properties")),
        bbox=_bbox(holder.get("bbox")),
        geometry=geometry if isinstance(geometry, Mapping) else None,
    )


def job_id_of(one: Item) -> str | None:
    """The job that an item says it came from; None where it does not say."""
    return next((named for name in _JOB_ID_NAMES if (named := text(one.properties.get(name)))), None)


def item_path(collection_id: str, item_id: str) -> str:
    """The path of an item, as inputs name it.

    Raises:
        Unreadable: one of the ids is a dot segment, which no path can hold.
    """
    try:
        return f"{STAC_ROOT}/collections/{segment(collection_id)}/items/{segment(item_id)}"
    except ValueError as error:
        raise Unreadable("An item has an id that no path can hold.") from error


def _asset(key: str, value: Mapping[str, Any]) -> Asset:
    size = value.get("file:size")
    return Asset(
        key=key,
        href=text(value.get("href")) or "",
        title=text(value.get("title")) or "",
        media_type=text(value.get("type")) or "",
        roles=tuple(role for role in listing(value.get("roles")) if isinstance(role, str)),
        size_bytes=size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None,
        checksum=text(value.get("file:checksum")),
    )


def _bbox(value: Any) -> tuple[float, ...]:
    read = tuple(number(one) for one in listing(value))
    return tuple(one for one in read if one is not None) if None not in read else ()
