"""Scopes: engines over some documents alone, so that what stands elsewhere can't crowd out what stands in them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import sqlalchemy as sa

from index.catalog.catalog import Catalog
from index.catalog.rows import DocumentRow, PassageRow
from index.catalog.schema import DOCUMENTS, PASSAGES
from index.catalog.texts import document_rows
from index.catalog.writer import in_parts
from index.engines.bm25 import WordIndex
from index.engines.exact import ExactVectors
from index.search import Engines
from index.upkeep import building

if TYPE_CHECKING:
    from index.embedders.embedder import Embedder

_KEPT = 16
"""Scopes whose engines are at hand: a conversation stays with one."""


class Scopes:
    """Engines by the documents that they hold. What one costs grows with these, not with the library."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._made = lru_cache(maxsize=_KEPT)(self._engines)

    def engines(self, document_ids: frozenset[str], revision: int, embedder: Embedder) -> Engines:
        """The engines of these documents as they are at a `revision` of the catalog."""
        return self._made(document_ids, revision, embedder.name, embedder.dimension)

    def rows(self, document_ids: frozenset[str]) -> frozenset[int]:
        """The documents' rows; those that aren't there are left out."""
        if not document_ids:
            return frozenset()
        d = DOCUMENTS.c
        with self._catalog.reading() as connection:
            return frozenset(
                row
                for part in in_parts(sorted(document_ids))
                for row in connection.execute(sa.select(d.n).where(d.id.in_(part))).scalars()
            )

    def _engines(self, document_ids: frozenset[str], _revision: int, embedder: str, dimension: int) -> Engines:
        d, p = DOCUMENTS.c, PASSAGES.c
        documents: list[DocumentRow] = []
        passages: list[PassageRow] = []
        with self._catalog.reading() as connection:
            for part in in_parts(sorted(document_ids)):
                facts = (d.title, d.publisher, d.published)
                documents += document_rows(connection, d.id.in_(part))
                parts = sa.select(p.n, p.text, p.heading, *facts).join_from(PASSAGES, DOCUMENTS).where(d.id.in_(part))
                passages += [PassageRow(*row) for row in connection.execute(parts.order_by(p.n))]
        vectors = self._catalog.vectors_at([each.row for each in passages], embedder=embedder)
        rows = np.array(sorted(vectors), dtype=np.int64)
        matrix = np.array([vectors[row] for row in rows.tolist()], np.float32).reshape(len(rows), dimension)
        return Engines(
            (WordIndex.build(map(building.passage_entry, passages)),),
            (WordIndex.build(map(building.document_entry, documents)),),
            (ExactVectors(rows, matrix),) if len(rows) else (),
        )
