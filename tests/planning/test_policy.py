"""Guard rails: each rule of a policy held against a plan, and what they leave for what is taken one by one."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.job import Quote
from reconciler.model.output import Delivery, Output
from reconciler.model.plan import Action, Change, Check, Plan, Reason, Verdict
from reconciler.model.policy import LabelBudget, Limits, Policy
from reconciler.model.problem import Position
from reconciler.model.spending import Entry, MoneyState, Spending
from reconciler.planning import policy
from reconciler.planning.policy import Allowance

NOW = dt.datetime(2024, 6, 14, 12, 40, tzinfo=dt.UTC)
AT = Position("policy.yaml", 1, 1)
COAST = {"team": "coastal"}


def change(
    name: str,
    price: int | None = 63,
    action: Action = Action.CREATE,
    *,
    process: str = "pansharpening",
    labels: dict[str, str] | None = None,
    same_work_as: str | None = None,
) -> Change:
    output = Output(
        name=name,
        process_id=process,
        title=name,
        inputs={},
        delivery=Delivery(f"/out/{name}"),
        position=Position("m.yaml", 1, 1),
        labels=COAST if labels is None else labels,
    )
    quote = Quote(price) if action.may_pay or action is Action.DEFERRED else None
    return Change(output, action, Reason("", ""), fingerprint=name, quote=quote, same_work_as=same_work_as)


def plan(*changes: Change) -> Plan:
    return Plan(changes, NOW, "https://api.up42.com", "w")


def rules(**fields: Any) -> Policy:
    return Policy("rails", AT, **fields)


def spending(*entries: tuple[MoneyState, int | None, dict[str, str] | None]) -> Spending:
    return Spending(
        tuple(
            Entry(f"j{index}", "p", "2024-06", state, credits=price, quoted_credits=price, labels=labels)
            for index, (state, price, labels) in enumerate(entries)
        ),
        "2024-06",
    )


def only(found: tuple[Check, ...]) -> Check:
    (check,) = found
    return check


CHARGED, RUNNING, RELEASED = MoneyState.CHARGED, MoneyState.RUNNING, MoneyState.RELEASED
PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
PLAN_LIMIT = rules(limits=Limits(credits_per_plan=100))
OUTPUT_LIMIT = rules(limits=Limits(credits_per_output=100))
JOB_LIMIT = rules(limits=Limits(jobs_per_plan=2))
PROCESSES = rules(allowed_processes=("pansharpening", "detection-*"))
LABELS = rules(required_labels=("team", "area"))


@pytest.mark.parametrize(
    ("declared", "changes", "verdict", "text"),
    [
        pytest.param(PLAN_LIMIT, [change("a", 40), change("b", 60)], PASS, "100 of 100 credits", id="plan at limit"),
        pytest.param(PLAN_LIMIT, [change("a", 40), change("b", 61)], FAIL, "101 of 100 credits", id="plan over"),
        pytest.param(
            PLAN_LIMIT,
            [change("a", 40), change("b", None)],
            UNKNOWN,
            "40 of 100 credits, 1 price unknown",
            id="plan with an unknown price",
        ),
        pytest.param(
            PLAN_LIMIT,
            [change("a", 101), change("b", None)],
            FAIL,
            "101 of 100 credits, 1 price unknown",
            id="plan over whatever the unknown price",
        ),
        pytest.param(
            PLAN_LIMIT,
            [change("a", 100), change("b", 99, Action.DEFERRED), change("c", action=Action.DOWNLOAD)],
            PASS,
            "100 of 100 credits",
            id="only what is paid counts",
        ),
        pytest.param(
            PLAN_LIMIT, [change("a", 101, Action.UNRESOLVED)], FAIL, "101 of 100 credits", id="unresolved may pay"
        ),
        pytest.param(
            OUTPUT_LIMIT,
            [change("a", 100), change("b", 5)],
            PASS,
            "100 of 100 credits for the dearest output",
            id="output at limit",
        ),
        pytest.param(
            OUTPUT_LIMIT,
            [change("a", 100), change("b", None)],
            UNKNOWN,
            "100 of 100 credits for the dearest output, 1 price unknown",
            id="output with an unknown price",
        ),
        pytest.param(JOB_LIMIT, [change("a"), change("b")], PASS, "2 of 2 jobs", id="jobs at limit"),
        pytest.param(JOB_LIMIT, [change(n, 0) for n in "abc"], FAIL, "3 of 2 jobs", id="a price of 0 is a job"),
        pytest.param(
            PROCESSES,
            [change("a"), change("b", process="detection-ships")],
            PASS,
            "2 outputs held against pansharpening, detection-*",
            id="processes by pattern",
        ),
        pytest.param(
            LABELS,
            [change("a", labels={"team": "x", "area": ""})],
            PASS,
            "1 output held against team, area",
            id="labels by key",
        ),
    ],
)
def test_each_rule(declared: Policy, changes: list[Change], verdict: Verdict, text: str) -> None:
    """A rule passes, fails or cannot tell, and says how the plan stands to it in numbers."""
    check = only(policy.checks([declared], plan(*changes), None))

    assert (check.verdict, check.text) == (verdict, text)
    assert bool(check.problems) == (verdict is FAIL)


@pytest.mark.parametrize(
    ("declared", "changes", "address", "problems", "outputs"),
    [
        pytest.param(
            PLAN_LIMIT,
            [change("a", 101)],
            "rails/limits.creditsPerPlan",
            ("the plan costs 101 credits, rails allows 100",),
            (),
            id="plan",
        ),
        pytest.param(
            JOB_LIMIT,
            [change(n) for n in "abc"],
            "rails/limits.jobsPerPlan",
            ("the plan creates 3 jobs, rails allows 2",),
            (),
            id="jobs",
        ),
        pytest.param(
            OUTPUT_LIMIT,
            [change("b", 101), change("a", 102), change("c", 3), change("d", None)],
            "rails/limits.creditsPerOutput",
            ("a: 102 credits, rails allows 100 for one output", "b: 101 credits, rails allows 100 for one output"),
            ("a", "b"),
            id="output",
        ),
        pytest.param(
            PROCESSES,
            [change("a", process="upsampling"), change("b")],
            "rails/allow.processes",
            ("a: rails does not allow process upsampling",),
            ("a",),
            id="processes",
        ),
        pytest.param(
            rules(allowed_processes=()),
            [change("a")],
            "rails/allow.processes",
            ("a: rails does not allow process pansharpening",),
            ("a",),
            id="no process at all",
        ),
        pytest.param(
            LABELS,
            [change("a", labels={}), change("b")],
            "rails/require.labels",
            ("a: rails requires the label team and area", "b: rails requires the label area"),
            ("a", "b"),
            id="labels",
        ),
    ],
)
def test_what_breaks_a_rule_is_named(
    declared: Policy, changes: list[Change], address: str, problems: tuple[str, ...], outputs: tuple[str, ...]
) -> None:
    """Every output that breaks it, with the numbers, sorted by name."""
    check = only(policy.checks([declared], plan(*changes), None))

    assert (check.address, check.verdict) == (address, FAIL)
    assert (check.problems, check.outputs) == (problems, outputs)


@pytest.mark.parametrize(
    ("action", "held"),
    [
        (Action.CREATE, True),
        (Action.REPLACE, True),
        (Action.UNRESOLVED, True),
        (Action.BLOCKED, True),
        (Action.DEFERRED, True),
        (Action.WAIT, False),
        (Action.DOWNLOAD, False),
        (Action.UNCHANGED, False),
    ],
)
def test_outputs_that_exist_are_refused_by_no_rule(action: Action, held: bool) -> None:
    """What was paid may be waited for and downloaded, whatever rules came since; what is only hindered may not."""
    declared = rules(allowed_processes=(), required_labels=("area",))

    found = policy.checks([declared], plan(change("a", action=action)), None)

    assert [check.verdict for check in found] == [FAIL if held else PASS] * 2


def test_an_output_that_shares_another_ones_new_job_needs_labels_too() -> None:
    """Its job does not exist yet, whoever pays for it."""
    changes = [change("a"), change("b", action=Action.WAIT, labels={}, same_work_as="a")]

    assert only(policy.checks([rules(required_labels=("team",))], plan(*changes), None)).outputs == ("b",)


BUDGET = LabelBudget(100, COAST)
OF = "of 100 credits in 2024-06 for team=coastal"


@pytest.mark.parametrize(
    ("spent", "changes", "verdict", "text"),
    [
        pytest.param(
            spending((CHARGED, 30, COAST), (RUNNING, 20, COAST), (RELEASED, 99, COAST), (CHARGED, 99, {"team": "x"})),
            [change("a", 50), change("b", 99, labels={})],
            PASS,
            f"30 charged + 20 running + 50 planned {OF}",
            id="at its limit, with what others spend left out",
        ),
        pytest.param(
            spending((CHARGED, 30, COAST), (RUNNING, 20, COAST)),
            [change("a", 51)],
            FAIL,
            f"30 charged + 20 running + 51 planned {OF}",
            id="over",
        ),
        pytest.param(
            spending(),
            [change("a", 1), change("b", None)],
            UNKNOWN,
            f"0 charged + 0 running + 1 planned {OF}, 1 price unknown",
            id="an unknown price",
        ),
        pytest.param(
            spending((RUNNING, None, COAST)),
            [change("a", 1)],
            UNKNOWN,
            f"0 charged + 0 running + 1 planned {OF}",
            id="a running job of unknown price",
        ),
        pytest.param(
            None, [change("a", 100)], UNKNOWN, f"100 planned {OF}, what was spent is not known", id="nothing known"
        ),
        pytest.param(
            None, [change("a", 101)], FAIL, f"101 planned {OF}, what was spent is not known", id="too much by itself"
        ),
        pytest.param(
            spending((CHARGED, 101, COAST)),
            [change("a", action=Action.DOWNLOAD), change("b", labels={})],
            PASS,
            f"nothing planned {OF}",
            id="an overdrawn budget stops no download",
        ),
    ],
)
def test_a_budget_counts_what_was_charged_what_runs_and_what_is_planned(
    spent: Spending | None, changes: list[Change], verdict: Verdict, text: str
) -> None:
    """All of the month's jobs with its labels count, whoever made them; where nothing is planned it stops nothing."""
    check = only(policy.checks([rules(budgets=(BUDGET,))], plan(*changes), spent))

    assert (check.address, check.verdict, check.text) == ("rails/budgets[0]", verdict, text)
    assert len(check.problems) == (verdict is FAIL)


