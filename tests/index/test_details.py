"""What a document has besides its text comes back from the catalog as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.catalog.catalog import Catalog
from index.catalog.details import cells_at
from sources.documents import Document, Place
from sources.parts import Box, Dropped
from sources.tables import Table, TableCell
from tests.index.test_catalog import content, row

TEXT = "收入表\n| 浙江 | 5.2 | 60000 |\n| 江苏 | 4.9 | 58000 |"
CELLS = tuple(
    TableCell(at // 3, at % 3, word, TEXT.index(word), TEXT.index(word) + len(word), name)
    for at, (word, name) in enumerate(
        [("浙江", "A3"), ("5.2", "B3"), ("60000", "C3"), ("江苏", "A4"), ("4.9", "B4"), ("58000", "C4")]
    )
)
TABLE = Table(
    start=4,
    end=len(TEXT),
    caption="收入表",
    columns=(("地区",), ("2024年", "增速（%）"), ("2024年", "绝对数")),
    rows=(("浙江",), ("江苏",)),
    units=("", "%", "元"),
    cells=CELLS,
    notes=("注：初步统计数。",),
    sheet="居民收入",
)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog(tmp_path / "catalog.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def kept(catalog: Catalog) -> Document:
    held = content("甲")
    document = replace(
        held.document,
        text=TEXT,
        sections=(),
        pages=(0, 4),
        number="某统〔2025〕2号",
        kind="统计表",
        in_force="2025-01-01",
        expires="2027-12-31",
        tables=(TABLE, replace(TABLE, sheet=None, page=2)),
        places=(Place(0, 3, Box(1, 0.125, 0.5, 0.75, 0.625)),),
        dropped=(Dropped("内部资料", "页眉", 1), Dropped("— 1 —", "页码")),
        notices=("有 3 行是隐藏的。",),
        found_by={"title": "第一个标题"},
    )
    held = replace(held, document=document, passages=(), vector_keys=(), figures=())
    with catalog.writing() as writer:
        writer.put([(row(document.uri, held), held)], vectors={}, embedder="e")
    return document


def test_a_whole_document_is_what_was_put(catalog: Catalog, kept: Document) -> None:
    assert catalog.document(kept.id, whole=True) == kept


def test_the_tables_alone(catalog: Catalog, kept: Document) -> None:
    assert catalog.tables(kept.id) == kept.tables
    with pytest.raises(KeyError):
        catalog.tables("nobody")


def test_otherwise_what_takes_long_to_unpack_is_left_out(catalog: Catalog, kept: Document) -> None:
    assert catalog.document(kept.id) == replace(kept, tables=(), places=(), dropped=())


def test_the_listing_tells_the_facts(catalog: Catalog, kept: Document) -> None:
    (info,) = catalog.documents()
    assert (info.number, info.kind, info.in_force, info.expires) == (
        kept.number, kept.kind, kept.in_force, kept.expires,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("quote", "cells"),
    [
        ("5.2", "B3"),
        ("| 浙江 | 5.2 |", "A3:B3"),
        ("60000 |\n| 江苏", "A3:C4"),
        ("收入表\n| 浙江", "A3"),
        ("收入表", None),
    ],
)
def test_the_cells_of_a_quote(catalog: Catalog, kept: Document, quote: str, cells: str | None) -> None:
    start = TEXT.index(quote)
    found = cells_at(catalog.tables(kept.id), start, start + len(quote))
    assert found == (None if cells is None else ("居民收入", cells))
