"""What sets declare: one output for each entry and combination, filled in from the template."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.manifest.read import read
from reconciler.model.problem import Position

ITEM = "/v2/assets/stac/collections/21c0b14e/items/23e4567e"
TWO_LINKS = "{list: [/v2/assets/stac/collections/c/items/I_1, {href: /v2/assets/stac/collections/c/items/I%202, d: x}]}"


def names(declared):
    return [output.name for output in declared.outputs]


@pytest.mark.parametrize(
    ("for_each", "template_name", "expected"),
    [
        pytest.param("{matrix: {s: [2, 5]}}", "a-${matrix.s}", ["a-2", "a-5"], id="matrix"),
        pytest.param(
            "{matrix: {s: [2, 5], b: [red, Blue]}}",
            "${matrix.b}-${matrix.s}",
            ["blue-2", "blue-5", "red-2", "red-5"],
            id="axes multiply",
        ),
        pytest.param("{list: [{n: b}, {n: a}]}", "x-${item.n}", ["x-a", "x-b"], id="list"),
        pytest.param(TWO_LINKS, "${item.collection}-${item.id}", ["c-i-1", "c-i-2"], id="links"),
        pytest.param(
            "{list: [{n: a}, {n: b}], matrix: {s: [1, 2]}}",
            "${item.n}${matrix.s}",
            ["a1", "a2", "b1", "b2"],
            id="list times matrix",
        ),
        pytest.param("{list: [{p: {q: {r: deep}}, p.q: {r: flat}}]}", "${item.p.q.r}", ["deep"], id="nested"),
        pytest.param("{list: [{p.q: flat, p: {q: deep}}]}", "${item.p.q}", ["flat"], id="a name with a dot first"),
        pytest.param("{matrix: {s: [0.5, true, 1.0e-7]}}", "n-${matrix.s}", ["n-0-5", "n-1e-07", "n-true"], id="odd"),
        pytest.param("{matrix: {s: [1]}}", "n-${var.Who}", ["n-me-and-you"], id="variable"),
        pytest.param("{list: [{n: 'ÄB/../c'}]}", "n${item.n}", ["n-b----c"], id="made safe"),
        pytest.param("{list: [{n: '${var.Who}'}]}", "${item.n}", ["me-and-you"], id="variable in an entry"),
    ],
)
def test_a_set_declares_one_output_for_each_element(reading, output_set, for_each, template_name, expected):
    """Elements become outputs with names of their own, made safe, in the order of the names."""
    assert names(reading(output_set(for_each, template_name), Who="Me And.You")) == sorted(expected)


VALUE = {
    "whole": 2,
    "fraction": 2.5,
    "flag": True,
    "text": "2",
    "nothing": None,
    "list": [1, {"a": "b"}],
    "mapping": {"band": "red", "weight": 0.4},
}
ENTRY = json.dumps(VALUE)


@pytest.mark.parametrize("field", VALUE)
def test_a_value_that_is_one_expression_keeps_its_type(reading, output_set, field):
    """Numbers, flags, nothing, lists and mappings stay what they are, in the matrix as in a list."""
    inputs = f'{{item: {ITEM}, v: "${{item.{field}}}", w: [{{x: "${{ item.{field} }}"}}]}}'

    (output,) = reading(output_set(f"{{list: [{ENTRY}]}}", inputs=inputs)).outputs

    assert output.inputs["v"] == output.inputs["w"][0]["x"] == VALUE[field]
    assert type(output.inputs["v"]) is type(VALUE[field])


@pytest.mark.parametrize(
    ("field", "text"),
    [("whole", "2"), ("fraction", "2.5"), ("flag", "true"), ("text", "2"), ("list", '[1,{"a":"b"}]')],
)
def test_inside_of_a_text_a_value_is_written_as_json(reading, output_set, field, text):
    """A longer text takes values as JSON writes them; so do fields that are always text."""
    inputs = f'{{item: {ITEM}, v: "x ${{item.{field}}}"}}'
    title = f'      title: "${{item.{field}}}"\n' if field != "list" else ""

    (output,) = reading(output_set(f"{{list: [{ENTRY}]}}", inputs=inputs, spec=title)).outputs

    assert output.inputs["v"] == f"x {text}"
    assert output.title == (text if title else "x")


def test_every_field_of_a_template_may_be_filled_in(reading, output_set):
    """Fields that want numbers, flags or lists take them from expressions; labels and ids become text."""
    entry = (
        "{n: a, p: 7, a: 2, keep: true, jobs: [j1, j2], roles: [data], label: 5, budget: 12, day: 2024-07-01T00:00:00Z}"
    )
    spec = (
        '      priority: "${item.p}"\n      retry: {attempts: "${item.a}"}\n      preventReplace: "${item.keep}"\n'
        '      ignoreJobs: "${item.jobs}"\n      budget: "${item.budget}"\n      newerThan: "${item.day}"\n'
        '      delivery:\n        to: "out/${item.n}/${output.labels.l}"\n        assets: {roles: "${item.roles}"}\n'
        '        name: "${item.p}-${asset.key}"\n'
    )
    text = output_set(f"{{list: [{entry}]}}", "${item.n}", spec=spec, template_labels='{l: "${item.label}"}')

    (output,) = reading(text).outputs

    assert (output.priority, output.attempts, output.prevent_replace) == (7, 2, True)
    assert (output.ignore_jobs, output.budget_id, output.newer_than.year) == ({"j1", "j2"}, "12", 2024)
    assert (output.labels, output.delivery.roles, output.delivery.name) == ({"l": "5"}, ("data",), "7-${asset.key}")
    assert output.delivery.to.endswith("/out/a/5")


def test_labels_of_the_set_are_defaults(reading, output_set):
    """An output has the labels of its set and of its template; the template's come first."""
    text = output_set("{matrix: {s: [1]}}", labels="{team: coastal, year: '2024'}", template_labels="{year: '2025'}")

    (output,) = reading(text).outputs

    assert output.labels == {"team": "coastal", "year": "2025"}


