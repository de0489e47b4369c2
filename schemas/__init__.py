"""JSON Schemas of manifests and of what the commands print, shipped inside the package."""
