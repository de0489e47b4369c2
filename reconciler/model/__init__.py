"""Frozen values: what is declared, what exists, what will be done. This part knows nothing about I/O."""