def test_an_output_says_which_set_it_is_of(reading, output_set, output):
    """The set's name and the place of the template's name; outputs by themselves are of none."""
    of_set, alone = reading(output_set("{matrix: {s: [1]}}") + output("a")).outputs

    assert (of_set.set_name, of_set.position) == ("s", Position("m.yaml", 8, 22))
    assert alone.set_name is None


def test_outputs_come_in_the_order_of_the_file(reading, output_set, output):
    """Sets and outputs stand in file order, a set's outputs in the order of their names."""
    text = output("z") + output_set("{matrix: {s: [b, a]}}", "${matrix.s}") + output("c")

    assert names(reading(text)) == ["z", "a", "b", "c"]


def test_a_link_of_an_entry_gives_its_item(reading, output_set):
    """An entry that is a link, or has one as href, has the ids in it; fields of its own come first."""
    entries = f"[{{href: 'https://api.up42.com{ITEM}', id: mine}}, {ITEM}]"
    inputs = '{item: "${item.href}", c: "${item.collection}", i: "${item.id}"}'

    mine, other = reading(output_set(f"{{list: {entries}}}", "${item.id}", inputs=inputs)).outputs[::-1]

    assert (mine.inputs["i"], mine.inputs["c"]) == ("mine", "21c0b14e")
    assert other.inputs == {"item": ITEM, "c": "21c0b14e", "i": "23e4567e"}


AXES = st.dictionaries(
    st.sampled_from("abc"), st.lists(st.integers(0, 99), min_size=1, max_size=4, unique=True), min_size=1
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(axes=AXES, entries=st.lists(st.integers(0, 99), min_size=1, max_size=4, unique=True), data=st.data())
def test_the_order_of_axes_values_and_entries_does_not_matter(tree, output_set, axes, entries, data):
    """However a matrix and a list are ordered, the same outputs are declared, byte for byte, and the same digest."""
    template = "-".join(["${item.n}", *(f"${{matrix.{axis}}}" for axis in sorted(axes))])

    def told(axes, entries):
        matrix = ", ".join(f"{axis}: {values}" for axis, values in axes.items())
        folder = tree({"m.yaml": output_set(f"{{list: [{', '.join(entries)}], matrix: {{{matrix}}}}}", template)})
        read_tree = read(["m.yaml"], cwd=folder, variables={})
        return read_tree.outputs, read_tree.digest

    shuffled = {axis: data.draw(st.permutations(axes[axis])) for axis in data.draw(st.permutations(list(axes)))}
    written = [f"{{n: {entry}, m: x}}" for entry in entries]
    turned = [f"{{m: x, n: {entry}}}" for entry in data.draw(st.permutations(entries))]

    assert told(axes, written) == told(shuffled, turned)
