"""The pages; a package, so that one browser is there for all its tests, and closed after them."""
