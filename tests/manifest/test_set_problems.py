"""Bad sets: one problem for a mistake, at its place in the file, however many elements share it."""

import pytest

ITEM = "/v2/assets/stac/collections/c/items/i"
TWO, THREE = "{matrix: {s: [1, 2]}}", "{matrix: {s: [1, 2, 3]}}"
FOUR = "{list: [{n: a, g: 1}, {n: b, g: 1}, {n: c, g: 2}, {n: d, g: 2}]}"
SEARCH = "{search: {collections: [c]}}"
NAME = "spec.template.metadata.name"

case = pytest.param


@pytest.fixture
def complaining_of_set(complaining, output_set):
    """The problems of a set, given as for `output_set`."""
    return lambda *of_set, **more: complaining(output_set(*of_set, **more))


@pytest.mark.parametrize(
    ("for_each", "column", "field", "message", "hint"),
    [
        case("{}", 12, "", "says nothing", "search or list", id="empty"),
        case("5", 12, "", "is 5", "", id="number"),
        case("{lists: []}", 13, ".lists", "not a field", '"list"', id="typo"),
        case("{matrix: {}}", 21, ".matrix", "axes to lists", "sensitivity", id="no axis"),
        case("{matrix: {s: []}}", 25, ".matrix.s", "not empty", "[2, 5]", id="no value"),
        case("{matrix: {s: 5}}", 25, ".matrix.s", "a list", "", id="one value"),
        case("{matrix: {1s: [1]}}", 22, ".matrix.1s", "a letter first", "", id="name of an axis"),
        case("{list: []}", 19, ".list", "not empty", "", id="no entry"),
        case("{list: [x]}", 20, ".list[0]", "no link", ITEM[:24], id="text that is no link"),
        case("{list: [{}, 5]}", 24, ".list[1]", "mapping of fields", "", id="number as entry"),
        case("{list: [{a: '${item.x}'}]}", 24, ".list[0].a", "only", "", id="item in an entry"),
        case("{list: [{a: '${var.x}'}]}", 24, ".list[0].a", "RECONCILER_VAR_x is not set", "", id="variable"),
        case("{list: [{}], search: {collections: [c]}}", 13, ".list", "beside search", "two sets", id="both"),
        case("{search: {}}", 13, ".search", "every item", "collections", id="search for all"),
        case("{search: {limit: 5}}", 13, ".search", "every item", "collections", id="only a limit"),
        case("{search: {collections: [c], limit: 0}}", 47, ".search.limit", "from 1 to", "", id="limit"),
        case("{search: {collections: []}}", 35, ".search.collections", "not empty", "", id="no collection"),
        case("{search: {bbox: [1, 2, 3]}}", 28, ".search.bbox", "four numbers", "", id="three numbers"),
        case("{search: {bbox: [1, 52, 3, 51]}}", 28, ".search.bbox", "south", "", id="upside down"),
        case("{search: {bbox: [1, 2, 3, 181]}}", 38, ".search.bbox[3]", "to 180", "", id="no degrees"),
        case("{search: {bbox: [1, 2, 3, 4], intersects: {file: x}}}", 22, ".search.bbox", "beside intersects", "",
             id="two areas"),
        case("{search: {intersects: {file: x, type: Point}}}", 34, ".search.intersects", "holds type beside file", "",
             id="file and geometry"),
        case("{search: {intersects: {type: Pint, coordinates: []}}}", 41, ".search.intersects.type", '"Pint"',
             "Polygon", id="type of geometry"),
        case("{search: {intersects: {coordinates: [1, 2]}}}", 34, ".search.intersects", "its type", "file",
             id="no type"),
        case("{search: {datetime: 2024-01-01}}", 32, ".search.datetime", "zone", "T00", id="date"),
        case("{search: {datetime: ../..}}", 32, ".search.datetime", "interval", "", id="open at both ends"),
        case("{search: {datetime: 2024-01-01T00:00:00Z/x}}", 32, ".search.datetime", '"x"', "", id="half a time"),
        case("{search: {datetime: 2024-01-01T00:00:00Z/2023-01-01T00:00:00Z}}", 32, ".search.datetime", "before", "",
             id="backwards"),
        case("{search: {filter: {op: <}}}", 22, ".search.filter.args", "missing", "eo:cloud_cover", id="filter"),
        case("{search: {collections: [c], sortBy: [{field: x, direction: up}]}}", 71, ".search.sortBy[0].direction",
             "asc or desc", "", id="direction"),
        case(f"{{matrix: {{a: {list(range(300))}, b: {list(range(300))}}}}}", 12, "", "90,000 outputs", "Split",
             id="too many"),
    ],
)  # fmt: skip
def test_a_mistake_in_for_each_is_one_problem(complaining, output_set, for_each, column, field, message, hint):
    """One mistake gives one problem, and none that follows from it: what the template says may still be right."""
    text = output_set(for_each, "${item.a}-${matrix.s}-${matrix.a}", inputs='{item: "${item.href}"}')

    (problem,) = complaining(text)

    assert (problem.position.line, problem.position.column, problem.field) == (6, column, f"spec.forEach{field}")
    assert message in problem.message
    assert hint in problem.hint


