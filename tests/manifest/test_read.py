"""What manifests declare once they are right."""

import datetime as dt
import random

import pytest

from reconciler.manifest.load import load
from reconciler.model.output import Timing
from reconciler.model.problem import Position

ITEM = "/v2/assets/stac/collections/21c0b14e/items/23e4567e"
HEAD = "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: p}\n"

COMPLETE = f"""\
apiVersion: reconciler/v1
kind: ProcessingOutput
metadata:
  name: uk-2024-06-14
  labels: {{team: coastal}}
spec:
  process: pansharpening
  title: Pansharpened imagery over ${{output.labels.team}}
  inputs:
    item: https://api.up42.com{ITEM}
    greyWeights: [{{band: red, weight: 0.4}}]
    note: "${{var.note}} $${{x}}"
    big: 9007199254740993
    nothing: null
  delivery:
    to: outputs/${{output.name}}
    assets: {{roles: [data]}}
    name: "${{output.name}}-${{asset.role}}"
  newerThan: 2024-07-01T02:00:00+02:00
  ignoreJobs: [11aa]
  retry: {{attempts: 2}}
  preventReplace: true
  priority: -10
  budget: 4f2c
"""


def test_every_field_of_an_output_is_read(reading, tmp_path):
    """A complete manifest becomes the output it describes."""
    (output,) = reading({"m/a.yaml": COMPLETE}, "m", note="5").outputs

    assert output.name == "uk-2024-06-14"
    assert output.labels == {"team": "coastal"}
    assert output.process_id == "pansharpening"
    assert output.title == "Pansharpened imagery over coastal"
    assert output.inputs == {
        "item": f"https://api.up42.com{ITEM}",
        "greyWeights": [{"band": "red", "weight": 0.4}],
        "note": "5 ${x}",
        "big": 9007199254740993,
        "nothing": None,
    }
    assert output.delivery.to == f"{tmp_path}/m/outputs/uk-2024-06-14"
    assert output.delivery.roles == ("data",)
    assert output.delivery.name == "uk-2024-06-14-${asset.role}"
    assert output.newer_than == dt.datetime(2024, 7, 1, tzinfo=dt.UTC)
    assert output.ignore_jobs == {"11aa"}
    assert (output.attempts, output.prevent_replace, output.priority, output.budget_id) == (2, True, -10, "4f2c")
    assert output.position == Position("m/a.yaml", 4, 9)


def test_what_is_left_out_has_its_default(reading, output, tmp_path):
    """A short manifest means what the contract says it means."""
    (declared,) = reading({"m/a.yaml": output("x")}, "m").outputs

    assert declared.title == "x"
    assert declared.delivery.to == f"{tmp_path}/outputs/x"
    assert (declared.delivery.roles, declared.delivery.name) == (None, None)
    assert (declared.attempts, declared.prevent_replace, declared.priority) == (1, False, 0)
    assert (declared.newer_than, declared.ignore_jobs, declared.budget_id) == (None, frozenset(), None)


def test_every_field_of_a_project_is_read(reading, tmp_path):
    """A complete Project becomes what it describes; waiting times are seconds."""
    spec = (
        "spec:\n  provider: {region: sa, workspaceId: '${var.ws}'}\n  state: state/x\n"
        "  timing: {settle: 2s, lease: 1m, grace: 500ms, requestsPerSecond: 0.5, burst: 3, parallelism: 2}\n"
    )

    project = reading({"conf/p.yaml": HEAD + spec}, "conf", ws="7d7d").project

    assert (project.name, project.region, project.workspace_id) == ("p", "sa", "7d7d")
    assert project.place == f"{tmp_path}/conf"
    assert project.state == f"{tmp_path}/conf/state/x"
    assert project.timing == Timing(2.0, 60.0, 0.5, 0.5, 3, 2)


def test_a_project_that_says_nothing_has_defaults(reading):
    """Every field of a Project may be left out."""
    project = reading(HEAD).project

    assert (project.region, project.workspace_id, project.state, project.timing) == (None, None, None, Timing())


def test_two_outputs_with_one_name_are_a_problem(complaining, output):
    """The second output of a name is blamed, whatever else is wrong with either, and the first one's place is told."""
    problems = complaining(
        {"a.yaml": output("x", spec="  bad: 1\n"), "b.yaml": output("x", spec="  delivery: {to: y}\n")}, "."
    )

    assert [problem.field for problem in problems] == ["spec.bad", "metadata.name"]
    assert problems[1].position == Position("b.yaml", 5, 9)
    assert "a.yaml:5:9" in problems[1].hint


def test_a_copied_output_is_one_problem(complaining, output):
    """Two outputs with one name share their default destination as well; only the name is blamed."""
    (problem,) = complaining(output("x") + output("x"))

    assert problem.field == "metadata.name"


def test_only_given_variables_exist(complaining, output, monkeypatch):
    """No other variable of the environment can be read, and none is named in a hint."""
    monkeypatch.setenv("UP42_PASSWORD", "hunter2")
    monkeypatch.setenv("RECONCILER_VAR_x", "hunter3")

    (problem,) = complaining(output(spec="  title: ${var.x}\n"), known="1")

    assert "hunter" not in str(problem)
    assert "known" in problem.hint


def test_a_title_that_grows_too_long_is_a_problem(complaining, output):
    """Limits hold for the text after substitution."""
    (problem,) = complaining(output(spec="  title: ${var.x}\n"), x="y" * 251)

    assert "1 to 250 characters" in problem.message


def test_an_item_link_may_come_from_a_variable(reading, output):
    """Slashes matter in destinations only."""
    declared = reading(output(item="${var.item}"), item=ITEM)

    assert declared.outputs[0].inputs["item"] == ITEM


def test_anchors_work_across_a_document(reading):
    """An aliased value is the same value everywhere."""
    text = COMPLETE.replace("note: ", "weights: &w [1, 2]\n    again: *w\n    note: ")

    (output,) = reading(text, note="x").outputs

    assert output.inputs["again"] == output.inputs["weights"] == [1, 2]


def fields_shuffled(text: str, seed: int) -> str:
    """The same document with its spec's fields in another order."""
    head, _, spec = text.partition("spec:\n")
    blocks: list[str] = []
    for line in spec.splitlines(keepends=True):
        if line.startswith("   "):
            blocks[-1] += line
        else:
            blocks.append(line)
    random.Random(seed).shuffle(blocks)  # noqa: S311 - an order, not a secret
    return head + "spec:\n" + "".join(blocks)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_fields_does_not_matter(reading, seed):
    """A manifest says the same in whatever order its fields stand."""
    ordered = reading({"a.yaml": COMPLETE}, "a.yaml", note="5")
    shuffled = reading({"a.yaml": fields_shuffled(COMPLETE, seed)}, "a.yaml", note="5")

    assert shuffled.outputs == ordered.outputs


def test_load_keeps_what_is_sound_beside_problems(tree, output):
    """Loading tells documents and problems apart; it raises nothing for a broken file."""
    loaded = load(["."], cwd=tree({"a.yaml": output(), "b.yaml": "x: ["}))

    assert [document.file for document in loaded.documents] == ["a.yaml"]
    assert len(loaded.problems) == 1
