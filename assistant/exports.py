"""Figures as files that other programs open: CSV, JSON and Excel workbooks."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from index.figures import FoundFigure

COLUMNS = {
    "metric": "指标（原文）",
    "name": "指标",
    "value": "数值",
    "upper": "数值上限",
    "unit": "单位",
    "text": "原文写法",
    "qualifier": "限定",
    "region": "地区",
    "level": "层级",
    "period": "时间",
    "status": "性质",
    "scope": "排名范围",
    "title": "文档",
    "publisher": "发布单位",
    "published": "发布时间",
    "section": "章节",
    "page": "页码",
    "quote": "原句",
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
_WIDE = {"quote": 60, "title": 36, "metric": 30, "name": 24, "section": 24}
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters that a workbook can't hold."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_json(figures: Sequence[FoundFigure]) -> str:
    """A JSON array, one object a figure."""
    return json.dumps([figure.row() for figure in figures], ensure_ascii=False, indent=2)


def as_csv(figures: Sequence[FoundFigure]) -> str:
    """CSV with a heading row; a leading byte order mark makes Excel read it as UTF-8."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    table.writerow(COLUMNS.values())
    for figure in figures:
        row = figure.row()
        table.writerow([row[name] if name in _NUMBERS else harmless(str(row[name])) for name in COLUMNS])
    return "\ufeff" + written.getvalue()


def harmless(text: str) -> str:
    """The text as a spreadsheet cell that no program takes for a formula (OWASP: CSV injection).

    >>> harmless("=HYPERLINK(0)")
    "'=HYPERLINK(0)"
    """
    return f"'{text}" if text.lstrip(" \u3000\n").startswith(_FORMULA_STARTS) or text.startswith("\n") else text


def write_xlsx(figures: Sequence[FoundFigure], path: Path) -> None:
    """One sheet with a heading row that stays in view. Raises OSError where the file can't be written."""
    try:
        openpyxl: Any = import_module("openpyxl")
        styles: Any = import_module("openpyxl.styles")
        utils: Any = import_module("openpyxl.utils")
    except ImportError:
        raise ValueError("写 Excel 文件要用 openpyxl：pip install openpyxl；或改用 --csv") from None
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "数据"
    sheet.append(list(COLUMNS.values()))
    for row_number, figure in enumerate(figures, 2):
        row = figure.row()
        for column, name in enumerate(COLUMNS, 1):
            cell = sheet.cell(row_number, column)
            value = row[name]
            if name in _NUMBERS:
                cell.value = float(value) if value != "" else None
            else:
                cell.value = _CONTROLS.sub("", str(value))
                cell.data_type = "s"  # whatever it begins with, it is text and no formula
    for cell in sheet[1]:
        cell.font = styles.Font(bold=True)
    for column, name in enumerate(COLUMNS, 1):
        sheet.column_dimensions[utils.get_column_letter(column)].width = _WIDE.get(name, 14)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    book.save(path)
