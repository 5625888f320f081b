"""Figures as rows of the catalog: written, and found again by what they measure, where, when and in which document"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypedDict, Unpack

import sqlalchemy as sa

from index.catalog.schema import DOCUMENTS, FIGURES
from sources.figures.figure import Dimension, Figure, Sureness
from sources.figures.metrics import normalise

_SURE = Sureness()


class Conditions(TypedDict, total=False):
    """What figures are looked for by; None is no condition."""

    metric: str | None
    """Part of the printed or usual name."""
    keys: Sequence[str] | None
    """The usual name (`Figure.key`) is one of these."""
    region: str | None
    period: str | None
    status: str | None
    unit: str | None
    frame: int | None
    """The sentence is worded so, see `Figure.frame`."""
    document_id: str | None
    beside: str | None
    """Their document has figures with this usual name."""
    stated: bool
    """Only those that a document states, rather than ordering its reader to."""
    most: int | None
    """How many at most, the first in order."""


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
            figure.direction, figure.is_order, figure.frame,
        )
        for position, figure in enumerate(figures)
    ]  # fmt: skip


def figures(connection: sa.Connection, **wanted: Unpack[Conditions]) -> list[Figure]:
    """Figures that meet every condition given, in order; copies' only where a document is named."""
    f = FIGURES.c
    query = sa.select(*(column for column in f if column.name != "position")).order_by(f.document_id, f.position)
    metric, keys = wanted.get("metric"), wanted.get("keys")
    if metric is not None:
        query = query.where(sa.or_(sa.func.instr(f.metric, metric) > 0, sa.func.instr(f.key, normalise(metric)) > 0))
    if keys is not None:
        given = sa.func.json_each(json.dumps(list(keys))).table_valued("value")
        query = query.where(f.key.in_(sa.select(given.c.value)))
    for column in (f.region, f.period, f.status, f.document_id, f.unit, f.frame):
        value = wanted.get(column.name)
        if value is not None:
            query = query.where(column == value)
    beside = wanted.get("beside")
    if beside is not None:
        having = FIGURES.alias().c
        query = query.where(f.document_id.in_(sa.select(having.document_id).where(having.key == beside)))
    if wanted.get("document_id") is None:
        query = query.where(f.document_id.not_in(copies()))
    if wanted.get("stated"):
        query = query.where(sa.not_(f.is_order))
    return [of_row(row) for row in connection.execute(query.limit(wanted.get("most")))]


def names(connection: sa.Connection) -> list[tuple[str, int]]:
    """Every metric's usual name with how many figures bear it, the most frequent first."""
    f = FIGURES.c
    query = sa.select(f.key, sa.func.count()).where(f.key != "", f.document_id.not_in(copies())).group_by(f.key)
    return [(key, count) for key, count in connection.execute(query.order_by(sa.func.count().desc(), f.key))]


def copies() -> sa.Select[Any]:
    """The ids of the documents that another one stands for."""
    return sa.select(DOCUMENTS.c.id).where(DOCUMENTS.c.copy_of.is_not(None))


def of_row(row: Sequence[Any]) -> Figure:
    """The figure that a row is, read with all columns but its position."""
    (
        document_id, start, end, metric, value, unit, qualifier, region, period, status, text, key, upper, scope, level,
        sure, subject, dimensions, direction, is_order, frame,
    ) = row  # fmt: skip
    return Figure(
        document_id, start, end, metric, Decimal(value), unit, qualifier, region, period, status, text, key,
        None if upper is None else Decimal(upper), scope, level, direction, _sure(sure), subject,
        _dimensions(dimensions), bool(is_order), frame,
    )  # fmt: skip


@lru_cache(maxsize=256)
def _sure(written: str) -> Sureness:
    return Sureness(**json.loads(written)) if written else _SURE


@lru_cache(maxsize=1024)
def _dimensions(written: str) -> tuple[Dimension, ...]:
    return tuple((header, under) for header, under in json.loads(written)) if written else ()
