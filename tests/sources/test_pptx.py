"""Slides, made with python-pptx: read as one looks at them"""

from __future__ import annotations

import io
from typing import Any

import pytest
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches, Pt

from sources.documents import SourceError
from sources.parts import Grid, Line
from sources.readers.files import document_of
from sources.readers.pptx import read_pptx
from sources.readers.steps import heard_by

_TITLE_ONLY, _BLANK = 5, 6


def _saved(deck: Any) -> bytes:
    raw = io.BytesIO()
    deck.save(raw)
    return raw.getvalue()


def _box(slide: Any, text: str, left: float, top: float, width: float = 2.0, height: float = 0.5) -> Any:
    shape = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height))
    shape.text_frame.text = text
    return shape


def _lines(raw: bytes) -> list[str]:
    return [part.text for part in read_pptx(raw, uri="x.pptx").parts if isinstance(part, Line)]


def _blank(deck: Any) -> Any:
    return deck.slides.add_slide(deck.slide_layouts[_BLANK])


def test_each_slide_is_a_page_and_its_title_a_heading() -> None:
    deck = Presentation()
    for title in ("2024年工作总结", "主要成效"):
        slide = deck.slides.add_slide(deck.slide_layouts[_TITLE_ONLY])
        _box(slide, f"{title}的内容", 1, 3)
        slide.shapes.title.text = title
    parsed = read_pptx(_saved(deck), uri="x.pptx")
    assert [(part.text, part.level, part.page) for part in parsed.parts if isinstance(part, Line)] == [
        ("2024年工作总结", 1, 1), ("2024年工作总结的内容", 0, 1), ("主要成效", 2, 2), ("主要成效的内容", 0, 2),
    ]  # fmt: skip
    assert parsed.pages == 2


def test_it_tells_of_each_slide_that_is_read() -> None:
    deck, told = Presentation(), []
    for text in ("一", "二", "三"):
        _box(_blank(deck), text, 1, 1)
    with heard_by(lambda done, total: told.append((done, total))):
        read_pptx(_saved(deck), uri="x.pptx")
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_shapes_are_read_in_rows_whatever_order_they_were_drawn_in() -> None:
    deck = Presentation()
    slide = _blank(deck)
    for text, left, top in (("丁", 5, 3.1), ("乙", 4, 1), ("丙", 1, 3), ("甲", 1, 1.1)):
        _box(slide, text, left, top, width=1 + len(slide.shapes) / 10)
    assert _lines(_saved(deck)) == ["甲", "乙", "丙", "丁"]


def test_cards_are_read_one_after_the_other_and_labels_with_their_values() -> None:
    deck = Presentation()
    cards = _blank(deck)
    for row, texts in enumerate((("1200", "85%"), ("万元", "覆盖率"))):
        for column, text in enumerate(texts):
            _box(cards, text, 1 + column * 4, 1 + row * 0.5, width=3)
    listed = _blank(deck)
    for row, (label, value) in enumerate((("时间", "2025年"), ("地点", "全市"))):
        _box(listed, value, 3, 1 + row * 0.5, width=5)
        _box(listed, label, 1, 1 + row * 0.5, width=1)
    assert _lines(_saved(deck)) == ["1200", "万元", "85%", "覆盖率", "时间", "2025年", "地点", "全市"]


def test_shapes_in_a_group_stand_where_the_group_puts_them() -> None:
    deck = Presentation()
    slide = _blank(deck)
    group = slide.shapes.add_group_shape()
    _box(group, "组里", 1, 1)
    _box(slide, "中间", 1, 3, width=3)
    group.top = Inches(5)
    assert _lines(_saved(deck)) == ["中间", "组里"]


def test_tables_keep_merged_cells() -> None:
    deck = Presentation()
    table = _blank(deck).shapes.add_table(2, 2, Inches(1), Inches(1), Inches(4), Inches(1)).table
    table.cell(0, 0).merge(table.cell(0, 1))
    for (row, column), text in {(0, 0): "合并", (1, 0): "东县", (1, 1): "120"}.items():
        table.cell(row, column).text = text
    (grid,) = read_pptx(_saved(deck), uri="x.pptx").parts
    assert isinstance(grid, Grid)
    assert [(cell.row, cell.column, cell.columns, cell.text) for cell in grid.cells] == [
        (0, 0, 2, "合并"), (1, 0, 1, "东县"), (1, 1, 1, "120"),
    ]  # fmt: skip


def test_charts_give_the_values_that_they_are_drawn_from() -> None:
    deck = Presentation()
    data = CategoryChartData()
    data.categories = ["2023年", "2024年"]
    data.add_series("产值（亿元）", (12.5, 0.1 + 0.2))
    place = (Inches(1), Inches(1), Inches(5), Inches(4))
    _blank(deck).shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place, data)
    (grid,) = read_pptx(_saved(deck), uri="x.pptx").parts
    assert isinstance(grid, Grid)
    assert [cell.text for cell in grid.cells] == ["类别", "产值（亿元）", "2023年", "12.5", "2024年", "0.3"]
    assert grid.page == 1


def test_what_repeats_on_the_slides_is_dropped_and_notes_are_kept() -> None:
    deck = Presentation()
    for number in range(4):
        slide = _blank(deck)
        _box(slide, "某某市发改委", 0.1, 0.1)
        _box(slide, f"内容{number}", 1, 3)
    deck.slides[0].notes_slide.notes_text_frame.text = "讲到这里停一停"
    parsed = read_pptx(_saved(deck), uri="x.pptx")
    texts = [part.text for part in parsed.parts if isinstance(part, Line)]
    assert texts == ["内容0", "备注：讲到这里停一停", "内容1", "内容2", "内容3"]
    assert [(each.text, each.page) for each in parsed.dropped] == [("某某市发改委", page) for page in (1, 2, 3, 4)]


def test_without_a_placeholder_the_largest_letters_are_the_title() -> None:
    deck = Presentation()
    slide = _blank(deck)
    for text, top, size in (("某某市统计局", 1, 14), ("经济运行情况汇报", 3, 40), ("2025年1月", 5, 14)):
        _box(slide, text, 1, top).text_frame.paragraphs[0].runs[0].font.size = Pt(size)
    assert document_of(_saved(deck), uri="x.pptx").title == "经济运行情况汇报"


def test_a_damaged_file_is_one_clear_line() -> None:
    with pytest.raises(SourceError, match=r"x\.pptx: 文件损坏"):
        read_pptx(_saved(Presentation())[:3000], uri="x.pptx")
