"""Bytes to a destination, whole or not at all. This part knows nothing about UP42."""
