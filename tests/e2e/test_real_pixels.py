"""Real Landsat 8 pixels through the whole way: import, plan, apply, and a look at the result."""

from pathlib import Path

import numpy as np
import pytest
import rasterio

from tests.e2e.harness import Repo, output

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "landsat8"
WEIGHTS = np.array([0.2, 0.4, 0.4])  # what the pan band was computed with (the data's README)

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the Landsat bundles in ../shared are not here")


def test_both_bundles_are_pansharpened(repo: Repo) -> None:
    """768 by 768, three bands, on the pan grid; intensity follows pan, and averages return the input within 2 %."""
    imported = repo.run("sandbox", "import", str(DATA)).ended(0)
    links = dict(zip(("107035", "121044"), [line.split()[0] for line in imported.out.splitlines()], strict=True))
    repo.write(
        "".join(
            output(f"scene-{scene}", inputs=f"{{item: {link}}}", more='delivery: {name: "${output.name}"}')
            for scene, link in links.items()
        )
    )

    repo.run("apply", "--sandbox", "--yes", "outputs.yaml").ended(0)

    for scene in links:
        path = repo.folder / "sandbox-outputs" / f"scene-{scene}" / f"scene-{scene}.tiff"
        with rasterio.open(path) as sharpened, rasterio.open(DATA / f"{scene}_pan.tif") as pan:
            assert sharpened.shape == (768, 768)
            assert (sharpened.count, sharpened.crs, sharpened.transform) == (3, pan.crs, pan.transform)
            result = sharpened.read().astype(float)
            panchromatic = pan.read(1).astype(float)
        with rasterio.open(DATA / f"{scene}_ms.tif") as multispectral:
            original = multispectral.read().astype(float)
        intensity = np.tensordot(WEIGHTS, result, axes=1)
        averaged = result.reshape(3, 192, 4, 192, 4).mean(axis=(2, 4))
        assert np.corrcoef(intensity.ravel(), panchromatic.ravel())[0, 1] > 0.999
        assert np.abs(averaged / original - 1).max() < 0.02
