"""What lasts: the database, blobs, collections, items and assets, their STAC documents, and pages of them."""
