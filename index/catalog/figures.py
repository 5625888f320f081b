"""Figures as rows of the catalog: written, and found again by what they measure, where, when and in which document"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from index.catalog.schema import DOCUMENTS, FIGURES
from sources.figures.figure import Figure, Sureness
from sources.figures.metrics import normalise

_SURE = Sureness()


def rows(document_id: str, figures: Sequence[Figure]) -> list[tuple[Any, ...]]:
    """A document's figures as they are written, in the order of the table's columns."""
    return [
        (
            document_id, position, figure.start, figure.end, figure.metric, str(figure.value), figure.unit,
            figure.qualifier, figure.region, figure.period, figure.status, figure.text, figure.key,
            None if figure.upper is None else str(figure.upper), figure.scope, figure.level,
            # Those of tables are sure of everything: most of a library's figures then take a third less.
            "" if figure.sure == _SURE else json.dumps(asdict(figure.sure)),
            figure.subject,
            json.dumps(figure.dimensions, ensure_ascii=False, separators=(",", ":")) if figure.dimensions else "",
            figure.direction,
        )
        for position, figure in enumerate(figures)
    ]  # fmt: skip


def figures(
    connection: sa.Connection,
    *,
    metric: str | None = None,
    region: str | None = None,
    period: str | None = None,
    status: str | None = None,
    document_id: str | None = None,
    keys: Sequence[str] | None = None,
) -> list[Figure]:
    """Figures that meet every condition given; see `index.catalog.Catalog.figures`."""
    f = FIGURES.c
    query = sa.select(*(column for column in f if column.name != "position")).order_by(f.document_id, f.position)
    if metric is not None:
        query = query.where(sa.or_(sa.func.instr(f.metric, metric) > 0, sa.func.instr(f.key, normalise(metric)) > 0))
    if keys is not None:
        given = sa.func.json_each(json.dumps(list(keys))).table_valued("value")
        query = query.where(f.key.in_(sa.select(given.c.value)))
    if document_id is None:
        query = query.where(f.document_id.not_in(copies()))
    wanted = ((f.region, region), (f.period, period), (f.status, status), (f.document_id, document_id))
    for column, value in wanted:
        if value is not None:
            query = query.where(column == value)
    return [of_row(row) for row in connection.execute(query)]


def names(connection: sa.Connection) -> list[tuple[str, int]]:
    """Every metric's usual name with how many figures bear it, the most frequent first."""
    f = FIGURES.c
    query = sa.select(f.key, sa.func.count()).where(f.key != "", f.document_id.not_in(copies())).group_by(f.key)
    return [(key, count) for key, count in connection.execute(query.order_by(sa.func.count().desc(), f.key))]


def copies() -> sa.Select[Any]:
    """The ids of the documents that another one stands for."""
    return sa.select(DOCUMENTS.c.id).where(DOCUMENTS.c.copy_of.is_not(None))


def of_row(row: sa.Row[Any]) -> Figure:
    """The figure that a row is, read with all columns but its position."""
    columns = row._asdict()
    upper = columns["upper"]
    return Figure(
        **{
            **columns,
            "value": Decimal(columns["value"]),
            "upper": None if upper is None else Decimal(upper),
            "sure": Sureness(**json.loads(columns["sure"])) if columns["sure"] else _SURE,
            "dimensions": tuple(map(tuple, json.loads(columns["dimensions"] or "[]"))),
        }
    )
