import re
from pathlib import Path

import pytest

from reconciler.model.job import Quote
from reconciler.model.plan import Action, BudgetUse, Check, FieldChange, Verdict
from reconciler.views.human import plan_text, summary_lines

GOLDEN = Path(__file__).parent / "golden"


def text(plan, *, show_unchanged=False, colour=False):
    return plan_text(plan, show_unchanged=show_unchanged, colour=colour)


def test_the_contracts_example_is_reproduced_to_the_character(make):
    """The four lines, their columns, and the two summary lines are those of the contract."""
    assert text(make.contract_plan()) + "\n" == (GOLDEN / "contract_plan.txt").read_text("utf-8")


def test_colour_adds_nothing_but_colour(make):
    """A coloured plan without its colour codes is the plain plan."""
    coloured = text(make.contract_plan(), colour=True)

    assert "\x1b[32m  +\x1b[0m uk-2024-06-14" in coloured
    assert re.sub(r"\x1b\[\d*m", "", coloured) == text(make.contract_plan())


@pytest.mark.parametrize(
    ("action", "symbol"),
    [
        (Action.CREATE, "  +"),
        (Action.REPLACE, "-/+"),
        (Action.WAIT, " =>"),
        (Action.DOWNLOAD, "  v"),
        (Action.BLOCKED, "  !"),
        (Action.DEFERRED, "  ~"),
        (Action.UNRESOLVED, "  ?"),
        (Action.UNCHANGED, "   "),
    ],
    ids=lambda value: value.value if isinstance(value, Action) else "",
)
def test_each_action_has_its_symbol(make, action, symbol):
    """The first three cells say what will be done, without colour."""
    drawn = text(make.plan(make.change(action)), show_unchanged=True)

    assert f"{symbol} uk-2024-06-14  " in drawn.splitlines()[-4]


@pytest.mark.parametrize(
    ("action", "quote", "price"),
    [
        (Action.CREATE, Quote(63), "63 credits"),
        (Action.CREATE, Quote(1), "1 credit"),
        (Action.CREATE, Quote(0), "0 credits"),
        (Action.CREATE, Quote(1000), "1,000 credits"),
        (Action.CREATE, Quote(None), "unknown"),
        (Action.REPLACE, None, "unknown"),
        (Action.DEFERRED, Quote(80), "80 credits"),
        (Action.UNRESOLVED, Quote(63), "63 credits"),
        (Action.WAIT, None, "0 credits"),
        (Action.DOWNLOAD, None, "0 credits"),
        (Action.BLOCKED, None, ""),
    ],
)
def test_each_line_shows_its_price(make, action, quote, price):
    """An unknown price reads unknown, a free action 0 credits, and what is blocked has no price."""
    line = text(make.plan(make.change(action, quote=quote))).splitlines()[0]

    assert line[4:] == f"uk-2024-06-14  pansharpening{'  ' if price else ''}{price}   no job"


def test_unchanged_outputs_are_hidden_unless_asked_for(make):
    """They are counted in any case."""
    plan = make.plan(make.change(name="new"), make.change(Action.UNCHANGED, "old"))

    assert "old" not in text(plan)
    assert "    old" in text(plan, show_unchanged=True)
    assert "1 unchanged." in text(plan)


def test_differences_and_notes_stand_below_the_line(make):
    """What differs is written as JSON, absent as (none), so that 2 and "2" do not look alike."""
    plan = make.plan(
        make.change(
            Action.REPLACE,
            quote=Quote(63),
            field_changes=(
                FieldChange("sensitivity", 2, 5),
                FieldChange("mode", None, "2"),
                FieldChange("greyWeights[0]", {"band": "red"}, None),
            ),
            notes=("job 6856… still runs with earlier inputs (63 credits); it cannot be cancelled",),
        )
    )

    assert text(plan).splitlines()[1:5] == [
        "      sensitivity: 2 → 5",
        '      mode: (none) → "2"',
        '      greyWeights[0]: {"band": "red"} → (none)',
        "      job 6856… still runs with earlier inputs (63 credits); it cannot be cancelled",
    ]


