"""The pictures of the example scenes: painted by code, always the same, in values of 16 bit."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Rows and columns of every picture, and what its bands are.
SIZE = 512
BANDS = ("blue", "green", "red", "nir")
#: How much each band adds to the panchromatic band of the scenes.
PAN_SHARES = np.array([0.1, 0.3, 0.4, 0.2])
_WATER = np.array([900.0, 700.0, 450.0, 180.0])
_MEADOW = np.array([600.0, 900.0, 700.0, 3000.0])
_SOIL = np.array([1200.0, 1500.0, 1900.0, 2300.0])
_WOOD = np.array([350.0, 550.0, 380.0, 3400.0])
_SHIP = np.array([5200.0, 5200.0, 5200.0, 5000.0])
#: Column, row, length and width in pixels, and heading in radians of the ships of the coast.
_SHIPS = ((60, 90, 30, 6, 0.3), (120, 300, 42, 7, 1.2), (180, 160, 24, 5, 2.4), (70, 430, 36, 6, 0.0))


Picture = NDArray[Any]  # bands x rows x columns


def _ground(seed: int, coarse: int) -> Picture:
    """Smooth noise between 0 and 1, rows x columns."""
    cells = np.random.default_rng(seed).random((coarse + 1, coarse + 1))
    at = np.linspace(0, coarse, SIZE, endpoint=False)
    low, share = at.astype(int), at % 1
    rows = cells[low] * (1 - share)[:, None] + cells[low + 1] * share[:, None]
    smooth: Picture = rows[:, low] * (1 - share) + rows[:, low + 1] * share
    return smooth


def _mixed(share: Picture, one: Picture, other: Picture) -> Picture:
    mixed: Picture = one[:, None, None] * share + other[:, None, None] * (1 - share)
    return mixed


def _grained(picture: Picture, seed: int) -> Picture:
    grain = np.random.default_rng(seed).normal(1, 0.01, picture.shape[1:])
    return np.clip(picture * grain, 1, 65_535)


def coast() -> Picture:
    """A shore with four ships on the water."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    shore = 280 + 40 * np.sin(rows / 55) + 60 * (_ground(1, 6) - 0.5)
    land = np.clip((columns - shore) / 6, 0, 1)
    picture = _mixed(land, np.zeros(4), _WATER) + _mixed(_ground(2, 24), _MEADOW, _SOIL) * land
    for column, row, length, width, heading in _SHIPS:
        along = (columns - column) * np.cos(heading) + (rows - row) * np.sin(heading)
        across = (rows - row) * np.cos(heading) - (columns - column) * np.sin(heading)
        hull = (np.abs(along) < length / 2) & (np.abs(across) < width / 2)
        picture[:, hull] = _SHIP[:, None]
    return _grained(picture, 3)


def _fields(harvested: bool) -> Picture:  # noqa: FBT001 - bound once for each of the two dates below
    rows, columns = np.mgrid[0:SIZE, 0:SIZE] // 64
    plots = np.random.default_rng(4).random((SIZE // 64, SIZE // 64))
    green = plots[rows, columns]
    if harvested:
        green = np.where((plots[rows, columns] > 0.55) & ((rows + columns) % 3 == 0), 0.05, green * 0.95)
    picture = _mixed(green, _MEADOW, _SOIL)
    wood = _ground(5, 20) > 0.66
    picture[:, wood] = _WOOD[:, None]
    return _grained(picture * (0.9 + 0.2 * _ground(6, 40)), 8 if harvested else 7)


def fields_before() -> Picture:
    """Plots and woods, all green."""
    return _fields(harvested=False)


def fields_after() -> Picture:
    """The same plots later: some are harvested."""
    return _fields(harvested=True)


def town() -> Picture:
    """Roofs and streets."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    roofs = np.random.default_rng(9).random((SIZE // 8, SIZE // 8))[rows // 8, columns // 8]
    streets = (rows % 32 < 4) | (columns % 48 < 4)
    picture = _mixed(roofs, _SOIL * 1.6, _MEADOW)
    picture[:, streets] = 900
    return _grained(picture, 10)


def river() -> Picture:
    """A river that winds through meadows and woods."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    middle = 260 + 90 * np.sin(rows / 80) + 30 * np.sin(rows / 23)
    picture = _mixed(_ground(11, 32), _MEADOW, _SOIL)
    wood = _ground(12, 14) > 0.6
    picture[:, wood] = _WOOD[:, None]
    water = np.abs(columns - middle) < 14 + 8 * _ground(13, 9)
    picture[:, water] = _WATER[:, None]
    return _grained(picture, 14)
