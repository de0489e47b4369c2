import re
from pathlib import Path

import pytest

from reconciler.model.job import Quote
from reconciler.model.plan import Action, FieldChange
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
