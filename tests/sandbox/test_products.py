import io
import json

import numpy as np
import pytest
import rasterio
from rasterio.crs import CRS
from rasterio.transform import Affine

from reconciler.sandbox.imagery.change import changes
from reconciler.sandbox.imagery.detection import ships, trees
from reconciler.sandbox.imagery.rasters import Raster
from reconciler.sandbox.imagery.truecolor import true_color
from reconciler.sandbox.scenes import COAST, FIELDS, FIELDS_LATER, TOWN

TRANSFORM = Affine(10, 0, 400_000, 0, -10, 5_800_000)


def raster(data, bands, *, transform=TRANSFORM):
    return Raster(data, np.ones(data.shape[1:], bool), transform, CRS.from_epsg(32633), 0, bands)


async def files(driver, items):
    """The bytes of every asset of the one item, by the word in its key."""
    (item,) = items
    return {key.split("_")[1]: (await driver.http.get(asset["href"])).content for key, asset in item["assets"].items()}


@pytest.mark.anyio
async def test_pansharpening_yields_a_cog_on_the_pan_grid(driver):
    """The delivered raster has the pan band's grid, four bands and a tiled layout."""
    _, items = await driver.finished("pansharpening", item=COAST.path)
    pan = (await driver.http.get(COAST.path)).json()["assets"]["pan.tiff"]
    with (
        rasterio.open(io.BytesIO((await files(driver, items))["pan"])) as made,
        rasterio.open(io.BytesIO((await driver.http.get(pan["href"])).content)) as source,
    ):
        assert (made.shape, made.count, made.dtypes[0]) == ((512, 512), 4, "uint16")
        assert (made.crs, made.transform) == (source.crs, source.transform)
        assert made.descriptions == ("blue", "green", "red", "nir")
        assert made.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


@pytest.mark.anyio
async def test_true_color_yields_eight_bit(driver):
    """True color conversion delivers red, green, blue in 8 bit on the input's grid."""
    _, items = await driver.finished("true-color-conversion", item=TOWN.path)
    with rasterio.open(io.BytesIO((await files(driver, items))["truecolor"])) as made:
        assert (made.shape, made.count, made.dtypes[0]) == ((256, 256), 3, "uint8")
        assert [colour.name for colour in made.colorinterp] == ["red", "green", "blue"]


@pytest.mark.anyio
async def test_ships_are_polygons_in_lonlat(driver):
    """Ship detection finds the coast's four ships as closed polygons inside the item's bbox."""
    _, items = await driver.finished("detection-ships-airbus", item=COAST.path)
    found = json.loads((await files(driver, items))["ships"])
    west, south, east, north = items[0]["bbox"]

    assert found["type"] == "FeatureCollection"
    assert len(found["features"]) == 4
    for feature in found["features"]:
        (ring,) = feature["geometry"]["coordinates"]
        assert ring[0] == ring[-1]
        assert all(west < lon < east and south < lat < north for lon, lat in ring)
    assert next(iter(items[0]["assets"].values()))["type"] == "application/geo+json"


@pytest.mark.anyio
async def test_change_detection_yields_three_rasters(driver):
    """Change detection delivers three rasters on one grid, and the harvested plots stand out."""
    job, items = await driver.finished(
        "detection-change-simularity", sourceItem=FIELDS_LATER.path, referenceItem=FIELDS.path
    )
    made = await files(driver, items)
    with rasterio.open(io.BytesIO(made["change"])) as source:
        probability = source.read(1)

    assert job["status"] == "captured"
    assert set(made) == {"coregistered", "change", "heatmap"}
    assert probability.shape == (128, 128)
    assert 0 <= probability.min() < 0.1
    assert 0.5 < probability.max() <= 1


@pytest.mark.anyio
async def test_a_result_is_an_input_again(driver):
    """The item of a pansharpening can be converted to true color."""
    _, (item,) = await driver.finished("pansharpening", item=COAST.path)
    link = next(link["href"] for link in item["links"] if link["rel"] == "self")
    job, items = await driver.finished("true-color-conversion", item=link)

    assert job["status"] == "captured"
    assert items[0]["properties"]["proj:shape"] == [512, 512]


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


def test_a_sea_without_ships_has_none():
    """Dark water alone is an empty collection, not an error."""
    sea = np.random.default_rng(1).normal(300, 5, (1, 80, 80)).astype(np.uint16)

    assert ships(raster(sea, ("pan",))) == {"type": "FeatureCollection", "features": []}


def test_tree_probability_follows_greenness():
    """Trees are likelier where near infrared is far above red; what has no value is -1."""
    data = np.full((4, 4, 4), 500, np.uint16)
    data[3, :, :2] = 4000
    source = raster(data, ("blue", "green", "red", "nir"))
    source.valid[3] = False
    made = trees(source)

    assert made.data.dtype == np.float32
    assert (made.data[0, :3, :2] > 0.9).all()
    assert (made.data[0, :3, 2:] < 0.1).all()
    assert (made.data[0, 3] == -1).all()


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
