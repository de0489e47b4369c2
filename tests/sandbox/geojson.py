"""A judge of GeoJSON by RFC 7946, which shares no code with what makes it."""

import itertools


def check_geojson(document):
    """Fail unless a document is a FeatureCollection of Points and Polygons as RFC 7946 has them."""
    assert document["type"] == "FeatureCollection"
    assert "crs" not in document, "section 4: another coordinate system cannot be named"
    assert isinstance(document["features"], list)
    for feature in document["features"]:
        assert feature["type"] == "Feature"
        assert set(feature) >= {"geometry", "properties"}
        assert not {"crs", "coordinates", "geometries", "features"} & set(feature), "section 7.1"
        kind, coordinates = feature["geometry"]["type"], feature["geometry"]["coordinates"]
        if kind == "Point":
            _check_position(coordinates)
        else:
            assert kind == "Polygon", kind
            for number, ring in enumerate(coordinates):
                _check_ring(ring, is_outer=number == 0)


def _check_ring(ring, *, is_outer):
    assert len(ring) >= 4, "section 3.1.6: four positions or more"
    assert ring[0] == ring[-1], "section 3.1.6: closed"
    assert len({tuple(position) for position in ring}) == len(ring) - 1, "a ring touches itself"
    for position in ring:
        _check_position(position)
    turns = sum(x * below - right * y for (x, y), (right, below) in itertools.pairwise(_from_first(ring)))
    assert turns > 0 if is_outer else turns < 0, "section 3.1.6: the right-hand rule"


def _check_position(position):
    assert len(position) == 2
    lon, lat = position
    assert -180 <= lon <= 180
    assert -90 <= lat <= 90


def _from_first(ring):
    return [(lon - ring[0][0], lat - ring[0][1]) for lon, lat in ring]
