import csv
import re
from dataclasses import replace

import pytest

from reconciler.model.spending import Ledger, Spending, Sums
from reconciler.views.human import ledger_text
from reconciler.views.machine import ledger_csv


def test_a_ledger_is_a_table_that_closes(make):
    """A line for each group, one for the others, the total, and the identity with what the service reports."""
    assert ledger_text(make.ledger()).splitlines() == [
        "OUTPUT                         JOBS  QUOTED  CHARGED  RELEASED  HELD  DIFFERENCE",
        "uk                                3   1,126    1,063        63     0",
        "ships                             2      99       70         0    20          -9",
        "(other jobs in the workspace)     1       5        5         0     0",
        "(total)                           6   1,230    1,138        63    20          -9",
        "",
        "Jobs created in 2024-06 (UTC), in credits. quoted + difference = charged + released + held.",
        "Of 1 job the service does not say yet what is held or was charged.",
        "This closes with what UP42 reports: 1,221 credits.",
        "Balance: 8,762 credits.",
    ]


def test_what_is_not_there_is_not_shown():
    """Without differences, others and unknown amounts there is no column, line or sentence about them."""
    row = Sums(1, 63, 63, 0, 0, 0)

    assert ledger_text(Ledger("process", {"p": row}, Sums(), row, Spending((), None, 63))).splitlines() == [
        "PROCESS  JOBS  QUOTED  CHARGED  RELEASED  HELD",
        "p           1      63       63         0     0",
        "(total)     1      63       63         0     0",
        "",
        "All jobs of the workspace, in credits. quoted = charged + released + held.",
        "This closes with what UP42 reports: 63 credits.",
        "Balance: unknown.",
    ]


def test_a_ledger_that_does_not_close_says_so(make):
    """Both sums are named."""
    wrong = make.ledger(spending=Spending((), None, 1222))

    assert "This does not close: UP42 reports 1,222 credits, the rows have 1,221." in ledger_text(wrong)


def test_rows_by_label_are_not_taken_for_a_partition(make):
    """A job with two labels is told to be in two rows; by one label's values it is not."""
    sentence = "A job with several labels is in several rows"

    assert sentence in ledger_text(replace(make.ledger(), by="label"))
    assert sentence not in ledger_text(replace(make.ledger(), by="label:team"))


def test_a_csv_reader_gets_the_numbers(make):
    """Records of one length; what has to be added up is told from what is a sum by the first field."""
    rows = list(csv.DictReader(ledger_csv(make.ledger()).splitlines()))

    assert [(row["row"], row["output"]) for row in rows] == [
        ("group", "uk"),
        ("group", "ships"),
        ("others", ""),
        ("total", ""),
    ]
    assert rows[1] == {
        "row": "group",
        "output": "ships",
        "jobs": "2",
        "quoted_credits": "99",
        "charged_credits": "70",
        "released_credits": "0",
        "held_credits": "20",
        "difference_credits": "-9",
        "unknown_count": "1",
    }
    for column in ("jobs", "charged_credits", "difference_credits"):
        assert sum(int(row[column]) for row in rows[:-1]) == int(rows[-1][column])


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u200b=1", '=HYPERLINK("x","y")', "a,b\nc"]
)
def test_no_name_is_a_formula_or_a_record_of_its_own(name):
    """Spreadsheets run text that begins like a formula, and some strip what stands before it."""
    ledger = Ledger("output", {name: Sums(1)}, Sums(), Sums(1))

    (_, key, *_), *rest = list(csv.reader(ledger_csv(ledger).splitlines()))[1:]

    assert not key.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert [row[0] for row in rest] == ["others", "total"]


def test_hostile_names_cannot_change_a_ledger(make):
    """In text and CSV every group stays one line, without control characters and commands."""
    ledger = replace(make.ledger(name=make.hostile), by=f"label:{make.hostile}")

    for drawn, lines in ((ledger_text(ledger), 10), (ledger_csv(ledger), 5)):
        assert len(drawn.splitlines()) == lines, drawn
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", drawn)
        assert not any(line.startswith("::") or "##[" in line for line in drawn.splitlines())
