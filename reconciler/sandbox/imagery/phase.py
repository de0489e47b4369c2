"""Phase correlation: by how much two pictures of one size are shifted against each other, to a fraction of a pixel."""

import math
from dataclasses import dataclass

import numpy as np

from reconciler.sandbox.imagery.rasters import Array

#: Cycles per pixel above which nothing is correlated: the finest detail is noise and differs from sensor to sensor.
_HIGHEST_FREQUENCY = 0.3
#: Around the best whole pixel the peak is looked for in these steps, of a pixel, one after the other.
_STEPS = (0.2, 0.02)
#: By so many deviations a peak has to be higher than the highest that is to be expected by chance.
_OVER_CHANCE = 1.5
#: The window makes neighbouring frequencies alike: as many fewer count, and chance deviates more by this factor.
_WINDOW = 1.5


@dataclass(frozen=True)
class Shift:
    """What lies at (row, column) of the first picture lies at (row + down, column + right) of the second.

    Attributes:
        down, right: pixels.
        clarity: 1 where the two are the same but for the shift, near 0 where they have nothing in common.
        is_clear: the clarity is no matter of chance.
    """

    down: float
    right: float
    clarity: float
    is_clear: bool


def shift_between(one: Array, other: Array) -> Shift:
    """The shift of `other` against `one`, two pictures (rows x columns) without gaps."""
    window = np.outer(*(np.hanning(size + 2)[1:-1] for size in one.shape))
    spectra = [np.fft.fft2((picture - picture.mean()) * window) for picture in (one, other)]
    cross = spectra[1] * np.conj(spectra[0])
    rows, columns = (np.fft.fftfreq(size) for size in one.shape)
    kept = (rows[:, None] ** 2 + columns[None, :] ** 2 < _HIGHEST_FREQUENCY**2) & (np.abs(cross) > 0)
    phases = np.where(kept, cross / np.where(kept, np.abs(cross), 1), 0)
    surface = np.fft.ifft2(phases).real
    peak = np.unravel_index(int(surface.argmax()), surface.shape)
    down, right = (float(_signed(int(at), size)) for at, size in zip(peak, surface.shape, strict=True))
    reach, height = 1.0, 0.0
    for step in _STEPS:
        near = np.arange(-round(reach / step), round(reach / step) + 1) * step
        downs, rights = down + near, right + near
        # The inverse transform at fractions of a pixel, as a product of small matrices.
        by_row, by_column = np.exp(2j * np.pi * np.outer(downs, rows)), np.exp(2j * np.pi * np.outer(columns, rights))
        fine = (by_row @ phases @ by_column).real
        best = np.unravel_index(int(fine.argmax()), fine.shape)
        down, right, height, reach = float(downs[best[0]]), float(rights[best[1]]), float(fine[best]), step
    count = max(int(kept.sum()), 1)
    # Of n values of chance the highest lies about √(2 ln n) deviations up.
    by_chance = (math.sqrt(2 * math.log(surface.size)) + _OVER_CHANCE) * _WINDOW / math.sqrt(count)
    return Shift(down, right, height / count, height / count > by_chance)


def _signed(at: int, size: int) -> int:
    """A place on the circular correlation surface as a shift to either side."""
    return at - size if at > size // 2 else at
