import tracemalloc

import pytest

from reconciler.manifest.compose import MAX_DEPTH, MAX_DOCUMENT_CHARACTERS, MAX_VALUES, compose
from reconciler.manifest.nodes import lookup, plain

MIB = 1_048_576


def test_every_value_and_key_knows_its_place():
    """Lines and columns count from 1, in characters, whatever the line break and whatever stands before."""
    text = "a:\r\n  'ü🛰': [1,\t{b: x}]\r\nc:\r\n"

    (composed,) = compose(text, "m")

    places = {
        ("a",): (1, 1),
        ("a", "ü🛰"): (2, 3),
        ("c",): (3, 1),
    }
    assert {
        path: (spot.key.line, spot.key.column) for path in places if (spot := lookup(composed.root, path))
    } == places
    deep = lookup(composed.root, ("a", "ü🛰", 1, "b"))
    empty = lookup(composed.root, ("c",))
    assert (deep.key.line, deep.key.column, deep.value.column) == (2, 14, 17)
    assert (empty.value.line, empty.value.column, empty.value.value) == (3, 3, None)


def test_documents_come_one_by_one_and_empty_ones_do_not_count():
    """Several documents in a file are several values; empty ones are none."""
    documents = list(compose("---\n---\na: 1\n---\n# nothing\n---\n- b\n...\n---\n~\n", "m"))

    assert [plain(document.root) for document in documents] == [{"a": 1}, ["b"]]


@pytest.mark.parametrize(
    ("text", "line", "column", "field", "part"),
    [
        pytest.param("a: 1\nb: 2\na: 3", 3, 1, "a", "second time", id="duplicate key"),
        pytest.param("x: [{a: 1, a: 2}]", 1, 12, "x[0].a", "second time", id="duplicate key inside"),
        pytest.param("a: &k b\nc: {b: 1, *k : 2}", 2, 11, "c.b", "second time", id="duplicate by alias"),
        pytest.param("base: &b {x: 1}\nc:\n  <<: *b", 3, 3, 'c["<<"]', "merge keys", id="merge key"),
        pytest.param("1: x", 1, 1, "", "the key 1 is not text", id="number as key"),
        pytest.param("a: {~: x}", 1, 5, "a", "the key empty is not text", id="null as key"),
        pytest.param("? [a]\n: b", 1, 3, "", "a key has to be text", id="list as key"),
        pytest.param("a: *x", 1, 4, "a", "*x has no anchor", id="unknown alias"),
        pytest.param("a: &x [*x]", 1, 8, "a[0]", "inside of what it repeats", id="recursion"),
        pytest.param("a: &x {b: {c: *x}}", 1, 15, "a.b.c", "inside of what it repeats", id="deep recursion"),
        pytest.param("a: !!python/name:os.system ''", 1, 4, "a", "tag", id="tag of a scalar"),
        pytest.param("a: !x {b: c}", 1, 4, "a", "tag", id="tag of a mapping"),
        pytest.param("a: !!set {b: c}", 1, 4, "a", "!!set", id="set"),
        pytest.param("a: .inf", 1, 4, "a", "JSON", id="infinity"),
    ],
)
def test_what_we_do_not_allow_is_a_problem_with_field_and_place(text, line, column, field, part):
    """YAML that JSON has no word for is refused where it stands; the document is read on."""
    *_, composed = compose(text, "m")

    (problem,) = composed.problems
    assert (problem.position.line, problem.position.column, problem.field) == (line, column, field)
    assert part in problem.message
    assert composed.root is not None


