"""The index: a catalog that is the truth, engines that are caches, and the search over both."""

from index.catalog import CatalogError, DocumentInfo, IndexBusyError
from index.hits import Hit
from index.index import Index
from index.status import Status
from index.upkeep.intake import Intake
from index.upkeep.progress import Progress
from index.upkeep.updates import Update

__all__ = [
    "CatalogError",
    "DocumentInfo",
    "Hit",
    "Index",
    "IndexBusyError",
    "Intake",
    "Progress",
    "Status",
    "Update",
]
