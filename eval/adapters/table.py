"""Excel and CSV, as a staff member fills them in: the first row names the columns, each further row is a case.

    问题                         | 答案   | 数字   | 必含 | 不得含 | 文档           | 依据               | 类型
    2024年杭州新增公交线路多少条？ | 28条。 | 28条   |      | 31条   | transport-2024 | 新增公交线路28条    | figure

Only 问题 (or question) is needed. Several entries of a cell stand on lines of their own or between `;` or `；`; phrases
of which one is enough between `|` or `/`. 可答 = 否 marks a question that the documents can't answer.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.cases import Case, CaseError, CaseSet, parsed
from eval.systems import needed

COLUMNS = {
    "编号": "id", "id": "id",
    "问题": "question", "question": "question",
    "答案": "answer", "标准答案": "answer", "answer": "answer",
    "数字": "figures", "figures": "figures",
    "必含": "must_include", "关键词": "must_include", "must_include": "must_include",
    "不得含": "must_not", "must_not": "must_not",
    "文档": "docs", "docs": "docs",
    "依据": "evidence", "原文": "evidence", "evidence": "evidence",
    "类型": "type", "type": "type",
    "语言": "lang", "lang": "lang",
    "可答": "answerable", "answerable": "answerable",
    "前文": "history", "history": "history",
    "通过": "approved", "approved": "approved",
}  # fmt: skip
"""Column heading → field of Case; other columns are the author's notes."""

_YES = ("是", "yes", "y", "true", "1", "√", "✓", "通过")
_NO = ("否", "no", "n", "false", "0", "×", "✗", "x", "不通过")
_SPLIT = re.compile(r"\s*[;；\n]\s*")
_OR = re.compile(r"\s*[|｜/]\s*")
_LISTS = ("figures", "must_not", "docs", "evidence", "history")


def load_csv(path: Path, seed: int, options: Mapping[str, object]) -> CaseSet:  # noqa: ARG001
    """The rows of a CSV file (UTF-8, with or without BOM, or GB18030, as Excel saves it in China)."""
    return CaseSet(lambda: _cases(path, _csv_rows(path)))


def load_xlsx(path: Path, seed: int, options: Mapping[str, object]) -> CaseSet:  # noqa: ARG001
    """The rows of an Excel file's first sheet. Raises MissingExtraError without openpyxl."""
    return CaseSet(lambda: _cases(path, _xlsx_rows(path)))


def case_of(row: Mapping[str, str], *, path: Path, line: int) -> Case:
    """The case in one row, by column heading. Raises CaseError."""
    data: dict[str, Any] = {"id": f"{path.stem}-{line:04d}"}
    for heading, cell in row.items():
        name, text = COLUMNS.get(heading.strip().lower()), cell.strip()
        if name and text:
            data[name] = _value(name, text, path=path, line=line)
    if "question" not in data:
        raise CaseError(path, line, "问题：这一格是空的，每一行都要有问题")
    if data.get("answerable") is False:
        data.setdefault("type", "unanswerable")
    return parsed(data, path=path, line=line)


def _value(name: str, text: str, *, path: Path, line: int) -> object:
    if name in ("answerable", "approved"):
        if text.lower() not in _YES + _NO:
            raise CaseError(path, line, f"{name}：{text!r} 既不是“是”也不是“否”")
        return text.lower() in _YES
    if name == "must_include":
        return [[p for p in _OR.split(group) if p] for group in _SPLIT.split(text) if group]
    if name in _LISTS:
        return [part for part in _SPLIT.split(text) if part]
    return text


def _cases(path: Path, rows: Iterator[list[str]]) -> Iterator[Case]:
    headings = next(rows, [])
    if not any(COLUMNS.get(h.strip().lower()) == "question" for h in headings):
        raise CaseError(path, 1, f"第一行没有“问题”一栏，只有：{'、'.join(filter(None, headings))}")
    for line, cells in enumerate(rows, 2):
        if any(cell.strip() for cell in cells):
            yield case_of(dict(zip(headings, cells, strict=False)), path=path, line=line)


def _csv_rows(path: Path) -> Iterator[list[str]]:
    try:
        path.read_bytes().decode("utf-8-sig")
        encoding = "utf-8-sig"
    except UnicodeDecodeError:
        encoding = "gb18030"
    with path.open(encoding=encoding, newline="") as file:
        yield from csv.reader(file)


def _xlsx_rows(path: Path) -> Iterator[list[str]]:
    book = needed("openpyxl", extra="eval").load_workbook(path, read_only=True, data_only=True)
    try:
        for row in book.worksheets[0].iter_rows(values_only=True):
            yield ["" if cell is None else _printed(cell) for cell in row]
    finally:
        book.close()


def _printed(cell: object) -> str:
    """A cell as it is read: Excel keeps 28 as 28.0."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
