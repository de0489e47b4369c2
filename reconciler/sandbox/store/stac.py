"""STAC documents: items and collections as they are stored, and as they are answered (up42-api.md section 8).

Stored documents hold paths; an answer holds absolute links. The schemas of the UP42 extensions are not published, so
`stac_extensions` names only the public ones, and any validator can check an item.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.imagery.rasters import Facts
from reconciler.sandbox.moments import to_text
from reconciler.sandbox.settings import DEFAULT_ACCOUNT_ID

ROOT = "/v2/assets/stac"
GEOTIFF = "image/tiff; application=geotiff; profile=cloud-optimized"
GEOJSON = "application/geo+json"
SCHEMA_JSON = "application/schema+json"
OPENAPI_JSON = "application/vnd.oai.openapi+json;version=3.1"
_VERSION = "1.0.0"
#: Only extensions whose schema the project's checks can get offline: items hold `proj:` fields without declaring them.
_EXTENSIONS = ("https://stac-extensions.github.io/eo/v1.1.0/schema.json",)
#: Common name, centre and width in µm of the bands that the eo extension knows.
_BANDS = {
    "pan": (0.65, 0.4),
    "blue": (0.485, 0.07),
    "green": (0.56, 0.08),
    "red": (0.66, 0.07),
    "nir": (0.82, 0.13),
}
#: Where the OpenAPI document is: an addition.
API_PATH = f"{ROOT}/api"
_QUERYABLES = {
    **dict.fromkeys(("collection", "constellation"), "string"),
    "datetime": "timestamp",
    "eo:cloud_cover": "float",
    "geometry": "geometry",
    "gsd": "float",
    **dict.fromkeys(("id", "asset_id", "collection_name", "data_product_id", "job_id", "order_id"), "string"),
    "tags": "array",
    **dict.fromkeys(("title", "workspace_id"), "string"),
}
#: Section 8.1 names the languages of filters by older words; these say the same in those of CQL2 1.0.
_MORE_CONFORMANCE = tuple(
    f"http://www.opengis.net/spec/cql2/1.0/conf/{name}" for name in ("cql2-json", "cql2-text", "basic-cql2")
)


@dataclass(frozen=True)
class Asset:
    """One asset of an item; `bands` is empty for what is no raster."""

    key: str
    asset_id: str
    title: str
    media_type: str
    roles: tuple[str, ...]
    bands: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As in an item's `assets`."""
        found: dict[str, Any] = {
            "href": f"/v2/assets/{self.asset_id}",
            "title": self.title,
            "type": self.media_type,
            "roles": list(self.roles),
        }
        if self.bands:
            found["eo:bands"] = [_band(name) for name in self.bands]
        return found


@dataclass(frozen=True)
class Item:
    """All that an item and its collection say.

    Attributes:
        acquired: moment of acquisition; created: moment at which it came into the storage.
        facts: of the raster that gives the item its place.
        source: where it is from, up42-api.md section 8.5 (PROCESSING is the newer of two vocabularies there).
    """

    item_id: str
    collection_id: str
    workspace_id: str
    title: str
    acquired: int
    created: int
    facts: Facts
    assets: Sequence[Asset]
    source: str = "ARCHIVE"
    collection_name: str = "sandbox"
    constellation: str = "sandbox"
    data_type: str = "raster"
    job_id: str | None = None
    cloud_cover: float = 0.0

    def system_properties(self) -> dict[str, Any]:
        """The UP42 properties, the same for the item and its collection."""
        found = {
            "up42-system:asset_id": self.assets[0].asset_id,
            "up42-system:account_id": DEFAULT_ACCOUNT_ID,
            "up42-system:workspace_id": self.workspace_id,
            "up42-system:metadata_version": "1.0.0",
            "up42-system:source": self.source,
            "up42-product:collection_name": self.collection_name,
            "up42-product:modality": "optical",
            "up42-product:data_type": self.data_type,
            "up42-user:title": self.title,
            "up42-user:tags": [],
        }
        return found if self.job_id is None else {**found, "up42-system:job_id": self.job_id}


def item_document(item: Item) -> dict[str, Any]:
    """A STAC 1.0.0 item as stored."""
    collection = f"{ROOT}/collections/{item.collection_id}"
    when = to_text(item.acquired)
    facts = item.facts
    return {
        "type": "Feature",
        "stac_version": _VERSION,
        "stac_extensions": list(_EXTENSIONS),
        "id": item.item_id,
        "collection": item.collection_id,
        "geometry": facts.geometry,
        "bbox": list(facts.bbox),
        "properties": {
            "datetime": when,
            "start_datetime": when,
            "end_datetime": when,
            "title": item.title,
            "constellation": item.constellation,
            "eo:cloud_cover": item.cloud_cover,
            **_grid(item),
            **item.system_properties(),
        },
        "assets": {asset.key: asset.document() for asset in item.assets},
        "links": [
            _link("self", f"{collection}/items/{item.item_id}", "application/geo+json"),
            _link("parent", collection),
            _link("collection", collection),
            _link("root", f"{ROOT}/"),
        ],
    }


