"""An overview: what a library holds by its facets, and a page of its documents, chosen, sorted and counted by SQLite"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import PurePath
from typing import Any, Literal, get_args

import sqlalchemy as sa

from index.catalog import labels, listing
from index.catalog.rows import DocumentInfo
from index.facets import Counts
from index.standing import Standing, Standings

Sort = Literal["added", "title", "publisher", "published", "kind", "characters", "figures"]
SORTS: tuple[Sort, ...] = get_args(Sort)
NO_STANDING = "未知"
"""What documents are counted under that rule nothing, or of which nothing tells whether they hold."""
_MEASURES = "(SELECT count(*) FROM figures f WHERE f.document_id = d.id)"
_ENTERED = "(SELECT min(e.entered) FROM files e WHERE e.document_id = d.id)"
_ORDERS: dict[Sort, str] = {
    "added": _ENTERED,
    "title": "d.title",
    "publisher": "d.publisher",
    "published": "d.published",
    "kind": "d.kind",
    "characters": "d.characters",
    "figures": _MEASURES,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which documents to list: those that meet all conditions, each by any of its values; none is no condition."""

    words: str = ""
    """Each of them stands in the title or the number, whatever its case."""
    publishers: frozenset[str] = frozenset()
    years: frozenset[str] = frozenset()
    """Of publication."""
    regions: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    """Files, or folders that they lie in; of a document in several files any of them counts."""
    standings: frozenset[str] = frozenset()
    """Of `Standing.state`, or NO_STANDING."""
    sort: Sort = "added"
    descending: bool = True
    limit: int = 50
    offset: int = 0

    def conditions(self) -> Wanted:
        """The same conditions, whatever the order and the page."""
        return replace(self, sort="added", descending=True, limit=50, offset=0)


EVERYTHING = Wanted()


@dataclass(frozen=True, slots=True)
class Listed:
    """A document of the page."""

    info: DocumentInfo
    figures: int
    tags: tuple[str, ...]
    standing: Standing | None
    has_notices: bool
    """Whether there is something that its reader should know."""
    entered: float | None = None
    """When the first of its files entered the library, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What meets the conditions."""

    total: int
    documents: tuple[Listed, ...]
    """`limit` of them, after the first `offset`."""
    publishers: Counts
    years: Counts
    """The latest first."""
    regions: Counts
    kinds: Counts
    tags: Counts
    folders: Counts
    """By path."""
    standings: Counts


def states_of(standings: Standings) -> dict[str, str]:
    """Of every document that something tells of, whether it holds today: `Standing.state` by its id."""
    known = ((info.id, standings.today(info.id)) for info in standings.documents())
    return {document_id: own.state for document_id, own in known if own}


def listed(
    connection: sa.Connection, wanted: Wanted, standing: Callable[[str], Standing | None], states: dict[str, str]
) -> tuple[Listed, ...]:
    """The page of the documents that is wanted, of all that the connection sees; `states` as of `states_of`."""
    where, given = _conditions(connection, wanted, states)
    direction = "DESC" if wanted.descending else "ASC"
    # The order first, of rows alone: SQLite would otherwise count the figures of every document to sort them.
    order = _ORDERS[wanted.sort]
    ordered = (
        f"SELECT d.n FROM documents d WHERE {where} ORDER BY {order} IS NULL, {order} {direction}, d.n {direction} "
        "LIMIT :limit OFFSET :offset"
    )
    paged = {**given, "limit": wanted.limit, "offset": wanted.offset}
    numbers = connection.execute(sa.text(ordered), paged).scalars().all()
    query = (
        "SELECT d.n, d.id, d.title, d.uri, d.publisher, d.published, d.characters, d.number, d.kind, d.in_force, "
        f"d.expires, json_array_length(d.pages) AS pages, {_MEASURES} AS figures, {_ENTERED} AS entered, "
        "(SELECT count(*) FROM passages p WHERE p.document_id = d.id) AS passages, "
        "coalesce((SELECT t.notices FROM details t WHERE t.document_id = d.id), '[]') != '[]' AS has_notices "
        "FROM documents d WHERE d.n IN (SELECT value FROM json_each(:numbers))"
    )
    found = {row.n: row for row in connection.execute(sa.text(query), {"numbers": json.dumps(list(numbers))})}
    rows = [found[number] for number in numbers]
    tags = _tags(connection)
    return tuple(
        Listed(_info(connection, row), row.figures, tuple(sorted(tags.get(row.id, ()))), standing(row.id),
               bool(row.has_notices), row.entered)
        for row in rows
    )  # fmt: skip


