"""The pixels of single algorithms, by rasters that are made for it."""

import numpy as np
import pytest
import rasterio
import rasterio.warp
from hypothesis import given
from hypothesis import strategies as st
from rasterio.crs import CRS
from rasterio.transform import Affine

from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.imagery import detection, painting, rasters, resampling
from reconciler.sandbox.imagery.change import changes
from reconciler.sandbox.imagery.detection import BUILDINGS, CARS, SHADOWS, SHIPS, TREES, WIND_TURBINES, detected, rated
from reconciler.sandbox.imagery.footprints import area_km2, overlap_share
from reconciler.sandbox.imagery.rasters import Raster, in_type_of
from reconciler.sandbox.imagery.resampling import orthorectified, upsampled
from reconciler.sandbox.imagery.truecolor import true_color
from tests.sandbox.geojson import check_geojson
from tests.sandbox.items import NORTH, WEST, noise, raster

TARGETS = [value for value in vars(detection).values() if isinstance(value, detection.Target)]


def ground(*, level=300, size=80, seed=1):
    return np.random.default_rng(seed).normal(level, 5, (1, size, size))


def lonlat(row, column, *, metres=10.0):
    """The place of the upper left corner of a pixel of `items.raster`."""
    (lon,), (lat,) = rasterio.warp.transform(
        "EPSG:32633", "EPSG:4326", [WEST + column * metres], [NORTH - row * metres]
    )
    return lon, lat


def test_true_color_keeps_grey_grey():
    """A grey picture stays grey, spans the range, and keeps 0 for nodata."""
    ramp = np.tile(np.linspace(1000, 9000, 100).astype(np.uint16), (3, 50, 1))
    source = raster(ramp, ("blue", "green", "red"))
    source.valid[0] = False
    made = true_color(source).data

    assert np.array_equal(made[0], made[1])
    assert np.array_equal(made[1], made[2])
    assert not made[:, 0].any()
    assert (made[0, 1:].min(), made[0, 1:].max()) == (1, 255)


def polygon(*corners):
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}


SQUARE = polygon([0, 0], [2, 0], [2, 2], [0, 2])


@pytest.mark.parametrize(
    ("other", "share"),
    [
        pytest.param(SQUARE, 1, id="the same"),
        pytest.param(polygon([5, 0], [7, 0], [7, 2], [5, 2]), 0, id="apart"),
        pytest.param(polygon([2, 0], [4, 0], [4, 2], [2, 2]), 0, id="side by side"),
        pytest.param(polygon([1, 0], [3, 0], [3, 2], [1, 2]), 0.5, id="half"),
        pytest.param(polygon([0.5, 0.5], [1, 0.5], [1, 1], [0.5, 1]), 1, id="inside"),
        pytest.param(polygon([2, 0], [4, 2], [2, 4], [0, 2]), 0.5, id="turned"),
        pytest.param(polygon([0, 0], [0, 0], [0, 0]), 0, id="without area"),
    ],
)
def test_the_share_of_an_overlap(other, share):
    """Outlines overlap by the part of the smaller one that both cover, whichever comes first."""
    assert overlap_share(SQUARE, other) == pytest.approx(share)
    assert overlap_share(other, SQUARE) == pytest.approx(share)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_ground_without_objects_has_none(target):
    """Even ground alone is an empty collection, not an error; so is a raster without any value."""
    even = raster(ground().astype(np.uint16), ("pan",))
    nothing = Raster(even.data, np.zeros((80, 80), bool), even.transform, even.crs, 0, ("pan",))

    for source in (even, nothing):
        assert detected(source, target) == {"type": "FeatureCollection", "features": []}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_objects_are_told_from_ground_by_size_and_contrast(target):
    """A shape of the target's contrast and size is found once, at its place; larger and smaller ones are not."""
    data, sign = ground(level=1000, size=200), -1 if target.is_dark else 1
    side = int(target.pixels[0] ** 0.5) + 2
    data[0, 50 : 50 + side, 70 : 70 + side] += sign * 500
    data[0, 140:190, 100:190] += sign * 500
    if target.pixels[0] > 1:
        data[0, 20, 20] += sign * 500
    (found,) = detected(raster(data.astype(np.uint16), ("pan",)), target)["features"]
    west, north = lonlat(50, 70)
    east, south = lonlat(50 + side, 70 + side)
    coordinates = found["geometry"]["coordinates"]

    assert found["properties"]["class"] == target.name
    assert found["properties"]["area_m2"] == pytest.approx(side**2 * 100, rel=0.005)
    if found["geometry"]["type"] == "Point":
        assert coordinates == pytest.approx([(west + east) / 2, (south + north) / 2], abs=1e-5)
    else:
        middle = np.mean(coordinates[0][:-1], axis=0)
        assert list(middle) == pytest.approx([(west + east) / 2, (south + north) / 2], abs=1e-5)


