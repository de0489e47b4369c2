import json
import pathlib

import numpy as np
import pytest
from rasterio.crs import CRS
from rasterio.transform import Affine

from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.imagery import rasters
from reconciler.sandbox.imagery.pansharpen import WEIGHTS_ORIGIN_TAG, WEIGHTS_TAG, fitted_weights, pansharpened
from reconciler.sandbox.imagery.rasters import Raster

LANDSAT = pathlib.Path(__file__).parents[3] / "shared" / "data" / "landsat8"
BANDS = ("blue", "green", "red")
WEIGHTS = {"blue": 0.2, "green": 0.4, "red": 0.4}
needs_landsat = pytest.mark.skipif(not LANDSAT.is_dir(), reason="the Landsat pixels are not beside this checkout")


def raster(data, metres, bands, *, west=0.0, north=0.0, valid=None):
    valid = np.ones(data.shape[1:], bool) if valid is None else valid
    transform = Affine(metres, 0, west, 0, -metres, north)
    return Raster(data, valid, transform, CRS.from_epsg(32633), 0, bands)


def blocks(data, factor):
    bands, rows, columns = data.shape
    return data.astype(float).reshape(bands, rows // factor, factor, columns // factor, factor).mean(axis=(2, 4))


@pytest.fixture
def bundle():
    """A picture at 1 m, its bands at 4 m and its pan band at 1 m."""
    truth = np.random.default_rng(1).integers(500, 8000, (3, 64, 48)).astype(float)
    truth = (truth + np.roll(truth, 1, 1) + np.roll(truth, 1, 2)) / 3
    pan = np.tensordot(list(WEIGHTS.values()), truth, 1)[None]
    ms = blocks(truth, 4)
    return raster(np.rint(pan).astype(np.uint16), 1, ("pan",)), raster(np.rint(ms).astype(np.uint16), 4, BANDS)


@needs_landsat
@pytest.mark.parametrize("scene", ["107035", "121044"])
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["fitted", "given"])
def test_real_pixels_keep_colour_and_gain_detail(scene, weights):
    """On real pixels the result is on the pan grid, averages back within 2 % everywhere, and follows the pan band."""
    pan = rasters.read(LANDSAT / f"{scene}_pan.tif", ("pan",))
    ms = rasters.read(LANDSAT / f"{scene}_ms.tif", BANDS)
    result = pansharpened(pan, ms, weights)
    intensity = np.tensordot(list(WEIGHTS.values()), result.data.astype(float), 1)

    assert (result.data.shape, result.data.dtype, result.bands) == ((3, 768, 768), np.uint16, BANDS)
    assert (result.transform, result.crs) == (pan.transform, pan.crs)
    assert np.abs(blocks(result.data, 4) / ms.data - 1).max() < 0.02
    assert np.corrcoef(intensity.ravel(), pan.data.ravel())[0, 1] > 0.99
    assert np.abs(intensity / pan.data[0] - 1).max() < 0.02


@needs_landsat
@pytest.mark.parametrize("scene", ["107035", "121044"])
def test_weights_are_found_on_real_pixels(scene):
    """Fitted weights are within 0.03 of those with which the pan band was made."""
    pan = rasters.read(LANDSAT / f"{scene}_pan.tif", ("pan",))
    ms = rasters.read(LANDSAT / f"{scene}_ms.tif", BANDS)
    found = fitted_weights(ms.data.astype(np.float32), blocks(pan.data, 4)[0], ms.valid)

    assert found == pytest.approx(list(WEIGHTS.values()), abs=0.03)


@needs_landsat
@pytest.mark.parametrize("scene", ["107035", "121044"])
def test_without_weights_the_fit_is_what_sharpens(scene):
    """Without given weights the tags name fitted ones, by which the weighted sum of the result is the pan band."""
    pan = rasters.read(LANDSAT / f"{scene}_pan.tif", ("pan",))
    ms = rasters.read(LANDSAT / f"{scene}_ms.tif", BANDS)
    result = pansharpened(pan, ms, None)
    recorded = json.loads(result.tags[WEIGHTS_TAG])
    intensity = np.tensordot([recorded[band] for band in BANDS], result.data.astype(float), 1)

    assert result.tags[WEIGHTS_ORIGIN_TAG] == "fitted"
    assert recorded == pytest.approx(WEIGHTS, abs=0.03)
    assert np.abs(intensity / pan.data[0] - 1).mean() < 0.002