def test_nothing_to_do_is_said_and_still_summed_up(make):
    """Scripts find the two summary lines in every plan."""
    plan = make.plan(make.change(Action.UNCHANGED, saved_credits=63))

    assert text(plan) == (
        "No changes. Every declared output is captured and downloaded.\n\n"
        "Plan: 0 to create, 0 to replace, 0 to wait for, 0 to download, 0 blocked, 1 unchanged.\n"
        "Cost: 0 credits (0 quoted, 0 unknown) of 1,000 available. Reuse saves 63 credits."
    )


def test_an_empty_tree_does_not_claim_that_all_is_delivered(make):
    """Without any output there is nothing that could be captured."""
    assert text(make.plan()).startswith("No changes. No output is declared.\n")


def test_deferred_and_unresolved_are_counted_only_where_there_are_some(make):
    """They stand after the blocked ones."""
    plan = make.plan(
        make.change(Action.DEFERRED, "a", quote=Quote(80)), make.change(Action.UNRESOLVED, "b", quote=Quote(5))
    )

    assert summary_lines(plan)[0] == (
        "Plan: 0 to create, 0 to replace, 0 to wait for, 0 to download, 0 blocked, "
        "1 deferred, 1 unresolved, 0 unchanged."
    )


@pytest.mark.parametrize(
    ("changes", "balance", "expected"),
    [
        ([(Action.CREATE, Quote(1))], 1000, "Cost: 1 credit (1 quoted, 0 unknown) of 1,000 available."),
        (
            [(Action.CREATE, Quote(4000)), (Action.REPLACE, Quote(None))],
            20000,
            "Cost: 4,000 credits (1 quoted, 1 unknown) of 20,000 available.",
        ),
        ([(Action.DEFERRED, Quote(80))], 63, "Cost: 0 credits (0 quoted, 0 unknown) of 63 available."),
        ([(Action.CREATE, Quote(63))], None, "Cost: 63 credits (1 quoted, 0 unknown); the balance is not known."),
        ([], 0, "Cost: 0 credits (0 quoted, 0 unknown) of 0 available."),
    ],
    ids=["one", "unknown price", "deferred is not in it", "unknown balance", "nothing"],
)
def test_the_cost_line(make, changes, balance, expected):
    """Only what may be paid counts; unknown prices and balances are said to be unknown."""
    made = [make.change(action, f"o{index}", quote=quote) for index, (action, quote) in enumerate(changes)]

    assert summary_lines(make.plan(*made, balance_credits=balance))[1] == expected


def test_reuse_of_one_credit_is_singular(make):
    """The last sentence follows the plural rule, too."""
    plan = make.plan(make.change(Action.UNCHANGED, saved_credits=1))

    assert summary_lines(plan)[1].endswith(" Reuse saves 1 credit.")


def test_the_plans_own_notes_stand_before_the_summary(make):
    """Notes are sentences of their own."""
    plan = make.plan(make.change(), notes=("two documents were passed over",))

    assert "\n\nNote: two documents were passed over.\n\nPlan: " in text(plan)


def test_lines_are_grouped_by_action_then_by_name(make):
    """Paid actions come first, however the plan is sorted."""
    plan = make.plan(make.change(Action.WAIT, "a"), make.change(name="c"), make.change(name="b"))

    assert [line.split()[1] for line in text(plan).splitlines()[:3]] == ["b", "c", "a"]


def test_hostile_text_cannot_change_the_layout(make):
    """Titles, ids and reasons with escapes, line breaks and commands stay on their own line, without any of them."""
    hostile = make.hostile
    plan = make.plan(
        make.change(
            name=hostile,
            process_id=hostile,
            reason=hostile,
            quote=Quote(63, "area", 1.0, hostile),
            notes=(hostile,),
            field_changes=(FieldChange(hostile, hostile, hostile),),
        ),
        notes=(hostile,),
    )
    drawn = text(plan)

    assert len(drawn.splitlines()) == len(["change", "field", "note", "", "note", "", "Plan", "Cost"])
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066\u200b\u2028]", drawn)
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in drawn.splitlines())


def details(plan):
    """The lines below the two summary lines."""
    lines = text(plan).splitlines()
    return lines[[line.startswith("Cost: ") for line in lines].index(True) + 1 :]