def _grid(item: Item) -> dict[str, Any]:
    """What is said of pixels; a vector has none, and its coordinates are longitudes and latitudes (RFC 7946)."""
    if item.data_type == "vector":
        return {"proj:epsg": 4326}
    facts = item.facts
    place = {"proj:epsg": facts.epsg, "proj:shape": list(facts.shape), "proj:transform": list(facts.transform)}
    return {"gsd": facts.gsd, **place}


def collection_document(item: Item) -> dict[str, Any]:
    """A STAC 1.0.0 collection as stored: the one that holds `item`."""
    path = f"{ROOT}/collections/{item.collection_id}"
    when = to_text(item.acquired)
    return {
        "type": "Collection",
        "stac_version": _VERSION,
        "stac_extensions": [],
        "id": item.collection_id,
        "title": item.title,
        "description": item.title,
        "license": "proprietary",
        "keywords": ["sandbox"],
        "providers": [{"name": "UP42 sandbox", "roles": ["host"], "url": "https://up42.com"}],
        "extent": {"spatial": {"bbox": [list(item.facts.bbox)]}, "temporal": {"interval": [[when, when]]}},
        "summaries": {},
        "assets": {},
        "created": to_text(item.created),
        **item.system_properties(),
        "links": [
            _link("self", path),
            _link("parent", f"{ROOT}/"),
            _link("items", f"{path}/items", "application/geo+json"),
            _link("root", f"{ROOT}/"),
        ],
    }


def landing_document() -> dict[str, Any]:
    """The landing page: section 8.1, and after it what the specifications demand and the section does not show."""
    stac = "https://api.stacspec.org/v1.0.0-rc.1/"
    features = "http://www.opengis.net/spec/ogcapi-features-"
    return {
        "type": "Catalog",
        "id": "up42-storage",
        "title": "UP42 Storage",
        "description": "The storage of a local sandbox",
        "stac_version": _VERSION,
        "stac_extensions": [],
        "conformsTo": [
            f"{stac}core",
            f"{stac}collections",
            f"{stac}ogcapi-features",
            f"{stac}item-search",
            f"{stac}item-search#sort",
            f"{stac}item-search#filter",
            f"{stac}item-search#filter:basic-cql",
            f"{stac}item-search#filter:cql-text",
            f"{stac}ogcapi-features/extensions/transaction",
            f"{features}1/1.0/conf/core",
            f"{features}1/1.0/conf/geojson",
            f"{features}1/1.0/conf/oas30",
            f"{features}3/1.0/conf/filter",
            f"{features}3/1.0/conf/features-filter",
            f"{features}4/1.0/conf/simpletx",
            *_MORE_CONFORMANCE,
        ],
        "links": [
            _link("self", f"{ROOT}/"),
            _link("root", f"{ROOT}/"),
            _link("data", f"{ROOT}/collections"),
            {**_link("search", f"{ROOT}/search", GEOJSON), "method": "POST"},
            {**_link("search", f"{ROOT}/search", GEOJSON), "method": "GET"},
            _link("conformance", f"{ROOT}/conformance"),
            _link("http://www.opengis.net/def/rel/ogc/1.0/queryables", f"{ROOT}/queryables", SCHEMA_JSON),
            _link("service-desc", API_PATH, OPENAPI_JSON),
        ],
    }


def queryables_document(place: str) -> dict[str, Any]:
    """What a filter may name (section 8.6), with the type words of the service, three of which JSON Schema lacks.

    `place` is the absolute URL that `/queryables` follows. Of the types only the words are documented, not which name
    has which; the names beyond the list's end are not known, so others are allowed.
    """
    return {
        "$schema": "https://json-schema.org/draft/2019-09/schema",
        "$id": f"{place}/queryables",
        "type": "object",
        "title": "STAC Storage Queryables",
        "properties": {name: {"type": word} for name, word in _QUERYABLES.items()},
        "additionalProperties": True,
    }


def page_links(path: str, media_type: str = "application/json") -> list[dict[str, Any]]:
    """The links of a page of collections or items, without those to other pages."""
    return [_link("root", f"{ROOT}/"), _link("parent", f"{ROOT}/"), _link("self", path, media_type)]


def absolute(document: Any, base: str) -> Any:
    """A copy in which every `href` that is a path starts with `base`."""
    if isinstance(document, list):
        return [absolute(value, base) for value in document]
    if not isinstance(document, dict):
        return document
    return {
        key: base + value
        if key == "href" and isinstance(value, str) and value.startswith("/")
        else absolute(value, base)
        for key, value in document.items()
    }


def _link(rel: str, href: str, media_type: str = "application/json") -> dict[str, Any]:
    return {"rel": rel, "href": href, "type": media_type}


def _band(name: str) -> dict[str, Any]:
    if name not in _BANDS:
        return {"name": name}
    centre, width = _BANDS[name]
    return {"name": name, "common_name": name, "center_wavelength": centre, "full_width_half_max": width}
