"""Judges of a job's files that are not ours: rio-cogeo for GeoTIFFs. GeoJSON has a judge by RFC 7946 of its own."""

from rio_cogeo.cogeo import cog_validate

from tests.sandbox.geojson import check_geojson

__all__ = ["check_cog", "check_geojson"]


def check_cog(path):
    """Fail unless rio-cogeo finds a valid Cloud-Optimized GeoTIFF at a path, and nothing to warn of."""
    valid, errors, warnings = cog_validate(str(path), strict=True, quiet=True)

    assert (valid, errors, warnings) == (True, [], [])
