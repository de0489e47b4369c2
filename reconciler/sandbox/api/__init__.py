"""The HTTP side: one module for each family of endpoints, each a list of doors. It knows nothing of pixels."""