def test_a_budget_for_all_counts_jobs_of_nobody() -> None:
    """Jobs that were made by hand count where no label is asked for, and nowhere else."""
    spent = spending((CHARGED, 90, None), (RUNNING, 5, {}))
    declared = rules(budgets=(LabelBudget(100), LabelBudget(100, COAST)))

    found = policy.checks([declared], plan(change("a", 6)), spent)

    assert [check.verdict for check in found] == [FAIL, PASS]
    assert "90 charged + 5 running + 6 planned of 100 credits in 2024-06 for all outputs" in found[0].text


def test_every_rule_of_every_policy_has_a_check_in_order() -> None:
    """Those that pass, too."""
    all_rules = Policy("a", AT, Limits(1, 1, 1), ("*",), ("team",), (BUDGET, BUDGET))

    found = policy.checks([all_rules, Policy("empty", AT), PLAN_LIMIT], plan(), None)

    assert [check.address for check in found] == [
        "a/limits.creditsPerPlan",
        "a/limits.creditsPerOutput",
        "a/limits.jobsPerPlan",
        "a/allow.processes",
        "a/require.labels",
        "a/budgets[0]",
        "a/budgets[1]",
        "rails/limits.creditsPerPlan",
    ]
    assert {check.verdict for check in found} == {PASS}
    assert policy.checked(plan(), [all_rules], None).checks == found[:-1]