def test_cars_are_points_and_the_others_outlines():
    """Only cars are points, as section 12 says of them."""
    assert [target.name for target in TARGETS if target.as_point] == [CARS.name]


@given(seed=st.integers(0, 10_000), epsg=st.sampled_from([32633, 32733, 3857]))
def test_whatever_is_found_is_valid_geojson(seed, epsg):
    """Shapes of any form, by chance, give rings that are closed, simple, and run as the right-hand rule wants."""
    chance = np.random.default_rng(seed)
    data = np.where(chance.random((1, 40, 40)) < 0.35, 3000, 100 + chance.integers(0, 9, (1, 40, 40)))
    source = raster(data.astype(np.uint16), ("pan",), epsg=epsg)
    for target in (SHIPS, WIND_TURBINES, CARS):
        check_geojson(detected(source, target))


def test_an_outline_is_the_convex_hull():
    """A bent shape has the outline of the rubber band around it."""
    data = ground(level=300)
    data[0, 20:30, 20:22] = data[0, 28:30, 20:30] = 3000
    (found,) = detected(raster(data.astype(np.uint16), ("pan",)), SHIPS)["features"]

    assert len(found["geometry"]["coordinates"][0]) == 6
    assert area_km2(found["geometry"]) * 1e6 == pytest.approx((100 - 32) * 100, rel=0.01)


def test_tree_probability_follows_greenness():
    """Trees are likelier where near infrared is far above red; what has no value is -1."""
    data = np.full((4, 4, 4), 500, np.uint16)
    data[3, :, :2] = 4000
    source = raster(data, ("blue", "green", "red", "nir"))
    source.valid[3] = False
    made = rated(source, TREES)

    assert made.data.dtype == np.float32
    assert (made.data[0, :3, :2] > 0.9).all()
    assert (made.data[0, :3, 2:] < 0.1).all()
    assert (made.data[0, 3] == -1).all()


@pytest.mark.parametrize(("cover", "likely", "unlikely"), [(BUILDINGS, 2, 1), (BUILDINGS, 2, 0), (SHADOWS, 1, 2)])
def test_bright_and_dark_cover(cover, likely, unlikely):
    """Buildings are likely where it is bright and not green, shadows where it is dark."""
    data = np.full((3, 6, 8), 1000, np.uint16)
    data[1, :, :2] = 2600  # green
    data[:, :, 2:4] = 150  # dark
    data[:, :, 4:6] = 2500  # bright
    made = rated(raster(data, ("blue", "green", "red")), cover).data[0]

    assert made[:, 2 * likely].min() > 0.8
    assert made[:, 2 * unlikely].max() < 0.4


def test_change_probability_grows_with_sensitivity():
    """One changed square stands out from unchanged ground, more so with a higher sensitivity."""
    before = np.random.default_rng(1).normal(1000, 20, (3, 64, 64)).astype(np.uint16)
    after = before + np.random.default_rng(2).integers(-5, 6, before.shape).astype(np.int16)
    after = after.astype(np.uint16)
    after[:, 10:20, 10:20] += 40
    bands = ("blue", "green", "red")
    low, high = (changes(raster(after, bands), raster(before, bands), value)[1].data[0] for value in (1, 9))

    assert high[10:20, 10:20].mean() > 0.9
    assert high[10:20, 10:20].mean() > high[40:].mean() + 0.3
    assert high.mean() > low.mean()


def test_change_detection_coregisters_first():
    """The same ground seen from half a pixel and more aside has not changed, and is in place in the first raster."""
    picture = painting.fields_before()[:3]

    def seen(down, right):
        cut = picture[:, 20 + down : 468 + down, 20 + right : 468 + right].reshape(3, 112, 4, 112, 4)
        return raster(np.rint(cut.mean(axis=(2, 4))).astype(np.uint16), ("blue", "green", "red"), metres=30)

    reference, source = seen(0, 0), seen(6, -10)
    coregistered, probability, _ = changes(source, reference, 5)
    (unmoved,) = changes(reference, reference, 5)[1].data
    inside = probability.valid.copy()
    inside[:8], inside[-8:], inside[:, :8], inside[:, -8:] = False, False, False, False

    assert np.corrcoef(coregistered.data[2][inside], reference.data[2][inside])[0, 1] > 0.97
    assert probability.data[0][inside].mean() < unmoved.mean() + 0.3


def test_upsampling_halves_the_pixels():
    """Twice as many rows and columns over the same ground, in the same type; a slope goes on between the pixels."""
    slope = (np.add.outer(np.arange(20), np.arange(30)) * 40 + 500)[None].repeat(2, axis=0)
    source = raster(slope.astype(np.uint16), ("red", "nir"))
    made = upsampled(source)
    rows, columns = (np.arange(size) / 2 - 0.25 for size in made.shape)
    wanted = np.add.outer(rows, columns) * 40 + 500

    assert (made.shape, made.data.dtype, made.bands) == ((40, 60), np.uint16, ("red", "nir"))
    assert (made.transform.a, made.transform.c, made.transform.f) == (5, WEST, NORTH)
    assert np.abs(made.data - wanted)[:, 4:-4, 4:-4].max() <= 1


