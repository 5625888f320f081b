"""The listing: every document that stands for itself, with where else it lies and whether it can be reached"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from index.catalog.rows import DocumentInfo, FileRow, Source
from index.catalog.schema import DOCUMENTS, FILES, PASSAGES, PASSED_OVER, RELATIONS, SOURCES
from index.catalog.writer import in_parts, is_under
from sources.documents import Unread
from sources.relations import Relation


def listing(connection: sa.Connection) -> list[DocumentInfo]:
    """The documents that aren't copies of another one, by title and id."""
    d, p = DOCUMENTS.c, PASSAGES.c
    count = sa.select(sa.func.count()).where(p.document_id == d.id).scalar_subquery()
    query = sa.select(
        d.id, d.title, d.uri, d.publisher, d.published, d.characters, count.label("held"), d.number, d.kind, d.in_force,
        d.expires, sa.func.row_number().over(order_by=d.n).label("place"),
        sa.func.json_array_length(d.pages).label("on_pages"),
    )  # fmt: skip
    paths = paths_by_document(connection)
    unreachable = _unreachable(connection)
    found: list[DocumentInfo] = []
    for row in connection.execute(query.where(d.copy_of.is_(None)).order_by(d.title, d.id)):
        own = paths.get(row.id, [])
        info = DocumentInfo(
            row.id, row.title, row.uri, row.publisher, row.published, row.characters, row.held, row.number, row.kind,
            row.in_force, row.expires, tuple(path for path in own if path != row.uri), _since(own, unreachable),
            added=row.place, pages=row.on_pages,
        )  # fmt: skip
        found.append(info)
    return found


def paths_by_document(connection: sa.Connection) -> dict[str, list[str]]:
    """The paths of every document that stands for itself, its copies' included, by its id."""
    d, f = DOCUMENTS.c, FILES.c
    query = sa.select(sa.func.coalesce(d.copy_of, d.id), f.path).join_from(DOCUMENTS, FILES).order_by(f.path)
    found: dict[str, list[str]] = defaultdict(list)
    for document_id, path in connection.execute(query):
        found[document_id].append(path)
    return found


def files(connection: sa.Connection, under: str | None) -> dict[str, FileRow]:
    """Known files by path; with `under`, that file or those in that folder."""
    query = sa.select(FILES).order_by(FILES.c.path)
    if under is not None:
        query = query.where(is_under(FILES.c.path, under))
    return {row.path: FileRow(*row) for row in connection.execute(query)}


def files_at(connection: sa.Connection, paths: Sequence[str]) -> dict[str, FileRow]:
    """Known files among these, by path."""
    queries = (sa.select(FILES).where(FILES.c.path.in_(part)) for part in in_parts(paths))
    return {row.path: FileRow(*row) for query in queries for row in connection.execute(query)}


def failures(connection: sa.Connection) -> dict[str, str]:
    """Files that a reader failed on, by path: why."""
    query = sa.select(FILES.c.path, FILES.c.error).where(FILES.c.error.is_not(None)).order_by(FILES.c.path)
    return {row.path: row.error for row in connection.execute(query)}


def passed_over(connection: sa.Connection) -> list[Unread]:
    """Files that lie in what is registered and that no reader takes, by path."""
    return [Unread(*row) for row in connection.execute(sa.select(PASSED_OVER).order_by(PASSED_OVER.c.path))]


def in_several_files(connection: sa.Connection) -> list[tuple[str, str, list[str]]]:
    """Title, path and all paths of every document that lies in several files, its copies' included, by title."""
    d, f = DOCUMENTS.c, FILES.c
    stands = sa.func.coalesce(d.copy_of, d.id)
    several = sa.select(stands).join_from(DOCUMENTS, FILES).group_by(stands).having(sa.func.count() > 1)
    known = sa.select(d.id, d.title, d.uri).where(d.id.in_(several)).order_by(d.title, d.id)
    found = connection.execute(known).all()
    if not found:
        return []
    held: dict[str, list[str]] = defaultdict(list)
    paths = sa.select(stands, f.path).join_from(DOCUMENTS, FILES).where(stands.in_(several)).order_by(f.path)
    for document_id, path in connection.execute(paths):
        held[document_id].append(path)
    return [(row.title, row.uri, held[row.id]) for row in found]


def copies_of(connection: sa.Connection, document_id: str, uri: str) -> tuple[str, ...]:
    """Where else than at `uri` a document lies, in the same bytes or in nearly the same words."""
    d, f = DOCUMENTS.c, FILES.c
    held = sa.select(f.path).join_from(FILES, DOCUMENTS).where((d.id == document_id) | (d.copy_of == document_id))
    return tuple(connection.execute(held.where(f.path != uri).order_by(f.path)).scalars())


def relations(connection: sa.Connection) -> list[tuple[str, Relation]]:
    """What documents say of the standing of others, each with the id of the one that says so; copies' apart."""
    d, r = DOCUMENTS.c, RELATIONS.c
    said = (r.document_id, r.kind, r.title, r.number, r.start, r.end, r.since, r.until)
    query = sa.select(*said).join_from(RELATIONS, DOCUMENTS).where(d.copy_of.is_(None)).order_by(d.n, r.position)
    return [(row[0], Relation(*row[1:])) for row in connection.execute(query)]


def sources(connection: sa.Connection, *, counted: bool) -> list[Source]:
    """What is registered, by path; without being `counted` no documents are said to lie there."""
    s = SOURCES.c
    query = sa.select(s.path, s.unreachable_since, s.identity, s.follow_links).order_by(s.path)
    files = connection.execute(sa.select(FILES.c.path, FILES.c.document_id).where(FILES.c.document_id.is_not(None)))
    held = [tuple(row) for row in files] if counted else []
    return [
        Source(path, len({document for file, document in held if lies_in(file, path)}), since, identity, follows)
        for path, since, identity, follows in connection.execute(query)
    ]


def lies_in(path: str, root: str) -> bool:
    """Whether `path` is `root` or, where that is a folder, lies in it."""
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)


def _unreachable(connection: sa.Connection) -> dict[str, float | None]:
    """Since when each source can't be reached; empty where all can."""
    rows = connection.execute(sa.select(SOURCES.c.path, SOURCES.c.unreachable_since)).all()
    return {row.path: row.unreachable_since for row in rows} if any(row.unreachable_since for row in rows) else {}


def _since(paths: Iterable[str], unreachable: Mapping[str, float | None]) -> float | None:
    """Since when none of the paths can be reached: a file belongs to the innermost source that it lies in."""
    latest = 0.0
    for path in paths:
        roots = [root for root in unreachable if lies_in(path, root)]
        since = unreachable[max(roots, key=len)] if roots else None
        if since is None:
            return None
        latest = max(latest, since)
    return latest or None
