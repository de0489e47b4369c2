"""JSON Schemas of what the sandbox answers and takes, by the names that the OpenAPI document gives them.

They hold what up42-api.md documents for each shape, by family; further fields are always allowed.
"""

from collections.abc import Mapping
from typing import Any

_TEXT: Mapping[str, Any] = {"type": "string"}
_TEXT_OR_NULL: Mapping[str, Any] = {"type": ["string", "null"]}
_TRUTH: Mapping[str, Any] = {"type": "boolean"}
_WHOLE: Mapping[str, Any] = {"type": "integer"}
_NUMBER: Mapping[str, Any] = {"type": "number"}
_UUID: Mapping[str, Any] = {"type": "string", "format": "uuid"}
_UUID_OR_NULL: Mapping[str, Any] = {"type": ["string", "null"], "format": "uuid"}
_MOMENT: Mapping[str, Any] = {"type": "string", "format": "date-time"}
_MOMENT_OR_NULL: Mapping[str, Any] = {"type": ["string", "null"], "format": "date-time"}
_OBJECT: Mapping[str, Any] = {"type": "object"}
_BOX = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}


def _object(fields: Mapping[str, Any], *optional: str) -> dict[str, Any]:
    """An object with these fields, all of them required but those named."""
    required = [name for name in fields if name not in optional]
    return {"type": "object", "properties": dict(fields), "required": required}


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _page(name: str) -> dict[str, Any]:
    """A page as Spring has it."""
    counts = dict.fromkeys(("totalPages", "totalElements", "number", "size", "numberOfElements"), _WHOLE)
    return _object({"content": _list(_ref(name)), **counts, **dict.fromkeys(("first", "last", "empty"), _TRUTH)})


def _change(title: str, tags: str) -> dict[str, Any]:
    """A body that sets a title and tags under these names, either or both."""
    fields = {title: _TEXT_OR_NULL, tags: {"oneOf": [{"type": "null"}, _list(_TEXT)]}}
    return {"type": "object", "properties": fields, "minProperties": 1, "additionalProperties": False}


