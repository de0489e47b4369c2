"""Item search: every kind of condition, alone and together."""

import pytest
from pystac_client.exceptions import APIError

COAST = "Coast with ships"
FIELDS, FIELDS_LATER = "Fields and woods in June", "Fields and woods in August"
TOWN = "Town, pansharpened reflectance"
RIVER = "River, Sentinel-2"
SCENES = {COAST, FIELDS, FIELDS_LATER, TOWN, RIVER}
#: Around the coast, which is far west of all else.
WEST = [[1.2, 51.0], [1.5, 51.0], [1.5, 51.2], [1.2, 51.2], [1.2, 51.0]]


def titles(search):
    """What was found; an item that is found twice fails."""
    found = [item.properties["title"] for item in search.items()]
    assert len(found) == len(set(found))
    return set(found)


def comparison(op, name, *values):
    return {"op": op, "args": [{"property": name}, *values]}


def both(*parts):
    return {"op": "and", "args": list(parts)}


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"bbox": [1.2, 51.0, 1.5, 51.2]}, {COAST}),
        ({"bbox": [-20, -20, -10, -10]}, set()),
        ({"intersects": {"type": "Polygon", "coordinates": [WEST]}}, {COAST}),
        ({"intersects": {"type": "Point", "coordinates": [0, 0]}}, set()),
        ({"datetime": "2024-06-14T10:52:31Z"}, {COAST}),
        ({"datetime": "2024-06"}, {COAST, FIELDS, RIVER}),
        ({"datetime": "2024-06-03/2024-08-31"}, {COAST, FIELDS_LATER, RIVER}),
        ({"datetime": "../2024-05-31"}, {TOWN}),
        ({"datetime": [None, "2024-06-10"]}, {TOWN, FIELDS}),
        ({"datetime": "2024", "bbox": [12, 51, 15, 54]}, {TOWN, FIELDS, FIELDS_LATER}),
    ],
    ids=str,
)
def test_place_and_time(client, condition, found):
    """A box, a geometry, an instant or an interval selects the items that share a point with it."""
    assert titles(client.search(**condition)) == found


def test_an_open_interval(client, items):
    """An interval without an end has everything from its start on."""
    assert titles(client.search(datetime="2024-08-01/..")) == set(items) - {COAST, FIELDS, TOWN, RIVER}


def test_ids_and_collections(client, items):
    """Ids and collections select their items, alone and together."""
    one, other = items[COAST], items[TOWN]

    assert titles(client.search(ids=[one.id, other.id, "no-such-item"])) == {COAST, TOWN}
    assert titles(client.search(collections=[one.collection_id])) == {COAST}
    assert titles(client.search(ids=[one.id, other.id], collections=[one.collection_id])) == {COAST}


# Each filter with what it says in Python, of the properties that an item has.
FILTERS = [
    (comparison("=", "title", COAST), lambda has: has["title"] == COAST),
    (comparison("<>", "title", COAST), lambda has: has["title"] != COAST),
    (comparison("<", "gsd", 10), lambda has: has["gsd"] < 10),
    (comparison(">=", "gsd", 15), lambda has: has["gsd"] >= 15),
    (comparison("<=", "eo:cloud_cover", 50), lambda has: has["eo:cloud_cover"] <= 50),
    (comparison("between", "gsd", 7, 8), lambda has: 7 <= has["gsd"] <= 8),
    (comparison("in", "title", [COAST, TOWN]), lambda has: has["title"] in {COAST, TOWN}),
    (comparison("isNull", "job_id"), lambda has: "up42-system:job_id" not in has),
    (comparison("like", "title", "Fields%"), lambda has: has["title"].startswith("Fields")),
    (
        comparison(">", "datetime", {"timestamp": "2024-06-10T00:00:00Z"}),
        lambda has: has["datetime"] > "2024-06-10T00:00:00Z",
    ),
    (
        both(comparison("=", "up42-system:source", "ARCHIVE"), comparison("<", "gsd", 10)),
        lambda has: has["up42-system:source"] == "ARCHIVE" and has["gsd"] < 10,
    ),
    (
        {"op": "or", "args": [comparison("=", "title", COAST), comparison("=", "title", TOWN)]},
        lambda has: has["title"] in {COAST, TOWN},
    ),
    ({"op": "not", "args": [comparison("=", "title", COAST)]}, lambda has: has["title"] != COAST),
    (
        both(comparison("=", "collection_name", "sandbox"), comparison("=", "title", TOWN)),
        lambda has: has["title"] == TOWN,
    ),
    (
        comparison("s_intersects", "geometry", {"type": "Polygon", "coordinates": [WEST]}),
        lambda has: has["title"] == COAST,
    ),
]


