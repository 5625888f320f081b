"""The catalog: what is indexed, in SQLite; the truth that engines are made from."""

from index.catalog.catalog import Catalog
from index.catalog.rows import DocumentInfo
from index.catalog.schema import SCHEMA, CatalogError, IndexBusyError

__all__ = ["SCHEMA", "Catalog", "CatalogError", "DocumentInfo", "IndexBusyError"]
