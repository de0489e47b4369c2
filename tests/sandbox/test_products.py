"""What jobs deliver, as a client gets it: number, kind and place of the files of every process."""

import io
import json
import pathlib

import pytest
import rasterio

from reconciler.sandbox.account.eulas import SPACEPT
from reconciler.sandbox.imagery.coregistration import SHIFT_TAG
from reconciler.sandbox.imagery.pansharpen import WEIGHTS_ORIGIN_TAG, WEIGHTS_TAG
from reconciler.sandbox.importer import import_folder
from reconciler.sandbox.processing.processes import PROCESSES
from reconciler.sandbox.scenes import COAST, FIELDS, FIELDS_LATER, RIVER, TOWN
from tests.sandbox.geojson import check_geojson
from tests.sandbox.items import noise, put

pytestmark = pytest.mark.anyio
LANDSAT = pathlib.Path(__file__).parents[3] / "shared" / "data" / "landsat8"
needs_landsat = pytest.mark.skipif(not LANDSAT.is_dir(), reason="the Landsat pixels are not beside this checkout")
FIELDS_PAIR = {"sourceItem": FIELDS_LATER.path, "referenceItem": FIELDS.path}
#: Process, inputs, and of each file its word, its number type and its number of bands; of GeoJSON the geometry's type.
PRODUCTS = [
    ("pansharpening", {"item": COAST.path}, {"pan": ("uint16", 4)}),
    ("true-color-conversion", {"item": TOWN.path}, {"truecolor": ("uint8", 3)}),
    (
        "coregistration-simularity",
        FIELDS_PAIR,
        {"coregistered": ("uint16", 4), "displacement": ("float32", 2), "heatmap": ("uint8", 3)},
    ),
    (
        "detection-change-simularity",
        FIELDS_PAIR,
        {"coregistered": ("uint16", 4), "change": ("float32", 1), "heatmap": ("uint8", 3)},
    ),
    ("upsampling-ns", {"item": COAST.path}, {"upsampled": ("uint16", 4)}),
    ("upsampling-ns-sentinel", {"item": RIVER.path}, {"upsampled": ("uint16", 4)}),
    ("orthorectification-intermap", {"item": RIVER.path}, {"ortho": ("uint16", 4)}),
    ("detection-buildings-spacept", {"item": TOWN.path}, {"buildings": ("float32", 1)}),
    ("detection-trees-spacept", {"item": FIELDS.path}, {"trees": ("float32", 1)}),
    ("detection-shadows-spacept", {"item": TOWN.path}, {"shadows": ("float32", 1)}),
    ("detection-ships-airbus", {"item": COAST.path}, {"ships": "Polygon"}),
    ("detection-wind-turbines-airbus", {"item": FIELDS_LATER.path}, {"windturbines": "Polygon"}),
    ("detection-storage-tanks-airbus", {"item": TOWN.path}, {"storagetanks": "Polygon"}),
    ("detection-cars-oi", {"item": TOWN.path}, {"cars": "Point"}),
    ("detection-trucks-oi", {"item": TOWN.path}, {"trucks": "Polygon"}),
    ("detection-aircraft-oi", {"item": TOWN.path}, {"aircraft": "Polygon"}),
]


async def accept_all(driver):
    """Accept the one EULA that a new sandbox leaves open."""
    eula = (await driver.http.get(f"/v2/eulas/{SPACEPT}")).json()
    path = f"/v2/eulas/{SPACEPT}/documents/{eula['currentDocumentId']}"
    await driver.http.patch(path, json={"isAccepted": True})


async def files(driver, items):
    """The bytes of every asset of the one item, by the word in its key."""
    (item,) = items
    return {key.split("_")[1]: (await driver.http.get(asset["href"])).content for key, asset in item["assets"].items()}


def kind_of(content):
    """What `PRODUCTS` says of one file, which has to be of the form that its kind has."""
    if content.startswith(b"{"):
        found = json.loads(content)
        check_geojson(found)
        (kind,) = {feature["geometry"]["type"] for feature in found["features"]}
        return kind
    with rasterio.open(io.BytesIO(content)) as made:
        assert made.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        return made.dtypes[0], made.count


def test_every_process_is_looked_at():
    """The table of products leaves no process out."""
    assert [process for process, _, _ in PRODUCTS] == sorted(PROCESSES, key=[row[0] for row in PRODUCTS].index)


