"""A saved plan, read back.

Not kept by plan_json, so not here: `Change.items`; of jobs everything but id, process, status, time of creation and
credits; the price of an action that cannot pay and is not deferred; queries and credentials of links in sentences for
people and in what a replacement differs from (`check_savable` sees to all other links).
"""

import re
from collections.abc import Mapping, Sequence

from reconciler.documents.digest import digest, plan_id
from reconciler.documents.plan_changes import ACTIONS, AT_PLACE, BELOW_PLACE, leads_up
from reconciler.documents.values import FORMAT_VERSION
from reconciler.errors import PlanFileInvalid
from reconciler.json_reading import Fields, parse
from reconciler.model.job import Job, Quote
from reconciler.model.output import Delivery, Json, Output
from reconciler.model.plan import BudgetUse, Change, Check, FieldChange, Plan, Reason, Source, Verdict
from reconciler.model.problem import Position

_ACTION_OF = {tuple(words): action for action, words in ACTIONS.items()}
_VERSION = re.compile(r"(\d{1,9})\.\d{1,9}")
_NAME = re.compile(r"[a-z0-9-]{1,63}")
_FINGERPRINT = re.compile(r"fp[1-9]\d{0,8}:[0-9a-f]{64}")


def parse_plan(data: bytes) -> Json:
    """The JSON document that the bytes of a plan file hold.

    Raises:
        PlanFileInvalid: they hold none, or one that no JSON reader is sure to read alike (fields.parse).
    """
    try:
        return parse(data)
    except ValueError as error:
        raise _invalid(str(error)) from error


def plan_from_json(document: Json, *, place: str) -> Plan:
    """The plan of a document that plan_json wrote.

    Args:
        document: JSON that nobody has checked.
        place: the absolute folder that destinations below the plan's place start at here; "" where they are only
            shown, and stay relative.

    Raises:
        PlanFileInvalid: it is no plan, or of another major version, or not what was saved.
    """
    try:
        fields = Fields(document)
        _check_version(fields)
        plan = _plan(fields, place)
        _check_digest(fields)
    except ValueError as error:
        raise _invalid(str(error)) from error
    return plan


def _invalid(clause: str) -> PlanFileInvalid:
    return PlanFileInvalid(
        f"The plan file cannot be used: {clause}.", hint="Make the plan again: reconciler plan --out FILE PATH."
    )


def _check_version(fields: Fields) -> None:
    found = _VERSION.fullmatch(fields.text("format_version"))
    if found is None:
        raise fields.wrong("format_version", "a version")
    if found[1] != FORMAT_VERSION.partition(".")[0]:
        raise ValueError(f"its format {found[0]} is of another version of reconciler, this one reads {FORMAT_VERSION}")


def _check_digest(fields: Fields) -> None:
    known = digest(fields.found)
    if fields.text("plan_digest") != known or fields.text("plan_id") != plan_id(known, fields.text("timestamp")):
        raise ValueError("it was changed after it was saved: its plan_digest is that of another plan")


def _plan(fields: Fields, place: str) -> Plan:
    observed, cost = fields.child("observed"), fields.child("cost")
    made_at = fields.moment("timestamp")
    if observed.moment("at") != made_at:
        raise observed.wrong("at", "the timestamp")
    changes = tuple(_change(change, place) for change in fields.children("target_changes"))
    _check_names(changes)
    return Plan(
        changes=changes,
        made_at=made_at,
        api_url=fields.text("api_url"),
        workspace_id=observed.text("workspace_id"),
        project=fields.text_or_none("project"),
        balance_credits=cost.integer_or_none("balance"),
        place=place,
        source=_source(fields.child("source")),
        ceiling_credits=cost.integer_or_none("ceiling", minimum=0),
        checks=tuple(_check(check) for check in fields.children("checks")),
        budgets=tuple(_budget(budget) for budget in cost.children("budgets")),
        jobs_seen=observed.integer_or_none("jobs_seen", minimum=0),
        notes=tuple(note.text("summary") for note in fields.children("diagnostics")),
    )


def _check_names(changes: Sequence[Change]) -> None:
    names = {change.output.name for change in changes}
    if len(names) < len(changes):
        raise ValueError("it names an output twice")
    if not names.issuperset(change.same_work_as for change in changes if change.same_work_as is not None):
        raise ValueError("an output of it waits for the work of one that is not in it")


def _source(fields: Fields) -> Source:
    return Source(
        paths=fields.texts("paths"),
        digest=fields.text("digest"),
        commit=fields.text_or_none("commit"),
        select=fields.texts("select"),
        replace=fields.texts("replace"),
        rebuy=fields.flag("rebuy"),
    )


