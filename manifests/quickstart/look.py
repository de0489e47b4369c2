"""Show delivered files: path, size, and shape and CRS of rasters or the number of features."""

import json
import sys
from pathlib import Path

import rasterio

for path in sorted(Path(sys.argv[1]).rglob("*")):
    size = f"{path.stat().st_size / 1000:,.1f} kB"
    if path.suffix in (".tif", ".tiff"):
        with rasterio.open(path) as raster:
            what = f"{raster.count} x {raster.height} x {raster.width}  {raster.dtypes[0]:<7}  {raster.crs}"
    elif path.suffix == ".geojson":
        what = f"{len(json.loads(path.read_text())['features'])} features"
    elif path.is_file():
        what = "the receipt"
    else:
        continue
    print(f"{path!s:<70} {size:>12}  {what}")
