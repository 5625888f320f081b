"""Excel and CSV, as a staff member fills them in: the first row names the columns, each further row is a case.

    问题                         | 答案   | 数字   | 必含 | 不得含 | 文档           | 依据               | 类型
    2024年杭州新增公交线路多少条？ | 28条。 | 28条   |      | 31条   | transport-2024 | 新增公交线路28条    | figure

Only 问题 (or question) is needed. Several entries of a cell stand on lines of their own or between `;` or `；`; phrases
of which one is enough between `|` or `/`. 可答 = 否 marks a question that the documents can't answer.

A table of questions and answers alone will do, also without headings. What a right answer must say is then taken from
the answers (`eval.rules`), for somebody to correct.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from eval.cases import Case, CaseError, CaseSet, parsed
from eval.rules import from_answer
from eval.systems import needed

COLUMNS = {
    "编号": "id", "id": "id",
    "问题": "question", "题目": "question", "提问": "question", "问": "question", "问句": "question",
    "question": "question", "questions": "question", "query": "question", "q": "question", "prompt": "question",
    "答案": "answer", "标准答案": "answer", "参考答案": "answer", "正确答案": "answer", "正确的回答": "answer",
    "回答": "answer", "答": "answer", "answer": "answer", "answers": "answer", "a": "answer",
    "expected": "answer", "expected answer": "answer", "reference": "answer", "reference answer": "answer",
    "ground truth": "answer", "ground_truth": "answer",
    "数字": "figures", "数据": "figures", "figures": "figures", "numbers": "figures",
    "必含": "must_include", "关键词": "must_include", "must_include": "must_include", "keywords": "must_include",
    "key words": "must_include",
    "不得含": "must_not", "must_not": "must_not",
    "文档": "docs", "文件": "docs", "文件名": "docs", "docs": "docs", "document": "docs", "documents": "docs",
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
_NOTE = re.compile(r"[（(【\[].*?[）)】\]]|[*＊:：]")
"""What stands around a heading: 问题（必填）*"""
_ASKS = re.compile(
    r"[？?]\s*$|吗|多少|什么|如何|怎样|怎么|哪|几|是否|谁|何时|^(?:what|who|when|where|which|how|is|are|does|do)\b",
    re.I,
)
_LOOKED_AT = 50
"""Rows at the head of a table, by which its columns are told."""
_LISTS = ("figures", "must_not", "docs", "evidence", "history")


def load_csv(path: Path, seed: int, options: Mapping[str, object]) -> CaseSet:  # noqa: ARG001
    """The rows of a CSV file (UTF-8, with or without BOM, or GB18030, as Excel saves it in China)."""
    return CaseSet(lambda: _cases(path, _csv_rows(path)), rules_from_answers=lambda: _is_plain(path, _csv_rows(path)))


def load_xlsx(path: Path, seed: int, options: Mapping[str, object]) -> CaseSet:  # noqa: ARG001
    """The rows of an Excel file's first sheet. Raises MissingExtraError without openpyxl."""
    return CaseSet(lambda: _cases(path, _xlsx_rows(path)), rules_from_answers=lambda: _is_plain(path, _xlsx_rows(path)))


def case_of(row: Mapping[str, str], *, path: Path, line: int, is_plain: bool = False) -> Case:
    """The case in one row, by column heading; of a plain table, with what a right answer must say as the answer says
    it. Raises CaseError."""
    return _case({_field(heading): cell for heading, cell in row.items()}, path=path, line=line, is_plain=is_plain)


def _case(row: Mapping[str, str], *, path: Path, line: int, is_plain: bool) -> Case:
    data: dict[str, Any] = {"id": f"{path.stem}-{line:04d}"}
    for name, cell in row.items():
        if name and (text := cell.strip()):
            data[name] = _value(name, text, path=path, line=line)
    if "question" not in data:
        raise CaseError(path, line, "问题：这一格是空的，每一行都要有问题。请补上，或删去这一行")
    if is_plain:
        data = from_answer(data["question"], data.get("answer", "")) | data
    if data.get("answerable") is False:
        data.setdefault("type", "unanswerable")
    return parsed(data, path=path, line=line)


