"""GeoJSON to the one geometry of a search."""

import json

import pytest

from reconciler.manifest import geojson
from reconciler.manifest.wording import Fault

POINT = {"type": "Point", "coordinates": [1, 51]}
LINE = {"type": "LineString", "coordinates": [[1, 51], [2, 52]]}
RING = [[1, 51], [2, 51], [2, 52], [1, 51]]
POLYGON = {"type": "Polygon", "coordinates": [RING]}
MULTI = {"type": "MultiPolygon", "coordinates": [[RING], [RING]]}
HIGH = {"type": "Point", "coordinates": [1, 51, 30.5]}
POINTS = {"type": "MultiPoint", "coordinates": [[1, 51], [1, 51]]}
LINES = {"type": "MultiLineString", "coordinates": [LINE["coordinates"]] * 2}
POLYGONS = {"type": "MultiPolygon", "coordinates": [[RING]] * 3}


def collected(*geometries):
    return {"type": "GeometryCollection", "geometries": list(geometries)}


BOTH = collected(POINT, LINE)


def feature(geometry):
    return {"type": "Feature", "geometry": geometry, "properties": {"secret": "hunter2"}}


def features(*geometries):
    return {"type": "FeatureCollection", "features": [feature(geometry) for geometry in geometries]}


def read(value):
    return geojson.parsed(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("value", "geometry"),
    [
        pytest.param(POLYGON, POLYGON, id="geometry"),
        pytest.param({**POINT, "bbox": [1, 1, 2, 2], "crs": {}}, POINT, id="other members are left out"),
        pytest.param(HIGH, HIGH, id="height"),
        pytest.param(BOTH, BOTH, id="collection"),
        pytest.param(feature(POLYGON), POLYGON, id="feature"),
        pytest.param(features(POLYGON), POLYGON, id="one feature"),
        pytest.param(features(POINT, POINT), POINTS, id="points"),
        pytest.param(features(LINE, LINE), LINES, id="lines"),
        pytest.param(features(POLYGON, MULTI), POLYGONS, id="one and many"),
        pytest.param(features(POINT, POLYGON), collected(POINT, POLYGON), id="mixed"),
        pytest.param(features(BOTH, POLYGON), collected(POINT, LINE, POLYGON), id="flat"),
    ],
)  # fmt: skip
def test_a_file_becomes_one_geometry(value, geometry):
    """A geometry, a Feature or several: of one kind a Multi… geometry, else a GeometryCollection."""
    assert read(value) == geometry


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe", b"[]", b"null", b"5", b"{", b'{"type": "Point", "coordinates": [1, NaN]}', b"[" * 100_000,
        b'{"type": "Point", "coordinates": [1, ' + b"1" * 5000 + b"]}",
        *(json.dumps(value).encode() for value in (
            {}, {"type": "hunter2"}, {"type": ["Point"]}, {"type": "Point"}, {"type": "Point", "coordinates": []},
            {"type": "Point", "coordinates": [1]}, {"type": "Point", "coordinates": [True, 5]},
            {"type": "Point", "coordinates": ["hunter2", 5]}, {"type": "Point", "coordinates": [[1, 2]]},
            {"type": "Point", "coordinates": [181, 2]}, {"type": "Point", "coordinates": [51, 91]},
            {"type": "Point", "coordinates": [500000, 5700000]}, {"type": "LineString", "coordinates": [[1, 2]]},
            {"type": "Polygon", "coordinates": []}, {"type": "Polygon", "coordinates": [RING[:3]]},
            {"type": "Polygon", "coordinates": [[*RING[:3], [3, 51]]]}, {"type": "Polygon", "coordinates": RING},
            {"type": "GeometryCollection", "geometries": []}, {"type": "GeometryCollection", "geometries": [BOTH]},
            feature(None), features(), features(POINT, None), {"type": "FeatureCollection", "features": [POINT]},
            {"type": "FeatureCollection", "features": {"hunter2": 1}}, {"type": "Topology"}, feature(feature(POINT)),
        )),
    ],
)  # fmt: skip
def test_anything_else_is_a_fault_that_quotes_nothing(content):
    """What is no area is refused with a reason; the reason never shows what the file holds."""
    fault = geojson.parsed(content)

    assert isinstance(fault, Fault)
    assert "hunter2" not in f"{fault}"
    assert fault.message.isprintable()


def test_a_byte_order_mark_is_fine():
    """Editors that write one are met half-way."""
    assert geojson.parsed(b"\xef\xbb\xbf" + json.dumps(POINT).encode()) == POINT


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("nope.geojson", "cannot be read"),
        ("folder", "no regular file"),
        ("/etc/passwd", "start at the folder of this manifest"),
        ("~/x", "start at the folder of this manifest"),
        ("large.geojson", "larger than 1 MiB"),
        ("secret.geojson", "no JSON"),
        ("a\\0b", "cannot be read"),
    ],
)
def test_a_file_that_is_no_area_is_a_problem_where_it_is_named(complaining, output_set, name, part):
    """The file is blamed at its field, with the reason, and nothing of it is shown."""
    text = output_set(f'{{search: {{intersects: {{file: "{name}"}}}}}}')
    files = {"m.yaml": text, "folder/x": "", "large.geojson": " " * 1_048_577, "secret.geojson": "password: hunter2"}

    (problem,) = complaining(files, "m.yaml")

    assert (problem.position.line, problem.field) == (6, "spec.forEach.search.intersects.file")
    assert part in problem.message or "one line" in problem.message
    assert "hunter2" not in f"{problem}"