def counted(connection: sa.Connection, wanted: Wanted, states: dict[str, str]) -> Overview:
    """The overview without its documents: the same whichever page of them is wanted, and in whatever order."""
    where, given = _conditions(connection, wanted, states)
    meeting = f"SELECT d.n FROM documents d WHERE {where}"

    def grouped(value: str, more: str = "") -> Counts:
        """Values of the documents that meet the conditions, the most frequent first."""
        sql = (
            f"SELECT {value} AS value, count(DISTINCT d.n) AS number FROM documents d {more} "
            f"WHERE d.n IN ({meeting}) AND {value} != '' GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        return tuple((str(row.value), int(row.number)) for row in connection.execute(sa.text(sql), given))

    ids = connection.execute(sa.text(f"SELECT d.id FROM documents d WHERE {where}"), given).scalars().all()
    held = set(ids)
    tags = _tags(connection)
    return Overview(
        total=len(ids),
        documents=(),
        publishers=_single(grouped("d.publisher")),
        years=tuple(sorted(grouped("substr(d.published, 1, 4)"), reverse=True)),
        regions=grouped("each.value", ", json_each(d.regions) each"),
        kinds=grouped("d.kind"),
        tags=_counts(tag for document in held & tags.keys() for tag in tags[document]),
        folders=_folders(connection, held),
        standings=_counts(states.get(each, NO_STANDING) for each in ids),
    )


def _conditions(connection: sa.Connection, wanted: Wanted, states: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """Which of the rows `d` of documents meet them, as SQL with its values."""
    clauses = ["d.copy_of IS NULL"]
    given: dict[str, Any] = {}

    def one_of(name: str, value: str, values: Iterable[str]) -> None:
        clauses.append(f"{value} IN (SELECT value FROM json_each(:{name}))")
        given[name] = json.dumps(sorted(values))

    for at, word in enumerate(wanted.words.lower().split()):
        clauses.append(f"instr(lower(d.title || ' ' || coalesce(d.number, '')), :word{at}) > 0")
        given[f"word{at}"] = word
    if wanted.publishers:
        bodies = "instr(' ' || d.publisher || ' ', ' ' || each.value || ' ') > 0"
        clauses.append(f"EXISTS (SELECT 1 FROM json_each(:publishers) each WHERE {bodies})")
        given["publishers"] = json.dumps(sorted(wanted.publishers))
    if wanted.regions:
        named = "each.value IN (SELECT value FROM json_each(:regions))"
        clauses.append(f"EXISTS (SELECT 1 FROM json_each(d.regions) each WHERE {named})")
        given["regions"] = json.dumps(sorted(wanted.regions))
    if wanted.years:
        one_of("years", "substr(d.published, 1, 4)", wanted.years)
    if wanted.kinds:
        one_of("kinds", "d.kind", wanted.kinds)
    if wanted.tags:
        one_of("tagged", "d.id", (each for each, own in _tags(connection).items() if own & wanted.tags))
    if wanted.folders:
        one_of("lying", "d.id", _standing_for(connection, labels.lying_in(connection, wanted.folders)))
    if wanted.standings:
        chosen = [each for each, state in states.items() if state in wanted.standings]
        without = " OR d.id NOT IN (SELECT value FROM json_each(:known))" if NO_STANDING in wanted.standings else ""
        clauses.append(f"(d.id IN (SELECT value FROM json_each(:holding)){without})")
        given |= {"holding": json.dumps(chosen)} | ({"known": json.dumps([*states])} if without else {})
    return " AND ".join(clauses), given


def _tags(connection: sa.Connection) -> dict[str, set[str]]:
    """The tags of each document, by the one that stands for it."""
    pairs = labels.documents(connection, "tag")
    if not pairs:
        return {}
    stands_for = _heads(connection, {document for _, document in pairs})
    found: dict[str, set[str]] = {}
    for tag, document in pairs:
        found.setdefault(stands_for.get(document, document), set()).add(tag)
    return found


def _standing_for(connection: sa.Connection, ids: Iterable[str]) -> set[str]:
    """The documents that stand for these."""
    given = set(ids)
    heads = _heads(connection, given)
    return {heads.get(each, each) for each in given}


def _heads(connection: sa.Connection, ids: Iterable[str]) -> dict[str, str]:
    """Copies among these → what stands for each."""
    query = "SELECT id, copy_of FROM documents WHERE copy_of IS NOT NULL AND id IN (SELECT value FROM json_each(?))"
    return {row[0]: row[1] for row in connection.exec_driver_sql(query, (json.dumps(list(ids)),))}


def _info(connection: sa.Connection, row: sa.Row[Any]) -> DocumentInfo:
    return DocumentInfo(
        row.id, row.title, row.uri, row.publisher, row.published, row.characters, row.passages, row.number, row.kind,
        row.in_force, row.expires, listing.copies_of(connection, row.id, row.uri), added=row.n, pages=row.pages,
    )  # fmt: skip


def _single(counts: Counts) -> Counts:
    """The same by single bodies: several publish some documents together."""
    return _sorted((body, number) for bodies, number in counts for body in set(bodies.split()))


def _counts(values: Iterable[str]) -> Counts:
    return _sorted(Counter(values).items())


def _sorted(pairs: Iterable[tuple[str, int]]) -> Counts:
    totals: dict[str, int] = {}
    for value, number in pairs:
        totals[value] = totals.get(value, 0) + number
    return tuple(sorted(totals.items(), key=lambda pair: (-pair[1], pair[0])))


def _folders(connection: sa.Connection, ids: set[str]) -> Counts:
    roots = [source.path for source in listing.sources(connection, counted=False)]
    above: dict[str, tuple[str, ...]] = {}

    def within(path: str) -> tuple[str, ...]:
        """The folders that a file lies in, up to the one that is registered; far fewer than files."""
        folder = path.rpartition(os.sep)[0] or os.sep
        if folder not in above:
            found = [each for each in (folder, *map(str, PurePath(folder).parents)) for root in roots
                     if listing.lies_in(each, root)]  # fmt: skip
            above[folder] = tuple(dict.fromkeys(found))
        return above[folder]

    query = "SELECT coalesce(d.copy_of, d.id), f.path FROM files f JOIN documents d ON d.id = f.document_id"
    found: dict[str, set[str]] = {}
    for document_id, path in connection.exec_driver_sql(query).all():
        if document_id in ids:
            found.setdefault(document_id, set()).update(within(path))
    return tuple(sorted(_counts(chain.from_iterable(found.values()))))
