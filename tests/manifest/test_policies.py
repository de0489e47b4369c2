"""Policies: what their documents say."""

import pytest

from reconciler.model.policy import LabelBudget, Limits, Policy
from reconciler.model.problem import Position

HEAD = "apiVersion: reconciler/v1\nkind: Policy\nmetadata: {name: guardrails}\nspec:\n"
COMPLETE = HEAD + (
    "  limits: {creditsPerPlan: 500, creditsPerOutput: 120.0, jobsPerPlan: 0}\n"
    '  allow: {processes: [pansharpening, "detection-*"]}\n'
    "  require: {labels: [team, cost/centre]}\n"
    '  budgets: [{match: {team: "${var.team}"}, credits: 2000, period: month}, {credits: 0, period: month}]\n'
)


def test_every_field_of_a_policy_is_read(reading, output):
    """A complete Policy becomes what it describes; credits are whole."""
    (policy,) = reading(COMPLETE + output("a"), team="coastal").policies

    assert policy == Policy(
        "guardrails",
        Position("m.yaml", 3, 18),
        Limits(500, 120, 0),
        ("pansharpening", "detection-*"),
        ("team", "cost/centre"),
        (LabelBudget(2000, {"team": "coastal"}), LabelBudget(0)),
    )
    assert isinstance(policy.limits.credits_per_output, int)


def test_a_policy_that_says_nothing_rules_nothing(reading):
    """Every rule may be left out."""
    (policy,) = reading(HEAD.replace("spec:", "spec: {}")).policies

    assert policy == Policy("guardrails", Position("m.yaml", 3, 18))


@pytest.mark.parametrize(
    ("spec", "column", "field", "message"),
    [
        ("  limits: {creditsPerPlan: -1}\n", 28, "limits.creditsPerPlan", "is -1"),
        ("  limits: {creditsPerPlan: 1.5}\n", 28, "limits.creditsPerPlan", "is 1.5"),
        ("  limits: {creditsPerPlan: true}\n", 28, "limits.creditsPerPlan", "is true"),
        ("  limits: {creditPerPlan: 1}\n", 12, "limits.creditPerPlan", "not a field"),
        ("  allow: {processes: []}\n", 22, "allow.processes", "not empty"),
        ("  allow: {processes: ['a b']}\n", 23, "allow.processes[0]", "a process id"),
        ("  require: {labels: ['']}\n", 22, "require.labels[0]", "1 to 63"),
        ("  budgets: [{credits: 5}]\n", 13, "budgets[0].period", "is missing"),
        ("  budgets: [{credits: 5, period: year}]\n", 34, "budgets[0].period", "month"),
        ("  budgets: [{credits: 5, period: month, match: {a: 1}}]\n", 52, "budgets[0].match.a", "is 1"),
    ],
)
def test_a_mistake_in_a_policy_is_one_problem(complaining, spec, column, field, message):
    """Policies are checked as all documents are."""
    (problem,) = complaining(HEAD + spec)

    assert (problem.position.line, problem.position.column, problem.field) == (5, column, f"spec.{field}")
    assert message in problem.message


def test_two_policies_with_one_name_are_a_problem(complaining):
    """A policy is known by its name."""
    (problem,) = complaining({"a.yaml": COMPLETE, "b.yaml": COMPLETE}, ".", team="x")

    assert (problem.position.file, problem.message) == ("b.yaml", "is the name of another policy too")


def test_a_tree_may_hold_several_policies(reading):
    """They come in file order."""
    files = {"a.yaml": COMPLETE, "b.yaml": COMPLETE.replace("guardrails", "more")}

    assert [policy.name for policy in reading(files, ".", team="x").policies] == ["guardrails", "more"]
