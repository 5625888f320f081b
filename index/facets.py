"""Facets: by which values documents can be filtered, each with how many there are"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

import sqlalchemy as sa

from index.catalog import labels, listing
from index.catalog.schema import DOCUMENTS

Counts = tuple[tuple[str, int], ...]
"""Values with how many documents have them, the most frequent first."""


@dataclass(frozen=True, slots=True)
class Facets:
    """What `index.filters.Filter` may ask for."""

    publishers: Counts
    years: Counts
    """Of publication, the latest first."""
    regions: Counts
    tags: Counts
    groups: Counts
    """Of readers."""
    folders: Counts
    """By path, each with all that lies in it."""


def facets(connection: sa.Connection, *, groups: frozenset[str] | None = None) -> Facets:
    """The values of all documents that stand for themselves; of groups of readers only these, where they are given."""
    d = DOCUMENTS.c
    rows = connection.execute(sa.select(d.id, d.publisher, d.published, d.regions).where(d.copy_of.is_(None))).all()
    ids = {row.id for row in rows}
    tags, closed = (
        [(name, document) for name, document in labels.documents(connection, kind) if document in ids]
        for kind in ("tag", "group")
    )
    within = [PurePath(source.path) for source in listing.sources(connection, counted=False)]
    paths = listing.paths_by_document(connection)
    return Facets(
        publishers=_counted(body for row in rows for body in set((row.publisher or "").split())),
        years=tuple(sorted(_counted(row.published[:4] for row in rows if row.published), reverse=True)),
        regions=_counted(region for row in rows for region in set(json.loads(row.regions))),
        tags=_counted(name for name, _ in tags),
        groups=_counted(name for name, _ in closed if groups is None or name in groups),
        folders=tuple(sorted(_counted(folder for own in paths.values() for folder in _folders(own, within)))),
    )


def _folders(paths: Iterable[str], within: Iterable[PurePath]) -> set[str]:
    """The folders that any of the files lies in, up to the one that is registered."""
    roots = set(within)
    found = set()
    for path in map(PurePath, paths):
        above = [*path.parents]
        top = next((at for at, folder in enumerate(above) if folder in roots), 0)
        found |= {str(folder) for folder in above[: top + 1]}
    return found


def _counted(values: Iterable[str]) -> Counts:
    return tuple(sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0])))
