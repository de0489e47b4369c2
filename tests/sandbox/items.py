"""Items that the example scenes do not have: rasters of a test's own in the storage of its sandbox."""

import pathlib

import numpy as np
from rasterio.crs import CRS
from rasterio.transform import Affine

from reconciler.sandbox.ids import id_from
from reconciler.sandbox.imagery import rasters
from reconciler.sandbox.imagery.rasters import Raster
from reconciler.sandbox.settings import DEFAULT_WORKSPACE_ID
from reconciler.sandbox.store import blobs, storage
from reconciler.sandbox.store.blobs import AssetRow
from reconciler.sandbox.store.stac import GEOTIFF, ROOT, Asset, Item

WEST, NORTH = 400_000.0, 5_800_000.0


def raster(data, bands, *, metres=10.0, west=WEST, north=NORTH, epsg=32633):
    """A raster without gaps in which 0 is nodata."""
    transform = Affine(metres, 0, west, 0, -metres, north)
    return Raster(data, np.ones(data.shape[1:], bool), transform, CRS.from_epsg(epsg), 0, tuple(bands))


def noise(bands, *, size=64, dtype=np.uint16, **place):
    """A raster of chance values, always the same for the same number of bands."""
    data = np.random.default_rng(len(bands)).integers(1, 200, (len(bands), size, size)).astype(dtype)
    return raster(data, bands, **place)


def put(sandbox, name, *made, created=None, **properties):
    """Store rasters as one item and return its link; `created` is when it came, further properties are `Item`'s."""
    created = sandbox.clock.micros() if created is None else created
    collection_id, assets, rows, facts = id_from("test", name), [], [], None
    with sandbox.blobs.workplace() as folder, sandbox.store.writing() as db:
        for number, one in enumerate(made):
            path, asset_id = pathlib.Path(folder) / str(number), id_from("test", name, str(number))
            rasters.write(path, one)
            facts = facts or rasters.facts_of(path)
            size, md5 = blobs.measured(path)
            assets.append(Asset(f"{number}.tiff", asset_id, name, GEOTIFF, ("data",), one.bands))
            rows.append(AssetRow(asset_id, collection_id, f"{number}.tiff", GEOTIFF, size, md5, created))
            sandbox.blobs.keep(path, asset_id)
        item = Item(
            item_id=collection_id,
            collection_id=collection_id,
            workspace_id=DEFAULT_WORKSPACE_ID,
            title=name,
            acquired=created,
            created=created,
            facts=facts,
            assets=assets,
            **properties,
        )
        storage.add(db, item, rows)
    return f"{ROOT}/collections/{collection_id}/items/{collection_id}"
