"""Pixels: reading, processing and writing rasters. It knows nothing of HTTP and of jobs."""
