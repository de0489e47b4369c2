import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.manifest.substitute import Scope, fill, untold

SCOPE = Scope(
    {"name": "uk", "process": "pan", "title": "UK!"},
    {"team": "coast", "a.b": "x"},
    {"region": "eu", "inject": "${var.region}"},
)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain", "plain"),
        ("${output.name}", "uk"),
        ("a-${output.name}-${ output.process }/${output.title}", "a-uk-pan/UK!"),
        ("${output.labels.team} ${output.labels.a.b} ${var.region}", "coast x eu"),
        ("$${output.name}", "${output.name}"),
        ("$$${output.name}", "$${output.name}"),
        ("$ {x} $x }", "$ {x} $x }"),
        ("${var.inject}", "${var.region}"),
    ],
)
def test_expressions_are_filled_in_once(template, text):
    """Values are filled in as they are, an escaped one stays, and a filled-in value is never looked at again."""
    filled = fill(template, SCOPE)

    assert filled.text == text
    assert not filled.faults


@pytest.mark.parametrize(
    ("template", "message", "hint"),
    [
        ("${var.nope}", "RECONCILER_VAR_nope is not set", "inject and region"),
        ("${output.nam}", "${output.nam}, which is not known", '"output.name"'),
        ("${output.labels.x}", "no such label", "team"),
        ("${output.labels}", "not known", "output.labels."),
        ("${foo.bar}", "not known", "var.x"),
        ("${}", "not known", "output.name"),
        ("${item.id}", "in the template of a ProcessingOutputSet only", ""),
        ("${matrix.x}", "in the template of a ProcessingOutputSet only", ""),
        ("${asset.key}", "delivery.name only", ""),
        ("${output.name", "without its }", "$${"),
        ("${env.HOME}", "not known", ""),
    ],
)
def test_what_cannot_be_filled_in_is_a_fault_that_says_what_can(template, message, hint):
    """A name that does not exist is told with those that do."""
    (fault,) = fill(template, SCOPE).faults

    assert message in fault.message
    assert hint in fault.hint


def test_all_faults_of_a_text_are_told():
    """Two mistakes in one text are two faults."""
    assert len(fill("${var.x}-${item.y}-${output.name}", SCOPE).faults) == 2


@pytest.mark.parametrize("value", [".", "..", "", "a/b", "../../etc", "a\\b", "a\x00"], ids=repr)
def test_in_a_path_a_value_is_one_part(value):
    """A value cannot add folders to a path or lead out of it."""
    scope = Scope({"name": "uk"}, {"l": value}, {"v": value}, in_path=True)

    assert fill("out/${var.v}", scope).faults
    assert fill("out/${output.labels.l}", scope).faults


def test_file_names_keep_assets_for_later():
    """Only `${asset.…}` is left in a file name."""
    scope = Scope({"name": "uk"}, in_file_name=True)

    assert fill("${output.name}-${ asset.role }${asset.ext}", scope).text == "uk-${asset.role}${asset.ext}"


@pytest.mark.parametrize("template", ["$${asset.key}", "${var.v}", "${asset.kei}"])
def test_a_file_name_holds_no_other_expression(template):
    """Nothing else that looks like an expression can get into the template that is left."""
    scope = Scope({"name": "uk"}, {}, {"v": "${asset.key}"}, in_file_name=True)

    assert fill(template, scope).faults


def test_a_long_variable_is_a_fault():
    """A short text cannot unfold to gigabytes."""
    assert fill("${var.v}", Scope(variables={"v": "x" * 5000})).faults


def test_a_default_is_checked_before_any_output_is_known():
    """Mistakes that all outputs would share are found, labels that some may have are not."""
    assert not fill("x/${output.labels.any}/${output.name}", untold({})).faults
    assert fill("x/${output.nam}", untold({})).faults
    assert fill("x/${var.x}", untold({})).faults


@given(st.text())
def test_text_without_expressions_is_left_alone(text):
    """Escaping every `${` gives the text back."""
    assert fill(text.replace("${", "$${"), SCOPE).text == text


@given(st.text(alphabet="${}.outpnamelvrx", max_size=60))
def test_any_template_has_an_answer(template):
    """Whatever stands in a template, the answer is a text and faults, never an error."""
    filled = fill(template, SCOPE)

    assert isinstance(filled.text, str)