@pytest.mark.parametrize(
    ("changes", "asked"),
    [([change("a")], True), ([change("a", labels={})], False), ([change("a", action=Action.WAIT)], False), ([], False)],
)
def test_what_the_month_has_cost_is_asked_for_only_where_a_budget_is_to_pay(changes: list[Change], asked: bool) -> None:
    """A rerun that pays nothing does not list the month's jobs."""
    assert policy.budgets_to_ask([rules(budgets=(BUDGET,))], changes) is asked
    assert not policy.budgets_to_ask([PLAN_LIMIT], changes)


@pytest.mark.parametrize(
    ("declared", "ceiling", "refused"),
    [
        pytest.param([], None, None, id="nothing declared"),
        pytest.param([], 62, "over the ceiling: 63 credits, 62 left", id="ceiling"),
        pytest.param([], 63, None, id="at the ceiling"),
        pytest.param(
            [rules(limits=Limits(credits_per_plan=62))],
            99,
            "over rails/limits.creditsPerPlan: 63 credits, 62 left",
            id="plan",
        ),
        pytest.param(
            [rules(limits=Limits(jobs_per_plan=0))], None, "over rails/limits.jobsPerPlan: 0 jobs are taken", id="jobs"
        ),
        pytest.param(
            [rules(limits=Limits(credits_per_output=62))],
            None,
            "63 credits, rails allows 62 for one output",
            id="output",
        ),
        pytest.param(
            [rules(allowed_processes=("x*",))], None, "rails does not allow process pansharpening", id="process"
        ),
        pytest.param([LABELS], None, "rails requires the label area", id="label"),
        pytest.param(
            [rules(budgets=(LabelBudget(62, COAST),))],
            None,
            "over rails/budgets[0]: what was spent this month is not known",
            id="spending unknown",
        ),
        pytest.param([rules(budgets=(LabelBudget(1, {"team": "x"}),))], None, None, id="another team's budget"),
    ],
)
def test_what_does_not_fit_says_why(declared: list[Policy], ceiling: int | None, refused: str | None) -> None:
    """One clause that names the rule."""
    assert Allowance(declared, None, ceiling).refusal(change("a", 63)) == refused


