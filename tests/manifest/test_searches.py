"""Sets that search: what is asked, what is known before, and what the items make."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.errors import ManifestInvalid
from reconciler.manifest.read import read
from reconciler.model.job import Item
from reconciler.model.search import Search

SEARCH = "{search: {collections: [c]}}"
HREF = "/v2/assets/stac/collections/c/items/"
TAKE = '{item: "${item.href}"}'
COMPLETE = """
      search:
        collections: [b, a, b]
        intersects: {file: area/aoi.geojson}
        datetime: 2024-01-01T00:00:00Z/..
        filter: {op: "<", args: [{property: "eo:cloud_cover"}, 10.0]}
        sortBy: [{field: datetime, direction: desc}, {field: id}]
        limit: 50
"""


def item(item_id="i", **properties):
    return Item(item_id, "c", HREF + item_id, properties=properties)


def expanded(tree, *items):
    return tree.with_items(dict.fromkeys(tree.searches, items))


def problems(tree, *items):
    with pytest.raises(ManifestInvalid) as caught:
        expanded(tree, *items)
    return caught.value.problems


def test_a_search_is_the_body_that_the_service_takes(read_offline, output_set):
    """Every field goes where the STAC API has it; a file's area stands in its place; the limit is apart."""
    area = '{"type": "Point", "coordinates": [1, 51.5]}'

    tree = read_offline({"m/m.yaml": output_set(COMPLETE), "m/area/aoi.geojson": area}, "m")

    (search,) = tree.searches
    assert search.limit == 50
    assert search.body == {
        "collections": ["a", "b"],
        "intersects": {"type": "Point", "coordinates": [1, 51.5]},
        "datetime": "2024-01-01T00:00:00Z/..",
        "filter": {"op": "<", "args": [{"property": "eo:cloud_cover"}, 10]},
        "sortby": [{"field": "datetime", "direction": "desc"}, {"field": "id", "direction": "asc"}],
    }


def test_equal_searches_are_asked_once(read_offline, output_set):
    """However they are written, equal searches are one value; they come in a fixed order."""
    written = [
        "{bbox: [1, 2, 3, 4], collections: [a, b]}",
        "{collections: [b, a], bbox: [1.0, 2, 3, 4]}",
        "{bbox: [1, 2, 3, 5]}",
    ]
    sets = [
        output_set(f"{{search: {search}}}", f"s{number}-${{item.id}}", name=f"s{number}")
        for number, search in enumerate(written)
    ]

    forwards, backwards = read_offline("".join(sets)).searches, read_offline("".join(reversed(sets))).searches

    assert len(forwards) == 2
    assert forwards == backwards
    assert forwards[0] == Search('{"bbox":[1,2,3,4],"collections":["a","b"]}')


def test_one_output_for_each_item_and_combination(read_offline, output_set):
    """Items and the matrix multiply; item fields keep their types."""
    inputs = '{item: "${item.href}", clouds: "${item.properties.eo:cloud_cover}", s: "${matrix.s}"}'
    text = output_set("{search: {collections: [c]}, matrix: {s: [2, 5]}}", "${item.id}-${matrix.s}", inputs=inputs)

    declared = expanded(read_offline(text), item("B", **{"eo:cloud_cover": 1.5}), item("A", **{"eo:cloud_cover": 2}))

    assert [(output.name, output.inputs["clouds"]) for output in declared.outputs] == [
        ("a-2", 2), ("a-5", 2), ("b-2", 1.5), ("b-5", 1.5),
    ]  # fmt: skip
    assert declared.outputs[0].inputs["item"] == HREF + "A"


def test_items_have_the_fields_that_stac_gives_them(read_offline, output_set):
    """Id, collection, link, title and datetime by themselves, everything else below properties."""
    every = "${item.id} ${item.collection} ${item.title} ${item.datetime} ${item.properties.gsd}"
    inputs = f'{{item: "${{item.href}}", all: "{every}"}}'

    declared = expanded(
        read_offline(output_set(SEARCH, inputs=inputs)), item(title="T", datetime="2024-01-01T00:00:00Z", gsd=0.5)
    )

    assert declared.outputs[0].inputs["all"] == "i c T 2024-01-01T00:00:00Z 0.5"


def test_the_order_of_items_matters_to_the_limit_only(read_offline, output_set):
    """The first items up to the limit count, in whatever order they came then."""
    tree = read_offline(output_set("{search: {collections: [c], limit: 2}}", "${item.id}", inputs=TAKE))

    forwards, backwards = expanded(tree, item("a"), item("b"), item("z")), expanded(tree, item("b"), item("a"))

    assert forwards == backwards
    assert [output.name for output in forwards.outputs] == ["a", "b"]


def test_a_search_without_items_is_a_note(read_offline, output_set, output):
    """A set that finds nothing declares nothing, and says so."""
    declared = expanded(read_offline(output_set(SEARCH, "${item.id}", inputs=TAKE) + output("a")))

    assert [output.name for output in declared.outputs] == ["a"]
    assert "set s found no item" in declared.notes[0]