def test_nothing_stands_below_the_summary_where_there_is_nothing_to_say(make):
    """One price, no label, no policy: the two lines say it all."""
    assert details(make.plan(make.change(quote=Quote(63)))) == []


def test_costs_are_broken_down_where_there_are_several(make):
    """The dearest first; an output counts for each of its labels; unknown prices are counted apart."""
    plan = make.plan(
        make.change(quote=Quote(63), output=make.output("a", labels={"team": "coastal", "area": "uk"})),
        make.change(quote=None, output=make.output("b", labels={"team": "coastal"})),
        make.change(quote=None, output=make.output("c", "ships")),
        make.change(quote=Quote(80), output=make.output("d", "trees")),
        make.change(Action.DEFERRED, "e", "other", quote=Quote(500)),
    )

    assert details(plan) == [
        "",
        "Cost by process:",
        "  trees           1 output  80 credits",
        "  pansharpening  2 outputs  63 credits + 1 unknown",
        "  ships           1 output  unknown",
        "",
        "Cost by label:",
        "  area=uk        1 output  63 credits",
        "  team=coastal  2 outputs  63 credits + 1 unknown",
        "",
        "Balance after: 857 credits, less 2 prices not known.",
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "Balance after: 874 credits."),
        ({"balance_credits": None}, ""),
        (
            {"balance_credits": None, "ceiling_credits": 1},
            "Ceiling: an apply spends 1 credit at most, prices not known included.",
        ),
    ],
    ids=["balance", "unknown balance", "ceiling"],
)
def test_what_is_left_and_what_may_be_spent(make, fields, expected):
    """Only what is known and limits is said."""
    plan = make.plan(*(make.change(name=name, quote=Quote(63)) for name in "ab"), **fields)

    assert "".join(details(plan)) == expected


def test_budgets_former_jobs_and_checks_have_their_lines(make):
    """What a reviewer has to know besides prices: jobs that cannot be cancelled, and what policies say."""
    plan = make.plan(
        make.change(former=(make.job("22bb", credits=5),)),
        make.change(name="twin", former=(make.job("22bb", credits=5), make.job("33cc", "weird", credits=None))),
        balance_credits=None,
        budgets=(BudgetUse("4f2c", "Coast", 200, 63), BudgetUse("9a", "Forest", None, 5)),
        checks=(
            Check("guard/limits.creditsPerPlan", Verdict.PASS, "63 of 500 credits"),
            Check("guard/require.labels", Verdict.FAIL, "labels team", ("output twin has no label team",)),
            Check("guard/budgets[0]", Verdict.UNKNOWN, "2,000 credits for team=coastal"),
        ),
    )

    assert details(plan)[1:] == [
        "UP42 budgets:",
        "  Coast   4f2c  63 of 200 credits left",
        "  Forest  9a    5 credits; what is left is not known",
        "",
        "Jobs for earlier inputs still run and cannot be cancelled:",
        "  22bb  detection-ships-airbus  running  5 credits",
        "  33cc  detection-ships-airbus  weird      unknown",
        "",
        "PASS     guard/limits.creditsPerPlan: 63 of 500 credits",
        "FAIL     guard/require.labels: labels team",
        "  output twin has no label team.",
        "UNKNOWN  guard/budgets[0]: 2,000 credits for team=coastal",
    ]


def test_long_lists_below_the_summary_are_cut(make):
    """A label of its own for each output does not bury the summary."""
    plan = make.plan(
        *(
            make.change(quote=Quote(number), output=make.output(f"o{number}", labels={"id": str(number)}))
            for number in range(25)
        )
    )
    lines = details(plan)

    assert lines[2].split() == ["id=24", "1", "output", "24", "credits"]
    assert lines[22] == "  … 5 more"


def test_an_output_that_waits_for_another_has_an_unknown_price_and_no_size(make):
    """Neither is known before the other is made; the columns stay aligned."""
    waiting = make.change(name="b", waits_for=("a",), reason="waits for a")
    lines = text(make.plan(make.change(name="a", quote=Quote(63, "area", 15.8, "SQ_KM")), waiting)).splitlines()

    assert lines[1] == "  + b  pansharpening     unknown             waits for a"