_ERRORS = {
    "Problem": _object({"title": _TEXT, "status": _WHOLE}),
    "BasicError": _object({"code": _TEXT, "message": _TEXT, "details": {}}),
    "SchemaError": _object(
        {"title": _TEXT, "status": _WHOLE, "schema-error": _TEXT, "detail": _TEXT}, "schema-error", "detail"
    ),
    "InputErrors": _object({"title": _TEXT, "status": _WHOLE, "errors": _list(_ref("InputError"))}),
    "InputError": _object({"name": _TEXT, "message": _TEXT}),
    "TokenError": _object({"error": _TEXT, "error_description": _TEXT}),
}
_ACCOUNT = {
    "TokenForm": _object(
        {**dict.fromkeys(("grant_type", "username", "password", "client_id", "scope", "refresh_token"), _TEXT)},
        *("username", "password", "client_id", "scope", "refresh_token"),
    ),
    "Token": _object(
        {
            **dict.fromkeys(("access_token", "refresh_token", "token_type", "session_state", "scope"), _TEXT),
            **dict.fromkeys(("expires_in", "refresh_expires_in", "not-before-policy"), _WHOLE),
        }
    ),
    "UserInfo": _object({"sub": _UUID, "email": _TEXT, "preferred_username": _TEXT}),
    "Balance": _object({"available": _object({"amount": _WHOLE, "unit": {"const": "CREDIT"}})}),
    "BudgetPage": _page("Budget"),
    "Budget": _object(
        {
            **dict.fromkeys(("id", "createdBy"), _UUID),
            **dict.fromkeys(("name", "description"), _TEXT),
            "status": {"enum": ["ACTIVE", "INACTIVE"]},
            **dict.fromkeys(("createdAt", "updatedAt"), _MOMENT),
            "externalId": _TEXT,
            "spendLimit": {"type": ["integer", "null"]},
            "validityPeriod": _object(dict.fromkeys(("startDate", "endDate"), _TEXT_OR_NULL)),
            **dict.fromkeys(("consumedCredits", "remainingCredits"), _WHOLE),
            "usagePercentage": _NUMBER,
        },
        *("description", "externalId", "spendLimit", "validityPeriod"),
        *("consumedCredits", "remainingCredits", "usagePercentage"),
    ),
    "BudgetUsage": _object({"budgetId": _UUID, "consumedCredits": _WHOLE}),
    "BudgetSettings": _object({"enforcementEnabled": _TRUTH, "budgetSettingId": _UUID}, "budgetSettingId"),
}
_EULAS = {
    "EulaPage": _page("Eula"),
    "Eula": _object(
        {
            **dict.fromkeys(("id", "currentDocumentId"), _UUID),
            **dict.fromkeys(("title", "description", "currentDocumentUrl", "currentDocumentFilename"), _TEXT),
            **dict.fromkeys(("currentDocumentCreatedAt", "currentDocumentValidFrom"), _MOMENT),
            "isAccepted": _TRUTH,
            "acceptedAt": _MOMENT_OR_NULL,
            "acceptedById": _UUID_OR_NULL,
        }
    ),
    "EulaDocumentPage": _page("EulaDocument"),
    "EulaDocument": _object(
        {
            "id": _UUID,
            **dict.fromkeys(("url", "filename"), _TEXT),
            **dict.fromkeys(("size", "version"), _WHOLE),
            **dict.fromkeys(("isCurrent", "isAccepted"), _TRUTH),
            "validFrom": _MOMENT,
            "acceptedAt": _MOMENT_OR_NULL,
            "acceptedById": _UUID_OR_NULL,
        }
    ),
    "Acceptance": {**_object({"isAccepted": {"const": True}}), "additionalProperties": False},
}
_INPUT = _object({"title": _TEXT, "description": _TEXT, "minOccurs": _WHOLE, "maxOccurs": _WHOLE, "schema": _OBJECT})
_SUMMARY = {
    **dict.fromkeys(("id", "title", "description", "version"), _TEXT),
    **dict.fromkeys(("jobControlOptions", "outputTransmission"), _list(_TEXT)),
    "additionalParameters": _object({"parameters": _list(_object({"name": _TEXT, "value": _list({})}))}),
    "links": _list(_ref("Link")),
}
_PROCESSING = {
    "ProcessList": _object({"processes": _list(_object(_SUMMARY)), "links": _list(_ref("Link"))}),
    "Process": _object({**_SUMMARY, "inputs": {"type": "object", "additionalProperties": _INPUT}, "outputs": _OBJECT}),
    "Inputs": _object({"inputs": _OBJECT}),
    "Cost": _object({"pricingStrategy": _TEXT, "totalCredits": _WHOLE, "totalSize": _NUMBER, "unit": _TEXT}),
    "JobList": _object({"jobs": _list(_ref("Job")), "links": _list(_ref("Link"))}),
    "Job": _object(
        {
            "processID": _TEXT,
            **dict.fromkeys(("jobID", "accountID"), _UUID),
            "workspaceID": _UUID_OR_NULL,
            "type": {"const": "process"},
            "definition": _ref("Inputs"),
            "status": _TEXT,
            **dict.fromkeys(("created", "updated"), _MOMENT),
            **dict.fromkeys(("started", "finished"), _MOMENT_OR_NULL),
            "results": {"oneOf": [{"type": "null"}, _ref("Results")]},
            "creditConsumption": {"oneOf": [{"type": "null"}, _ref("CreditConsumption")]},
        }
    ),
    "Results": _object(
        {"collection": _TEXT_OR_NULL, "errors": {"oneOf": [{"type": "null"}, _list(_ref("InputError"))]}}
    ),
    "CreditConsumption": _object(
        {"credits": _WHOLE, "holdID": _UUID_OR_NULL, "consumptionID": _UUID_OR_NULL}, "holdID", "consumptionID"
    ),
}
_LINKS = _list(_ref("Link"))
_STAC = {
    "Link": _object({"rel": _TEXT, "href": _TEXT, "type": _TEXT, "method": _TEXT}, "type", "method"),
    "LandingPage": _object(
        {
            "type": {"const": "Catalog"},
            **dict.fromkeys(("id", "title", "description", "stac_version"), _TEXT),
            **dict.fromkeys(("stac_extensions", "conformsTo"), _list(_TEXT)),
            "links": _LINKS,
        }
    ),
    "Conformance": _object({"conformsTo": _list(_TEXT)}),
    "CollectionList": _object({"collections": _list(_ref("Collection")), "links": _LINKS}),
    "Collection": _object(
        {
            "type": {"const": "Collection"},
            **dict.fromkeys(("id", "title", "description", "license", "stac_version"), _TEXT),
            **dict.fromkeys(("stac_extensions", "keywords"), _list(_TEXT)),
            "providers": _list(_OBJECT),
            "extent": _object(
                {
                    "spatial": _object({"bbox": _list(_BOX)}),
                    "temporal": _object({"interval": _list(_list(_MOMENT_OR_NULL))}),
                }
            ),
            **dict.fromkeys(("summaries", "assets"), _OBJECT),
            "links": _LINKS,
        }
    ),
    "ItemList": _object({"type": {"const": "FeatureCollection"}, "features": _list(_ref("Item")), "links": _LINKS}),
    "Item": _object(
        {
            "type": {"const": "Feature"},
            **dict.fromkeys(("id", "collection", "stac_version"), _TEXT),
            "stac_extensions": _list(_TEXT),
            "bbox": _BOX,
            "geometry": _ref("Geometry"),
            "properties": _object({"datetime": _MOMENT_OR_NULL}),
            "assets": {"type": "object", "additionalProperties": _ref("Asset")},
            "links": _LINKS,
        }
    ),
    "Geometry": _object({"type": _TEXT, "coordinates": {"type": "array"}}, "coordinates"),
    "Asset": _object({"href": _TEXT, "title": _TEXT, "type": _TEXT, "roles": _list(_TEXT)}, "title", "type", "roles"),
    "Search": _object(
        {
            **dict.fromkeys(("collections", "ids"), _list(_TEXT)),
            "datetime": _TEXT,
            "sortby": _list(_object({"field": _TEXT, "direction": {"enum": ["asc", "desc"]}}, "direction")),
            "limit": {"type": "integer", "minimum": 1},
            "page": {"type": "integer", "minimum": 0, "maximum": (1 << 31) - 1},
            "filter": _object({"op": _TEXT, "args": {"type": "array"}}),
            "filter-lang": {"const": "cql2-json"},
            "bbox": _BOX,
            "intersects": _ref("Geometry"),
        },
        *("collections", "ids", "datetime", "sortby", "limit", "page", "filter", "filter-lang", "bbox", "intersects"),
    ),
    "ItemChange": _change("up42-user:title", "up42-user:tags"),
}
_ASSETS = {
    "DownloadUrl": _object({"url": _TEXT}),
    "StoredAssetPage": _page("StoredAsset"),
    "StoredAsset": _object(
        {
            **dict.fromkeys(("id", "accountId", "workspaceId"), _UUID),
            **dict.fromkeys(("createdAt", "updatedAt"), _MOMENT),
            **dict.fromkeys(("name", "contentType", "source", "producerName", "collectionName", "title"), _TEXT),
            "geospatialMetadataExtractionStatus": {"enum": ["SUCCESSFUL", "FAILED", "IN_PROGRESS", "NOT_PROCESSED"]},
            "size": _WHOLE,
            "tags": _list(_TEXT),
            **dict.fromkeys(("productId", "orderId"), _TEXT),
        },
        *("productId", "orderId"),
    ),
    "AssetChange": _change("title", "tags"),
}
_WEBHOOK = {
    "url": {"type": "string", "pattern": "^https://"},
    "name": _TEXT,
    "events": _list({"enum": ["order.status", "job.status"]}),
    "active": _TRUTH,
    "secret": _TEXT,
}


