"""Where outputs go."""

import pytest

from reconciler.model.problem import Position

HEAD = "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: p}\n"


@pytest.mark.parametrize(
    ("project_to", "output_to", "expected"),
    [
        pytest.param(None, None, "/outputs/a", id="default: at the Project's place"),
        pytest.param("out/${output.name}", None, "/out/a", id="the Project's: at its file"),
        pytest.param("out/${output.name}", "mine", "/m/mine", id="its own: at its own file"),
        pytest.param("out/x", "../up", "/up", id="upwards"),
    ],
)
def test_relative_ones_start_at_the_file_that_holds_them(reading, output, tmp_path, project_to, output_to, expected):
    """A relative destination means the same wherever the command is run."""
    project = HEAD + (f"spec: {{delivery: {{to: '{project_to}'}}}}\n" if project_to else "")
    own = f"  delivery: {{to: '{output_to}'}}\n" if output_to else ""

    declared = reading({"p.yaml": project, "m/a.yaml": output(spec=own)}, "m")

    assert declared.outputs[0].delivery.to == f"{tmp_path}{expected}"


@pytest.mark.parametrize("url", ["s3://b/x", "gs://b/x/", "az://c"])
def test_urls_of_stores_are_kept(reading, output, url):
    """Destinations in buckets are kept as they are written; the state store's as well."""
    declared = reading(HEAD + f"spec: {{state: '{url}'}}\n" + output(spec=f"  delivery: {{to: '{url}'}}\n"))

    assert declared.outputs[0].delivery.to == url
    assert declared.project.state == url


def test_the_project_fills_in_labels_and_variables(reading, output):
    """The default destination is filled in for each output."""
    project = HEAD + "spec: {delivery: {to: 's3://${var.b}/${output.labels.team}/${output.process}/${output.name}'}}\n"

    declared = reading(project + output("x", labels="{team: t}"), b="bucket")

    assert declared.outputs[0].delivery.to == "s3://bucket/t/pansharpening/x"


def test_a_label_that_an_output_lacks_is_a_problem_of_the_default(complaining, output):
    """The Project's template is blamed, and the output is named."""
    project = HEAD + "spec: {delivery: {to: 'out/${output.labels.team}'}}\n"

    (problem,) = complaining(project + output("x"))

    assert (problem.position.line, problem.field) == (4, "spec.delivery.to")
    assert "the output x" in problem.message


@pytest.mark.parametrize("value", ["../../etc", "/etc", "..", "a/b", ""])
def test_a_value_cannot_lead_elsewhere(complaining, output, value):
    """A variable or label in a destination is one part of the path, or a problem."""
    (by_variable,) = complaining(output(spec="  delivery: {to: 'out/${var.v}'}\n"), v=value)
    (by_label,) = complaining(output(labels=f"{{l: '{value}'}}", spec="  delivery: {to: 'out/${output.labels.l}'}\n"))

    assert by_variable.field == by_label.field == "spec.delivery.to"


@pytest.mark.parametrize(
    ("first", "second"),
    [("x", "x"), ("x", "./y/../x/"), ("s3://b/x", "s3://b//x/"), ("x", "${output.labels.x}")],
)
def test_two_outputs_with_one_destination_are_a_problem(complaining, output, first, second):
    """The second output is blamed, and the first one's place is told."""
    text = output("a", spec=f"  delivery: {{to: '{first}'}}\n")
    text += output("b", labels="{x: x}", spec=f"  delivery: {{to: '{second}'}}\n")

    (problem,) = complaining(text)

    assert (problem.position, problem.field) == (Position("m.yaml", 22, 18), "spec.delivery.to")
    assert "m.yaml:11:18" in problem.hint


def test_a_shared_default_is_a_problem_of_each_further_output(complaining, output):
    """A Project's destination without the output's name serves one output only."""
    problems = complaining(HEAD + "spec: {delivery: {to: out}}\n" + output("a") + output("b") + output("c"))

    assert [(problem.position.line, problem.position.column) for problem in problems] == [(19, 9), (29, 9)]


def test_a_destination_inside_another_is_fine(reading, output):
    """Nested folders are different places."""
    text = output("a", spec="  delivery: {to: x}\n") + output("b", spec="  delivery: {to: x/y}\n")

    assert len(reading(text).outputs) == 2