def test_outputs_stay_in_file_order_when_items_come(read_offline, output_set, output):
    """What a search adds stands where its set stands."""
    text = output("z") + output_set(SEARCH, "${item.id}", inputs=TAKE) + output("a")

    assert [o.name for o in expanded(read_offline(text), item("m")).outputs] == ["z", "m", "a"]
    assert [o.name for o in read_offline(text).outputs] == ["z", "a"]


@pytest.mark.parametrize(
    "inputs",
    [
        '{item: "${item.href}", a: "${item.properties.anything}", b: "x ${item.title} ${item.datetime}"}',
        '{item: "${item.properties.link}"}',
        '{items: "${item.properties.links}"}',
        '{item: {fromOutput: "${item.properties.of}"}}',
    ],
)
def test_what_only_items_can_tell_is_not_judged_before(read_offline, output_set, inputs):
    """Offline, a value of an item that nobody has seen is no mistake."""
    spec = '      priority: "${item.properties.p}"\n      newerThan: "${item.datetime}"\n'
    spec += '      retry: {attempts: "${item.properties.a}"}\n'

    assert read_offline(output_set(SEARCH, "${item.id}", inputs=inputs, spec=spec)).searches


def test_names_destinations_and_references_are_checked_when_items_are_known(read_offline, output_set, output):
    """What is wrong between all outputs is found with the items, by the same words as offline."""
    spec = "      delivery: {to: 'out/${item.collection}'}\n"
    text = output_set(SEARCH, "x-${item.collection}", inputs=TAKE, spec=spec) + output("a", item="{fromOutput: x-i}")

    same_name, no_output = problems(read_offline(text), item("i"), item("j"))

    assert "becomes x-c both for the item i and for the item j" in same_name.message
    assert same_name.hint == "Add ${item.id} to the name"
    assert (no_output.field, no_output.message) == ("spec.inputs.item.fromOutput", "is x-i, which is no output")


def test_a_reference_to_what_a_search_finds_is_fine(read_offline, output_set, output):
    """An output may be made from one that a search declares, and the other way round."""
    found = output_set(SEARCH, "x-${item.id}", inputs="{item: {fromOutput: b}}")
    text = output("a", item="{fromOutput: x-i, role: data}") + found + output("b")

    declared = expanded(read_offline(text), item("i"))

    assert declared.outputs[0].inputs["item"] == {"fromOutput": "x-i", "role": "data"}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (math.inf, "no finite number"),
        ([math.nan], "no finite number"),
        ("\ud800", "no valid Unicode"),
        ({"\udfff": 1}, "no valid Unicode"),
        ({"fromOutput": "a"}, "holds fromOutput"),
        ([[[[[[[[[[[[[[[[[["deep"]]]]]]]]]]]]]]]]]], "nests deeper"),
    ],
)
def test_what_cannot_stand_in_a_manifest_is_refused(read_offline, output_set, value, message):
    """Values of items that no manifest could hold, or that would mean something in it, are problems."""
    tree = read_offline(output_set(SEARCH, "${item.id}", inputs='{item: "${item.href}", v: "${item.properties.v}"}'))

    (problem,) = problems(tree, item("i", v=1), item("j", v=value))

    assert (problem.field, problem.position.line) == ("spec.template.spec.inputs.v", 11)
    assert message in problem.message
    assert "(for the item j)" in problem.message


def test_too_many_items_are_a_problem(read_offline, output_set):
    """A search without a limit does not make more outputs than a set may have."""
    matrix = list(range(1000))
    tree = read_offline(
        output_set(f"{{search: {{collections: [c]}}, matrix: {{s: {matrix}}}}}", "${item.id}-${matrix.s}")
    )

    (problem,) = problems(tree, *(item(str(number)) for number in range(51)))

    assert problem.field == "spec.forEach.search"
    assert "51,000 outputs of 51 items" in problem.message


KEYS = st.text(max_size=6) | st.just("fromOutput")
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=()), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
HOSTILE = ANY | st.sampled_from(
    ["${var.secret}", "$${x}", "../../etc", "a/b", "", ".", "\x1b[31m", "::error::", "\u202e", "x" * 5000, "${item.id}"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(item_id=HOSTILE.map(str), value=HOSTILE)
def test_whatever_an_item_holds_it_is_data(tree, output_set, item_id, value):
    """Whatever an item says, the answer is outputs or problems that can be shown; nothing in it is looked at twice."""
    inputs = '{item: "${item.href}", v: "${item.properties.v}", w: "x ${item.properties.v}"}'
    spec = (
        '      title: "t ${item.properties.v}"\n      priority: "${item.properties.v}"\n'
        '      delivery: {to: "out/${item.properties.v}/${output.name}", name: "${item.properties.v}-${asset.key}"}\n'
    )
    folder = tree({"m.yaml": output_set(SEARCH, "x-${item.id}", inputs=inputs, spec=spec)})
    read_tree = read(["m.yaml"], cwd=folder, variables={"secret": "hunter2"})
    try:
        declared = expanded(read_tree, item(item_id, v=value))
    except ManifestInvalid as error:
        told = "".join(f"{p.field}{p.message}{p.hint}" for p in error.problems)
        assert told.isprintable()
        assert "hunter2" not in told
    else:
        (output,) = declared.outputs
        assert "hunter2" not in repr(output)
        assert output.delivery.to.startswith(f"{folder}/out/")
        assert output.inputs["v"] == value
