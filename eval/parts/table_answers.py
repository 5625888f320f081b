"""Right answers over tables, for measuring the checker: every form in which a table's cells are told.

A fact is a cell with the words that name it: 石浦县 · 规上工业增加值 · 203.40亿元. One or more of them make an answer:

    cell       石浦县规上工业增加值为203.40亿元。[1]
    row        石浦县规上工业增加值为203.40亿元，同比为8.6%。[1]
    several    石浦县的规上工业增加值为203.40亿元，梅岭县为45.07亿元。[1][2]
    table      | 石浦县 | 203.40亿元[1] | 8.6%[1] |
    extreme    规上工业增加值最高的是石浦县，为203.40亿元。[1]
    sum        石浦县和梅岭县的规上工业增加值合计248.47亿元（203.40亿元＋45.07亿元＝248.47亿元）。[1][2]

The tables are our own (`eval/data/tables-made.jsonl`) and, where they lie there, those of files in `../shared`.
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from assistant.answers import Citation, Evidence
from assistant.citations import cite
from eval.parts.gold_answers import DATA, SHARED, passage_at
from sources.documents import Document
from sources.readers import document_of
from sources.readers import read as read_document
from sources.tables import Table

MADE = DATA / "tables-made.jsonl"
_FILES = SHARED / "data" / "files"
_PUBLIC = SHARED / "data" / "more" / "tables" / "im-tqa-tables.jsonl.xz"
_MOST_SHARED = 100
_MOST_BYTES = 400_000
_KINDS = ("md", "csv", "html", "xlsx", "docx", "txt")
_NUMBER = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_VALUE = re.compile(rf"({_NUMBER.pattern})\s*([%％]?)")
_UNIT = re.compile(r"[（(](?:单位[:：])?([^（）()]{1,8})[）)]\s*$")
_TOTAL = re.compile("合计|总计|小计|全[市县区省国]|平均|Total")
_CHANGE = re.compile("同比|环比|增长|增速|增减|增幅")
_WHO = re.compile("单位|部门|机构|领导|责任人|联系人")
_ORDER = re.compile("序号|编号|备注|单位|年份|代码")
_DAY = re.compile(r"20\d\d年\d{1,2}月(?:\d{1,2}日)?")
_YEAR = re.compile(r"20[012]\d年(?![上下]半年|[一二三四1-4]季度|\d+月)")


@dataclass(frozen=True, slots=True)
class Fact:
    """A cell, and how it is told."""

    row: int
    column: int
    label: str
    header: str
    value: str
    """With its unit."""
    number: Decimal | None
    """As printed; None for words."""
    unit: str
    mark: int = 0
    """The row that it is cited by; a corruption may cite another."""


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """An answer over a table."""

    id: str
    form: str
    question: str
    text: str
    citations: tuple[Citation, ...]
    documents: Mapping[str, Document]


class Grid:
    """A table with what answers over it are made of."""

    def __init__(self, document: Document, table: Table, name: str) -> None:
        self.document = document
        self.table = table
        self.name = name
        self.facts: dict[tuple[int, int], Fact] = {}
        labels = [label[-1] if label else "" for label in table.rows]
        for cell in table.cells:
            label, header = labels[cell.row], self.header(cell.column)
            if not label or not header or cell.text in table.rows[cell.row] or len(cell.text) > 40:
                continue
            if (
                labels.count(label) > 1
                or _TOTAL.search(re.sub(r"\s", "", label))
                or re.fullmatch(r"[\d\W年月日]+", label)
            ):
                continue
            unit = self.unit(cell.column)
            value = _VALUE.fullmatch(cell.text)
            number = Decimal(value[1].replace(",", "")) if value else None
            unit = "" if number is None else value[2] or unit if value else ""
            words = cell.text if value and value[2] else cell.text + unit
            self.facts[cell.row, cell.column] = Fact(
                cell.row, cell.column, label, header, words, number, unit, cell.row
            )
        headers = [self.header(column) for column in range(len(table.columns))]
        self.numeric = [
            column
            for column in range(len(headers))
            if headers.count(headers[column]) == 1
            and not _ORDER.search(headers[column])
            and sum(fact.number is not None for fact in self.of(column)) >= max(2, len(self.of(column)))
        ]
        self.worded = [
            column
            for column in range(len(headers))
            if headers.count(headers[column]) == 1
            and not re.search("序号|备注", headers[column])
            and len(self.of(column)) > 1
            and all(fact.number is None and re.search("[一-鿿]", fact.value) for fact in self.of(column))
        ]

    def of(self, column: int) -> list[Fact]:
        """The facts of a column."""
        return [fact for (_, at), fact in self.facts.items() if at == column]

    def of_row(self, row: int) -> list[Fact]:
        """The facts of a row, in the columns that can be told apart."""
        return [self.facts[row, at] for at in (*self.numeric, *self.worded) if (row, at) in self.facts]

    def header(self, column: int) -> str:
        """The header of a column as it is told: a mere 同比 with what it is a change of."""
        path = [_UNIT.sub("", name).strip() for name in self.table.columns[column]]
        own = (" " if path and path[0].isascii() else "").join(path)
        if re.fullmatch("同比(?:增长|增速)?|环比|比上年增减|增速", own) and column:
            before = [
                _UNIT.sub("", "".join(self.table.columns[at]))
                for at in range(1, column)
                if not _CHANGE.search("".join(self.table.columns[at]))
            ]
            return (before[-1] if before else "") + own
        return re.sub("^其中[:：]", "", own)

    def unit(self, column: int) -> str:
        """The unit of a column's numbers."""
        path = self.table.columns[column]
        note = _UNIT.search(path[-1]) if path else None
        unit = note[1] if note else self.table.units[column]
        return (
            unit
            if re.search("[%元亩吨斤克米人户家个套座公里顷升天月年辆台次枚株量分]", unit) and "局" not in unit
            else ""
        )

    def cited(self, rows: Sequence[int]) -> tuple[Citation, ...]:
        """A citation a row, its whole line quoted."""
        found = []
        for number, row in enumerate(dict.fromkeys(rows), 1):
            cells = [cell for cell in self.table.cells if cell.row == row]
            start, end = cells[0].start, max(cell.end for cell in cells)
            found.append(cite(Evidence(number, passage_at(self.document, start), start, end, 1.0), self.document))
        return tuple(found)

    def answer(self, form: str, at: str, question: str, text: str, rows: Sequence[int]) -> TableAnswer:
        """An answer whose text has the marks {row}, one for each of `rows`."""
        numbers = {row: number for number, row in enumerate(dict.fromkeys(rows), 1)}
        marked = re.sub(r"\{(\d+)\}", lambda match: f"[{numbers[int(match[1])]}]", text)
        citations = self.cited(rows)
        return TableAnswer(
            f"{self.name}/{form}/{at}", form, question, marked, citations, {self.document.id: self.document}
        )


