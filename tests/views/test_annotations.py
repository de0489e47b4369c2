import re

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.plan import Action, Check, Verdict
from reconciler.model.problem import Position
from reconciler.views.human import annotations_text, plan_annotations, problems_github

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=())) | st.lists(
    st.sampled_from(["\n", "\r", "::", "%0A", "%", ",", "line=1", ":", "##[", "\x1b[", "error ", "::stop-commands::x"])
).map("".join)


def test_a_plan_in_remarks(make):
    """Rules that refuse the plan are errors; what is not known, unresolved or blocked is a warning, where it stands."""
    plan = make.plan(
        make.change(Action.BLOCKED, "trees", reason="EULA not accepted"),
        make.change(Action.UNRESOLVED, "ships", reason="posted 12:40:03, no answer"),
        make.change(Action.CREATE, "fine"),
        checks=(
            Check("guardrails/limits.jobsPerPlan", Verdict.PASS, "3 of 50 jobs"),
            Check("guardrails/budgets[0]", Verdict.UNKNOWN, "prices are not known"),
            Check("guardrails/require.labels", Verdict.FAIL, "every output has a team", ("a has none", "b has none")),
        ),
    )

    assert annotations_text(plan_annotations(plan)).splitlines() == [
        "::error title=guardrails/require.labels::every output has a team. a has none. b has none.",
        "::warning title=guardrails/budgets[0]::prices are not known.",
        "::warning file=manifests/coast.yaml,line=3,col=5,title=ships%3A unresolved::posted 12:40:03, no answer.",
        "::warning file=manifests/coast.yaml,line=3,col=5,title=trees%3A blocked::EULA not accepted.",
    ]


def test_a_plan_without_trouble_has_no_remarks(make):
    """Nothing is said where nothing is wrong."""
    assert annotations_text(plan_annotations(make.plan(make.change(), make.change(Action.DEFERRED, "later")))) == ""


def test_a_check_names_three_problems_and_counts_the_rest(make):
    """A rule that thousands break stays one short remark."""
    plan = make.plan(checks=(Check("g/r", Verdict.FAIL, "no", tuple(f"output {n}" for n in range(1234))),))

    assert annotations_text(plan_annotations(plan)) == (
        "::error title=g/r::no. output 0. output 1. output 2. 1,231 more problems."
    )


def test_what_github_would_not_show_is_counted(make):
    """Ten errors and ten warnings, the first ones, and one notice for the rest."""
    plan = make.plan(
        *(make.change(Action.BLOCKED, f"b{number:02}") for number in range(12)),
        checks=tuple(Check(f"g/{number}", Verdict.FAIL, "no") for number in range(11)),
    )

    lines = annotations_text(plan_annotations(plan)).splitlines()

    assert [line.split(" ")[0] for line in lines] == ["::error"] * 10 + ["::warning"] * 10 + ["::notice"]
    assert "title=g/9::" in lines[9]
    assert "title=b09%3A" in lines[19]
    assert lines[20] == "::notice title=reconciler::3 more remarks in the log."


def test_problems_beyond_ten_follow_as_text(make):
    """The log loses none of a manifest's problems, and only ten of them are commands."""
    lines = problems_github([make.problem(field=f"spec.f{number}") for number in range(12)]).splitlines()

    assert [line[:7] for line in lines] == ["::error"] * 10 + ["::notic"] + ["a.yaml:"] * 2
    assert [line.split(": ")[1] for line in lines[11:]] == ["spec.f10", "spec.f11"]


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_no_text_of_a_plan_breaks_out(make, name, reason, file):
    """Names, reasons and files, whatever they hold, stay inside of the one command that we wrote."""
    declared = make.output(name, position=Position(file, 3, 5))
    plan = make.plan(
        make.change(Action.BLOCKED, output=declared, reason=reason),
        checks=(Check(name, Verdict.FAIL, reason, (file,)),),
    )

    lines = annotations_text(plan_annotations(plan)).splitlines()

    assert len(lines) == 2
    assert re.fullmatch(r"::error title=[^:,\r\n]+::(?:[^%\r\n]|%25)*", lines[0])
    assert re.fullmatch(r"::warning file=[^:,\r\n]*,line=3,col=5,title=[^:,\r\n]+::(?:[^%\r\n]|%25)*", lines[1])