PRIORITY = '      priority: "${matrix.s}"\n'
TO = "      delivery: {to: '%s'}\n"
T = "spec.template"


@pytest.mark.parametrize(
    ("for_each", "name", "more", "place", "message", "hint"),
    [
        case(TWO, "X-${matrix.s}", {}, (8, NAME), '"X-1", but has to be', "", id="letters of the template"),
        case(TWO, "x-" + "y" * 62 + "${matrix.s}", {}, (8, NAME), "65 characters", "shorter", id="long name"),
        case(TWO, "x-${matrix.t}", {}, (8, NAME), "${matrix.t}, which is not known", '"matrix.s"', id="axis"),
        case(TWO, "x-${item.id}", {}, (8, NAME), "forEach has no item", "a search or a list", id="no item"),
        case(SEARCH, "${matrix.s}", {}, (8, NAME), "forEach has no matrix", "a matrix", id="no matrix"),
        case(TWO, "x-${output.name}", {}, (8, NAME), "${output.name}", "matrix.s", id="its own name"),
        case("{list: [{n: 1}, {m: 1}, {m: 2}]}", "x-${item.n}", {}, (8, NAME),
             "does not exist here (for the entry at m.yaml:6:28 and 1 more)", '"item.m"', id="some entries lack it"),
        case("{list: [{n: 1}, {n: 2}]}", "x-${item.q}", {}, (8, NAME), "${item.q}, which does not exist here",
             "item.n", id="all entries lack it"),
        case(SEARCH, "x-${item.nope}", {}, (8, NAME), "${item.nope}", "item.", id="no field of items"),
        case("{matrix: {s: [1, high, low]}}", "x-${matrix.s}", {"spec": PRIORITY}, (12, f"{T}.spec.priority"),
             '"high", but has to be a whole number (for s high and 1 more)', "", id="some values"),
        case(TWO, "x-${matrix.s}", {"spec": "      priorty: 1\n"}, (12, f"{T}.spec.priorty"), "is not a field",
             '"priority"', id="typo"),
        case(TWO, "x-${matrix.s}", {"spec": "      title: ''\n"}, (12, f"{T}.spec.title"), "1 to 250", "",
             id="constant"),
        case(TWO, "x-${matrix.s}", {"inputs": '{item: "${matrix.s}"}'}, (11, f"{T}.spec.inputs.item"), "is 1,",
             "fromOutput", id="no link"),
        case(SEARCH, "${item.id}", {"inputs": '{item: "${item.id}"}'}, (11, f"{T}.spec.inputs.item"), "no link", "",
             id="id for a link"),
        case(SEARCH, "${item.id}", {"inputs": "{x: {fromOutput: b}}"}, (11, f"{T}.spec.inputs.x.fromOutput"),
             "does not stand here", "", id="fromOutput elsewhere"),
        case(SEARCH, "${item.id}", {"spec": TO % "ftp://${item.id}"}, (12, f"{T}.spec.delivery.to"), "ftp://", "",
             id="destination, before items are known"),
        case(THREE, "x-${matrix.s}", {"spec": TO % "out"}, (12, f"{T}.spec.delivery.to"), "as x-1 does",
             "${output.name}", id="one destination for all"),
        case(FOUR, "${item.n}", {"spec": TO % "out/${item.g}"}, (12, f"{T}.spec.delivery.to"), "as a does",
             "${output.name}", id="two destinations for all"),
        case(TWO, "x-${matrix.s}", {"spec": TO % "a/${matrix.p}"}, (12, f"{T}.spec.delivery.to"), "${matrix.p}",
             "matrix.s", id="unknown in a path"),
        case("{list: [{n: a, p: ../b}]}", "${item.n}", {"spec": TO % "a/${item.p}"}, (12, f"{T}.spec.delivery.to"),
             "one part of a path", "", id="path that leads elsewhere"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_template_is_one_problem(complaining_of_set, for_each, name, more, place, message, hint):
    """However many elements share a mistake, it is told once, where the template has it."""
    (problem,) = complaining_of_set(for_each, name, **more)

    assert (problem.position.line, problem.field) == place
    assert message in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("for_each", "name", "first", "second", "hint"),
    [
        case("{matrix: {a: [1, 2], b: [1, 2]}}", "x-${matrix.a}", "a 1, b 1", "a 1, b 2", "Add ${matrix.b}", id="axis"),
        case("{list: [{n: a, m: 1}, {n: a, m: 2}]}", "${item.n}", "m.yaml:6:20", "m.yaml:6:34", "Add ${item.m}",
             id="field"),
        case("{list: [{n: {p: a}, m: {q: 1}}, {n: {p: a}, m: {q: 2}}]}", "${item.n.p}", "6:20", "6:44",
             "Add ${item.m.q}", id="field inside"),
        case("{list: [{n: a}, {n: a}]}", "${item.n}", "m.yaml:6:20", "m.yaml:6:28", "remove one", id="the same"),
        case("{list: [{n: a}, {n: a}, {n: a}]}", "${item.n}", "m.yaml:6:20", "m.yaml:6:28", "remove one", id="thrice"),
        case("{list: [{n: A_b}, {n: a-b}]}", "${item.n}", "m.yaml:6:20", "m.yaml:6:30", "a field of its own",
             id="differ in what a name cannot hold"),
    ],
)  # fmt: skip
def test_two_elements_with_one_name_are_told_apart(complaining, output_set, for_each, name, first, second, hint):
    """A name that is not unique names both elements, and says what to add to it."""
    (problem,) = complaining(output_set(for_each, name))

    assert (problem.position.line, problem.field) == (8, NAME)
    assert first in problem.message
    assert second in problem.message
    assert hint in problem.hint


def test_an_output_and_a_set_with_one_name_are_a_problem(complaining, output, output_set):
    """Names are unique over the whole tree; the second of two is blamed, the element told."""
    (of_set,) = complaining(output("x-2") + output_set(TWO, "x-${matrix.s}"))
    (alone,) = complaining(output_set(TWO, "x-${matrix.s}") + output("x-2"))

    assert "becomes x-2 for s 2" in of_set.message
    assert "m.yaml:5:9" in of_set.hint
    assert (alone.message, "m.yaml:8:22" in alone.hint) == ("is the name of another output too", True)


def test_two_sets_with_one_name_are_a_problem(complaining, output_set):
    """The names of sets are unique among sets."""
    (problem,) = complaining(output_set(TWO, "x-${matrix.s}") + output_set(TWO, "y-${matrix.s}"))

    assert (problem.field, problem.message) == ("metadata.name", "is the name of another set too")


def test_a_set_is_checked_as_a_whole(complaining, output_set):
    """Mistakes of the set itself, its forEach and its template are told at once."""
    text = output_set("{matrix: {s: 5}}", "X", name="S_", spec="      priorty: 1\n", labels="{n: 1}")

    assert [problem.field for problem in complaining(text)] == [
        "metadata.name",
        "metadata.labels.n",
        "spec.forEach.matrix.s",
        NAME,
        "spec.template.spec.priorty",
    ]


@pytest.mark.parametrize(
    ("template", "field", "message"),
    [
        ("", "spec.template", "is missing"),
        ("  template: 5\n", "spec.template", "is 5"),
        ("  template: {}\n", "spec.template.metadata", "is missing"),
        ("  template: {metadata: 5, spec: {process: p, inputs: {}}}\n", "spec.template.metadata", "is 5"),
        ("  template: {kind: x, metadata: {name: a}, spec: {process: p, inputs: {}}}\n", "spec.template.kind", "field"),
        ("  template: {metadata: {name: a, labels: 5}, spec: {process: p, inputs: {}}}\n",
         "spec.template.metadata.labels", "is 5"),
        ("  template: {metadata: {name: [a]}, spec: {process: p, inputs: {}}}\n",
         "spec.template.metadata.name", "a list"),
    ],
)  # fmt: skip
def test_a_template_of_the_wrong_shape_is_a_problem(complaining, template, field, message):
    """What is no template is told as what is no output."""
    head = "apiVersion: reconciler/v1\nkind: ProcessingOutputSet\nmetadata: {name: s, labels: {a: b}}\n"

    problems = complaining(head + "spec:\n  forEach: {matrix: {s: [1]}}\n" + template)

    assert problems[0].field == field
    assert message in problems[0].message


@pytest.mark.parametrize(
    "text",
    [
        case("{list: [{v: " + "x" * 4000 + "}], matrix: {s: " + str(list(range(30_000))) + "}}", id="many elements"),
        case("{list: [{v: [" + "x, " * 90_000 + "]}], matrix: {s: " + str(list(range(1000))) + "}}", id="large value"),
    ],
)
def test_a_short_manifest_does_not_unfold_to_gigabytes(complaining, output_set, text):
    """What a set fills in is bounded as a whole, and told once."""
    inputs = f'{{item: {ITEM}, v: "${{item.v}}"}}'

    (problem,) = complaining(output_set(text, "x-${matrix.s}", inputs=inputs))

    assert problem.field == "spec.template"
    assert "64 MiB" in problem.message


def test_one_text_does_not_unfold_to_gigabytes(complaining, output_set):
    """A single text is bounded before it is made."""
    inputs = f'{{item: {ITEM}, v: "{"${item.v}" * 4000}"}}'

    (problem,) = complaining(output_set("{list: [{v: " + "x" * 1000 + "}]}", inputs=inputs))

    assert "longer than 1,048,576 characters" in problem.message