def _field(heading: str) -> str:
    """The field of Case that a heading names; "" for the author's notes."""
    return COLUMNS.get(_NOTE.sub("", heading).strip().lower(), "")


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


class _Columns:
    """What the columns of a table hold, and on which line its cases begin."""

    def __init__(self, fields: Sequence[str], first: int) -> None:
        self.fields = fields
        self.first = first
        self.is_plain = not {"figures", "must_include"} & set(fields)

    @classmethod
    def told_by(cls, rows: Sequence[Sequence[str]], path: Path) -> _Columns:
        """As its headings say, which may stand below a title, or without any as its cells do: a column that asks, and
        the next one that is filled in. Raises CaseError where neither tells."""
        for number, cells in enumerate(rows):
            fields = [_field(cell) for cell in cells]
            if "question" in fields:
                return cls(fields, number + 2)
        filled = [cells for cells in rows if any(cell.strip() for cell in cells)]
        width = max(map(len, filled), default=0)
        columns = [[cells[at] if at < len(cells) else "" for cells in filled] for at in range(width)]
        asking = [sum(bool(_ASKS.search(cell)) for cell in column) for column in columns]
        if not asking or max(asking) * 2 < len(filled):
            named = "、".join(filter(None, rows[0])) if rows else ""
            raise CaseError(
                path, 1, f"没有“问题”一栏，也看不出哪一栏是问题（第一行是：{named}）。请在第一行写上栏名：问题、答案"
            )
        question = asking.index(max(asking))
        right = (at for at in range(question + 1, width) if any(cell.strip() for cell in columns[at]))
        answer = next(right, None)
        names = {question: "question", **({answer: "answer"} if answer is not None else {})}
        return cls([names.get(at, "") for at in range(width)], 1)


def _is_plain(path: Path, rows: Iterator[list[str]]) -> bool:
    return _Columns.told_by(list(islice(rows, _LOOKED_AT)), path).is_plain


def _cases(path: Path, rows: Iterator[list[str]]) -> Iterator[Case]:
    head = list(islice(rows, _LOOKED_AT))
    columns = _Columns.told_by(head, path)
    for line, cells in enumerate(chain(head, rows), 1):
        if line >= columns.first and any(cell.strip() for cell in cells):
            row: dict[str, str] = {}
            for field, cell in zip(columns.fields, cells, strict=False):
                row.setdefault(field, cell)
            yield _case(row, path=path, line=line, is_plain=columns.is_plain)


def _csv_rows(path: Path) -> Iterator[list[str]]:
    try:
        path.read_bytes().decode("utf-8-sig")
        encoding = "utf-8-sig"
    except UnicodeDecodeError:
        encoding = "gb18030"
    with path.open(encoding=encoding, newline="") as file:
        head = file.read(4096)
        file.seek(0)
        first = head.partition("\n")[0]
        yield from csv.reader(file, delimiter=max(",\t;", key=first.count))


def _xlsx_rows(path: Path) -> Iterator[list[str]]:
    try:
        book = needed("openpyxl", extra="eval").load_workbook(path, read_only=True, data_only=True)
    except (OSError, KeyError, ValueError, BadZipFile) as error:
        if isinstance(error, FileNotFoundError):
            raise
        reason = "打不开：不是 Excel 文件（.xlsx），或已损坏。请在 Excel 里另存为 .xlsx"
        raise CaseError(path, 1, reason) from None
    try:
        for row in book.worksheets[0].iter_rows(values_only=True):
            yield ["" if cell is None else _printed(cell) for cell in row]
    finally:
        book.close()


def _printed(cell: object) -> str:
    """A cell as it is read: Excel keeps 28 as 28.0."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
