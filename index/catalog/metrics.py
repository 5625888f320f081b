"""Metrics: which ones the figures measure, most figures first, and the figures of one; always a page at a time.

A large library has 100,000s of figures and 10,000s of metrics, so what is asked for is counted and cut off by SQLite,
not here; only how many figures each metric has is counted for all of them, which an index of the names tells.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from index.catalog.figures import copies, of_row
from index.catalog.schema import DOCUMENTS, FIGURES
from sources.figures.figure import Figure
from sources.figures.metrics import normalise

Field = Literal["region", "subject", "period", "unit", "status", "publisher", "document"]
"""What figures can be told apart by."""
_F = FIGURES.c
_COLUMNS: dict[Field, sa.ColumnElement[str]] = {
    "region": _F.region,
    "subject": _F.subject,
    "period": _F.period,
    "unit": _F.unit,
    "status": _F.status,
    "publisher": sa.func.coalesce(DOCUMENTS.c.publisher, ""),
    "document": _F.document_id,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which figures: those that meet every condition that is given."""

    metric: str = ""
    """The metric's usual name (`Figure.key`)."""
    words: tuple[str, ...] = ()
    """Each stands in the metric's printed or usual name."""
    unit: str | None = None
    statuses: tuple[str, ...] = ()
    regions: tuple[str, ...] | None = None
    subjects: tuple[str, ...] | None = None
    periods: tuple[str, ...] | None = None
    publisher: str = ""
    """Stands in the publisher's name."""
    document_id: str = ""

    @property
    def of_names_alone(self) -> bool:
        """Whether a metric's name says whether its figures are wanted."""
        return self == Wanted(words=self.words)

    def names(self, metric: str) -> bool:
        """Whether the words stand in a metric's name."""
        return all(word in metric or ((usual := normalise(word)) != "" and usual in metric) for word in self.words)


@dataclass(frozen=True, slots=True)
class Metric:
    """What is measured, with how much of it there is."""

    name: str
    figures: int
    units: tuple[tuple[str, int], ...]
    """Each unit with how many of the figures have it, the most frequent first."""
    documents: int
    subjects: int
    """How many places, crops, groups, … the figures are about."""
    first: str
    """The first year, as far as the figures have any: 2018."""
    last: str

    @property
    def unit(self) -> str:
        """The unit that most of the figures have."""
        return self.units[0][0]


def totals(connection: sa.Connection, wanted: Wanted) -> tuple[int, int]:
    """How many metrics there are, and how many figures of them."""
    query = sa.select(sa.func.count(_F.key.distinct()), sa.func.count()).where(*_where(connection, wanted))
    metrics, figures = connection.execute(query).one()
    return int(metrics), int(figures)


def counted(connection: sa.Connection) -> list[tuple[str, int]]:
    """Every metric with how many figures it has, most figures first, then by name.

    The figures of copies are counted by themselves and taken off: they are few, and without them in its conditions the
    count needs no more than the index of the names.
    """
    query = sa.select(_F.key, sa.func.count()).where(_F.key != "").group_by(_F.key)
    counts = Counter({name: int(count) for name, count in connection.execute(query)})
    if connection.execute(sa.select(sa.exists(copies()))).scalar_one():
        name = _F.key.concat("")  # by their documents, not by the index of the names
        of_copies = sa.select(name, sa.func.count()).where(_F.document_id.in_(copies()), name != "").group_by(name)
        for key, count in connection.execute(of_copies):
            counts[key] -= count
    return sorted(((name, count) for name, count in counts.items() if count), key=lambda each: (-each[1], each[0]))


def metrics(connection: sa.Connection, wanted: Wanted, *, limit: int, offset: int = 0) -> list[Metric]:
    """Metrics with the most figures first, then by name, `limit` of them after the first `offset`."""
    conditions = _where(connection, wanted)
    count = sa.func.count()
    # Where each row must be looked at, all are read in the order in which they lie, not in that of the names' index.
    name = _F.key if len(conditions) == 1 else _F.key.concat("")
    page = sa.select(name).where(*conditions).group_by(name).order_by(count.desc(), name)
    return described(connection, wanted, list(connection.execute(page.limit(limit).offset(offset)).scalars()))


def described(connection: sa.Connection, wanted: Wanted, names: Sequence[str]) -> list[Metric]:
    """The metrics of these names, in their order, with what their figures that are wanted come to."""
    conditions, count = _where(connection, wanted), sa.func.count()
    year = sa.case((_F.period.op("GLOB")("[12][0-9][0-9][0-9]*"), sa.func.substr(_F.period, 1, 4)))
    own = (
        sa.select(
            _F.key,
            _F.unit,
            count,
            sa.func.count(_F.document_id.distinct()),
            sa.func.count(_F.subject.distinct()),
            sa.func.min(year),
            sa.func.max(year),
        )
        .where(_F.key.in_(_given(names)), *conditions)
        .group_by(_F.key, _F.unit)
        .order_by(_F.key, count.desc(), _F.unit)
    )
    rows: dict[str, list[Any]] = {name: [] for name in names}
    for row in connection.execute(own):
        rows[row[0]].append(row)
    return [_metric(name, found) for name, found in rows.items() if found]


