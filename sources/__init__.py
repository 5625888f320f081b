"""Documents in: readers, cleaning, passages and figures."""