def test_upsampling_keeps_gaps():
    """Where the source has no value the result has none, and no value elsewhere reads as nodata."""
    data = np.full((1, 20, 20), 1, np.uint16)
    data[0, ::3] = 900
    source = raster(data, ("pan",))
    source.valid[5:9, 5:9] = False
    made = upsampled(source)

    assert not made.valid[12:16, 12:16].any()
    assert np.array_equal(made.data[0] > 0, made.valid)
    assert made.valid[:8].all()


def test_a_result_that_would_be_too_large_is_refused():
    """What cannot be held in memory is one plain sentence, before it is tried."""
    rows, columns = 10_000, resampling.MAX_PIXELS // 40_000 + 1
    data = np.broadcast_to(np.uint16(1), (1, rows, columns))
    valid = np.broadcast_to(np.bool_(True), (rows, columns))
    vast = Raster(data, valid, Affine(10, 0, WEST, 0, -10, NORTH), CRS.from_epsg(32633), 0, ("pan",))

    with pytest.raises(SandboxError, match="more than"):
        upsampled(vast)


@pytest.mark.parametrize(("epsg", "degrees", "north", "utm"), [(4326, 1e-4, 52.0, 32633), (4326, 1e-4, -33.0, 32733)])
def test_orthorectification_yields_a_grid_in_metres(epsg, degrees, north, utm):
    """A raster in degrees comes out north-up in its UTM zone, in square pixels on whole multiples, in its place."""
    data = np.full((1, 60, 60), 100, np.uint16)
    data[0, 30:33, 20:23] = 5000
    transform = Affine(degrees, 0, 15.0, 0, -degrees, north)
    made = orthorectified(Raster(data, np.ones((60, 60), bool), transform, CRS.from_epsg(epsg), 0, ("pan",)))
    row, column = (float(places.mean()) + 0.5 for places in np.nonzero(made.data[0] > 3000))
    (lon,), (lat,) = rasterio.warp.transform(made.crs, "EPSG:4326", *([at] for at in made.transform @ (column, row)))

    assert made.crs == CRS.from_epsg(utm)
    assert made.transform.a == -made.transform.e > 0
    assert (made.transform.b, made.transform.d) == (0, 0)
    for edge in (made.transform.c, made.transform.f):
        assert edge / made.transform.a == pytest.approx(round(edge / made.transform.a), abs=1e-6)
    assert (lon, lat) == pytest.approx((15.0 + 21.5 * degrees, north - 31.5 * degrees), abs=degrees)
    assert not made.valid.all()


def test_orthorectification_changes_nothing_that_is_in_order():
    """A raster that lies on whole multiples of its pixels in its own UTM zone comes out as it is."""
    source = noise(("red", "nir"))
    made = orthorectified(source)

    assert (made.transform, made.crs, made.bands) == (source.transform, source.crs, source.bands)
    assert np.array_equal(made.data, source.data)


@pytest.mark.parametrize(
    ("dtype", "nodata", "values", "wanted"),
    [
        pytest.param(np.uint8, 0, [-3, 0, 0.4, 254.6, 300], [1, 1, 1, 255, 255], id="clipped, above nodata"),
        pytest.param(np.uint8, 255, [254.6, 300], [254, 254], id="nodata is the greatest"),
        pytest.param(np.int16, None, [-5.5, 0, 7.5], [-6, 1, 8], id="without nodata"),
        pytest.param(np.float32, None, [-5.5, 0], [-5.5, 0], id="float"),
    ],
)
def test_numbers_of_another_type(dtype, nodata, values, wanted):
    """Values are rounded and clipped into the type, and none that is valid reads as nodata."""
    like = Raster(np.zeros((1, 1, 1), dtype), np.ones((1, 1), bool), Affine.identity(), CRS(), nodata, ("a",))
    data = np.array([[values]], np.float32)
    made = in_type_of(like, Raster(data, np.ones(data.shape[1:], bool), Affine.identity(), CRS(), None, ("a",)))

    assert made.data.dtype == dtype
    assert made.data[0, 0].tolist() == wanted


def test_a_file_keeps_its_tags(tmp_path):
    """Tags of a raster are in its file; writing it twice gives the same bytes."""
    source = Raster(**vars(noise(("red", "nir"))) | {"tags": {"SOMETHING": "said"}})
    for name in "ab":
        rasters.write(tmp_path / name, source)

    assert rasters.facts_of(tmp_path / "a").tags["SOMETHING"] == "said"
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