def test_an_unknown_price_never_fits() -> None:
    """It could be anything, with or without a rule about credits."""
    assert Allowance([], None).refusal(change("a", None)) == "its price is not known"


@pytest.mark.parametrize(
    ("spent", "refused"),
    [
        (spending((CHARGED, 30, COAST), (RUNNING, 7, COAST), (CHARGED, 99, None)), None),
        (spending((CHARGED, 30, COAST), (RUNNING, 8, COAST)), "over rails/budgets[0]: 63 credits, 62 left"),
        (spending((CHARGED, 130, COAST)), "over rails/budgets[0]: 63 credits, 0 left"),
        (spending((RUNNING, None, COAST)), "over rails/budgets[0]: what was spent this month is not known"),
    ],
)
def test_what_the_month_has_cost_is_not_left(spent: Spending, refused: str | None) -> None:
    """Charged and running credits of the labels are taken off before the first output is taken."""
    assert Allowance([rules(budgets=(BUDGET,))], spent).refusal(change("a", 63)) == refused


PRICES = st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["coastal", "inland"])), max_size=8)
SPENT = st.lists(st.tuples(st.sampled_from(MoneyState), st.integers(0, 60)), max_size=3)


@given(PRICES, SPENT, st.integers(0, 150), st.integers(0, 5))
def test_what_was_taken_because_it_fits_breaks_no_rule(
    entries: list[tuple[int, str]], spent: list[tuple[MoneyState, int]], limit: int, jobs: int
) -> None:
    """Whatever the prices, labels and history: a plan of what the allowance let pass has no check that fails."""
    month = spending(*((state, price, COAST) for state, price in spent))
    declared = [
        rules(
            limits=Limits(credits_per_plan=limit, credits_per_output=50, jobs_per_plan=jobs),
            budgets=(LabelBudget(limit // 2, COAST),),
        )
    ]
    allowance = Allowance(declared, month, limit)
    taken = []
    for index, (price, team) in enumerate(entries):
        wanted = change(f"o{index}", price, labels={"team": team})
        if allowance.refusal(wanted) is None:
            allowance.take(wanted)
            taken.append(wanted)

    assert {check.verdict for check in policy.checks(declared, plan(*taken), month)} == {PASS}
    assert plan(*taken).known_cost_credits <= limit


def test_what_is_taken_leaves_less() -> None:
    """Jobs and credits of one are counted against the next; credits of a label only against the same label."""
    declared = [rules(limits=Limits(jobs_per_plan=2), budgets=(LabelBudget(100, COAST),))]
    allowance = Allowance(declared, spending(), 1000)

    allowance.take(change("a", 63))

    assert allowance.refusal(change("b", 38)) == "over rails/budgets[0]: 38 credits, 37 left"
    assert allowance.refusal(change("c", 938, labels={})) == "over the ceiling: 938 credits, 937 left"
    assert allowance.refusal(change("d", 937, labels={})) is None
    allowance.take(change("d", 1, labels={}))
    assert allowance.refusal(change("e", 0)) == "over rails/limits.jobsPerPlan: 2 jobs are taken"


def test_a_price_that_nobody_knows_may_take_the_smallest_of_what_is_left() -> None:
    """Ceiling, budget of its labels and the limit of one output all hold for it."""
    declared = [rules(limits=Limits(credits_per_output=70), budgets=(LabelBudget(100, COAST),))]
    allowance = Allowance(declared, spending(), 1000)
    allowance.take(change("a", 63))

    assert allowance.left_credits(change("b", None)) == 37
    assert allowance.left_credits(change("c", None, labels={})) == 70
    assert Allowance([], None, 1000).left_credits(change("d", None)) == 1000
    assert Allowance([], None).left_credits(change("e", None)) is None
