"""The index: a catalog that is the truth, engines that are caches, and the search over both."""

import os

# What an answer multiplies is small: a second thread costs more to wake than it saves, and on busy cores it spins.
# BLAS reads this when NumPy is first imported; who has set it otherwise, or has imported NumPy before, keeps theirs.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from index.catalog import CatalogError, DocumentInfo, IndexBusyError
from index.filters import Filter
from index.hits import Hit
from index.index import Index
from index.status import Status
from index.upkeep.intake import Intake
from index.upkeep.progress import Progress
from index.upkeep.updates import Update

__all__ = [
    "CatalogError",
    "DocumentInfo",
    "Filter",
    "Hit",
    "Index",
    "IndexBusyError",
    "Intake",
    "Progress",
    "Status",
    "Update",
]
