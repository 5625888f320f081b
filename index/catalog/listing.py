"""The listing: every document that stands for itself, with where else it lies and whether it can be reached"""

from __future__ import annotations

import json
import os
import threading
from bisect import insort
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from sys import intern
from typing import Any

import sqlalchemy as sa

from index.catalog import listed, touched
from index.catalog.rows import DocumentInfo, FileRow, Source
from index.catalog.schema import DOCUMENTS, FILES, PASSED_OVER, RELATIONS, SOURCES
from index.catalog.writer import in_parts, is_under
from sources.documents import Unread
from sources.mentions.gazetteer import can_be_learned, holds_counties
from sources.relations import Relation

_GIVEN = "SELECT value FROM json_each(?)"
_REMEMBERED = 10_000
"""Changes: a question that began so many ago has the listing made for it."""


def listing(
    connection: sa.Connection, ids: Sequence[str] | None = None, *, place: str = "row_number() OVER (ORDER BY n)"
) -> list[DocumentInfo]:
    """The documents that aren't copies of another one, by title and id; with `ids`, those of these. `place` tells in
    SQL the order in which they came: among what the connection sees, so that nothing else shows."""
    chosen = "" if ids is None else f"AND id IN ({_GIVEN})"
    given = () if ids is None else (json.dumps(ids),)
    paths = paths_by_document(connection, ids)
    unreachable = _unreachable(connection)
    counted = "" if ids is None else f"WHERE document_id IN ({_GIVEN})"
    held = dict(_all(connection, f"SELECT document_id, count(*) FROM passages {counted} GROUP BY document_id", given))
    query = (
        f"SELECT id, title, uri, publisher, published, characters, number, kind, in_force, expires, {place}, "
        "CASE pages WHEN '[]' THEN 0 ELSE json_array_length(pages) END, regions "
        f"FROM documents WHERE +copy_of IS NULL {chosen} ORDER BY title, id"
    )
    found: list[DocumentInfo] = []
    for id_, title, uri, publisher, published, characters, number, kind, in_force, expires, n, pages, regions in _all(
        connection, query, given
    ):
        own = paths.get(id_, [])
        info = DocumentInfo(
            id_, title, uri, publisher, published, characters, held.get(id_, 0), number, kind, in_force, expires,
            tuple(path for path in own if path != uri) if own != [uri] else (), _since(own, unreachable), n, pages,
            tuple(map(intern, json.loads(regions))) if regions != "[]" else (),
        )  # fmt: skip
        found.append(info)
    return found


def seen(connection: sa.Connection) -> list[DocumentInfo]:
    """The listing of a connection that sees only some: a document's place is counted among these, as its row would tell
    how many others there are."""
    infos = listing(connection)
    places = {row: place for place, row in enumerate(sorted(info.added for info in infos), 1)}
    return [info._replace(added=places[info.added]) for info in infos]


def counts(connection: sa.Connection) -> tuple[int, int, int]:
    """How many documents, passages and figures there are, copies apart."""
    # Those of copies are few, and taken off: to leave them out each row would have to be looked at.
    documents, passages, figures = (
        int(connection.exec_driver_sql(query).scalar_one())
        for query in (
            "SELECT count(*) FROM documents WHERE copy_of IS NULL",
            *(
                f"SELECT (SELECT count(*) FROM {table}) - (SELECT count(*) FROM {table} "
                "WHERE document_id IN (SELECT id FROM documents WHERE copy_of IS NOT NULL))"
                for table in ("passages", "figures")
            ),
        )
    )
    return documents, passages, figures


_REGIONS_OF_FIGURES = """
WITH RECURSIVE each(region) AS (
    SELECT min(region) FROM figures
    UNION ALL SELECT (SELECT min(region) FROM figures WHERE region > each.region) FROM each WHERE region IS NOT NULL
)
SELECT region FROM each WHERE region IS NOT NULL
"""
"""By its index, from one to the next: a large library has as many figures as passages."""


def places(connection: sa.Connection, documents: Iterable[DocumentInfo]) -> dict[str, str]:
    """The places of documents and their figures that no gazetteer lists, each with what it is part of or ""."""
    found = {name: "" for names in {info.regions for info in documents} for name in names if can_be_learned(name)}
    unlisted = [name for (name,) in _all(connection, _REGIONS_OF_FIGURES) if can_be_learned(name)]
    query = (
        "SELECT DISTINCT f.region, d.regions FROM figures f JOIN documents d ON d.id = f.document_id "
        f"WHERE f.region IN ({_GIVEN})"
    )
    told = [(name, next(iter(json.loads(d)), "")) for name, d in _all(connection, query, (json.dumps(unlisted),))]
    found |= {name: found.get(name, "") for name, _ in told}
    inside = {(name, above) for name, above in told if name != above and holds_counties(above)}
    # Two that each speak of the other's figures are peers.
    return found | {name: above for name, above in sorted(inside) if (above, name) not in inside}


