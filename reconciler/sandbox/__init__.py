"""A local UP42 to try and test with. It stands alone: it imports nothing else of this project."""