def grids() -> list[Grid]:
    """The tables: our own, and those of shared files where these are here."""
    found = []
    with MADE.open(encoding="utf-8") as file:
        for line in file:
            data = json.loads(line)
            document = document_of(data["text"].encode(), uri=data["name"])
            found += [Grid(document, table, f"{data['name']}#{at}") for at, table in enumerate(document.tables)]
    return [grid for grid in found if grid.numeric or grid.worded]


def shared_grids() -> list[Grid]:
    """Tables of files and of a public set beside the repository; none where these are not here."""
    found: list[Grid] = []
    paths = [path for kind in _KINDS for path in sorted((_FILES / kind).glob(f"*.{kind}"))] if _FILES.exists() else []
    for path in paths:
        if path.stat().st_size <= _MOST_BYTES:
            try:
                found += _of(read_document(path), path.name)
            except (OSError, ValueError):
                continue  # files that are kept there for being unreadable
    for number, rows in enumerate(_public()):
        lines = [f"| {' | '.join(cell.replace('|', '｜') for cell in row)} |" for row in rows]
        lines.insert(1, f"|{' --- |' * len(rows[0])}")
        found += _of(document_of("\n".join(lines).encode(), uri=f"public-{number}.md"), f"public-{number}")
    return [grid for grid in found if len(grid.numeric) > 1 and len(grid.facts) > 5][:_MOST_SHARED]


def _of(document: Document, name: str) -> list[Grid]:
    tables = [table for table in document.tables if 3 <= len(table.rows) <= 200]
    return [Grid(document, table, f"{name}#{at}") for at, table in enumerate(tables[:2])]


def _public() -> Iterator[list[list[str]]]:
    """Rows of tables of IM-TQA (Zheng et al. 2023), from annual reports and encyclopedias."""
    if not _PUBLIC.exists():
        return
    with lzma.open(_PUBLIC, "rt", encoding="utf-8") as file:
        for line in file:
            data = json.loads(line)
            if data["kind"] in ("vertical", "hierarchical") and len(data["rows"]) > 3:
                yield data["rows"]


# --- facts told ---------------------------------------------------------------------------------------------------

FORMS = ("cell", "dated", "free", "short", "row", "several", "listed", "table", "turned", "items", "words", "who")