class KnownListing:
    """The listing of a catalog, kept and brought up to date by what was touched. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[int, list[DocumentInfo]] | None = None
        self._touched: deque[tuple[int, str]] = deque(maxlen=_REMEMBERED)
        """What came last before that state: somebody may still look at an earlier one."""

    def at(self, connection: sa.Connection) -> list[DocumentInfo]:
        """`listing` for the state that the connection sees, all of it; not to be changed. Places are rows."""
        number = touched.last(connection)
        with self._lock:
            if self._known is None:
                self._known = listed.kept(connection) or (number, listing(connection, place="n"))
            upto, infos = self._known
            changed = self._between(connection, upto, number)
        if changed is None:
            made = listing(connection, place="n")
        elif not changed:
            return infos
        else:
            # A file of a copy is one more place of what stands for it.
            query = f"SELECT copy_of FROM documents WHERE id IN ({_GIVEN}) AND copy_of IS NOT NULL"
            changed |= {stands for (stands,) in _all(connection, query, (json.dumps(sorted(changed)),))}
            made = [each for each in infos if each.id not in changed]
            for info in listing(connection, sorted(changed), place="n"):
                insort(made, info, key=_order)
        with self._lock:
            if number > self._known[0]:
                self._touched.extend(touched.since(connection, self._known[0]) or [(number, touched.EVERYTHING)])
                self._known = number, made
        return made

    def _between(self, connection: sa.Connection, upto: int, number: int) -> set[str] | None:
        """The ids of what was touched between two states, whichever is the earlier; None for everything."""
        if number >= upto:
            new = touched.since(connection, upto)
        elif self._touched and self._touched[0][0] <= number + 1:
            new = [each for each in self._touched if each[0] > number]
        else:
            new = None
        ids = {touched.EVERYTHING} if new is None else {id_ for _, id_ in new}
        return None if touched.EVERYTHING in ids else ids


def _order(info: DocumentInfo) -> tuple[bytes, bytes]:
    return info.title.encode(), info.id.encode()  # as SQLite compares them


def paths_by_document(connection: sa.Connection, ids: Sequence[str] | None = None) -> dict[str, list[str]]:
    """The paths of every document that stands for itself, its copies' included, by its id; with `ids`, of these."""
    known = ""
    given: tuple[str, ...] = ()
    chosen = "WHERE document_id IS NOT NULL"
    if ids is not None:
        given = (json.dumps(ids),)
        known = f"AND copy_of IN ({_GIVEN})"
        chosen = (
            "WHERE document_id IN (SELECT value FROM json_each(?1) UNION "
            "SELECT id FROM documents WHERE copy_of IN (SELECT value FROM json_each(?1)))"
        )
    stands = dict(_all(connection, f"SELECT id, copy_of FROM documents WHERE copy_of IS NOT NULL {known}", given))
    found: dict[str, list[str]] = defaultdict(list)
    for document_id, path in _all(connection, f"SELECT document_id, path FROM files {chosen} ORDER BY path", given):
        found[stands.get(document_id, document_id)].append(path)
    return found


def _all(connection: sa.Connection, query: str, given: tuple[str, ...] = ()) -> Iterator[Any]:
    """The rows of a query for a whole library, as SQLite gives them: SQLAlchemy's would take several times as long."""
    rows: Iterable[Any] = connection.exec_driver_sql(query, given).cursor or ()  # type: ignore[assignment]
    yield from rows


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


def count_files(connection: sa.Connection) -> int:
    """How many files hold a document."""
    query = sa.select(sa.func.count()).select_from(FILES).where(FILES.c.document_id.is_not(None))
    return int(connection.execute(query).scalar_one())


def failures(connection: sa.Connection) -> dict[str, str]:
    """Files that a reader failed on, by path: why."""
    query = sa.select(FILES.c.path, FILES.c.error).where(FILES.c.error.is_not(None)).order_by(FILES.c.path)
    return {row.path: row.error for row in connection.execute(query)}


def passed_over(connection: sa.Connection) -> list[Unread]:
    """Files that lie in what is registered and that no reader takes, by path."""
    return [Unread(*row) for row in connection.execute(sa.select(PASSED_OVER).order_by(PASSED_OVER.c.path))]


def in_several_files(connection: sa.Connection) -> list[tuple[str, str, list[str]]]:
    """Title, path and all paths of every document that lies in several files, its copies' included, by title."""
    several = (
        "SELECT document_id FROM files WHERE document_id IS NOT NULL GROUP BY document_id HAVING count(*) > 1 "
        "UNION SELECT id FROM documents WHERE copy_of IS NOT NULL"
    )
    query = (
        "SELECT DISTINCT stands.title, stands.uri, stands.id, f.path FROM documents d "
        "JOIN documents stands ON stands.id = coalesce(d.copy_of, d.id) "
        "JOIN documents own ON own.id = stands.id OR own.copy_of = stands.id JOIN files f ON f.document_id = own.id "
        f"WHERE d.id IN ({several}) ORDER BY stands.title, stands.id, f.path"
    )
    found: dict[str, tuple[str, str, list[str]]] = {}
    for title, uri, id_, path in _all(connection, query):
        found.setdefault(id_, (title, uri, []))[2].append(path)
    return [each for each in found.values() if len(each[2]) > 1]


def copies_of(connection: sa.Connection, document_id: str, uri: str) -> tuple[str, ...]:
    """Where else than at `uri` a document lies, in the same bytes or in nearly the same words."""
    query = (
        "SELECT path FROM files WHERE path != ?2 AND document_id IN "
        "(SELECT ?1 UNION SELECT id FROM documents WHERE copy_of = ?1) ORDER BY path"
    )
    return tuple(connection.exec_driver_sql(query, (document_id, uri)).scalars())


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
    if not unreachable:
        return None
    latest = 0.0
    for path in paths:
        roots = [root for root in unreachable if lies_in(path, root)]
        since = unreachable[max(roots, key=len)] if roots else None
        if since is None:
            return None
        latest = max(latest, since)
    return latest or None
