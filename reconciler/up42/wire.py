"""JSON of the processing endpoints ↔ values of the model; next links and error bodies of all. Pure.

Words that are not known (a status, a pricing strategy, an error name) are kept. Fields that only inform may be
missing or odd; fields that identify a thing may not: then `Unreadable` is raised, and the session says which
request it was. Field names are those of up42-api.md sections 2 and 4 to 7.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.model.job import InputDescription, InputError, Job, Process, Quote
from reconciler.model.output import Json
from reconciler.web.fields import (
    Unreadable,
    listing,
    mapping,
    moment,
    number,
    plain,
    required_mapping,
    required_text,
    text,
    timestamp,
    whole_credits,
)


@dataclass(frozen=True, slots=True)
class NextLink:
    """A link with rel `next`: where the next page is, and for a POST what to send.

    Attributes:
        body: None where the link carries none.
        merge: `body` is laid over the body of the request before it, instead of replacing it.
    """

    href: str
    method: str = "GET"
    body: Mapping[str, Any] | None = None
    merge: bool = False


@dataclass(frozen=True, slots=True)
class JobDefaults:
    """What stands in where the answer to an execution leaves out what the client knows itself."""

    created: dt.datetime
    process_id: str


def encode(body: Json) -> bytes:
    """The bytes of a request body.

    Raises:
        Unreadable: a value that JSON cannot hold, such as an infinite number.
    """
    try:
        return json.dumps(_plain_json(body), ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Unreadable("The request holds a value that JSON cannot write.") from error


def inputs_body(inputs: Mapping[str, Json]) -> Mapping[str, Json]:
    """The body of validation, cost and execution; `inputs` includes the title (up42-api.md sections 4 to 6)."""
    return {"inputs": inputs}


def job(value: Any, defaults: JobDefaults | None = None) -> Job:
    """One job (up42-api.md section 7.2). `title` is taken out of the inputs into `Job.title`.

    Args:
        value: the JSON of the job.
        defaults: for the answer to an execution: only the job's id is indispensable then.

    Raises:
        Unreadable: id, process, status or time of creation is missing.
    """
    holder = required_mapping(value, "A job")
    job_id = required_text(holder, "jobID", "A job")
    inputs = mapping(holder.get("definition")).get("inputs")
    results = mapping(holder.get("results"))
    money = mapping(holder.get("creditConsumption"))
    if defaults is None:
        process_id = required_text(holder, "processID", "A job")
        status = required_text(holder, "status", "A job")
        created = timestamp(holder.get("created"))
    else:
        process_id = text(holder.get("processID")) or defaults.process_id
        status = text(holder.get("status")) or "created"
        created = moment(holder.get("created")) or defaults.created
    return Job(
        job_id=job_id,
        process_id=process_id,
        status=status.lower(),
        created=created,
        workspace_id=text(holder.get("workspaceID")),
        title=text(mapping(inputs).get("title")),
        inputs=_without_title(inputs) if isinstance(inputs, Mapping) else None,
        updated=moment(holder.get("updated")),
        started=moment(holder.get("started")),
        finished=moment(holder.get("finished")),
        collection_url=text(results.get("collection")),
        errors=_input_errors(results.get("errors")),
        credits=whole_credits(money.get("credits")),
        hold_id=text(money.get("holdID")),
        consumption_id=text(money.get("consumptionID")),
    )


def jobs(value: Any) -> tuple[Job, ...]:
    """The jobs of one page: `{"jobs": […]}` or a bare array.

    One that cannot be read spoils the page: it could be the very job that must not be paid twice.

    Raises:
        Unreadable: neither shape, or a job that cannot be read.
    """
    return tuple(job(one) for one in _wrapped(value, "jobs"))


def processes(value: Any) -> tuple[Process, ...]:
    """The processes of one page: `{"processes": […]}` or a bare array; which one is not settled (section 2.1).

    Raises:
        Unreadable: neither shape, or a process without an id.
    """
    return tuple(process(one) for one in _wrapped(value, "processes"))


def process(value: Any) -> Process:
    """One process (up42-api.md section 2.2). An input is required unless `minOccurs` says 0, as OGC has it.

    Raises:
        Unreadable: it has no id.
    """
    holder = required_mapping(value, "A process")
    process_id = required_text(holder, "id", "A process")
    parameters = {
        name: entry.get("value")
        for entry in map(mapping, listing(mapping(holder.get("additionalParameters")).get("parameters")))
        if (name := text(entry.get("name"))) is not None
    }
    price = mapping(_first(parameters.get("price")))
    return Process(
        process_id=process_id,
        title=text(holder.get("title")) or process_id,
        description=text(holder.get("description")) or "",
        version=text(holder.get("version")) or "",
        inputs={name: _input(name, mapping(one)) for name, one in mapping(holder.get("inputs")).items()},
        eula_id=text(_first(parameters.get("eula-id"))),
        price_credits=number(price.get("credits")),
        price_unit=text(price.get("unit")),
        parameters=parameters,
    )


def quote(value: Any) -> Quote:
    """A price (up42-api.md section 5); negative, fractional or missing credits are no price: None.

    Raises:
        Unreadable: the answer is no JSON object.
    """
    holder = required_mapping(value, "The price")
    return Quote(
        credits=whole_credits(holder.get("totalCredits")),
        strategy=text(holder.get("pricingStrategy")) or "",
        size=number(holder.get("totalSize")),
        unit=text(holder.get("unit")),
    )


def reasons(value: Any) -> tuple[InputError, ...]:
    """Why inputs were not accepted, from the body of a 400 or 422 in any of the documented shapes (sections 4, 11).

    Empty where the body gives no reason.
    """
    holder = mapping(value)
    listed = _input_errors(holder.get("errors"))
    if listed:
        return listed
    shape = text(holder.get("schema-error"))
    if shape is not None:
        return (InputError("InvalidSchema", shape),)
    inner = mapping(holder.get("error")) or holder
    message = text(inner.get("message")) or text(holder.get("detail"))
    if message is None:
        return ()
    return (InputError(text(inner.get("code")) or text(holder.get("title")) or "Rejected", message),)


def explanation(value: Any) -> str:
    """What an error answer says in words, safe inside a sentence; "" where it says nothing more than its status."""
    first = next(iter(reasons(value)), None)
    return plain(first.message).rstrip(".") if first else ""


def next_link(value: Any) -> NextLink | None:
    """The link to the next page; None on the last one."""
    for link in map(mapping, listing(mapping(value).get("links"))):
        href = text(link.get("href"))
        if str(link.get("rel")).lower() == "next" and href is not None:
            body = link.get("body")
            return NextLink(
                href=href,
                method=str(link.get("method") or ("POST" if isinstance(body, Mapping) else "GET")).upper(),
                body=body if isinstance(body, Mapping) else None,
                merge=link.get("merge") is True,
            )
    return None


def _wrapped(value: Any, key: str) -> Sequence[Any]:
    found = value if isinstance(value, list) else mapping(value).get(key)
    if not isinstance(found, list):
        raise Unreadable(f"The answer has no list of {key}.")
    return found


def _input(name: str, value: Mapping[str, Any]) -> InputDescription:
    least = number(value.get("minOccurs"))
    return InputDescription(
        name=name,
        title=text(value.get("title")) or name,
        required=least is None or least >= 1,
        schema=mapping(value.get("schema")),
        description=text(value.get("description")) or "",
    )


def _input_errors(value: Any) -> tuple[InputError, ...]:
    return tuple(
        InputError(text(mapping(one).get("name")) or "Unnamed", _words(mapping(one).get("message"), one))
        for one in listing(value)
    )


def _words(message: Any, whole: Any) -> str:
    """The message, or where it has another shape, everything that came, so that no reason is lost."""
    if isinstance(message, str):
        return message
    return whole if isinstance(whole, str) else json.dumps(whole, ensure_ascii=False)


def _without_title(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in inputs.items() if name != "title"}


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else None


def _plain_json(value: Json) -> Any:
    """Dicts and lists in place of whatever mappings and sequences a frozen value holds."""
    if isinstance(value, Mapping):
        return {key: _plain_json(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain_json(one) for one in value]
    return value