def told(form: str, facts: Sequence[Fact], grid: Grid) -> tuple[str, str]:
    """Question and answer, its marks as {row}."""
    first = facts[0]
    marks = "".join(f"{{{row}}}" for row in dict.fromkeys(fact.mark for fact in facts))
    asked = f"{first.label}的{first.header}是多少？"
    year = _year(grid)
    if form == "cell":
        return asked, f"{first.label}{first.header}为{first.value}。{marks}"
    if form == "dated":
        return asked, f"{first.label}{year}{first.header}为{first.value}。{marks}"
    if form == "free":
        return asked, f"数据显示，{first.label}{_freely(first)}。{marks}"
    if form == "short":
        return asked, f"{first.value}。{marks}"
    if form == "row":
        said = "，".join(f"{fact.header}为{fact.value}" for fact in facts)
        return f"{first.label}的{'和'.join(fact.header for fact in facts)}各是多少？", f"{first.label}{said}。{marks}"
    names = "、".join(fact.label for fact in facts)
    asked_all = f"{names}的{first.header}分别是多少？"
    if form == "several":
        said = "，".join(f"{fact.label}为{fact.value}" for fact in facts[1:])
        return asked_all, f"{first.label}的{first.header}为{first.value}，{said}。{marks}"
    if form == "listed":
        return asked_all, f"{names}的{first.header}分别为{'、'.join(fact.value for fact in facts)}。{marks}"
    if form == "items":
        items = "\n".join(f"- {fact.label}：{fact.value}{{{fact.mark}}}" for fact in facts)
        return asked_all, f"{first.header}如下：\n{items}"
    if form == "table":
        headers = list(dict.fromkeys(fact.header for fact in facts))
        lines = [f"| 名称 | {' | '.join(headers)} |", f"|{' --- |' * (len(headers) + 1)}"]
        for label in dict.fromkeys(fact.label for fact in facts):
            own = {fact.header: fact for fact in facts if fact.label == label}
            cells = (f"{own[name].value}{{{own[name].mark}}}" if name in own else "—" for name in headers)
            lines.append(f"| {label} | {' | '.join(cells)} |")
        return f"{names}的{'、'.join(headers)}情况", "\n".join(lines)
    if form == "turned":
        lines = [f"| 指标 | {first.label} |", "| --- | --- |"]
        lines += [f"| {fact.header} | {fact.value}{{{fact.mark}}} |" for fact in facts]
        return f"{first.label}的各项数据", "\n".join(lines)
    if form == "words":
        return f"{first.label}的{first.header}是什么？", f"{first.label}的{first.header}是{first.value}。{marks}"
    return f"{first.label}由谁负责？", f"{first.label}由{first.value}负责。{marks}"


def _freely(fact: Fact) -> str:
    """A cell as a person would tell it: 同比下降2.3%."""
    if fact.number is not None and _CHANGE.search(fact.header) and fact.unit == "%" and fact.number:
        metric = re.sub("(?:同比|环比|比上年)?(?:增长|增速|增减|增幅)?$", "", fact.header)
        compared = "环比" if "环比" in fact.header else "同比"
        return f"{metric}{compared}{'下降' if fact.number < 0 else '增长'}{fact.value.lstrip('-')}"
    return f"的{fact.header}达到{fact.value}"


def _year(grid: Grid) -> str:
    """The year that caption or title names; "" where a header names one or the table several."""
    texts = (_DAY.sub("", grid.table.caption), grid.document.title)
    if any(_YEAR.search("".join(path)) for path in grid.table.columns):
        return ""
    named = [years for text in texts if (years := set(_YEAR.findall(text)))]
    return named[0].pop() if named and len(named[0]) == 1 else ""


def chosen(form: str, grid: Grid, random: Random) -> list[Fact]:
    """Facts that the form can tell; none where the table has none."""
    numbers = [fact for column in grid.numeric for fact in grid.of(column) if fact.number is not None]
    if form in ("words", "who"):
        columns = [column for column in grid.worded if form == "words" or _WHO.search(grid.header(column))]
        words = [fact for column in columns for fact in grid.of(column)]
        return [random.choice(words)] if words else []
    if not numbers or (form == "dated" and not _year(grid)):
        return []
    first = random.choice(numbers)
    if form in ("cell", "dated", "free", "short"):
        return [first]
    own = [fact for fact in grid.of_row(first.row) if fact is not first]
    if form in ("row", "turned"):
        return [first, *random.sample(own, min(2, len(own)))] if own else []
    column = [fact for fact in grid.of(first.column) if fact.row != first.row]
    others = random.sample(column, min(2, len(column)))
    if not others:
        return []
    facts = [first, *others]
    if form == "table":
        columns = random.sample([at for at in grid.numeric if at != first.column] or [first.column], 1)
        facts = sorted(
            [first, *others, *(grid.facts[f.row, at] for f in facts for at in columns if (f.row, at) in grid.facts)],
            key=lambda fact: fact.row,
        )
        facts = list(dict.fromkeys(facts))
    return facts


def right_facts(grid: Grid, *, seed: int, each: int = 2) -> Iterator[tuple[str, list[Fact], int]]:
    """Form and facts of right answers, always the same for a seed."""
    for form in FORMS:
        for number in range(each):
            facts = chosen(form, grid, Random(f"{seed} {grid.name} {form} {number}"))
            if facts:
                yield form, facts, number