def _check(fields: Fields) -> Check:
    status = fields.text("status")
    if status not in set(Verdict):
        raise fields.wrong("status", "a status that this version knows")
    return Check(
        address=fields.text("address"),
        verdict=Verdict(status),
        text=fields.text("text"),
        problems=tuple(problem.text("message") for problem in fields.children("problems")),
        outputs=fields.texts("outputs"),
    )


def _budget(fields: Fields) -> BudgetUse:
    return BudgetUse(
        budget_id=fields.text("id"),
        name=fields.text("name"),
        remaining_credits=fields.integer_or_none("remaining"),
        planned_credits=fields.integer("planned", minimum=0),
    )


def _change(fields: Fields, place: str) -> Change:
    what = fields.child("change")
    action = _ACTION_OF.get(what.texts("actions"))
    if action is None:
        raise what.wrong("actions", "an action that this version knows")
    if fields.flag("paid") is not action.may_pay:
        raise fields.wrong("paid", "what its actions say")
    fingerprint = fields.text_or_none("fingerprint")
    # It becomes a part of a path in the state store.
    if fingerprint is not None and not _FINGERPRINT.fullmatch(fingerprint):
        raise fields.wrong("fingerprint", "a fingerprint")
    job = fields.child_or_none("job")
    return Change(
        output=_output(fields, place),
        action=action,
        reason=Reason(fields.text("action_reason"), fields.text("reason")),
        fingerprint=fingerprint,
        job=None if job is None else _job(job),
        quote=_quote(fields.child_or_none("cost")),
        same_work_as=fields.text_or_none("same_work_as"),
        attempt=fields.integer("attempt", minimum=1),
        attempts=fields.integer("attempts", minimum=0),
        field_changes=_field_changes(what),
        newer_than=fields.moment_or_none("newer_than"),
        settles_receipt=fields.flag("settles_receipt"),
        saved_credits=fields.integer_or_none("saved_credits"),
        waits_for=fields.texts("waits_for"),
        known_jobs=frozenset(fields.texts("known_jobs")),
        former=tuple(_job(former) for former in fields.children("former_jobs")),
        notes=fields.texts("notes"),
    )


def _output(fields: Fields, place: str) -> Output:
    name = fields.text("address")
    if not _NAME.fullmatch(name):
        raise fields.wrong("address", "the name of an output")
    delivery, position = fields.child("delivery"), fields.child("range")
    start = position.child("start")
    return Output(
        name=name,
        process_id=fields.text("process_id"),
        title=fields.text("title"),
        inputs=fields.child("inputs").found,
        delivery=Delivery(_to(delivery, place), delivery.texts_or_none("roles"), delivery.text_or_none("name")),
        position=Position(
            position.text("filename"), start.integer("line", minimum=1), start.integer("column", minimum=1)
        ),
        labels=fields.labels("labels"),
        newer_than=fields.moment_or_none("output_newer_than"),
        ignore_jobs=frozenset(fields.texts("ignore_jobs")),
        attempts=fields.integer("retry_attempts", minimum=1),
        prevent_replace=fields.flag("prevent_replace"),
        priority=fields.integer("priority"),
        budget_id=fields.text_or_none("budget_id"),
        set_name=fields.text_or_none("set"),
    )


def _to(delivery: Fields, place: str) -> str:
    to = delivery.text("to")
    if not to.startswith(BELOW_PLACE) and to != AT_PLACE:
        return to
    if leads_up(to):
        raise delivery.wrong("to", "below the plan's place")
    if not place:
        return to
    return place if to == AT_PLACE else f"{place.rstrip('/')}/{to.removeprefix(BELOW_PLACE)}"


def _job(fields: Fields) -> Job:
    return Job(
        job_id=fields.text("id"),
        process_id=fields.text("process_id"),
        status=fields.text("status"),
        created=fields.moment("created"),
        credits=fields.integer_or_none("credits"),
    )


def _quote(fields: Fields | None) -> Quote | None:
    if fields is None:
        return None
    credit_count, status = fields.integer_or_none("credits", minimum=0), fields.text("status")
    if status != ("unknown" if credit_count is None else "free" if status == "free" else "known"):
        raise fields.wrong("status", "what its credits say")
    strategy = fields.text_or_none("strategy")
    if strategy is None:
        return None
    return Quote(credit_count, strategy, fields.number_or_none("size"), fields.text_or_none("unit"))


def _field_changes(fields: Fields) -> tuple[FieldChange, ...]:
    before, after = _map(fields, "before"), _map(fields, "after")
    if before.keys() != after.keys():
        raise fields.wrong("after", "about the same fields as before")
    return tuple(FieldChange(path, before[path], after[path]) for path in before)


def _map(fields: Fields, name: str) -> Mapping[str, Json]:
    found = fields.child_or_none(name)
    return {} if found is None else found.found
