import pathlib
import shutil

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from reconciler.sandbox import importer
from reconciler.sandbox.importer import SandboxError, import_folder
from reconciler.sandbox.scenes import SCENES

LANDSAT = pathlib.Path(__file__).parents[3] / "shared" / "data" / "landsat8"
needs_landsat = pytest.mark.skipif(not LANDSAT.is_dir(), reason="the Landsat pixels are not beside this checkout")


def geotiff(path, *, bands=1, size=32, metres=10.0, crs="EPSG:32633", names=(), dtype="uint16", **tags):
    profile = {"driver": "GTiff", "width": size, "height": size, "count": bands, "dtype": dtype, "nodata": 0}
    if crs:
        profile |= {"crs": crs, "transform": Affine(metres, 0, 400_000, 0, -metres, 5_800_000)}
    data = np.random.default_rng(bands).integers(100, 5000, (bands, size, size)).astype(dtype)
    with rasterio.open(path, "w", **profile) as target:
        target.write(data)
        if names:
            target.descriptions = names
        target.update_tags(**tags)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "own"
    made.mkdir()
    return made


def test_a_pair_is_one_bundle(folder, settings):
    """A pan file beside a multispectral one becomes one item, bands named by their number."""
    geotiff(folder / "site_pan.tif", size=64, metres=5)
    geotiff(folder / "site_ms.tif", bands=4)
    (item,) = import_folder(settings, folder)

    assert (item.title, item.problem) == ("site", "")
    assert item.bands == ("pan", "blue", "green", "red", "nir")
    assert item.files == ("site_pan.tif", "site_ms.tif")


def test_descriptions_name_the_bands(folder, settings):
    """Band descriptions of the file are used as they are, in lower case."""
    geotiff(folder / "a.tif", bands=3, names=("Red", "Green", "Blue"))

    assert import_folder(settings, folder)[0].bands == ("red", "green", "blue")


def test_lone_files_are_items_of_their_own(folder, settings):
    """A file without a partner is an item with one asset, whatever its ending's case; other files are no concern."""
    geotiff(folder / "x_pan.tif")
    geotiff(folder / "y.TIFF", bands=5)
    (folder / "README.md").write_text("text")
    items = import_folder(settings, folder)

    assert [item.bands for item in items] == [("pan",), ("blue", "green", "red", "nir", "band5")]


@pytest.mark.anyio
async def test_an_imported_item_can_be_read_and_processed(folder, settings, driver):
    """An imported bundle is an item whose assets are the files' own bytes, and it can be pansharpened."""
    geotiff(folder / "site_pan.tif", size=64, metres=5, TIFFTAG_DATETIME="2023:05:06 07:08:09")
    geotiff(folder / "site_ms.tif", bands=3)
    (imported,) = import_folder(settings, folder)
    item = (await driver.http.get(imported.item_path)).json()
    job, results = await driver.finished("pansharpening", item=imported.item_path)

    assert [asset["title"] for asset in item["assets"].values()] == ["Panchromatic data", "Multispectral data"]
    assert item["properties"]["datetime"] == "2023-05-06T07:08:09.000000Z"
    href = item["assets"]["site_ms.tif"]["href"]
    assert (await driver.http.get(href)).content == (folder / "site_ms.tif").read_bytes()
    assert job["status"] == "captured"
    assert results[0]["properties"]["proj:shape"] == [64, 64]


@pytest.mark.anyio
async def test_a_second_import_changes_nothing(folder, settings, driver):
    """Importing the same files again gives the same links and adds no item; other bytes are another item."""
    geotiff(folder / "a.tif", bands=3)
    first, second = import_folder(settings, folder), import_folder(settings, folder)
    before = (await driver.http.post("/v2/assets/stac/search", json={"limit": 100})).json()["features"]
    geotiff(folder / "a.tif", bands=4)
    (third,) = import_folder(settings, folder)

    assert first == second
    assert len(before) == len(SCENES) + 1
    assert third.item_path != first[0].item_path


def make_text(path):
    path.write_text("no raster")


def make_vrt(path):
    path.write_text('<VRTDataset rasterXSize="1" rasterYSize="1"></VRTDataset>')


def make_link(path):
    target = path.parent.parent / "elsewhere.tif"
    geotiff(target)
    path.symlink_to(target)


def make_without_crs(path):
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        geotiff(path, crs=None)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(make_text, "not a GeoTIFF", id="text"),
        pytest.param(make_vrt, "not a GeoTIFF", id="another format in disguise"),
        pytest.param(make_link, "is a link", id="link"),
        pytest.param(make_without_crs, "no coordinate system", id="no coordinate system"),
        pytest.param(pathlib.Path.mkdir, "no plain file", id="folder"),
    ],
)
def test_one_bad_file_does_not_keep_the_others_out(folder, settings, make, words):
    """A file that cannot be imported is one sentence with its name, and the others are imported."""
    make(folder / "bad.tif")
    geotiff(folder / "good.tif", bands=3)
    bad, good = import_folder(settings, folder)

    assert bad.item_path == ""
    assert bad.problem.startswith("bad.tif")
    assert words in bad.problem
    assert good.item_path


def test_a_file_that_is_too_large_is_refused(folder, settings):
    """A file above the size limit is refused by its size alone."""
    with (folder / "big.tif").open("wb") as sparse:
        sparse.truncate(importer.MAX_BYTES + 1)

    assert "larger than 4 GiB" in import_folder(settings, folder)[0].problem


@pytest.mark.parametrize("made", [True, False], ids=["empty", "missing"])
def test_a_folder_without_rasters_is_an_error(folder, settings, made):
    """An empty or missing folder is one sentence."""
    with pytest.raises(SandboxError, match="The folder"):
        import_folder(settings, folder if made else folder / "none")


@needs_landsat
@pytest.mark.anyio
async def test_real_pixels_are_pansharpened_with_a_new_sandboxs_credits(tmp_path, connect, clock):
    """Both Landsat bundles are imported, priced, processed and delivered with the balance of a new sandbox."""
    shutil.copytree(LANDSAT, tmp_path / "landsat")
    async with connect(data_dir=tmp_path / "fresh") as driver:
        imported = import_folder(driver.settings, tmp_path / "landsat")
        jobs = [await driver.execute("pansharpening", item=item.item_path) for item in imported]
        clock.pass_(41)

        assert [item.bands for item in imported] == [("pan", "blue", "green", "red")] * 2
        for job_id in jobs:
            assert (await driver.job(job_id))["status"] == "captured"
            (item,) = await driver.search(job_id)
            assert item["properties"]["proj:shape"] == [768, 768]