def _metric(name: str, rows: Sequence[Any]) -> Metric:
    years = [year for row in rows for year in row[5:7] if year]
    return Metric(
        name,
        figures=sum(row[2] for row in rows),
        units=tuple((row[1], row[2]) for row in rows),
        # Of one with several units, those of the unit that has most: a document may print both.
        documents=max(row[3] for row in rows),
        subjects=max(row[4] for row in rows),
        first=min(years, default=""),
        last=max(years, default=""),
    )


def values(
    connection: sa.Connection, wanted: Wanted, field: Field, *, limit: int, offset: int = 0
) -> list[tuple[str, int]]:
    """The different values that a field has, each with how many figures have it, the most frequent first, "" last."""
    column = _COLUMNS[field]
    query = sa.select(column, sa.func.count())
    if field == "publisher":
        query = query.join_from(FIGURES, DOCUMENTS, DOCUMENTS.c.id == _F.document_id)
    query = (
        query.where(*_where(connection, wanted)).group_by(column).order_by(column == "", sa.func.count().desc(), column)
    )
    return [(value, count) for value, count in connection.execute(query.limit(limit).offset(offset))]


def count_values(connection: sa.Connection, wanted: Wanted, *fields: Field) -> tuple[int, ...]:
    """How many different values each of some fields has; not for publishers."""
    counts = (sa.func.count(_COLUMNS[field].distinct()) for field in fields)
    query = sa.select(*counts).where(*_where(connection, wanted))
    return tuple(map(int, connection.execute(query).one()))


def named_anywhere(connection: sa.Connection, field: Literal["region", "period"]) -> list[str]:
    """Every value that the field has in any figure, copies' included: one look at its index."""
    return list(connection.execute(sa.select(_COLUMNS[field]).distinct()).scalars())


def by_value(
    connection: sa.Connection, wanted: Wanted, field: Field, *, least_first: bool, limit: int, offset: int = 0
) -> list[str]:
    """The values of a field by the size of the largest of their figures; those are all of one unit, one hopes."""
    column, size = _COLUMNS[field], sa.func.max(sa.cast(_F.value, sa.REAL))
    query = sa.select(column).where(*_where(connection, wanted)).group_by(column)
    query = query.order_by(column == "", size.asc() if least_first else size.desc(), column).limit(limit).offset(offset)
    return list(connection.execute(query).scalars())


def figures(connection: sa.Connection, wanted: Wanted, *, limit: int) -> list[Figure]:
    """The figures themselves, by document and place, at most `limit`."""
    columns = (column for column in _F if column.name != "position")
    places = (_F.document_id, _F.position)
    # Which they are an index tells; only those are read.
    chosen = sa.select(*places).where(*_where(connection, wanted)).order_by(*places).limit(limit)
    query = sa.select(*columns).where(sa.tuple_(*places).in_(chosen)).order_by(*places)
    return [of_row(row) for row in connection.execute(query)]


def titles(connection: sa.Connection, document_ids: Sequence[str]) -> dict[str, str]:
    """The titles of documents, by id; those that are gone are left out."""
    d = DOCUMENTS.c
    query = sa.select(d.id, d.title).where(d.id.in_(_given(document_ids)))
    return {row[0]: row[1] for row in connection.execute(query)}


def figure_at(connection: sa.Connection, document_id: str, start: int, end: int) -> Figure | None:
    """The figure that stands in these characters of a document."""
    columns = (column for column in _F if column.name != "position")
    query = sa.select(*columns).where(_F.document_id == document_id, _F.start == start, _F.end == end)
    row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else of_row(row)


def _where(connection: sa.Connection, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [_F.key == wanted.metric if wanted.metric else _F.key != ""]
    for word in wanted.words:
        named = sa.func.instr(_F.key, normalise(word)) if normalise(word) else sa.literal(0)
        conditions.append(sa.or_(named > 0, sa.func.instr(_F.key, word) > 0))
    if wanted.unit is not None:
        conditions.append(_F.unit == wanted.unit)
    if wanted.statuses:
        conditions.append(_F.status.in_(wanted.statuses))
    for column, given in ((_F.region, wanted.regions), (_F.subject, wanted.subjects), (_F.period, wanted.periods)):
        if given is not None:
            # +: of the indexes the metric's is the one that leaves least.
            conditions.append(sa.type_coerce(column.concat(""), sa.Text).in_(_given(given)))
    if wanted.publisher:
        d = DOCUMENTS.c
        own = sa.select(d.id).where(sa.func.instr(d.publisher, wanted.publisher) > 0)
        conditions.append(_F.document_id.in_(own))
    if wanted.document_id:
        conditions.append(_F.document_id == wanted.document_id)
    elif connection.execute(sa.select(sa.exists(copies()))).scalar_one():
        # Only where there are any: without this, counting needs no more than the index of the names.
        conditions.append(_F.document_id.not_in(copies()))
    return conditions


def _given(names: Sequence[str]) -> sa.Select[Any]:
    """The values as a table, however many they are."""
    return sa.select(sa.func.json_each(json.dumps(list(names))).table_valued("value").c.value)
