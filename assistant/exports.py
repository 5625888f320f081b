"""Figures and tables as files that other programs open: CSV, JSON, Markdown and Excel workbooks."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from index.figures import FoundFigure
from index.tables import FoundTable
from sources.figures.figure import Figure

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
        table.writerow([row[name] if name in _NUMBERS else harmless(_in_words(row[name])) for name in COLUMNS])
    return "\ufeff" + written.getvalue()


def harmless(text: str) -> str:
    """The text as a spreadsheet cell that no program takes for a formula (OWASP: CSV injection).

    >>> harmless("=HYPERLINK(0)")
    "'=HYPERLINK(0)"
    """
    return f"'{text}" if text.lstrip(" \u3000\n").startswith(_FORMULA_STARTS) or text.startswith("\n") else text


def write_xlsx(figures: Sequence[FoundFigure], path: Path) -> None:
    """One sheet with a heading row that stays in view. Raises OSError where the file can't be written."""
    styles, utils = _excel("openpyxl.styles"), _excel("openpyxl.utils")
    book = _excel("openpyxl").Workbook()
    sheet = book.worksheets[0]
    sheet.title = "数据"
    sheet.append(list(COLUMNS.values()))
    for row_number, figure in enumerate(figures, 2):
        row = figure.row()
        for column, name in enumerate(COLUMNS, 1):
            cell = sheet.cell(row_number, column)
            value = row[name]
            if name in _NUMBERS:
                cell.value = float(str(value)) if value != "" else None
            else:
                _write_text(cell, _in_words(value))
    for cell in sheet[1]:
        cell.font = styles.Font(bold=True)
    for column, name in enumerate(COLUMNS, 1):
        sheet.column_dimensions[utils.get_column_letter(column)].width = _WIDE.get(name, 14)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    book.save(path)


def table_as_markdown(found: FoundTable) -> str:
    """The table with its caption over it and its notes under it; `|` in a cell is written ｜."""
    lines = [found.header, ("---",) * len(found.header), *found.rows]
    rows = "\n".join(
        f"| {' | '.join(' '.join(text.split()).replace('|', chr(0xFF5C)) for text in row)} |" for row in lines
    )
    return "\n\n".join(filter(None, (found.table.caption, rows, "\n".join(found.table.notes))))


def table_as_csv(found: FoundTable) -> str:
    """CSV with a heading row, each cell as printed; a leading byte order mark makes Excel read it as UTF-8."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    for row in (found.header, *found.rows):
        table.writerow([text if _PLAIN_NUMBER.fullmatch(text) else harmless(text) for text in row])
    return "\ufeff" + written.getvalue()


def table_as_json(found: FoundTable, figures: Sequence[Figure]) -> str:
    """The table as the API gives it; a cell that holds one of the `figures` tells its value and unit."""
    return json.dumps(found.record(figures), ensure_ascii=False, indent=2)


def write_table_xlsx(found: FoundTable, path: Path) -> None:
    """One sheet; plain numbers are numbers there, all else is text as printed. Raises OSError where the file can't be
    written."""
    styles = _excel("openpyxl.styles")
    book = _excel("openpyxl").Workbook()
    sheet = book.worksheets[0]
    sheet.title = "表格"
    for at, row in enumerate((found.header, *found.rows), 1):
        for column, text in enumerate(row, 1):
            cell = sheet.cell(at, column)
            if at > 1 and _PLAIN_NUMBER.fullmatch(text) and not _CODE.fullmatch(text):
                cell.value = float(text.replace(",", "")) if "." in text else int(text.replace(",", ""))
            elif text:
                _write_text(cell, text)
    for cell in sheet[1]:
        cell.font = styles.Font(bold=True)
    sheet.freeze_panes = "A2"
    book.save(path)


_PLAIN_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_CODE = re.compile(r"0\d+|\d{12,}|[-+]?[\d,.]{17,}")
"""Digits that a spreadsheet would spoil as a number: 0571, a personal number."""


def _in_words(value: object) -> str:
    """A field of a figure as a cell of text: the dimensions in one line, each header before what stands under it."""
    if isinstance(value, list):
        return "；".join(f"{header}：{text}" for header, text in value)
    return str(value)


def _write_text(cell: Any, text: str) -> None:
    cell.value = _CONTROLS.sub("", text)
    cell.data_type = "s"  # whatever it begins with, it is text and no formula


def _excel(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError:
        raise ValueError("写 Excel 文件要用 openpyxl：pip install openpyxl；或改用 --csv") from None


def rows_as_csv(rows: Sequence[Sequence[str]]) -> str:
    """CSV of rows of text, the first their headings; a leading byte order mark makes Excel read it as UTF-8."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    for row in rows:
        table.writerow([text if _PLAIN_NUMBER.fullmatch(text) else harmless(text) for text in row])
    return "\ufeff" + written.getvalue()


def rows_as_xlsx(sheets: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    """A workbook with a sheet by each name, its first row headings that stay in view; plain numbers are numbers."""
    styles, utils = _excel("openpyxl.styles"), _excel("openpyxl.utils")
    book = _excel("openpyxl").Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for at, row in enumerate(rows, 1):
            for column, text in enumerate(row, 1):
                cell = sheet.cell(at, column)
                if at > 1 and column > 1 and _PLAIN_NUMBER.fullmatch(text) and not _CODE.fullmatch(text):
                    cell.value = float(text.replace(",", "")) if "." in text else int(text.replace(",", ""))
                elif text:
                    _write_text(cell, text)
        for cell in sheet[1]:
            cell.font = styles.Font(bold=True)
        for column in range(1, max(map(len, rows), default=0) + 1):
            sheet.column_dimensions[utils.get_column_letter(column)].width = 22
        sheet.freeze_panes = "B2"
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
