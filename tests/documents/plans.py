"""Plans of every shape, made by hypothesis: what a saved plan has to bring back."""

from datetime import UTC, datetime

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from reconciler.model.job import Job, Quote
from reconciler.model.output import Delivery, Output
from reconciler.model.plan import (
    Action,
    BudgetUse,
    Change,
    Check,
    FieldChange,
    Plan,
    Reason,
    Source,
    Verdict,
)
from reconciler.model.problem import Position

PLACE = "/srv/imagery"
NOON = datetime(2024, 6, 14, 12, 40, 3, tzinfo=UTC)
#: Whole plans are large values: making one may take long on a busy machine.
WHOLE_PLANS = settings(
    max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None
)

#: Any text but lone surrogates, which no UTF-8 manifest holds, and links, whose queries no document keeps.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).filter(lambda text: "://" not in text)
words = st.text("abcdefghijklmnop-0123456789", min_size=1, max_size=12)
names = st.text("abcdef0123456789-", min_size=1, max_size=8)
credit_counts = st.integers(0, 2**40)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - see timezones
links = st.sampled_from(["https://api.up42.com/v2/assets/stac/collections/21c0/items/23e4", "/v2/assets/stac/x"])
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts | links
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
destinations = st.one_of(
    st.just(PLACE),
    names.map(lambda name: f"{PLACE}/outputs/{name}"),
    names.map(lambda name: f"{PLACE}-other/{name}"),
    names.map(lambda name: f"/{name}"),
    names.map(lambda name: f"s3://bucket/{name}"),
)
quotes = st.builds(
    Quote,
    st.none() | credit_counts,
    words,
    st.none() | st.floats(0, 1e9),
    st.none() | words,
)
jobs = st.builds(Job, job_id=words, process_id=words, status=words, created=moments, credits=st.none() | credit_counts)
references = st.builds(lambda name, role: {"fromOutput": name, "role": role}, names, words)


@st.composite
def outputs(draw, name):
    return Output(
        name=name,
        process_id=draw(words),
        title=draw(texts),
        inputs=draw(st.dictionaries(texts, json_values | references, max_size=3)),
        delivery=Delivery(
            draw(destinations),
            draw(st.none() | st.lists(texts, max_size=2).map(tuple)),
            draw(st.none() | texts),
        ),
        position=Position(draw(texts), draw(st.integers(1, 10**6)), draw(st.integers(1, 10**6))),
        labels=draw(st.dictionaries(words, texts, max_size=2)),
        newer_than=draw(st.none() | moments),
        ignore_jobs=draw(st.frozensets(words, max_size=2)),
        attempts=draw(st.integers(1, 9)),
        prevent_replace=draw(st.booleans()),
        priority=draw(st.integers(-100, 100)),
        budget_id=draw(st.none() | words),
        set_name=draw(st.none() | names),
    )


@st.composite
def changes(draw, name, all_names):
    action = draw(st.sampled_from(Action))
    priced = action.may_pay or action is Action.DEFERRED
    return Change(
        output=draw(outputs(name)),
        action=action,
        reason=Reason(draw(words), draw(texts)),
        fingerprint=draw(st.none() | st.sampled_from(["fp1:" + "ab" * 32, "fp2:" + "cd" * 32])),
        job=draw(st.none() | jobs),
        quote=draw(st.none() | quotes) if priced else None,
        same_work_as=draw(st.none() | st.sampled_from(all_names)),
        attempt=draw(st.integers(1, 9)),
        attempts=draw(st.integers(0, 9)),
        field_changes=draw(
            st.lists(
                st.builds(FieldChange, texts, json_values, json_values), max_size=2, unique_by=lambda part: part.path
            ).map(tuple)
        ),
        newer_than=draw(st.none() | moments),
        settles_receipt=draw(st.booleans()),
        saved_credits=draw(st.none() | credit_counts),
        waits_for=draw(st.lists(names, max_size=2).map(tuple)),
        known_jobs=draw(st.frozensets(words, max_size=2)),
        former=draw(st.lists(jobs, max_size=2).map(tuple)),
        notes=draw(st.lists(texts, max_size=2).map(tuple)),
    )


checks = st.builds(
    Check,
    texts,
    st.sampled_from(Verdict),
    texts,
    st.lists(texts, max_size=2).map(tuple),
    st.lists(names, max_size=2).map(tuple),
)
sources = st.builds(
    Source,
    st.lists(texts, max_size=2).map(tuple),
    texts,
    st.none() | words,
    st.lists(texts, max_size=2).map(tuple),
    st.lists(names, max_size=2).map(tuple),
    st.booleans(),
)


@st.composite
def plans(draw, max_outputs=3):
    all_names = sorted(draw(st.sets(names, max_size=max_outputs)))
    return Plan(
        changes=tuple(draw(changes(name, all_names)) for name in all_names),
        made_at=draw(moments),
        api_url="https://api.up42.com",
        workspace_id=draw(words),
        project=draw(st.none() | words),
        balance_credits=draw(st.none() | credit_counts),
        place=PLACE,
        source=draw(sources),
        ceiling_credits=draw(st.none() | credit_counts),
        checks=draw(st.lists(checks, max_size=2).map(tuple)),
        budgets=draw(
            st.lists(st.builds(BudgetUse, words, texts, st.none() | credit_counts, credit_counts), max_size=2).map(
                tuple
            )
        ),
        jobs_seen=draw(st.none() | st.integers(0, 10**6)),
        notes=draw(st.lists(texts, max_size=2).map(tuple)),
    )
