"""Figures as files that other programs open: CSV, JSON and Excel workbooks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from assistant.exports.cells import as_csv, harmless
from assistant.exports.workbooks import Sheet, Value, workbook
from index.figures import FoundFigure

COLUMNS = {
    "metric": "指标（原文）",
    "name": "指标",
    "subject": "对象",
    "value": "数值",
    "upper": "数值上限",
    "unit": "单位",
    "text": "原文写法",
    "qualifier": "限定",
    "region": "地区",
    "level": "层级",
    "period": "时间",
    "status": "性质",
    "direction": "增减方向",
    "scope": "排名范围",
    "title": "文档",
    "publisher": "发布单位",
    "published": "发布时间",
    "standing": "效力",
    "section": "章节",
    "page": "页码",
    "quote": "原句",
    "dimensions": "表中位置",
    "document_id": "文档编号",
    "start": "起",
    "end": "止",
    "uri": "文件",
    "match": "与所查指标相近",
    "sure_metric": "指标可信度",
    "sure_region": "地区可信度",
    "sure_period": "时间可信度",
    "sure_status": "性质可信度",
}
"""The columns of `FoundFigure.row` with the headings they have in a spreadsheet."""
_NUMBERS = frozenset(
    ["value", "upper", "page", "start", "end", "match", *(name for name in COLUMNS if name.startswith("sure"))]
)
_WIDE = {"quote": 60, "dimensions": 40, "title": 36, "subject": 24, "metric": 30, "name": 24, "section": 24}


def figures_as_json(figures: Sequence[FoundFigure]) -> str:
    """A JSON array, one object a figure."""
    return json.dumps([figure.row() for figure in figures], ensure_ascii=False, indent=2)


def figures_as_csv(figures: Sequence[FoundFigure]) -> str:
    """CSV with a heading row, see `as_csv`."""
    rows = (figure.row() for figure in figures)
    lines = [[row[name] if name in _NUMBERS else harmless(_in_words(row[name])) for name in COLUMNS] for row in rows]
    return as_csv([[*COLUMNS.values()], *lines])


def write_figures(figures: Sequence[FoundFigure], path: Path) -> None:
    """An Excel workbook of one sheet. Raises OSError where the file can't be written."""
    rows = [[_cell(name, row[name]) for name in COLUMNS] for row in (figure.row() for figure in figures)]
    widths = {at: _WIDE.get(name, 14) for at, name in enumerate(COLUMNS)}
    path.write_bytes(workbook([Sheet("数据", [*COLUMNS.values()], rows, widths, filtered=True)]))


def _cell(name: str, value: object) -> Value:
    if name in _NUMBERS:
        return float(str(value)) if value != "" else None
    return _in_words(value)


def _in_words(value: object) -> str:
    """A field of a figure as a cell of text: the dimensions in one line, each header before what stands under it."""
    if isinstance(value, list):
        return "；".join(f"{header}：{text}" for header, text in value)
    return str(value)
