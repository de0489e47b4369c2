import json

import numpy as np
import pytest

from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.imagery import painting
from reconciler.sandbox.imagery.coregistration import DISPLACEMENT_BANDS, SHIFT_TAG, coregister
from reconciler.sandbox.imagery.phase import shift_between
from reconciler.sandbox.imagery.rasters import same_grid
from tests.sandbox.items import raster

FACTOR, SIZE, MARGIN, METRES = 4, 112, 20, 30.0
BANDS = ("blue", "green", "red", "nir")


def seen(picture, *, down=0, right=0, bands=BANDS, dtype=np.uint16):
    """A painted picture at a quarter of its resolution, looked at a few fine pixels further down and to the right."""
    rows, columns = (slice(MARGIN + by, MARGIN + by + SIZE * FACTOR) for by in (down, right))
    cut = picture[: len(bands), rows, columns].reshape(len(bands), SIZE, FACTOR, SIZE, FACTOR)
    return raster(np.rint(cut.mean(axis=(2, 4))).astype(dtype), bands, metres=METRES)


def shift_of(result):
    tag = json.loads(result.source.tags[SHIFT_TAG])
    return tag["east"], tag["north"]


@pytest.fixture(scope="module")
def fields():
    return painting.fields_before()


@pytest.fixture(scope="module")
def harvested():
    return painting.fields_after()


@pytest.mark.parametrize(
    ("down", "right"),
    [(0, 0), (1, 0), (3, 1), (6, -10), (-13, 9), (16, -15)],
)
def test_a_shift_is_found_to_a_tenth_of_a_pixel(fields, harvested, down, right):
    """Quarters of a pixel and whole ones are found, though a part of the fields was harvested between the two."""
    result = coregister(seen(harvested, down=down, right=right), seen(fields))

    # What lies further down in the picture lies further up, north, in the raster; the other way about for right.
    assert shift_of(result) == pytest.approx((-right / FACTOR * METRES, down / FACTOR * METRES), abs=METRES / 10)


def test_the_source_lies_on_the_reference_afterwards(fields):
    """The coregistered source has the reference's grid, the source's bands and type, and its content in place."""
    reference, source = seen(fields), seen(fields, down=6, right=-10, dtype=np.int32)
    result = coregister(source, reference).source
    inside = result.valid.copy()
    inside[:8], inside[-8:], inside[:, :8], inside[:, -8:] = False, False, False, False

    assert same_grid(result.grid, reference.grid)
    assert (result.bands, result.data.dtype) == (BANDS, np.int32)
    for band, wanted, before in zip(result.data, reference.data, source.data, strict=True):
        assert np.corrcoef(band[inside], wanted[inside])[0, 1] > 0.97
        assert np.corrcoef(before[inside], wanted[inside])[0, 1] < 0.8


def test_a_source_of_another_resolution_and_band_order(fields):
    """Only bands in common are compared; the grid may be another one, and all bands of the source come out."""
    reference = seen(fields, bands=("blue", "green", "red"))
    fine = raster(np.rint(fields[[2, 0], 24:480, 28:484]).astype(np.uint16), ("red", "blue"), metres=METRES / FACTOR)
    result = coregister(fine, reference)

    assert (result.source.bands, result.source.shape) == (("red", "blue"), reference.shape)
    assert shift_of(result) == pytest.approx((-2 * METRES, METRES), abs=METRES / 10)


def test_the_maps_show_the_displacement(fields):
    """The displacement map holds the shift in metres as float32, and the heatmap is warm where it is large."""
    still, moved = (coregister(seen(fields, down=by), seen(fields)) for by in (0, 8))

    assert (moved.displacement.data.dtype, moved.displacement.bands) == (np.float32, DISPLACEMENT_BANDS)
    assert np.nanmedian(moved.displacement.data, axis=(1, 2)) == pytest.approx([0, 2 * METRES], abs=METRES / 10)
    assert np.nanmax(np.abs(still.displacement.data)) == 0
    assert [int(np.median(band[moved.heatmap.valid])) for band in moved.heatmap.data] == pytest.approx(
        [255, 1, 1], abs=25
    )
    assert [int(np.median(band)) for band in still.heatmap.data] == [1, 1, 255]


@pytest.mark.parametrize("size", [16, 40, 96])
def test_pictures_with_nothing_in_common_have_no_maps(size):
    """Too few tie points, for lack of likeness or of size: the source is not shifted, and both maps are absent."""
    one, other = (
        raster(np.random.default_rng(seed).integers(500, 900, (3, size, size)).astype(np.uint16), BANDS[:3])
        for seed in (1, 2)
    )
    result = coregister(one, other)

    assert (result.displacement, result.heatmap) == (None, None)
    assert shift_of(result) == (0, 0)
    assert np.array_equal(result.source.data, one.data)


def test_even_ground_has_no_maps():
    """Ground without any contrast gives no tie point and no warning."""
    even = raster(np.full((3, 64, 64), 700, np.uint16), BANDS[:3])

    assert coregister(even, even).displacement is None


@pytest.mark.parametrize(
    ("bands", "west", "words"),
    [(("swir",), 400_000.0, "no band in common"), (("blue",), 900_000.0, "do not overlap")],
)
def test_pairs_that_cannot_be_compared(bands, west, words):
    """A pair without a common band or without overlap is one plain sentence."""
    one = raster(np.full((1, 40, 40), 700, np.uint16), bands, west=west)
    other = raster(np.full((1, 40, 40), 700, np.uint16), ("blue",))

    with pytest.raises(SandboxError, match=words):
        coregister(one, other)


def test_borders_show_what_a_clouded_middle_hides():
    """Patches count wherever they are: where the middles of two pictures have nothing in common, the borders do."""
    chance = np.random.default_rng(7)
    ground = chance.integers(500, 900, (1, 660, 660)).astype(np.uint16)
    reference, source = (raster(ground[:, 5 + by : 645 + by, 5:645].copy(), ("pan",)) for by in (0, 4))
    for one in (reference, source):
        one.data[:, 60:580, 60:580] = chance.integers(500, 900, (1, 520, 520))

    assert shift_of(coregister(source, reference)) == pytest.approx((0, 40), abs=0.1)


@pytest.mark.parametrize("size", [16, 32, 512])
def test_clarity_tells_likeness_from_chance(size):
    """Between a picture and itself clarity is 1; between two of chance it is small, and taken for what it is."""
    one, other = np.random.default_rng(size).normal(size=(2, size, size))

    assert (shift_between(one, one).clarity, shift_between(one, one).is_clear) == (pytest.approx(1), True)
    assert shift_between(one, other).clarity < 0.6
    assert not shift_between(one, other).is_clear