def test_a_duplicate_names_the_first():
    """The second of two equal keys says where the first stands."""
    (composed,) = compose("a: 1\nb: 2\na: 3", "dir/m.yaml")

    assert "dir/m.yaml:1:1" in composed.problems[0].hint


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        pytest.param("a: b: c", 1, 5, "mapping values", id="two colons"),
        pytest.param("ok: 1\n\ta: 1", 2, 1, "tab", id="tab as indentation"),
        pytest.param("a: 'never\nends", 1, 4, "unexpected end", id="quote: where it begins, not the end of the file"),
        pytest.param("a: {b: [1, 2", 1, 8, "expected", id="bracket: where it begins"),
        pytest.param("a: @x", 1, 4, "token", id="reserved character"),
    ],
)
def test_what_is_not_yaml_is_one_problem_with_its_place(text, line, column, part):
    """A syntax error ends the file with one problem and a hint."""
    (composed,) = compose(text, "m")

    (problem,) = composed.problems
    assert composed.root is None
    assert (problem.position.line, problem.position.column) == (line, column)
    assert part in problem.message
    assert problem.hint


def test_documents_before_a_syntax_error_are_kept():
    """What stands before the mistake is read."""
    first, second = compose("a: 1\n---\nb: [", "m")

    assert plain(first.root) == {"a": 1}
    assert second.root is None


def test_an_alias_repeats_its_value():
    """Anchors and aliases work for values and keys."""
    (composed,) = compose("a: &x {b: [1]}\nc: *x\nd: &k e\n*k : *k", "m")

    assert plain(composed.root) == {"a": {"b": [1]}, "c": {"b": [1]}, "d": "e", "e": "e"}


def laughs(levels: int) -> str:
    """Each level repeats the one before ten times."""
    lines = ["l0: &l0 [x]"] + [
        f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * 10)}]" for level in range(1, levels)
    ]
    return "\n".join(lines)


def doubling(levels: int) -> str:
    """Each level is the one before twice, as text."""
    return "\n".join([f"a: &a0 {'x' * 1000}"] + [f"k{n}: &a{n + 1} [*a{n}, *a{n}]" for n in range(levels)])


@pytest.mark.parametrize(
    ("text", "part"),
    [
        pytest.param(laughs(20), "unfolds", id="billion laughs"),
        pytest.param(doubling(16), "unfolds", id="long text, doubled"),
        pytest.param(
            "a: &a " + "[" * 20 + "]" * 20 + "\nb: " + "[" * 20 + "*a" + "]" * 20, "nests deeper", id="deep alias"
        ),
        pytest.param("[" * 100_000, "nests deeper", id="flow nesting"),
        pytest.param("- " * 100_000, "nests deeper", id="block nesting"),
        pytest.param("{a: " * 100_000, "nests deeper", id="nested mappings"),
        pytest.param("[" + "a," * (MAX_VALUES + 1) + "]", "values", id="too many values"),
        pytest.param(f"a: {'x' * MAX_DOCUMENT_CHARACTERS}", "longer than", id="too much text"),
        pytest.param(
            "a: 1\n" + "# x\n" * (MAX_DOCUMENT_CHARACTERS // 4) + "b: 1", "longer than", id="too many comments"
        ),
    ],
)
def test_a_bomb_is_noticed_while_it_is_read(text, part):
    """What is too deep, too large or unfolds to too much is one problem, found in little memory."""
    tracemalloc.start()
    composed = next(iter(compose(text, "m")))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    (problem,) = composed.problems
    assert part in problem.message
    assert composed.cut or composed.root is None
    assert peak < 64 * MIB


def test_the_greatest_depth_is_allowed():
    """32 levels are fine, one more is not."""
    (fine,) = compose("[" * MAX_DEPTH + "]" * MAX_DEPTH, "m")
    (deep,) = compose("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "m")

    assert not fine.problems
    assert "deeper than 32" in deep.problems[0].message


def test_a_megabyte_of_text_in_one_value_is_allowed():
    """A long text is no bomb as long as the document stays within its limit."""
    (composed,) = compose(f"a: {'x' * 1_000_000}", "m")

    assert not composed.problems


def test_going_on_after_a_cut_skips_to_the_next_document():
    """Who goes on gets the next document, not the rest of the one that was cut."""
    first, second = compose("a: [" + "x, " * MAX_VALUES + "]\nb: {c: d}\n---\ne: f\n", "m")

    assert first.cut
    assert plain(second.root) == {"e": "f"}
