import dataclasses
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.sandbox.imagery.rasters import Facts
from reconciler.sandbox.sandbox import open_sandbox
from reconciler.sandbox.searching import query, search
from reconciler.sandbox.settings import SandboxSettings
from reconciler.sandbox.store import storage
from reconciler.sandbox.store.stac import Asset, Item

JOBS = ["job-a", "job-b", None]


def item(number):
    west, south = number % 7 * 10 - 30.0, number % 5 * 10 - 20.0
    east, north = west + 9, south + 6
    ring = [[west, south], [east, south], [east, north], [west, south]]
    return Item(
        item_id=f"item-{number % 4}",
        collection_id=f"collection-{number}",
        workspace_id="workspace",
        title=f"Title {number % 3}",
        acquired=number % 6 * 10**12,
        created=number,
        facts=Facts(
            shape=(1, 1),
            bands=("pan",),
            dtype="uint16",
            epsg=4326,
            transform=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
            gsd=number % 3,
            geometry={"type": "Polygon", "coordinates": [ring]},
            bbox=(west, south, east, north),
            tags={},
        ),
        assets=[Asset("key", "asset", "title", "image/tiff", ("data",))],
        job_id=JOBS[number % 3],
        cloud_cover=number % 4 * 10.0,
    )


@pytest.fixture(scope="module")
def crowd(ready_folder, tmp_path_factory):
    """A sandbox with 35 small triangles of items; names, jobs and places repeat."""
    sandbox = open_sandbox(SandboxSettings(shutil.copytree(ready_folder, tmp_path_factory.mktemp("crowd") / "data")))
    with sandbox.store.writing() as db:
        db.execute("DELETE FROM collections")
        for number in range(35):
            storage.add(db, item(number), [])
    return sandbox


TEXTS = st.sampled_from(
    ["item-0", "item-1", "item-3", "collection-2", "collection-9", "job-a", "job-b", "item-1\0", "Title 1", ""]
)
NAMES = st.sampled_from(["id", "collection", "job_id", "up42-system:job_id", "title", "nothing"])


def operation(op, *operands):
    return {"op": op, "args": list(operands)}


LEAVES = st.one_of(
    st.builds(lambda name, text: operation("=", {"property": name}, text), NAMES, TEXTS),
    st.builds(lambda name, text: operation("=", text, {"property": name}), NAMES, TEXTS),
    st.builds(lambda name, texts: operation("in", {"property": name}, texts), NAMES, st.lists(TEXTS | st.just(5))),
    st.builds(lambda name, text: operation("<>", {"property": name}, text), NAMES, TEXTS),
    st.builds(lambda number: operation("<", {"property": "eo:cloud_cover"}, number), st.integers(0, 40)),
    st.builds(lambda name: operation("isNull", {"property": name}), NAMES),
)
FILTERS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(
            lambda op, parts: operation(op, *parts),
            st.sampled_from(["and", "and", "or"]),
            st.lists(inner, min_size=2, max_size=3),
        ),
        inner.map(lambda part: operation("not", part)),
    ),
    max_leaves=5,
)
NUMBERS = st.integers(-60, 60) | st.floats(-60, 60)
POSITIONS = st.tuples(NUMBERS, NUMBERS).map(list)
GEOMETRIES = st.one_of(
    POSITIONS.map(lambda position: {"type": "Point", "coordinates": position}),
    st.lists(POSITIONS, min_size=2).map(lambda line: {"type": "LineString", "coordinates": line}),
    st.lists(POSITIONS, min_size=3).map(lambda ring: {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}),
    st.lists(POSITIONS).map(lambda points: {"type": "MultiPoint", "coordinates": points}),
).flatmap(lambda one: st.sampled_from([one, {"type": "GeometryCollection", "geometries": [one]}]))
BOXES = st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS).map(
    lambda box: [box[0], min(box[1], box[3]), box[2], max(box[1], box[3])]
)
SEARCHES = st.one_of(
    st.builds(lambda wanted: {"filter": wanted}, FILTERS),
    st.builds(lambda geometry: {"intersects": geometry}, GEOMETRIES),
    st.builds(lambda box: {"bbox": box}, BOXES),
    st.builds(lambda box, wanted: {"bbox": box, "filter": wanted}, BOXES, FILTERS),
)


@settings(max_examples=200, deadline=None)
@given(SEARCHES)
def test_narrowing_in_sql_changes_nothing(crowd, body):
    """A search finds the same, in the same order, whether SQL narrows it first or cql2 looks at every item."""
    narrowed = query.parse({**body, "limit": 1000})
    with crowd.store.reading() as db:
        assert search.run(db, narrowed) == search.run(db, dataclasses.replace(narrowed, where="1", values=()))


FIELDS = ["id", "collection", "datetime", "start_datetime", "end_datetime"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(FIELDS), st.booleans()), max_size=3), st.integers(1, 7), st.integers(0, 4))
def test_sorting_in_sql_changes_nothing(crowd, order, limit, page):
    """SQL sorts by its columns as documents sort by the fields that stand in them, on every page."""
    by_columns = dataclasses.replace(query.parse({"limit": limit, "page": page}), order=tuple(order))
    by_documents = dataclasses.replace(by_columns, order=(*order, ("nothing", False)))
    with crowd.store.reading() as db:
        assert search.run(db, by_columns) == search.run(db, by_documents)


BY_JOB = operation("=", {"property": "job_id"}, "job-a")
BY_CLOUD = operation("<", {"property": "eo:cloud_cover"}, 10)


#: Of the 35 items of the crowd twelve are job-a's, 24 job-a's or job-b's.
OF_A, OF_BOTH = 12, 24


@pytest.mark.parametrize(
    ("body", "most"),
    [
        pytest.param({"filter": BY_JOB}, OF_A, id="job"),
        pytest.param({"filter": operation("and", BY_CLOUD, BY_JOB)}, OF_A, id="job and another clause"),
        pytest.param(
            {"filter": operation("in", {"property": "up42-system:job_id"}, ["job-a", "job-b"])}, OF_BOTH, id="jobs"
        ),
        pytest.param({"sortby": [{"field": "properties.datetime", "direction": "desc"}], "limit": 3}, 4, id="newest"),
    ],
)
def test_a_search_by_job_reads_no_document_in_vain(crowd, body, most):
    """A search by job, or for the latest, goes by an index and reads only what SQL could not rule out."""
    read = []
    with crowd.store.reading() as db:
        db.set_trace_callback(lambda statement: read.append(statement) if statement.startswith("SELECT doc") else None)
        found = search.run(db, query.parse({"limit": 100, **body})).items
        db.set_trace_callback(None)
        wanted = query.parse({"limit": 100, **body})
        asked = f"SELECT seq FROM items WHERE {wanted.where}"  # noqa: S608 - the sandbox's own words
        plan = db.execute(f"EXPLAIN QUERY PLAN {asked}", wanted.values).fetchall()

    assert 0 < len(found) <= len(read) <= most
    assert not wanted.values or all("SCAN items" not in step["detail"] for step in plan)
