import re
from typing import get_args

import pytest

from reconciler.engine import events
from reconciler.engine.events import (
    Acting,
    Asked,
    Claimed,
    Created,
    Delivered,
    Event,
    Failed,
    JobStatus,
    Note,
    Retrying,
    Transferring,
    Waiting,
)
from reconciler.views.narration import heartbeat, line

JOB = "6856aaaa-0000-4000-8000-000000000001"
LINES = [
    (Acting(1200), "1,200 outputs to bring in."),
    (Asked("prices", 3, 1200), "prices: 3 of 1,200"),
    (Asked("jobs", 500, None), "jobs: 500"),
    (Claimed("uk"), "uk: claimed, a job will be created"),
    (Created("uk", JOB, 63), f"uk: created job {JOB} (63 credits)"),
    (Created("uk", JOB, None), f"uk: created job {JOB} (price unknown)"),
    (JobStatus("uk", JOB, "running"), "uk: job 6856… is running"),
    (Waiting("uk", "another run creates the same job", 5.0), "uk: waiting: another run creates the same job"),
    (Transferring("uk", "pan.tif", 5, 1_234_567), "uk: downloading pan.tif (1.2 MB)"),
    (Transferring("uk", "pan.tif", 5, None), "uk: downloading pan.tif"),
    (Delivered("uk", 1, 1_234_567), "uk: delivered, 1 file, 1.2 MB"),
    (Failed("uk", "The job was released"), "uk: failed: The job was released."),
    (Note("Two documents were passed over"), "Two documents were passed over."),
    (Retrying("GET jobs", "the answer was 503", 4.2), "GET jobs: the answer was 503; trying again in 4s"),
]


@pytest.mark.parametrize(("event", "expected"), LINES, ids=lambda value: type(value).__name__)
def test_each_event_is_one_plain_line(event, expected):
    """What happened, to which output, in the project's words."""
    assert line(event) == expected


def test_no_event_is_left_out_of_the_table():
    """Whoever adds an event adds its line here."""
    assert {type(event) for event, _ in LINES} == set(get_args(Event))


def test_hostile_text_stays_on_its_line(make):
    """Names, files and sentences with escapes, line breaks and commands do no harm in a log."""
    bad = make.hostile
    harmful = [
        Asked(bad, 1, 2),
        Claimed(bad),
        Created(bad, bad, 1),
        JobStatus(bad, bad, bad),
        Waiting(bad, bad, 1),
        Transferring(bad, bad, 1, 2),
        Delivered(bad, 1, 1),
        Failed(bad, bad),
        Note(bad),
        Retrying(bad, bad, 1),
        Note("::error::x"),
    ]

    for text in map(line, harmful):
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", text)
        assert not text.startswith("::")
        assert "##[" not in text


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], "Still running... [12m30s elapsed]"),
        (["uk"], "uk: Still running... [12m30s elapsed]"),
        (["a", "b", "c", "d", "e"], "a, b, c and 2 more: Still running... [12m30s elapsed]"),
    ],
    ids=["none", "one", "many"],
)
def test_a_heartbeat_names_at_most_three_outputs(names, expected):
    """A heartbeat is one line, however many outputs are under way."""
    assert heartbeat(750, names) == expected


def test_events_are_frozen():
    """A view cannot change what the engine said."""
    frozen = [getattr(events, kind.__name__).__dataclass_params__.frozen for kind in get_args(Event)]

    assert all(frozen)
