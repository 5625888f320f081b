"""Views: a catalog of which only some documents are seen, by whatever reads it through one connection.

SQLite looks a table's name up among temporary views first. So each table that tells of documents gets a view of its
name that leaves out what isn't admitted, and no query, now or later, can forget to. They go with the transaction.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

from index.catalog.schema import (
    DETAILS,
    DOCUMENTS,
    FIGURES,
    FILES,
    JOBS,
    PASSAGES,
    PASSED_OVER,
    RELATIONS,
    SECTIONS,
    SOURCES,
)
from index.catalog.writer import AFTER_SEPARATOR
from index.engines.protocols import Rows
from index.filters import Filter

if TYPE_CHECKING:
    from index.standing import Standings

_OF_DOCUMENTS = (DETAILS, FIGURES, PASSAGES, RELATIONS, SECTIONS)


@dataclass(frozen=True, slots=True, eq=False)
class Admitted:
    """What engines may find."""

    documents: Rows
    """Rows of documents, sorted."""
    passages: Rows
    """Rows of their passages, sorted."""
    own_weights: bool
    """Whether words are weighed by these passages alone, as if there were no others."""
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    """In how many of them words stand, by kind of engine and word, as far as that was asked."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What of a catalog a filter admits, at one revision."""

    filter: Filter
    asked: Filter
    """The same as it was asked for: "today" is a day there."""
    ids: frozenset[str]
    """Of the documents, copies among them."""
    stands_for: Mapping[str, str | None]
    """Copies of documents that aren't admitted → which of them stands for the others; None for that one itself."""
    admitted: Admitted
    wider: Standings | None = None
    """Which documents hold by all that the same readers may read, where that is more."""

    def admits_path(self, path: str) -> bool:
        """Whether a file is seen of which nothing is known but where it lies."""
        folders = self.filter.folders or ()
        return self.filter.only_folders() and any(
            path == folder or path.startswith(folder.rstrip(os.sep) + os.sep) for folder in folders
        )


def narrow(connection: sa.Connection, view: View) -> None:
    """Lets the connection see no more than `view` until its transaction ends, or another one takes its place."""
    raw = connection.connection.dbapi_connection
    assert raw is not None
    raw.create_function("admits", 1, view.ids.__contains__)
    raw.create_function("admits_path", 1, view.admits_path)
    raw.create_function("stands_for", 2, view.stands_for.get)
    # Where no copy is without what stands for it, the column itself does, which has an index.
    copy_of = "CASE WHEN copy_of IS NOT NULL THEN stands_for(id, copy_of) END" if view.stands_for else "copy_of"
    columns = ", ".join(column.name if column.name != "copy_of" else f"{copy_of} AS copy_of" for column in DOCUMENTS.c)
    _see(connection, DOCUMENTS, "admits(id)", columns)
    for table in _OF_DOCUMENTS:
        _see(connection, table, "admits(document_id)")
    _see(connection, FILES, "CASE WHEN document_id IS NULL THEN admits_path(path) ELSE admits(document_id) END")
    _see(connection, PASSED_OVER, "admits_path(path)")
    inside = (
        f"path = sources.path OR (path > sources.path || '{os.sep}' AND path < sources.path || '{AFTER_SEPARATOR}')"
    )
    _see(connection, SOURCES, f"EXISTS (SELECT 1 FROM temp.files WHERE document_id IS NOT NULL AND ({inside}))")
    _see(connection, JOBS, "0")


def _see(connection: sa.Connection, table: sa.Table, condition: str, columns: str = "*") -> None:
    connection.exec_driver_sql(f"DROP VIEW IF EXISTS temp.{table.name}")
    connection.exec_driver_sql(
        f"CREATE TEMP VIEW {table.name} AS SELECT {columns} FROM main.{table.name} WHERE {condition}"
    )
