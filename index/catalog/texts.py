"""Texts of documents, put together of their passages: these hold all of it but the white space between them, so that
nothing is kept twice"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from index.catalog.rows import DocumentRow
from index.catalog.schema import DOCUMENTS, PASSAGES

Part = tuple[int, str]
"""Where a passage begins in its document, and its text."""


def rest_of(text: str, passages: Iterable[Part]) -> str:
    """What of a text stands in none of its passages, which come in order."""
    rest: list[str] = []
    at = 0
    for start, own in passages:
        rest.append(text[at:start])
        at = max(at, start + len(own))
    return "".join([*rest, text[at:]])


def whole_of(rest: str, passages: Iterable[Part]) -> str:
    """The text that `rest_of` took apart.

    >>> whole_of("\\n。", [(0, "标题"), (3, "正文")])
    '标题\\n正文。'
    """
    parts: list[str] = []
    at = used = 0
    for start, own in passages:
        if start > at:
            parts.append(rest[used : used + start - at])
            used += start - at
            at = start
        parts.append(own[at - start :])
        at = max(at, start + len(own))
    return "".join([*parts, rest[used:]])


def text_of(connection: sa.Connection, document_id: str, rest: str) -> str:
    """The text of a document."""
    query = "SELECT start, text FROM passages WHERE document_id = ? ORDER BY n"
    return whole_of(rest, ((start, text) for start, text in connection.exec_driver_sql(query, (document_id,))))


def document_rows(connection: sa.Connection, where: sa.ColumnElement[bool]) -> Iterator[DocumentRow]:
    """Documents as the engines want them, by row, their passages read as they are needed."""
    d, p = DOCUMENTS.c, PASSAGES.c
    query = (
        sa.select(d.n, d.rest, d.title, d.publisher, d.published, p.start, p.text)
        .outerjoin_from(DOCUMENTS, PASSAGES, p.document_id == d.id)
        .where(where)
        .order_by(d.n, p.n)
    )
    found = connection.execution_options(yield_per=1000).execute(query)
    for _, rows in groupby(found, key=itemgetter(0)):
        of_one: Sequence[Any] = list(rows)
        first = of_one[0]
        text = whole_of(first.rest, ((row.start, row.text) for row in of_one if row.start is not None))
        yield DocumentRow(first.n, text, first.title, first.publisher, first.published)
