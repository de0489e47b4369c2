import re
from dataclasses import replace
from pathlib import Path

from reconciler.model.explanation import Explanation
from reconciler.model.plan import Action
from reconciler.views.human import explain_text

GOLDEN = Path(__file__).parent / "golden"


def test_an_explanation_in_full(make):
    """The decision, the hashed document, each job with its verdict, the nearest one and what differs."""
    assert explain_text(make.explanation(), colour=False) + "\n" == (GOLDEN / "explanation.txt").read_text("utf-8")


def test_an_output_without_any_job(make):
    """What is not there is said in words; an output whose inputs are not known has no fingerprint yet."""
    drawn = explain_text(Explanation(make.change(Action.UNCHANGED), {}), colour=True)

    assert drawn.splitlines() == [
        "uk-2024-06-14: unchanged, no job",
        "Fingerprint: not known yet",
        "",
        "What is hashed:",
        "  {}",
        "",
        "Jobs considered: none.",
        "",
        "Nearest earlier job: none.",
    ]


def test_the_same_inputs_have_no_difference(make):
    """Nothing to list is a sentence."""
    drawn = explain_text(replace(make.explanation(), differences=()), colour=False)

    assert drawn.endswith("12:40:03Z), with the same inputs.")


def test_colour_stands_beside_the_job_that_serves(make):
    """Colour adds nothing but colour."""
    first, *rest = make.explanation().considered
    served = replace(make.explanation(), considered=(replace(first, verdict="serves"), *rest))

    coloured = explain_text(served, colour=True)

    assert "\x1b[32m6856aaaa" in coloured
    assert re.sub(r"\x1b\[\d*m", "", coloured) == explain_text(served, colour=False)


def test_hostile_text_cannot_change_an_explanation(make):
    """Whatever stands in a reason, an input or a job: every line is ours."""
    lines = len(explain_text(make.explanation(), colour=False).splitlines())
    drawn = explain_text(make.explanation(make.hostile, job=make.job(make.hostile, make.hostile)), colour=False)

    assert len(drawn.splitlines()) == lines
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", drawn)
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in drawn.splitlines())