@pytest.mark.parametrize(
    ("weights", "shares"),
    [
        pytest.param(
            {"blue": 0.2, "green": 0.34, "red": 0.23}, (0.2 / 0.77, 0.34 / 0.77, 0.23 / 0.77), id="section 12.1"
        ),
        pytest.param({"red": 0.4}, (0, 0, 1), id="one band"),
        pytest.param({"blue": 3, "green": 1}, (0.75, 0.25, 0), id="above one"),
    ],
)
def test_the_formula_with_given_weights(weights, shares):
    """Each band is MS · PAN / pseudo-pan, the mean of the bands by the weights' shares, where MS is even."""
    colour = np.array([400.0, 800.0, 1600.0])
    ms = raster(np.tile(colour[:, None, None], (1, 8, 8)).astype(np.uint16), 4, BANDS)
    pan = raster(np.random.default_rng(6).integers(600, 1500, (1, 32, 32)).astype(np.uint16), 1, ("pan",))
    result = pansharpened(pan, ms, weights)
    wanted = colour[:, None, None] * pan.data / np.dot(shares, colour)

    assert np.abs(result.data - wanted).max() < 0.51
    assert json.loads(result.tags[WEIGHTS_TAG]) == pytest.approx(dict(zip(BANDS, shares, strict=True)), abs=1e-5)
    assert result.tags[WEIGHTS_ORIGIN_TAG] == "given"


def test_fitted_weights_are_never_negative():
    """A band that would get a negative weight gets none, and the others are fitted again."""
    ms = np.random.default_rng(2).uniform(100, 1000, (3, 20, 20)).astype(np.float32)
    found = fitted_weights(ms, 2 * ms[0] - 0.5 * ms[1], np.ones((20, 20), bool))

    assert found.min() == 0
    assert found[0] > 1


@pytest.mark.parametrize("weights", [None, WEIGHTS, {"red": 0.4}, {"blue": 2.0, "green": 4.0, "red": 4.0}])
def test_weighted_intensity_is_the_pan_band(bundle, weights):
    """Whatever the weights and their sum, the result's weighted intensity is the pan band."""
    pan, ms = bundle
    result = pansharpened(pan, ms, weights)
    used = np.array([(weights or WEIGHTS).get(band, 0) for band in BANDS])
    intensity = np.tensordot(used / used.sum(), result.data.astype(float), 1)

    assert np.abs(intensity / pan.data[0] - 1).mean() < 0.01
    assert np.corrcoef(intensity.ravel(), pan.data.ravel())[0, 1] > 0.99


def test_nodata_stays_nodata(bundle):
    """Where pan or bands hold no value the result holds 0, and elsewhere never 0."""
    pan, ms = bundle
    pan.data[0, :10, :10] = 0
    pan.valid[:10, :10] = False
    ms.data[:, 8:, :] = 0
    ms.valid[8:, :] = False
    result = pansharpened(pan, ms, WEIGHTS)

    assert not result.data[:, :10, :10].any()
    assert not result.data[:, 32:, :].any()
    assert (result.data[:, 10:32, 10:] > 0).all()
    assert np.array_equal(result.valid, (result.data > 0).all(axis=0))


def test_bright_pixels_are_clipped(bundle):
    """A value above the number type's greatest becomes the greatest, and does not wrap around."""
    pan, ms = bundle
    pan.data[0, 20, 20] = 65_535

    assert pansharpened(pan, ms, WEIGHTS).data[:, 20, 20].max() == 65_535


def test_grids_that_do_not_fit_are_resampled(bundle):
    """Bands on a shifted, smaller grid are brought onto the pan grid; uncovered pixels are nodata."""
    pan, ms = bundle
    shifted = raster(ms.data[:, 2:-2, 2:-2], 4, BANDS, west=9.0, north=-9.0)
    result = pansharpened(pan, shifted, WEIGHTS)

    assert result.data.shape == (3, 64, 48)
    assert result.valid[20:40, 20:28].all()
    assert not result.valid[:4].any()


def test_a_pan_band_of_odd_size_is_kept(bundle):
    """A pan band that is no multiple of the bands' pixels keeps its own size."""
    pan, ms = bundle
    odd = raster(pan.data[:, :63, :46], 1, ("pan",))

    assert pansharpened(odd, ms, WEIGHTS).data.shape == (3, 63, 46)


def test_rasters_that_do_not_meet_are_an_error(bundle):
    """A pan band elsewhere is one sentence, not a traceback or an empty picture."""
    pan, ms = bundle
    far = raster(ms.data, 4, BANDS, west=10_000.0)

    with pytest.raises(SandboxError, match="do not overlap"):
        pansharpened(pan, far, WEIGHTS)