@pytest.mark.parametrize(("process", "inputs", "wanted"), PRODUCTS, ids=[row[0] for row in PRODUCTS])
async def test_number_and_kind_of_the_files(driver, process, inputs, wanted):
    """Each process delivers the files that its description lists, in one item of its kind; twice, the same bytes."""
    await accept_all(driver)
    (job, items), (_, again) = [await driver.finished(process, **inputs) for _ in range(2)]
    made = await files(driver, items)

    assert job["status"] == "captured"
    assert {word: kind_of(content) for word, content in made.items()} == wanted
    assert len(made) == len(PROCESSES[process].outputs)
    is_vector = not isinstance(next(iter(wanted.values())), tuple)
    assert items[0]["properties"]["up42-product:data_type"] == ("vector" if is_vector else "raster")
    assert {asset["type"] for asset in items[0]["assets"].values()} == set(PROCESSES[process].outputs.values())
    assert await files(driver, again) == made


@pytest.mark.parametrize(
    "row", [row for row in PRODUCTS if isinstance(next(iter(row[2].values())), str)], ids=lambda row: row[0]
)
async def test_a_vector_result_has_its_source_s_place(driver, row):
    """An item of GeoJSON has the outline of the item that was searched, and all that was found lies within."""
    process, inputs, _ = row
    source = (await driver.http.get(inputs["item"])).json()
    _, items = await driver.finished(process, **inputs)
    (content,) = (await files(driver, items)).values()
    west, south, east, north = items[0]["bbox"]

    assert (items[0]["bbox"], items[0]["geometry"]) == (source["bbox"], source["geometry"])
    assert {"gsd", "proj:shape", "proj:transform"}.isdisjoint(items[0]["properties"])
    for feature in json.loads(content)["features"]:
        coordinates = feature["geometry"]["coordinates"]
        for lon, lat in [coordinates] if feature["geometry"]["type"] == "Point" else coordinates[0]:
            assert west <= lon <= east
            assert south <= lat <= north


async def test_a_result_is_of_its_source_s_constellation(driver):
    """What is made of Sentinel-2 says so, and can be upsampled again."""
    _, (item,) = await driver.finished("upsampling-ns-sentinel", item=RIVER.path)
    link = next(link["href"] for link in item["links"] if link["rel"] == "self")
    again, _ = await driver.finished("upsampling-ns-sentinel", item=link)

    assert item["properties"]["constellation"] == "sentinel-2"
    assert again["status"] == "captured"


async def test_a_vector_result_lies_where_was_looked(driver):
    """Where an item's rasters differ in place, the result has the outline of the one that was searched."""
    small = put(driver.sandbox, "small", noise(("pan",), size=32))
    both = put(driver.sandbox, "both", noise(("blue", "green", "red")), noise(("pan",), size=32))
    _, (item,) = await driver.finished("detection-ships-airbus", item=both)

    assert item["bbox"] == (await driver.http.get(small)).json()["bbox"]
    assert item["bbox"] != (await driver.http.get(both)).json()["bbox"]


async def test_a_heatmap_has_no_bands_of_a_sensor(driver):
    """The colours of a heatmap are not described as bands, so that no process takes them for colours of the ground."""
    _, (item,) = await driver.finished("coregistration-simularity", **FIELDS_PAIR)

    assert [("heatmap" in key, "eo:bands" in asset) for key, asset in item["assets"].items()] == [
        (False, True),
        (False, True),
        (True, False),
    ]


async def test_a_pair_without_tie_points_yields_the_source_alone(driver):
    """Where the two have nothing in common, coregistration delivers no displacement map and no heatmap."""
    one, other = (
        put(driver.sandbox, name, noise(bands)) for name, bands in (("one", ("blue", "red")), ("other", ("blue",) * 3))
    )
    job, items = await driver.finished("coregistration-simularity", sourceItem=one, referenceItem=other)

    assert job["status"] == "captured"
    assert set(await files(driver, items)) == {"coregistered"}


async def test_an_orthorectified_bundle_stays_a_bundle(driver):
    """Every raster of an item is orthorectified, so that the result can be pansharpened."""
    _, (item,) = await driver.finished("orthorectification-intermap", item=COAST.path)
    link = next(link["href"] for link in item["links"] if link["rel"] == "self")
    job, _ = await driver.finished("pansharpening", item=link)

    assert [asset["roles"] for asset in item["assets"].values()] == [
        ["data", "panchromatic"],
        ["data", "multispectral"],
    ]
    assert job["status"] == "captured"


