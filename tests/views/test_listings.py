import re
from datetime import timedelta

import pytest

from reconciler.model.job import Asset, Eula, InputDescription, Item, Process
from reconciler.model.status import StatusRow
from reconciler.views.human import (
    claims_text,
    eula_text,
    eulas_text,
    items_text,
    jobs_text,
    process_text,
    processes_text,
    status_text,
)


def test_status_rows_are_one_line_each(make):
    """Where an output stands, and the job and files behind it."""
    rows = [
        StatusRow("berlin", "true-color-conversion", "complete", "/out/berlin", files_delivered=3, files_total=3),
        StatusRow("uk", "pansharpening", "pending", "/out/uk", "runs since 12:40", "6856aaaa", "running", 1063),
    ]

    assert status_text(rows).splitlines() == [
        "OUTPUT  STATE     PROCESS                JOB       STATUS   CREDITS  FILES  DESTINATION  DETAIL",
        "berlin  complete  true-color-conversion                                3/3  /out/berlin",
        "uk      pending   pansharpening          6856aaaa  running    1,063         /out/uk      runs since 12:40",
    ]


def test_claims_show_who_and_how_long(make):
    """The id that `claims release` takes is the first cell, whole."""
    claim = make.claim(job_id="6856", quoted_credits=1063, labels={"b": "2", "a": "1"})

    drawn = claims_text([claim], make.noon + timedelta(minutes=12, seconds=30))

    assert drawn.splitlines() == [
        "ID      OUTPUT         PHASE       AGE  JOB   FINGERPRINT       NO  QUOTED  LABELS    OWNER",
        "c-19f3  uk-2024-06-14  posting  12m30s  6856  fp1:abababababa…   1   1,063  a=1, b=2  ann@laptop:4711:f3a9",
    ]


def test_processes_show_advertised_prices(make):
    """A price that is not named is blank, never 0."""
    drawn = processes_text(
        [
            Process("pansharpening", "Pansharpening", eula_id="4136", price_credits=4.0, price_unit="SQ_KM"),
            Process("upscaling", "Upscaling"),
        ]
    )

    assert drawn.splitlines() == [
        "ID             PRICE      EULA  TITLE",
        "pansharpening  4 per km²  4136  Pansharpening",
        "upscaling                       Upscaling",
    ]


def test_one_process_with_its_inputs():
    """What a person needs to write `spec.inputs`."""
    process = Process(
        "pansharpening",
        "Pansharpening",
        "Sharpens",
        inputs={
            "item": InputDescription("item", "Item", True, {"type": "string"}, "A STAC item"),
            "greyWeights": InputDescription("greyWeights", "Grey weights", False, {"type": ["array", "null"]}),
        },
    )

    assert process_text(process).splitlines() == [
        "Process: pansharpening",
        "Title:   Pansharpening",
        "About:   Sharpens",
        "",
        "INPUT        REQUIRED  TYPE    ABOUT",
        "item         yes       string  A STAC item",
        "greyWeights  no                Grey weights",
    ]


def test_eulas_say_whether_they_are_accepted(make):
    """Acceptance is a word, not a colour."""
    drawn = eulas_text([Eula("4136", "Trees", False, "79a4"), Eula("5000", "Ships", True, accepted_at=make.noon)])

    assert drawn.splitlines() == [
        "ID    ACCEPTED  SINCE                 DOCUMENT  TITLE",
        "4136  no                              79a4      Trees",
        "5000  yes       2024-06-14T12:40:03Z            Ships",
    ]


def test_the_link_to_an_eula_document_is_whole():
    """People have to be able to open it before they accept, so its query stays."""
    url = f"https://storage.googleapis.com/{'e' * 300}/1.pdf?version=1"

    assert f"Read it at: {url}" in eula_text(Eula("4136", "Trees", False, document_url=url))


def test_items_show_the_link_that_inputs_take(make):
    """Date, clouds, assets and their size help to choose; the link is whole."""
    href = f"https://api.up42.com/v2/assets/stac/collections/{'c' * 36}/items/{'i' * 36}"
    item = Item(
        "i",
        "c",
        href,
        (
            Asset("pan", "x", roles=("data",), size_bytes=1_500_000),
            Asset("ms", "y", roles=("data", "meta"), size_bytes=500_000),
        ),
        {"datetime": "2024-06-14T10:00:00Z", "eo:cloud_cover": 3.25, "title": "UK\x1b[2J"},
    )

    assert items_text([item], width=60).splitlines()[1] == (
        f"{href}  2024-06-14T10:00:00Z  3.25 %  2 (data, meta) 2.0 MB  UK"
    )


def test_an_item_of_which_little_is_known_has_blanks():
    """Odd property values and missing sizes are left out, not guessed."""
    item = Item("i", "c", "/v2/i", (Asset("a", "x"),), {"datetime": None, "eo:cloud_cover": True, "title": 5})

    assert items_text([item]).splitlines() == ["LINK   ASSETS", "/v2/i  1"]


def test_jobs_show_full_ids(make):
    """`ignoreJobs` and the console need all of it."""
    job = make.job(title="UK", credits=1063)

    assert jobs_text([job]).splitlines()[1] == (
        f"{job.job_id}  detection-ships-airbus  running  2024-06-14T12:40:03Z    1,063  UK"
    )


@pytest.mark.parametrize(
    ("drawn", "sentence"),
    [
        (status_text([]), "No output is declared."),
        (processes_text([]), "The service lists no process."),
        (eulas_text([]), "The service lists no EULA."),
        (items_text([]), "No item was found."),
        (jobs_text([]), "No job was found."),
    ],
    ids=["status", "processes", "eulas", "items", "jobs"],
)
def test_nothing_to_list_is_a_sentence(drawn, sentence):
    """A heading without rows would look like a mistake."""
    assert drawn == sentence


def test_no_claims_is_a_sentence(make):
    """As for every other listing."""
    assert claims_text([], make.noon) == "Nothing is claimed."


def test_hostile_text_cannot_change_a_table(make):
    """In every listing a record stays one line, without control characters and commands."""
    bad = make.hostile
    tables = [
        (status_text([StatusRow(bad, bad, bad, bad, bad, bad, bad)]), 2),
        (
            claims_text(
                [make.claim(claim_id=bad, owner=bad, output=bad, fingerprint=bad, job_id=bad, labels={bad: bad})],
                make.noon,
            ),
            2,
        ),
        (processes_text([Process(bad, bad, eula_id=bad, price_credits=1.5, price_unit=bad)]), 2),
        (process_text(Process(bad, bad, bad, bad, {bad: InputDescription(bad, bad, True, {"type": bad})}, bad)), 8),
        (eulas_text([Eula(bad, bad, True, bad)]), 2),
        (eula_text(Eula(bad, bad, True, bad, bad, bad)), 6),
        (items_text([Item(bad, bad, bad, (Asset(bad, bad, roles=(bad,)),), {"title": bad, "datetime": bad})]), 2),
        (jobs_text([make.job(bad, bad, process_id=bad, title=bad)]), 2),
    ]

    for drawn, lines in tables:
        assert len(drawn.splitlines()) == lines, drawn
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", drawn)
        assert not any(line.startswith("::") or "##[" in line for line in drawn.splitlines())
