"""Pansharpening by the weighted Brovey method (up42-api.md section 12.1), on whole arrays.

    out_b = MS_b↑ · PAN / Ppseudo        Ppseudo = Σ(w_b · MS_b↑) / Σ w_b

The kernel of ↑ is not documented: here it is bilinear, and each block of pan pixels under one multispectral pixel is
then scaled so that its mean is what the formula gives for that one pixel. So the result, averaged back, is the
multispectral input wherever the pan band agrees with the weights, and its weighted intensity follows the pan band.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rasterio.transform import Affine

from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.imagery.rasters import Array, Grid, Raster, in_type_of, same_grid, warped

_EPSILON = 1e-6
#: Each round moves the blocks' means to their goal with smooth gains; the last step is exact.
_SMOOTH_ROUNDS = 3
#: Metadata of a result: the weights that were used, JSON of band to weight, and `given` or `fitted`.
WEIGHTS_TAG, WEIGHTS_ORIGIN_TAG = "GREY_WEIGHTS", "GREY_WEIGHTS_ORIGIN"
_DIGITS = 6

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class _Blocks:
    """The pan grid cut into squares of `factor` pixels; one square is one multispectral pixel.

    Attributes:
        ms: bands x block rows x block columns; ms_valid: where they hold a value.
        pan, pan_valid: padded to whole blocks.
    """

    factor: int
    ms: Array
    ms_valid: Mask
    pan: Array
    pan_valid: Mask


def pansharpened(pan: Raster, ms: Raster, weights: Mapping[str, float] | None) -> Raster:
    """The multispectral bands on the pan band's grid, in their own number type; 0 (nodata) where either has no value.

    With `weights` None they are fitted: least squares, none negative, of the degraded pan band on the bands. Given
    ones may leave bands out, and count by their shares. The result's tags say which weights were used and where they
    are from, which the service does not.

    Raises:
        SandboxError: the two do not overlap, or the weights give no intensity.
    """
    blocks = _cut(pan, ms)
    pan_means = _block_means(blocks.pan, blocks.pan_valid, blocks.factor)
    covered = blocks.ms_valid & (pan_means > 0)
    if not covered.any():
        raise SandboxError("The panchromatic and the multispectral raster do not overlap.")
    if weights is None:
        used = fitted_weights(blocks.ms, pan_means, covered)
    else:
        given = np.array([weights.get(band, 0.0) for band in ms.bands], np.float32)
        if given.sum() <= 0:
            raise SandboxError("The grey weights add up to nothing.")
        used = (given / given.sum()).astype(np.float32)
    result = _finished(pan, ms, _brovey(blocks, used))
    named = {band: round(float(weight), _DIGITS) for band, weight in zip(ms.bands, used, strict=True)}
    origin = "fitted" if weights is None else "given"
    return replace(result, tags={WEIGHTS_TAG: json.dumps(named), WEIGHTS_ORIGIN_TAG: origin})


def fitted_weights(ms: Array, pan_means: Array, where: Mask) -> Array:
    """Weights, none negative, with which the bands explain the degraded pan band best.

    They are not scaled to the sum 1: a fit also finds how much brighter the pan band is than the others.
    """
    bands, goal = ms[:, where].T.astype(np.float64), pan_means[where].astype(np.float64)
    weights = np.zeros(len(ms), np.float32)
    used = list(range(len(ms)))
    while used:
        found = np.linalg.lstsq(bands[:, used], goal, rcond=None)[0]
        if found.min() >= 0:
            weights[used] = found
            break
        used.pop(int(found.argmin()))
    return weights if weights.sum() > 0 else np.full(len(ms), 1 / len(ms), np.float32)


def _cut(pan: Raster, ms: Raster) -> _Blocks:
    factor = max(1, round(abs(ms.transform.a) / abs(pan.transform.a)))
    rows, columns = (-(-size // factor) for size in pan.shape)
    grid = Grid((rows, columns), pan.transform @ Affine.scale(factor), pan.crs)
    fitting = ms if same_grid(ms.grid, grid) else warped(ms, grid)
    padding = ((0, rows * factor - pan.shape[0]), (0, columns * factor - pan.shape[1]))
    valid = pan.valid & (pan.data[0] > 0)
    return _Blocks(
        factor=factor,
        ms=np.where(fitting.valid, fitting.data, 0).astype(np.float32),
        ms_valid=fitting.valid,
        pan=np.pad(np.where(valid, pan.data[0], 0).astype(np.float32), padding),
        pan_valid=np.pad(valid, padding),
    )


def _brovey(blocks: _Blocks, weights: Array) -> Array:
    factor, valid = blocks.factor, blocks.pan_valid & _repeat(blocks.ms_valid, blocks.factor)
    pseudo_block = np.tensordot(weights, blocks.ms, axes=1)
    ratio_block = _block_means(blocks.pan, valid, factor) / np.maximum(pseudo_block, _EPSILON)
    smooth = _upsampled(blocks.ms, blocks.ms_valid, factor)
    ratio = blocks.pan / np.maximum(np.tensordot(weights, smooth, axes=1), _EPSILON)
    out = np.where(valid, smooth * ratio, 0).astype(np.float32)
    goal = blocks.ms * ratio_block
    for round_number in range(_SMOOTH_ROUNDS + 1):
        means = np.stack([_block_means(band, valid, factor) for band in out])
        gain = np.where(means > _EPSILON, goal / np.maximum(means, _EPSILON), 1).astype(np.float32)
        last = round_number == _SMOOTH_ROUNDS
        out *= _repeat(gain, factor) if last else _upsampled(gain, blocks.ms_valid, factor)
    return out


def _finished(pan: Raster, ms: Raster, values: Array) -> Raster:
    rows, columns = pan.shape
    values = values[:, :rows, :columns]
    valid: Mask = np.any(values > 0, axis=0)
    made = Raster(values, valid, pan.transform, pan.crs, 0, ms.bands)
    return in_type_of(replace(ms, nodata=0), made)


def _block_means(values: Array, valid: Mask, factor: int) -> Array:
    """The mean of the valid pixels of each block, 0 for a block without any."""
    rows, columns = values.shape[0] // factor, values.shape[1] // factor
    cut = (rows, factor, columns, factor)
    counts = valid.reshape(cut).sum(axis=(1, 3))
    sums = np.where(valid, values, 0).reshape(cut).sum(axis=(1, 3), dtype=np.float64)
    means: Array = (sums / np.maximum(counts, 1)).astype(np.float32)
    return means


def _repeat(blocks: Array, factor: int) -> Array:
    return blocks.repeat(factor, axis=-2).repeat(factor, axis=-1)


def _upsampled(blocks: Array, valid: Mask, factor: int) -> Array:
    """Bilinear between the blocks' centres, without the blocks that hold no value."""
    share = _bilinear(valid.astype(np.float32), factor)
    return _bilinear(np.where(valid, blocks, 0).astype(np.float32), factor) / np.maximum(share, _EPSILON)


def _bilinear(blocks: Array, factor: int) -> Array:
    for axis in (-2, -1):
        size = blocks.shape[axis]
        at = np.clip((np.arange(size * factor) + 0.5) / factor - 0.5, 0, size - 1)
        low = np.floor(at).astype(int)
        high = np.minimum(low + 1, size - 1)
        weight = (at - low).astype(np.float32)
        if axis == -2:
            weight = weight[:, None]
        blocks = blocks.take(low, axis) * (1 - weight) + blocks.take(high, axis) * weight
    return blocks