@needs_landsat
@pytest.mark.parametrize("given", [None, {"blue": 0.2, "green": 0.34, "red": 0.23}], ids=["fitted", "given"])
async def test_what_was_fitted_is_recorded(driver, settings, given):
    """A job without grey weights delivers a raster that says the fitted ones, near the true ones on real pixels."""
    weights = {} if given is None else {"greyWeights": [{"band": b, "weight": w} for b, w in given.items()]}
    driver.sandbox.set_balance(1_000_000)
    for imported in import_folder(settings, LANDSAT):
        _, items = await driver.finished("pansharpening", item=imported.item_path, **weights)
        with rasterio.open(io.BytesIO((await files(driver, items))["pan"])) as made:
            tags = made.tags()
        used = json.loads(tags[WEIGHTS_TAG])

        assert tags[WEIGHTS_ORIGIN_TAG] == ("fitted" if given is None else "given")
        if given is None:
            assert used == pytest.approx({"blue": 0.2, "green": 0.4, "red": 0.4}, abs=0.03)
        else:
            assert used == pytest.approx({band: weight / 0.77 for band, weight in given.items()}, abs=1e-5)


@needs_landsat
@pytest.mark.parametrize("process", [p for p in PROCESSES if p != "upsampling-ns-sentinel"])
async def test_every_process_takes_imported_pixels(driver, settings, process):
    """A person's own files are good for every process but the one for Sentinel-2."""
    await accept_all(driver)
    driver.sandbox.set_balance(10_000_000)
    item = import_folder(settings, LANDSAT)[0].item_path
    names = PROCESSES[process].item_inputs
    job, items = await driver.finished(process, **dict.fromkeys(names, item))

    assert job["status"] == "captured"
    assert len(items) == 1


@pytest.mark.parametrize("item", ["source", "reference"])
async def test_the_shift_is_recorded(driver, item):
    """The coregistered raster says by how much it was shifted; an item against itself, by nothing."""
    link = {"source": FIELDS_LATER, "reference": FIELDS}[item].path
    _, items = await driver.finished("coregistration-simularity", sourceItem=link, referenceItem=link)
    with rasterio.open(io.BytesIO((await files(driver, items))["coregistered"])) as made:
        assert json.loads(made.tags()[SHIFT_TAG]) == {"east": 0, "north": 0}


async def test_pansharpening_keeps_the_pan_grid(driver):
    """The delivered raster has the pan band's grid and the four bands."""
    _, items = await driver.finished("pansharpening", item=COAST.path)
    pan = (await driver.http.get(COAST.path)).json()["assets"]["pan.tiff"]
    with (
        rasterio.open(io.BytesIO((await files(driver, items))["pan"])) as made,
        rasterio.open(io.BytesIO((await driver.http.get(pan["href"])).content)) as source,
    ):
        assert (made.shape, made.count, made.dtypes[0]) == ((512, 512), 4, "uint16")
        assert (made.crs, made.transform) == (source.crs, source.transform)
        assert made.descriptions == ("blue", "green", "red", "nir")


async def test_true_color_yields_eight_bit(driver):
    """True color conversion delivers red, green, blue in 8 bit on the input's grid."""
    _, items = await driver.finished("true-color-conversion", item=TOWN.path)
    with rasterio.open(io.BytesIO((await files(driver, items))["truecolor"])) as made:
        assert (made.shape, made.count, made.dtypes[0]) == ((256, 256), 3, "uint8")
        assert [colour.name for colour in made.colorinterp] == ["red", "green", "blue"]


async def test_ships_are_polygons_in_lonlat(driver):
    """Ship detection finds the coast's four ships as polygons inside the item's bbox."""
    _, items = await driver.finished("detection-ships-airbus", item=COAST.path)
    found = json.loads((await files(driver, items))["ships"])
    west, south, east, north = items[0]["bbox"]

    assert found["type"] == "FeatureCollection"
    assert len(found["features"]) == 4
    for feature in found["features"]:
        (ring,) = feature["geometry"]["coordinates"]
        assert all(west < lon < east and south < lat < north for lon, lat in ring)


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


async def test_a_result_is_an_input_again(driver):
    """The item of a pansharpening can be converted to true color."""
    _, (item,) = await driver.finished("pansharpening", item=COAST.path)
    link = next(link["href"] for link in item["links"] if link["rel"] == "self")
    job, items = await driver.finished("true-color-conversion", item=link)

    assert job["status"] == "captured"
    assert items[0]["properties"]["proj:shape"] == [512, 512]
