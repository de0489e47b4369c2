"""Rules by themselves: reading them, and when they apply."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.sandbox.app import DOORS
from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.faults.kinds import KINDS, REQUESTS
from reconciler.sandbox.faults.rules import Rule, rule_from, rule_from_text


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("job-fails", Rule("job-fails")),
        ("latency:seconds=2", Rule("latency", options={"seconds": 2.0})),
        (
            "rate-limited:rate=0.25,retry-after=date,request=execute",
            Rule("rate-limited", "execute", rate=0.25, options={"retry-after": "date", "wait": 1}),
        ),
        ("lost-reply:nth=3", Rule("lost-reply", skip=2, count=1)),
        ("lost-reply:skip=1,count=4,containing=coast 7", Rule("lost-reply", containing="coast 7", skip=1, count=4)),
        ("server-error:done=true,status=500", Rule("server-error", options={"status": 500, "done": True})),
    ],
)
def test_the_form_of_the_command_line(text, rule):
    """A rule is read from text, with the usual values for what it does not say."""
    assert rule_from_text(text) == rule


@pytest.mark.parametrize(
    "text", ["", "none", "latency:seconds", "latency:seconds=-1", "latency:seconds=true", "latency:request=all"]
)
def test_text_that_is_no_rule(text):
    """What cannot be read is an error of one sentence."""
    with pytest.raises(SandboxError, match=r"\.$"):
        rule_from_text(text)


@given(
    kind=st.sampled_from(sorted(KINDS)),
    rate=st.floats(0, 1),
    skip=st.integers(0, 9),
    count=st.none() | st.integers(0, 9),
    containing=st.text(max_size=9),
)
def test_a_rule_is_read_as_it_was_written(kind, rate, skip, count, containing):
    """Writing a rule down and reading it gives the same rule."""
    rule = rule_from({"fault": kind, "rate": rate, "skip": skip, "count": count, "containing": containing})

    assert rule_from(rule.document()) == rule


@given(skip=st.integers(0, 5), count=st.integers(0, 5), rate=st.sampled_from([0.0, 0.5, 1.0]), key=st.text(max_size=5))
def test_skip_count_and_rate(skip, count, rate, key):
    """None of the first ones, never more than the count, none at rate 0 and as many as may be at rate 1."""
    rule = Rule("latency", rate=rate, skip=skip, count=count)
    happened = []
    for seen in range(1, 21):
        if rule.happens(key=key, seen=seen, happened=len(happened)):
            happened.append(seen)

    assert len(happened) <= count
    assert all(seen > skip for seen in happened)
    if rate in {0.0, 1.0}:
        assert happened == ([] if rate == 0 else list(range(skip + 1, skip + 1 + count)))


def test_a_rate_is_a_share():
    """Over many requests the share that a rule picks is its rate, whatever the seed."""
    for key in ("0:1", "7:1", "7:2"):
        picked = [Rule("latency", rate=0.2).happens(key=key, seen=seen, happened=0) for seen in range(1, 5001)]
        assert sum(picked) / 5000 == pytest.approx(0.2, abs=0.02)


def test_every_kind_can_be_asked_for_with_nothing_but_its_name():
    """The defaults of each fault make a rule; the requests that it is usual for are among those it may happen to."""
    for name, kind in KINDS.items():
        rule = rule_from({"fault": name})
        assert set(rule.options) == set(kind.options)
        assert kind.usual is None or kind.requests is None or kind.usual <= kind.requests


def test_requests_are_named_as_the_doors_are():
    """The names by which a rule picks requests are those of all doors but the control ones."""
    assert {door.name for door in DOORS if not door.control} == REQUESTS
    assert {name for kind in KINDS.values() for name in (kind.requests or ())} <= REQUESTS
