"""True-color conversion: 16 to 8 bit for the eye.

A stand-in where the service uses an item's look-up table: always the linear stretch with clipping that its guide names
as the way without one, followed by a colour curve (up42-api.md section 12.1).
"""

import numpy as np

from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.imagery.rasters import Raster, picked

BANDS = ("red", "green", "blue")
_LOW_PERCENT, _HIGH_PERCENT = 1.0, 99.0
_CURVE = 1 / 1.3


def true_color(source: Raster) -> Raster:
    """Red, green, blue as 1 to 255; 0 is nodata.

    The three bands share one stretch, so that grey stays grey.

    Raises:
        SandboxError: a band is missing, or no pixel holds a value.
    """
    try:
        rgb = picked(source, BANDS)
    except KeyError as error:
        raise SandboxError(f"The raster has no band {error.args[0]}.") from error
    if not rgb.valid.any():
        raise SandboxError("The raster holds no value at all.")
    low, high = np.percentile(rgb.data[:, rgb.valid], (_LOW_PERCENT, _HIGH_PERCENT))
    stretched = np.clip((rgb.data.astype(np.float32) - low) / max(high - low, 1.0), 0, 1) ** _CURVE
    data = np.where(rgb.valid, 1 + np.rint(stretched * 254), 0).astype(np.uint8)
    return Raster(data, rgb.valid, rgb.transform, rgb.crs, 0, BANDS)
