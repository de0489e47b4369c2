"""Small files that we own, in a store: claims. This part knows nothing about UP42."""
