"""Admissions: which documents and passages a filter admits, worked out once for each state of the catalog"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np
import sqlalchemy as sa

from index.catalog import labels, listing
from index.catalog.schema import DOCUMENTS
from index.engines.protocols import Rows
from index.filters import OPEN, Filter
from index.kept import Kept, uncollected
from index.standing import Standings, Titles, begins
from index.views import Admitted, View, narrow
from sources.mentions.gazetteer import learn
from sources.mentions.regions import regions

_KEPT = 16
"""Of each kind; one takes some 10 MB in a library of a million passages."""
_KEPT_STANDINGS = 6
"""One takes some 50 MB there."""
_FEW = 2_000
"""Documents whose passages are asked for one by one."""


class Admissions:
    """What filters admit. Safe to share between threads."""

    def __init__(self) -> None:
        self._standings: Kept[Standings] = Kept(_KEPT_STANDINGS)
        self._views: Kept[View] = Kept(_KEPT)
        self._admitted: Kept[Admitted] = Kept(_KEPT)
        self._spans = _Spans()
        self._listing = listing.KnownListing()
        self._titles: Titles | None = None

    def view(self, connection: sa.Connection, revision: int, wanted: Filter) -> View:
        """Narrows a connection that sees all of the catalog, at this revision, to what a filter admits."""
        own = wanted.on(date.today())
        view = self._views.get((revision, own, wanted), lambda: self._made(connection, revision, own, wanted))
        narrow(connection, view)
        return view

    def admitted(self, connection: sa.Connection, revision: int, wanted: Filter, *, view: View | None) -> Admitted:
        """What engines may find of what a connection sees, which is narrowed to `view`, by a further filter."""
        wanted = wanted.on(date.today())
        key = (revision, view.filter if view else None, wanted)
        return self._admitted.get(key, lambda: self._found(connection, revision, wanted, view))

    def _made(self, connection: sa.Connection, revision: int, wanted: Filter, asked: Filter) -> View:
        readers = wanted.for_readers()
        wider: Standings | None = None
        base: View | None = None
        if wanted != readers:
            if not readers.is_open:
                base = self.view(connection, revision, readers)  # narrows it, so that no more is told here
            wider = self.standings(connection, revision, base)
        rows = _matching(connection, wanted, wider)
        stands_for = {row.id: base.stands_for[row.id] for row in rows if row.id in base.stands_for} if base else {}
        stands_for |= _heirs(rows)
        ids = frozenset(row.id for row in rows)
        found = [row for row in rows if row.copy_of is None or stands_for.get(row.id, row.copy_of) is None]
        admitted = self._rows(connection, found, own_weights=_by_itself(wanted))
        return View(wanted, asked, ids, stands_for, admitted, wider)

    def standings(self, connection: sa.Connection, revision: int, view: View | None) -> Standings:
        """Which documents hold, of what a connection sees, which is narrowed to `view`."""

        def made() -> Standings:
            if view is None:
                return self._of_all(connection)
            documents = listing.seen(connection)
            learn(listing.places(connection, documents))
            return Standings(documents, listing.relations(connection), wider=view.wider)

        return self._standings.get((revision, view.filter if view else OPEN), made)

    def _of_all(self, connection: sa.Connection) -> Standings:
        """Which documents hold, of all: what has changed since the last time is all that is looked at anew."""
        with uncollected():
            documents = self._listing.at(connection)
            learn(listing.places(connection, documents))
            self._titles = titles = Titles.of(documents, before=self._titles)
            return Standings(documents, listing.relations(connection), titles=titles)

    def _found(self, connection: sa.Connection, revision: int, wanted: Filter, view: View | None) -> Admitted:
        if view is None and wanted == Filter(without=wanted.without):
            return self._all_but(connection, wanted.without)
        standings = self.standings(connection, revision, view) if wanted.standing else None
        own_weights = _by_itself(wanted) or (view is not None and view.admitted.own_weights)
        return self._rows(connection, _matching(connection, wanted, standings), own_weights=own_weights)

    def _rows(self, connection: sa.Connection, found: Sequence[sa.Row[Any]], *, own_weights: bool) -> Admitted:
        documents = np.array([row.n for row in found], np.int64)
        if len(found) <= _FEW:
            query = "SELECT n FROM passages WHERE document_id IN (SELECT value FROM json_each(?)) ORDER BY n"
            ids = json.dumps([row.id for row in found])
            passages = np.array(connection.exec_driver_sql(query, (ids,)).scalars().all(), np.int64)
        else:
            passages = self._spans.passages(connection, documents)
        return Admitted(documents, passages, own_weights)

    def _all_but(self, connection: sa.Connection, ids: Iterable[str]) -> Admitted:
        """All but a few: which rows there are needn't be known, as engines hold no others."""
        given = (json.dumps(sorted(ids)),)
        last = "SELECT (SELECT coalesce(max(n), 0) FROM documents), (SELECT coalesce(max(n), 0) FROM passages)"
        documents, passages = connection.exec_driver_sql(last).one()
        left_out = "SELECT n FROM documents WHERE id IN (SELECT value FROM json_each(?))"
        passages_left_out = "SELECT n FROM passages WHERE document_id IN (SELECT value FROM json_each(?))"
        return Admitted(
            np.delete(np.arange(documents + 1), connection.exec_driver_sql(left_out, given).scalars().all()),
            np.delete(np.arange(passages + 1), connection.exec_driver_sql(passages_left_out, given).scalars().all()),
            own_weights=False,
        )


