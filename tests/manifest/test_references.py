"""`fromOutput`: a graph of outputs."""

import pytest

from reconciler.model.chain import Reference, references

case = pytest.param


def chain(output, *links):
    """Outputs a, b, … each made from the one that it is linked to."""
    return "".join(output(name, item=f"{{fromOutput: {target}}}" if target else "/v2/assets/stac/collections/c/items/i")
                   for name, target in links)  # fmt: skip


def test_a_reference_takes_the_place_of_any_item_link(reading, output_set, output):
    """Single items and entries of lists, with role, asset and title, and with expressions in the name."""
    inputs = (
        '{item: {fromOutput: "a-${matrix.y}", role: data, asset: b1, title: T},'
        ' sourceItem: {fromOutput: "a-${matrix.y}"},'
        " referenceItem: {fromOutput: b}, items: [/v2/assets/stac/collections/c/items/i, {fromOutput: b}]}"
    )
    text = output_set("{matrix: {y: [2024]}}", "x-${matrix.y}", inputs=inputs) + output("a-2024") + output("b")

    made = reading(text).outputs[0]

    assert references(made.inputs) == (Reference("a-2024", "data", "b1", "T"), Reference("a-2024"), Reference("b"))


@pytest.mark.parametrize("number", ["2024", "${matrix.y}"])
def test_a_name_that_looks_like_a_number_is_a_name(reading, output_set, output, number):
    """What is filled into a reference is text."""
    inputs = f'{{item: {{fromOutput: "{number}"}}}}'

    text = output_set("{matrix: {y: [2024]}}", "x", inputs=inputs) + output("'2024'")

    assert references(reading(text).outputs[0].inputs) == (Reference("2024"),)


@pytest.mark.parametrize(
    ("item", "column", "field", "message", "hint"),
    [
        case("{fromOutput: abd}", 24, ".fromOutput", "is abd, which is no output", '"abc"', id="unknown"),
        case("{fromOutput: zzzz}", 24, ".fromOutput", "is zzzz, which is no output", "There are: abc and x", id="far"),
        case("{fromOutput: x}", 24, ".fromOutput", "is the output itself", "", id="itself"),
        case("{fromOutput: X}", 24, ".fromOutput", "the name of an output", "", id="no name"),
        case("{fromOutput: 5}", 24, ".fromOutput", "is 5,", "", id="number"),
        case("{fromOutput: [abc]}", 24, ".fromOutput", "a list", "", id="list"),
        case("{fromOutput: abc, rolle: x}", 29, ".rolle", "not a field", '"role"', id="typo"),
        case("{fromOutput: abc, role: ''}", 35, ".role", 'is ""', "", id="empty role"),
        case("{fromOutput: abc, title: 5}", 36, ".title", "is 5", "", id="title"),
        case('{fromOutput: abc, asset: "\\e[1m"}', 36, ".asset", "one line", "", id="control character"),
        case("{output: abc}", 11, "", "a mapping", "fromOutput", id="other mapping"),
    ],
)  # fmt: skip
def test_a_wrong_reference_is_one_problem(complaining, output, item, column, field, message, hint):
    """A reference that leads nowhere, or is none, is told where it stands."""
    (problem,) = complaining(output("x", item=item) + output("abc"))

    assert (problem.position.line, problem.position.column) == (10, column)
    assert problem.field == f"spec.inputs.item{field}"
    assert message in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("links", "cycles"),
    [
        ([("a", "b"), ("b", "a")], ["a → b → a"]),
        ([("c", "a"), ("a", "b"), ("b", "c"), ("d", "a")], ["a → b → c → a"]),
        ([("a", "b"), ("b", "a"), ("c", "d"), ("d", "c"), ("e", None)], ["a → b → a", "c → d → c"]),
        ([("z", "y"), ("y", "x"), ("x", None)], []),
    ],
)
def test_a_cycle_is_named_once_and_as_a_whole(read_offline, complaining, output, links, cycles):
    """Each cycle is one problem, which names all of it, at the reference of its first output."""
    if not cycles:
        assert read_offline(chain(output, *links)).outputs
        return

    found = complaining(chain(output, *links))

    assert sorted(problem.message for problem in found) == [f"closes a cycle: {cycle}" for cycle in cycles]


def test_cycles_that_share_an_output_are_all_found(complaining, output):
    """Two ways back from one output are two cycles; in whatever order the outputs stand, they are the same."""
    one = output("a", item="{fromOutput: b}", spec="").replace("item:", "items: [{fromOutput: c}]\n    item:")
    others = [output("b", item="{fromOutput: a}"), output("c", item="{fromOutput: a}")]

    found = {problem.message for problem in complaining(one + "".join(others))}

    assert found == {"closes a cycle: a → b → a", "closes a cycle: a → c → a"}
    assert {problem.message for problem in complaining("".join(others) + one)} == found


def test_a_cycle_within_a_set_names_its_outputs(complaining, output_set):
    """Outputs of sets stand in cycles as all others do."""
    inputs = '{item: {fromOutput: "${item.of}"}}'

    (problem,) = complaining(output_set("{list: [{n: a, of: b}, {n: b, of: a}]}", "${item.n}", inputs=inputs))

    assert (problem.message, problem.position.line) == ("closes a cycle: a → b → a", 11)


@pytest.mark.parametrize("closed", [False, True])
def test_a_chain_may_be_of_any_length(read_offline, complaining, output, closed):
    """Thousands of outputs in a row are walked without a limit; a cycle of them is shown shortened."""
    links = [(f"o{n}", f"o{n + 1}") for n in range(3000)] + [("o3000", "o0" if closed else None)]

    if not closed:
        assert len(read_offline(chain(output, *links)).outputs) == 3001
        return
    (problem,) = complaining(chain(output, *links))

    assert "o0 → o1 → " in problem.message
    assert "(2,981 more) → o3000 → o0" in problem.message


def test_many_ways_to_one_output_are_walked_once(read_offline, output):
    """Where each of forty layers is made from both outputs of the next, there are more ways than anyone can walk."""
    layers = [
        output(f"{side}{layer}", item=f"{{fromOutput: a{layer + 1}}}\n    sourceItem: {{fromOutput: b{layer + 1}}}")
        for layer in range(40)
        for side in "ab"
    ]

    assert len(read_offline("".join(layers) + output("a40") + output("b40")).outputs) == 82
