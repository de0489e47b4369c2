import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import AnswerLost, InputsRejected, ManifestInvalid, Refused
from reconciler.model.job import InputError
from reconciler.model.problem import Position, Problem
from reconciler.views.human import error_text, problems_github, problems_text, valid_text

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=())) | st.lists(
    st.sampled_from(["\n", "\r", "::", "%0A", "%", ",", "line=1", ":", "##[", "\x1b[", "error "])
).map("".join)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"message": "`atempts` is not a field here", "hint": "Did you mean `attempts`?"},
            "a.yaml:7:3: spec.retry: `atempts` is not a field here. Did you mean `attempts`?",
        ),
        ({"field": "", "message": "The document is empty."}, "a.yaml:7:3: The document is empty."),
    ],
    ids=["with field and hint", "the document itself"],
)
def test_a_problem_is_one_line_that_editors_can_follow(make, fields, expected):
    """file:line:column, the field, what is wrong, what would be right."""
    assert problems_text([make.problem(**fields)]) == expected


def test_problems_keep_their_order(make):
    """The first problem of a file is the first line."""
    problems = [make.problem(field=name) for name in ("b", "a")]

    assert [line.split(": ")[1] for line in problems_text(problems).splitlines()] == ["b", "a"]


def test_a_github_annotation(make):
    """Properties and message stand where the runner looks for them, escaped as it unescapes them."""
    problem = make.problem(
        position=Position("manifests/a,b: 100%.yaml", 7, 3),
        field="spec.inputs.item",
        message="50% of `::x` is wrong",
        hint="Use /v2/assets/…, please",
    )

    assert problems_github([problem]) == (
        "::error file=manifests/a%2Cb%3A 100%25.yaml,line=7,col=3,title=spec.inputs.item::"
        "50%25 of `::x` is wrong. Use /v2/assets/…, please"
    )


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_no_text_can_add_a_command_or_a_property(file, field, message, hint):
    """Whatever the manifest says, a problem is one command with the four properties that we wrote."""
    drawn = problems_github([Problem(Position(file, 7, 3), field, message, hint)])
    command = re.fullmatch(r"::error file=([^:,\r\n]*),line=7,col=3,title=([^:,\r\n]*)::([^\r\n]*)", drawn)

    assert len(drawn.splitlines()) == 1
    assert command is not None
    assert all(re.fullmatch(r"(?:[^%]|%25|%2C|%3A)*", part) for part in command.groups())


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_no_text_can_start_a_line_of_its_own(file, field, message, hint):
    """A problem stays one line, and none that a runner takes for a command."""
    drawn = problems_text([Problem(Position(file, 7, 3), field, message, hint)])

    assert len(drawn.splitlines()) == 1
    assert not drawn.startswith("::")


def test_an_error_is_a_sentence_and_a_hint():
    """The hint has a line of its own, and both end in one full stop."""
    error = Refused(
        "The plan costs 812 credits, more than the 500 of --max-credits", hint="Raise it, or --select less."
    )

    assert error_text(error) == (
        "Error: The plan costs 812 credits, more than the 500 of --max-credits.\nRaise it, or --select less."
    )


def test_only_the_word_error_is_coloured():
    """The sentence reads the same with and without colours."""
    assert error_text(Refused("No."), colour=True) == "\x1b[31mError:\x1b[0m No."


def test_rejected_inputs_list_every_reason():
    """The service's names and messages stand below the sentence."""
    error = InputsRejected(
        "UP42 does not accept the inputs.",
        method="POST",
        url="https://api.up42.com/v2/processing/processes/pansharpening/validation",
        status=422,
        body="",
        errors=[InputError("MissingPanchromaticAsset", "panchromatic band is missing\x1b[2J")],
    )

    assert error_text(error).splitlines()[1:] == ["  MissingPanchromaticAsset: panchromatic band is missing."]


def test_invalid_manifests_are_only_counted(make):
    """The problems have a view of their own and are not printed twice."""
    error = ManifestInvalid([make.problem(), make.problem(field="spec.process")])

    assert error_text(error) == "Error: 2 problems in the manifests."


def test_an_error_shows_no_url():
    """Where a request went is for logs, not for the sentence."""
    error = AnswerLost("The answer was lost.", method="POST", url="https://api.up42.com/v2/secret")

    assert error_text(error) == "Error: The answer was lost."


def test_valid_manifests_are_counted():
    """The plural rule holds here, too."""
    assert valid_text(1) == "Valid: 1 output declared."
    assert valid_text(1200) == "Valid: 1,200 outputs declared."
    assert valid_text(0, 1) == "Valid: 0 outputs declared, 1 set expanded by the service."
    assert valid_text(2, 3) == "Valid: 2 outputs declared, 3 sets expanded by the service."
