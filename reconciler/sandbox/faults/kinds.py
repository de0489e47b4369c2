"""Every fault that the sandbox knows: what it does, to which requests, and its options. The one list of them.

A request is named as in `Door.name`. `reconciler sandbox faults --list` prints this module.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.sandbox.processing.lifecycle import BRANCHES, Status

#: The names of all requests, by family.
REQUESTS = frozenset(
    {
        *("token", "userinfo", "get-balance"),
        *("list-budgets", "get-budget-settings", "get-budget", "get-budget-usage"),
        *("list-eulas", "get-eula", "list-eula-documents", "get-eula-document", "get-eula-pdf"),
        *("accept-eula", "accept-eula-put"),
        *("list-processes", "get-process", "validate", "price", "execute", "list-jobs", "get-job"),
        *("stac-landing", "stac-landing-slash", "get-conformance", "get-openapi"),
        *("get-queryables", "get-collection-queryables", "list-collections", "get-collection", "delete-collection"),
        *("list-items", "get-item", "patch-item", "search", "search-by-query"),
        *("list-assets", "get-asset-metadata", "set-asset-metadata", "download", "download-url", "signed-download"),
        *("list-webhook-events", "list-webhooks", "create-webhook", "get-webhook", "replace-webhook"),
        *("delete-webhook", "test-webhook"),
    }
)
#: Requests whose answers come in pages.
PAGED = frozenset({"list-jobs", "list-collections", "list-items", "search", "search-by-query"})
_EXECUTE = frozenset({"execute"})

Value = str | int | float | bool


@dataclass(frozen=True)
class Option:
    """One option of a fault; a value has the type of the default (whole numbers are fine for others).

    Attributes:
        choices: all values that make sense; empty is any.
        low, high: the range of a number, both included.
    """

    default: Value
    meaning: str
    choices: tuple[Value, ...] = ()
    low: float = 0
    high: float = 1e9


@dataclass(frozen=True)
class Kind:
    """One kind of fault.

    Attributes:
        requests: to which requests it may happen; None is any.
        usual: to which it happens where a rule names none; None is all of `requests`.
    """

    name: str
    summary: str
    requests: frozenset[str] | None = None
    usual: frozenset[str] | None = None
    options: Mapping[str, Option] = field(default_factory=dict)


_SHARE = Option(0.5, "how much of the body still comes", high=1)

_ALL = (
    Kind(
        "rate-limited",
        "429, and nothing is done.",
        options={
            "retry-after": Option("seconds", "how Retry-After is written", ("seconds", "date", "none")),
            "wait": Option(1, "the seconds that Retry-After asks for"),
        },
    ),
    Kind(
        "server-error",
        "A 5xx answer.",
        options={
            "status": Option(503, "the status", (500, 502, 503, 504)),
            "done": Option(default=False, meaning="whether the request has had its effect all the same"),
        },
    ),
    Kind("lost-reply", "The request has its effect; the connection ends before the first byte of the answer."),
    Kind("cut-body", "The connection ends in the middle of the answer's body.", options={"share": _SHARE}),
    Kind(
        "flipped-bytes",
        "Some bytes of the body are not what they were; its length and headers are.",
        usual=frozenset({"download", "signed-download"}),
        options={"bytes": Option(1, "how many, at places drawn from the seed", low=1, high=1000)},
    ),
    Kind(
        "slow",
        "The body comes slowly.",
        options={"bytes-per-second": Option(100_000, "how slowly", low=1)},
    ),
    Kind("latency", "Every answer waits.", options={"seconds": Option(0.05, "how long")}),
    Kind(
        "token-expires",
        "A token ends before the time that its answer tells.",
        requests=frozenset({"token"}),
        options={"seconds": Option(30.0, "how long it is good for")},
    ),
    Kind(
        "url-expires",
        "A signed URL ends in the middle of a download: the connection, and every later use of the URL.",
        requests=frozenset({"signed-download"}),
        options={"share": _SHARE},
    ),
    Kind(
        "listing-lag",
        "The job listing does not have the newest jobs yet; a single job can be read.",
        requests=frozenset({"list-jobs"}),
        options={"seconds": Option(30.0, "the age at which a job appears")},
    ),
    Kind("duplicate-page", "A page comes once more as the next one.", requests=PAGED),
    Kind("empty-page", "A page without entries comes first; its next link leads to the page.", requests=PAGED),
    Kind(
        "job-stuck",
        "The new job never leaves a status.",
        requests=_EXECUTE,
        options={"status": Option("running", "which", tuple(str(status) for status in BRANCHES))},
    ),
    Kind("job-fails", "The new job fails, and is released.", requests=_EXECUTE),
    Kind("job-released", "The new job is released after it was successful.", requests=_EXECUTE),
    Kind(
        "definition-changed",
        "The new job's definition comes back with an input that was not sent.",
        requests=_EXECUTE,
        options={
            "input": Option("serviceMode", "its name"),
            "value": Option("standard", "its value"),
        },
    ),
    Kind(
        "price-rises",
        "More is charged than was quoted; with request=price, a quote is higher than the one before.",
        requests=frozenset({"execute", "price"}),
        usual=_EXECUTE,
        options={"credits": Option(10, "by how much")},
    ),
    Kind(
        "eula-updated",
        "The process's EULA gets a new document, which nobody has accepted, before anything else is done.",
        requests=frozenset({"execute", "price", "validate", "get-process"}),
        usual=_EXECUTE,
    ),
    Kind(
        "results-deleted",
        "The new job's results are deleted from storage after its end.",
        requests=_EXECUTE,
        options={"seconds": Option(0.0, "how long after")},
    ),
    Kind(
        "unknown-status",
        "The new job goes through a status that nobody knows yet.",
        requests=_EXECUTE,
        options={
            "status": Option("archiving", "the word"),
            "instead-of": Option("running", "for which it stands", tuple(str(status) for status in Status)),
        },
    ),
    Kind(
        "unknown-fields",
        "JSON objects come with a field that nobody knows yet.",
        options={"field": Option("sandboxNews", "its name")},
    ),
)
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