@pytest.mark.parametrize(("condition", "holds"), FILTERS, ids=[str(condition) for condition, _ in FILTERS])
def test_a_filter(client, items, condition, holds):
    """A CQL2 filter finds the items of which it holds, no more and no less."""
    expected = {title for title, item in items.items() if holds(item.properties)}

    assert expected
    assert titles(client.search(filter=condition)) == expected


def test_a_filter_by_job(client, items):
    """The guide's own filter finds the result of a job, by the short name and the long one, alone and with more."""
    (result, *_) = (item for title, item in items.items() if title not in SCENES)
    job_id, title = result.properties["up42-system:job_id"], result.properties["title"]

    for name in ("job_id", "up42-system:job_id"):
        is_of_job = comparison("=", name, job_id)
        assert titles(client.search(filter=is_of_job)) == {title}
        assert titles(client.search(filter=both(is_of_job, comparison(">", "gsd", 0)))) == {title}
        assert titles(client.search(filter=both(is_of_job, comparison("<", "gsd", 0)))) == set()
    assert titles(client.search(filter=comparison("=", "job_id", "no-such-job"))) == set()


@pytest.mark.parametrize(
    "condition",
    [
        comparison("=", "no_such_property", 1),
        comparison(">", "no_such_property", 1),
        comparison("like", "no_such_property", "a%"),
        both(comparison("=", "title", COAST), comparison("<", "no_such_property", 1)),
    ],
    ids=str,
)
def test_a_missing_property_matches_nothing(client, condition):
    """A filter by a property that no item has finds nothing, and is no error."""
    assert titles(client.search(filter=condition)) == set()


def test_a_property_that_some_items_miss(client, items):
    """Items without a job are passed over by a filter on the job, and found by what else may hold."""
    is_result = comparison("like", "job_id", "%")
    coast_or_result = {"op": "or", "args": [comparison("=", "title", COAST), is_result]}

    assert titles(client.search(filter=is_result)) == set(items) - SCENES
    assert titles(client.search(filter=coast_or_result)) == set(items) - SCENES | {COAST}


def test_a_filter_without_sense_is_refused(client):
    """A filter that is no expression of CQL2 is 400."""
    with pytest.raises(APIError) as caught:
        titles(client.search(filter={"op": "and", "args": [1]}))

    assert caught.value.status_code == 400


@pytest.mark.parametrize("field", ["datetime", "properties.datetime", "title", "gsd", "id"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_a_sorting(client, items, field, direction):
    """The items come in the order of a property, up or down, in the spellings that STAC has for it."""
    found = list(client.search(sortby=[{"field": field, "direction": direction}]).items())

    keys = [item.id if field == "id" else item.properties[field.removeprefix("properties.")] for item in found]
    assert keys == sorted(keys, reverse=direction == "desc")
    assert len(found) == len(items)


def test_a_sorting_by_two(client):
    """Where the first property is equal, the second one decides."""
    found = [item.properties for item in client.search(sortby=["+gsd", "-datetime"]).items()]

    assert [has["gsd"] for has in found] == sorted(has["gsd"] for has in found)
    same = [has["title"] for has in found if has["title"] in {FIELDS, FIELDS_LATER}]
    assert same == [FIELDS_LATER, FIELDS]


def test_a_search_by_get(client, items):
    """A search that is sent as GET finds what the same search finds as POST."""
    condition = {"datetime": "2024-06", "collections": [items[FIELDS].collection_id]}

    assert titles(client.search(method="GET", **condition)) == {FIELDS}
