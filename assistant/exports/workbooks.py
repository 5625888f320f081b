"""Workbooks of Excel: sheets with a heading row that stays in view, written by openpyxl."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from assistant.exports.characters import clean

Value = str | int | float | None
_NOT_IN_SHEET_NAMES = re.compile(r"[\\/*?:\[\]]")
_MOST_SHEET_NAME = 31


@dataclass(frozen=True, slots=True)
class Sheet:
    """A heading row and the rows below it; a text stays a text, whatever it begins with."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Value]]
    widths: Mapping[int, int] = field(default_factory=dict)
    """Of columns, counted from 0, in characters; the others have the program's own."""
    filtered: bool = False
    """Whether the heading row offers filters."""


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """The sheets as an .xlsx file. Raises ValueError where openpyxl isn't there."""
    styles, utils = _excel("openpyxl.styles"), _excel("openpyxl.utils")
    book = _excel("openpyxl").Workbook()
    book.remove(book.active)
    for each in sheets:
        sheet = book.create_sheet(_NOT_IN_SHEET_NAMES.sub(" ", clean(each.title))[:_MOST_SHEET_NAME].strip("' "))
        for number, row in enumerate((each.header, *each.rows), 1):
            for column, value in enumerate(row, 1):
                if isinstance(value, str) and value:
                    _write_text(sheet.cell(number, column), value)
                elif value is not None and value != "":
                    sheet.cell(number, column).value = value
        for cell in sheet[1]:
            cell.font = styles.Font(bold=True)
        for column, width in each.widths.items():
            sheet.column_dimensions[utils.get_column_letter(column + 1)].width = width
        sheet.freeze_panes = "A2"
        if each.filtered:
            sheet.auto_filter.ref = sheet.dimensions
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _write_text(cell: Any, text: str) -> None:
    cell.value = clean(text)[:_MOST_CHARACTERS]
    cell.data_type = "s"  # whatever it begins with, it is text and no formula


_MOST_CHARACTERS = 32_767
"""Of a cell, as Excel has it."""


def _excel(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError:
        raise ValueError("写 Excel 文件要用 openpyxl：pip install openpyxl；或改用 --csv") from None
