"""Labels: tags of files and folders, and the groups of readers that may read them

They belong to paths: a file that is read again keeps its labels, and what comes into a folder has those of the folder
at once. A file's own ones go with it, too, where it is moved as it is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from index.catalog.schema import LABELS

Kind = Literal["tag", "group"]
_AFTER = chr(ord(os.sep) + 1)
_LYING = f"(f.path = l.path OR (f.path > l.path || '{os.sep}' AND f.path < l.path || '{_AFTER}'))"
"""Whether a file has the path of a label or lies below. Not LIKE: it folds case, and a path may hold its wildcards."""
_REACHED = (
    f"SELECT l.kind, l.name, l.path, f.document_id FROM labels l CROSS JOIN files f ON {_LYING} "
    "WHERE f.document_id IS NOT NULL "
    "UNION SELECT l.kind, l.name, l.path, d.id FROM labels l JOIN documents d ON d.id = l.document_id"
)


@dataclass(frozen=True, slots=True)
class Label:
    """A tag or a group of readers of one file, or of all that lies in a folder."""

    kind: Kind
    name: str
    path: str
    documents: int
    """How many documents it reaches."""


def add(connection: sa.Connection, kind: Kind, name: str, paths: Iterable[str]) -> None:
    """Labels files and folders; nothing happens to those that have the label."""
    own = "coalesce((SELECT document_id FROM files WHERE files.path = ?3), '')"
    for path in paths:
        connection.exec_driver_sql(
            f"INSERT OR REPLACE INTO labels (kind, name, path, document_id) VALUES (?1, ?2, ?3, {own})",
            (kind, name, path.rstrip(os.sep)),
        )


def remove(connection: sa.Connection, kind: Kind, name: str, paths: Iterable[str] | None) -> int:
    """Takes a label away from these files and folders, or with None from all; gives back from how many."""
    own = (LABELS.c.kind == kind) & (LABELS.c.name == name)
    if paths is not None:
        given = sa.func.json_each(json.dumps([path.rstrip(os.sep) for path in paths])).table_valued("value")
        own &= LABELS.c.path.in_(sa.select(given.c.value))
    return connection.execute(sa.delete(LABELS).where(own)).rowcount


def follow(connection: sa.Connection, files: Sequence[tuple[str, str]]) -> None:
    """Notes of files that were read, (id of the document, path), which document their labels now go with."""
    if files and connection.exec_driver_sql("SELECT 1 FROM labels LIMIT 1").first():
        connection.exec_driver_sql("UPDATE labels SET document_id = ? WHERE path = ?", list(files))


def listing(connection: sa.Connection, kind: Kind) -> list[Label]:
    """Every label by name and path, each with how many documents it reaches."""
    query = (
        "SELECT l.kind, l.name, l.path, count(DISTINCT r.document_id) FROM labels l "
        f"LEFT JOIN ({_REACHED}) r ON r.kind = l.kind AND r.name = l.name AND r.path = l.path "
        "WHERE l.kind = ? GROUP BY l.kind, l.name, l.path ORDER BY l.name, l.path"
    )
    return [Label(row[0], row[1], row[2] or os.sep, row[3]) for row in connection.exec_driver_sql(query, (kind,))]


def documents(connection: sa.Connection, kind: Kind) -> list[tuple[str, str]]:
    """Each label's name with the id of each document that it reaches."""
    query = f"SELECT DISTINCT name, document_id FROM ({_REACHED}) WHERE kind = ?"
    return [(row[0], row[1]) for row in connection.exec_driver_sql(query, (kind,))]


def lying_in(connection: sa.Connection, folders: Iterable[str]) -> set[str]:
    """The ids of the documents of which a file is one of these or lies in one of them."""
    given = "SELECT rtrim(value, ?) AS path FROM json_each(?)"
    query = f"SELECT f.document_id FROM ({given}) l CROSS JOIN files f ON {_LYING} WHERE f.document_id IS NOT NULL"
    return set(connection.exec_driver_sql(query, (os.sep, json.dumps(list(folders)))).scalars())


def astray(connection: sa.Connection) -> list[str]:
    """The paths of labels that reach no document and are in nothing that is registered."""
    inside = f"s.path = l.path OR (l.path > s.path || '{os.sep}' AND l.path < s.path || '{_AFTER}')"
    query = (
        f"SELECT DISTINCT path FROM labels l WHERE NOT EXISTS (SELECT 1 FROM sources s WHERE {inside}) "
        f"AND path NOT IN (SELECT path FROM ({_REACHED})) ORDER BY path"
    )
    return list(connection.exec_driver_sql(query).scalars())
