"""The tables and figures of answers as spreadsheets take them up."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date

import openpyxl
import pytest

from assistant.answers import AnswerFigure, Table, TableCell
from assistant.exports.content import Export
from assistant.exports.numbers import numbers_as_csv, numbers_as_xlsx
from tests.fakes.assistant import CLARIFY, NOT_FOUND, RURAL

DAY = date(2026, 11, 27)
TREND = replace(
    RURAL,
    question="收入的变化？",
    table=Table(
        "收入",
        "元",
        "trend",
        ("云栖市",),
        ("2023", "2024", "2025-Q1..Q3"),
        ((TableCell("5.1万元", "51198", "元", 1),), (None,), (TableCell("54321元", "54321", "元", 2),)),
    ),
)
HOSTILE = replace(
    RURAL,
    question="=cmd|' /C calc'!A0",
    citations=(replace(RURAL.citations[0], title="@SUM(1)", quote="+1\n=2"),),
    figures=(AnswerFigure("-3.5%", "-0.035", "%", "=HYPERLINK(0)", "\t甲", "", "growth", 1, verified=False),),
)


def rows(export: Export) -> list[list[str]]:
    text = numbers_as_csv(export)
    assert text[0] == "\ufeff"
    return list(csv.reader(io.StringIO(text[1:])))


def test_a_trend_is_a_table_with_its_sources() -> None:
    head, first, second, third = rows(Export((TREND,), DAY))
    assert head == ["收入（元）", "云栖市", "来源"]
    assert first[:2] == ["2023年", "51198"]
    assert first[2].startswith("《云栖市2025年国民经济公报》，云栖市统计局")
    assert second == ["2024年", "", ""]
    assert third[:2] == ["2025年前三季度", "54321"]


def test_an_answer_without_a_table_gives_its_figures() -> None:
    head, row = rows(Export((RURAL,), DAY))
    told = dict(zip(head, row, strict=True))
    assert told["数值"] == "54321"
    assert told["核对"] == "与引文一致"
    assert told["原句"] == RURAL.citations[0].quote
    assert dict(zip(*rows(Export((replace(RURAL, confidence=0.1),), DAY)), strict=True))["核对"] == "请核对"


def test_several_answers_stand_one_below_the_other() -> None:
    told = rows(Export((TREND, NOT_FOUND, RURAL), DAY))
    assert [row[0] for row in told if row] == [
        TREND.question, "收入（元）", "2023年", "2024年", "2025年前三季度",
        RURAL.question, "问题", RURAL.question,
    ]  # fmt: skip


def test_no_cell_is_a_formula() -> None:
    for row in rows(Export((HOSTILE, HOSTILE), DAY)):
        assert not [cell for cell in row if cell[:1] in {"=", "+", "@", "\t"} or cell.startswith("-3.5%")]
    book = openpyxl.load_workbook(io.BytesIO(numbers_as_xlsx(Export((HOSTILE,), DAY))))
    cells = [cell for sheet in book for row in sheet for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert "=HYPERLINK(0)" in {cell.value for cell in cells}


def test_a_workbook_has_tables_figures_and_sources() -> None:
    book = openpyxl.load_workbook(io.BytesIO(numbers_as_xlsx(Export((TREND, RURAL), DAY))))
    assert book.sheetnames == ["表 1", "回答中的数字", "来源"]
    assert [cell.value for cell in book["表 1"]["B"]] == ["云栖市", 51198, None, 54321]
    assert [cell.value for cell in book["回答中的数字"]["C"]] == ["数值", 54321, 54321]
    assert book["来源"]["B2"].value.startswith("云栖市统计局. 云栖市2025年国民经济公报[Z]. 2026-02-10.")


def test_answers_without_numbers_are_no_spreadsheet() -> None:
    for make in (numbers_as_csv, numbers_as_xlsx):
        with pytest.raises(ValueError, match="没有表格，也没有数字；请改用"):
            make(Export((NOT_FOUND, CLARIFY), DAY))