def _by_itself(wanted: Filter) -> bool:
    return wanted.groups is not None or wanted.documents is not None


def _matching(connection: sa.Connection, wanted: Filter, standings: Standings | None) -> list[sa.Row[Any]]:
    """The documents that meet a filter, with n, id, copy_of and characters, by row."""
    d = DOCUMENTS.c
    query = sa.select(d.n, d.id, d.copy_of, d.characters).order_by(d.n)
    if wanted.documents is not None:
        query = query.where(d.id.in_(_given(wanted.documents)))
    if wanted.without:
        query = query.where(d.id.not_in(_given(wanted.without)))
    if wanted.publishers is not None:
        each = sa.func.json_each(json.dumps(sorted(wanted.publishers))).table_valued("value")
        bodies = " " + d.publisher + " "
        query = query.where(
            sa.exists(sa.select(1).select_from(each).where(sa.func.instr(bodies, " " + each.c.value + " ") > 0))
        )
    if wanted.since:
        query = query.where(
            d.published != "", d.published >= sa.func.substr(wanted.since, 1, sa.func.length(d.published))
        )
    if wanted.until:
        query = query.where(d.published != "", sa.func.substr(d.published, 1, len(wanted.until)) <= wanted.until)
    if wanted.regions is not None:
        named = {place.name for name in wanted.regions for place in regions(name) if place.name} | wanted.regions
        each = sa.func.json_each(d.regions).table_valued("value")
        query = query.where(sa.exists(sa.select(1).select_from(each).where(each.c.value.in_(_given(named)))))
    found: list[sa.Row[Any]] = list(connection.execute(query))
    kept: list[Callable[[str], bool]] = []
    if wanted.folders is not None:
        kept.append(labels.lying_in(connection, wanted.folders).__contains__)
    if wanted.tags is not None:
        kept.append(
            frozenset(
                one for tag, one in labels.documents(connection, "tag") if tag in (wanted.tags or ())
            ).__contains__
        )
    if wanted.groups is not None:
        reached = labels.documents(connection, "group")
        theirs = {document for group, document in reached if group in (wanted.groups or ())}
        closed = {document for _, document in reached} - theirs
        kept.append(lambda document: document not in closed)
    found = [row for row in found if all(keeps(row.id) for keeps in kept)]
    if wanted.standing and standings is not None:
        found = [row for row in found if _in_force(row.copy_of or row.id, standings, wanted.standing)]
    return found


def _given(values: Iterable[str]) -> sa.Select[tuple[str]]:
    return sa.select(sa.func.json_each(json.dumps(sorted(values))).table_valued("value").c.value)


def _in_force(document_id: str, standings: Standings, day: str) -> bool:
    """Whether a document was there and held; what rules nothing holds as long as it is there."""
    if not standings.knows(document_id):
        return False
    own = standings.of(document_id, day)
    return (own is None or own.holds) and begins(standings.info(document_id)) <= day


def _heirs(rows: Sequence[sa.Row[Any]]) -> dict[str, str | None]:
    """Which document stands for each copy of one that isn't among `rows`: of them the one with the most text."""
    ids = {row.id for row in rows}
    copies: dict[str, list[sa.Row[Any]]] = {}
    for row in rows:
        if row.copy_of is not None and row.copy_of not in ids:
            copies.setdefault(row.copy_of, []).append(row)
    found: dict[str, str | None] = {}
    for each in copies.values():
        first = min(each, key=lambda row: (-row.characters, row.n))
        found |= {row.id: first.id if row is not first else None for row in each}
    return found


class _Spans:
    """The rows of each document's passages, which follow on each other and stay as they are until the document goes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0
        self._documents = np.empty(0, np.int64)
        self._first = np.empty(0, np.int64)
        self._after = np.empty(0, np.int64)

    def passages(self, connection: sa.Connection, documents: Rows) -> Rows:
        """The rows of the passages of documents, given by their rows, sorted."""
        with self._lock:
            self._grow(connection)
            places = np.searchsorted(self._documents, documents).clip(max=max(0, len(self._documents) - 1))
            places = places[self._documents[places] == documents] if len(self._documents) else places[:0]
            first, counts = self._first[places], (self._after - self._first)[places]
        starts = np.repeat(first - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) if len(counts) else first
        return np.sort(starts + np.arange(int(counts.sum())))

    def _grow(self, connection: sa.Connection) -> None:
        query = (
            "SELECT d.n, s.first, s.last + 1 FROM (SELECT document_id, min(n) AS first, max(n) AS last "
            "FROM main.passages WHERE n > ? GROUP BY document_id) s JOIN main.documents d ON d.id = s.document_id"
        )
        new = np.array(connection.exec_driver_sql(query, (self._last,)).all(), np.int64).reshape(-1, 3)
        if len(new):
            new = new[new[:, 0].argsort()]
            known = np.stack([self._documents, self._first, self._after], axis=1)
            all_of_them = np.concatenate([known, new])
            self._documents, self._first, self._after = all_of_them[all_of_them[:, 0].argsort()].T
            self._last = int(new[:, 2].max()) - 1
