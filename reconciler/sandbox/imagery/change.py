"""A simple stand-in for change detection between two dates: the three rasters of up42-api.md section 12.1."""

import numpy as np
from numpy.typing import NDArray

from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.imagery.coregistration import coregister
from reconciler.sandbox.imagery.heat import heatmap
from reconciler.sandbox.imagery.rasters import Array, Raster, picked

_HEAT_BLOCK = 8


def changes(source: Raster, reference: Raster, sensitivity: int) -> tuple[Raster, Raster, Raster]:
    """Coregistered source, change probability and heatmap, all on the grid of `reference`.

    Stands in for the vendor's algorithm. The probability (float32, 0 to 1, -1 for no value) grows with how far a
    pixel's difference lies from the scene's usual one, the more so the higher the sensitivity. The heatmap (red,
    green, blue, 8 bit) shows its mean over blocks, warm for much change.

    Raises:
        SandboxError: no band in common, or the two do not overlap.
    """
    coregistered = coregister(source, reference).source
    shared = tuple(band for band in reference.bands if band in source.bands)
    before, after = picked(reference, shared), picked(coregistered, shared)
    both = before.valid & after.valid
    if not both.any():
        raise SandboxError("The two rasters do not overlap once the source is shifted onto the reference.")
    probability = _probability(before.data.astype(np.float32), after.data.astype(np.float32), both, sensitivity)
    raster = Raster(probability[np.newaxis], both, reference.transform, reference.crs, -1, ("change_probability",))
    return coregistered, raster, heatmap(_block_means(probability, both), both, reference.grid)


def _probability(before: Array, after: Array, both: NDArray[np.bool_], sensitivity: int) -> Array:
    unusual = np.zeros(both.shape, np.float32)
    for old, new in zip(before, after, strict=True):
        gain = new[both].std() / max(float(old[both].std()), 1.0)
        difference = new - new[both].mean() - gain * (old - old[both].mean())
        usual = np.median(np.abs(difference[both]))
        unusual = np.maximum(unusual, np.abs(difference) / max(float(usual), 1.0))
    threshold = 12.0 / (1 + sensitivity)
    return np.where(both, 1 / (1 + np.exp(np.clip(threshold - unusual, -50, 50))), -1).astype(np.float32)


def _block_means(probability: Array, valid: NDArray[np.bool_]) -> Array:
    """The mean over blocks of the valid pixels, for each pixel that of its block."""
    rows, columns = probability.shape
    padding = ((0, -rows % _HEAT_BLOCK), (0, -columns % _HEAT_BLOCK))
    counted = np.pad(valid, padding)
    values = np.where(counted, np.pad(probability, padding), 0)
    cut = (values.shape[0] // _HEAT_BLOCK, _HEAT_BLOCK, values.shape[1] // _HEAT_BLOCK, _HEAT_BLOCK)
    means = values.reshape(cut).sum(axis=(1, 3)) / np.maximum(counted.reshape(cut).sum(axis=(1, 3)), 1)
    spread: Array = means.repeat(_HEAT_BLOCK, 0).repeat(_HEAT_BLOCK, 1)[:rows, :columns]
    return spread