def _wrapped(data: Mapping[str, Any]) -> dict[str, Any]:
    """A body of the legacy family."""
    return _object({"data": data, "error": {"type": "null"}})


_WEBHOOKS = {
    "NewWebhook": {**_object(_WEBHOOK, "active", "secret"), "additionalProperties": False},
    "Webhook": _object({"id": _UUID, **_WEBHOOK, "createdAt": _MOMENT, "updatedAt": _MOMENT}, "secret"),
    "WrappedWebhook": _wrapped(_ref("Webhook")),
    "WrappedWebhooks": _wrapped(_list(_ref("Webhook"))),
    "WrappedEvents": _wrapped(_list(_object({"name": _TEXT}))),
    "WrappedTest": _wrapped(_object({"startedAt": _MOMENT, "testsRun": _WHOLE, "testsSucceeded": _WHOLE})),
    "WrappedError": _object(
        {"data": {"type": "null"}, "error": _object({"code": _TEXT, "message": _TEXT, "details": {}})}
    ),
}
SCHEMAS: Mapping[str, Any] = {
    **_ERRORS,
    **_ACCOUNT,
    **_EULAS,
    **_PROCESSING,
    **_STAC,
    **_ASSETS,
    **_WEBHOOKS,
    "Anything": _OBJECT,
}
