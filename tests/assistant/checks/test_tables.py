"""Sentences that cite rows of tables: what the cell says passes, what another cell says is caught."""

from __future__ import annotations

import pytest

from assistant.answers import Citation, Evidence
from assistant.checks.sentences import split as sentences_of
from assistant.checks.verdict import Verdict
from assistant.checks.verify import verify
from assistant.citations import cite
from sources.documents import Document
from sources.figures.prose import extract_figures
from sources.passages import split
from sources.readers import document_of

TOWNS = """# 松阳湾区2024年各镇经济情况

**表1 各镇主要指标**（单位：亿元）

| 镇 | 工业产值 | 同比（%） | 财政收入 | 同比（%） | 企业数（家） |
|---|---:|---:|---:|---:|---:|
| 柳市镇 | 120.50 | 6.4 | 9.80 | -2.1 | 310 |
| 虹桥镇 | 88.30 | -3.7 | 7.25 | 4.9 | 205 |
| 清江镇 | 45.16 | 10.2 | 3.06 | 1.3 | 96 |
| 大荆镇 | 30.74 | 2.8 | 2.55 | 7.6 | 71 |
| 合计 | 284.70 | 4.4 | 22.66 | 1.9 | 682 |

表2 2023年各镇主要指标（单位：亿元）

| 镇 | 工业产值 | 财政收入 |
|---|---:|---:|
| 柳市镇 | 113.25 | 10.01 |
| 虹桥镇 | 91.69 | 6.91 |
| 清江镇 | 40.98 | 3.02 |
"""
WORKS = """# 2025年河道整治任务分解表

| 序号 | 工程名称 | 概算（万元） | 责任单位 | 配合单位 | 完成时限 |
|---|---|---:|---|---|---|
| 1 | 北渠清淤 | 860 | 区水利局 | 区住建局 | 2025年6月底 |
| 2 | 东河护岸 | 2,140 | 区城管局 | 区水利局 | 2025年11月底 |
| 3 | 南塘泵站 | 1,350 | 区水利局 | 区应急局 | 2026年3月底 |
"""
BUSES = (
    "港口镇公交时刻表（2025年）\n\n线路\t起点\t首班车\t末班车\t票价（元）\n"
    "3路\t码头\t6:10\t20:30\t2\n8路\t医院\t5:50\t21:15\t3\n"
)
RICE = "镇,年份,元,水稻补贴面积（亩）\n柳市镇,2025,98000,310\n虹桥镇,2025,76500,205\n"
DOCUMENTS = {
    name: document_of(text.encode(), uri=name)
    for name, text in (("towns.md", TOWNS), ("works.md", WORKS), ("buses.txt", BUSES), ("rice.csv", RICE))
}
BY_ID = {document.id: document for document in DOCUMENTS.values()}


def rows(document: Document, *labels: str, table: int = 0) -> tuple[Citation, ...]:
    """A citation of the whole line of each row with one of these labels."""
    found = []
    for number, label in enumerate(labels, 1):
        cells = document.tables[table].cells
        row = next(cell.row for cell in cells if cell.text == label)
        own = [cell for cell in cells if cell.row == row]
        start, end = own[0].start, own[-1].end
        passage = next(each for each in reversed(split(document)) if each.start <= start)
        found.append(cite(Evidence(number, passage, start, end, 1.0), document))
    return tuple(found)


def check(name: str, labels: str, answer: str, *, question: str = "", table: int = 0) -> Verdict:
    """The verdict on an answer; one without marks is marked with all rows."""
    citations = rows(DOCUMENTS[name], *labels.split("|"), table=table)
    marks = "" if "[1]" in answer else "".join(f"[{each.number}]" for each in citations)
    return verify(answer + marks, citations, question=question, document=BY_ID.__getitem__)


RIGHT = [
    ("towns.md", "柳市镇", "柳市镇2024年工业产值为120.50亿元。", ""),
    ("towns.md", "柳市镇", "柳市镇工业产值达到120.5亿元，同比增长6.4%。", ""),
    ("towns.md", "柳市镇", "财政收入9.80亿元，下降2.1%。", "柳市镇财政收入怎么样？"),
    ("towns.md", "虹桥镇", "-3.7%。", "虹桥镇工业产值同比是多少？"),
    ("towns.md", "虹桥镇", "虹桥镇工业产值同比（%）为-3.7%。", ""),
    ("towns.md", "虹桥镇|清江镇", "虹桥镇、清江镇的企业数分别为205家、96家。", ""),
    ("towns.md", "清江镇", "工业产值增长最快的是清江镇，增长10.2%。", ""),
    ("towns.md", "虹桥镇", "工业产值同比下降的只有虹桥镇，下降3.7%。", ""),
    ("towns.md", "柳市镇|虹桥镇", "财政收入超过5亿元的有2个：柳市镇、虹桥镇。", ""),
    ("towns.md", "柳市镇|虹桥镇", "共2个：柳市镇、虹桥镇。", "财政收入超过5亿元的镇有几个？"),
    ("towns.md", "柳市镇|虹桥镇|清江镇", "工业产值排名前三的是柳市镇、虹桥镇、清江镇。", ""),
    ("towns.md", "虹桥镇", "虹桥镇工业产值为88.30亿元，排名第二。", ""),
    ("towns.md", "柳市镇|虹桥镇", "柳市镇和虹桥镇工业产值合计208.80亿元＝120.50＋88.30。", ""),
    ("towns.md", "柳市镇|虹桥镇", "工业产值平均为104.40亿元（(120.50亿元 + 88.30亿元) ÷ 2 = 104.40亿元）。", ""),
    ("towns.md", "柳市镇|合计", "柳市镇工业产值占合计的42.3%（120.50÷284.70×100%＝42.3%）。", ""),
    ("towns.md", "柳市镇|虹桥镇", "柳市镇的财政收入高于虹桥镇。", ""),
    ("works.md", "东河护岸", "东河护岸由区城管局负责，区水利局配合，2025年11月底前完成。", ""),
    ("works.md", "北渠清淤|南塘泵站", "责任单位是区水利局的有2项：北渠清淤、南塘泵站。", ""),
    ("works.md", "南塘泵站", "完成时限最晚的是南塘泵站，为2026年3月底。", ""),
    ("buses.txt", "8路", "8路的末班车是21:15，票价3元。", ""),
    ("buses.txt", "8路", "首班车最早的是8路，5:50发车。", ""),
]
WRONG = [
    ("towns.md", "柳市镇", "虹桥镇2024年工业产值为120.50亿元。", ""),
    ("towns.md", "柳市镇", "柳市镇2024年工业产值为88.30亿元。", ""),
    ("towns.md", "柳市镇", "柳市镇财政收入为120.50亿元。", ""),
    ("towns.md", "柳市镇", "柳市镇工业产值为120.50万元。", ""),
    ("towns.md", "柳市镇", "柳市镇工业产值为12.05万亿元。", ""),
    ("towns.md", "柳市镇", "柳市镇2021年工业产值为120.50亿元。", ""),
    ("towns.md", "柳市镇", "120.50亿元。", "柳市镇2021年工业产值是多少？"),
    ("towns.md", "柳市镇", "柳市镇外贸进出口额为120.50亿元。", ""),
    ("towns.md", "柳市镇", "9.80亿元。", "柳市镇工业产值是多少？"),
    ("towns.md", "虹桥镇", "虹桥镇工业产值同比增长3.7%。", ""),
    ("towns.md", "虹桥镇", "虹桥镇工业产值同比为3.7%。", ""),
    ("towns.md", "虹桥镇", "虹桥镇工业产值同比增长4.9%。", ""),
    ("towns.md", "虹桥镇|清江镇", "虹桥镇、清江镇的企业数分别为96家、205家。", ""),
    ("towns.md", "虹桥镇", "工业产值最高的是虹桥镇，为88.30亿元。", ""),
    ("towns.md", "柳市镇|虹桥镇|大荆镇", "工业产值排名前三的是柳市镇、虹桥镇、大荆镇。", ""),
    ("towns.md", "虹桥镇", "虹桥镇工业产值为88.30亿元，排名第一。", ""),
    ("towns.md", "柳市镇", "财政收入超过5亿元的有1个：柳市镇。", ""),
    ("towns.md", "柳市镇|虹桥镇|清江镇", "财政收入超过5亿元的有柳市镇、虹桥镇、清江镇。", ""),
    ("towns.md", "柳市镇|虹桥镇", "共3个：柳市镇、虹桥镇。", "财政收入超过5亿元的镇有几个？"),
    ("towns.md", "柳市镇|虹桥镇", "柳市镇和虹桥镇工业产值合计209.80亿元＝120.50＋88.30。", ""),
    ("towns.md", "柳市镇|虹桥镇", "柳市镇和虹桥镇工业产值合计17.05亿元＝9.80＋7.25。", ""),
    ("towns.md", "柳市镇|虹桥镇", "柳市镇和虹桥镇工业产值合计165.66亿元＝120.50＋45.16。", ""),
    ("towns.md", "柳市镇|虹桥镇", "虹桥镇的财政收入高于柳市镇。", ""),
    ("works.md", "东河护岸", "东河护岸由区水利局负责，区城管局配合。", ""),
    ("works.md", "东河护岸", "东河护岸的责任单位是区应急局。", ""),
    ("works.md", "东河护岸", "东河护岸2025年6月底前完成。", ""),
    ("works.md", "东河护岸", "东河护岸没有由区城管局负责。", ""),
    ("works.md", "北渠清淤|东河护岸", "责任单位是区水利局的有2项：北渠清淤、东河护岸。", ""),
    ("works.md", "东河护岸", "完成时限最晚的是东河护岸，为2025年11月底。", ""),
    ("buses.txt", "8路", "8路的末班车是5:50。", ""),
    ("buses.txt", "3路", "8路的末班车是20:30。", ""),
]


@pytest.mark.parametrize(("name", "labels", "answer", "question"), RIGHT)
def test_what_a_cell_says_passes(name: str, labels: str, answer: str, question: str) -> None:
    verdict = check(name, labels, answer, question=question)

    assert verdict.ok, verdict.problems
    assert all(figure.verified for figure in verdict.figures)


@pytest.mark.parametrize(("name", "labels", "answer", "question"), WRONG)
def test_what_no_cited_cell_says_is_caught(name: str, labels: str, answer: str, question: str) -> None:
    assert not check(name, labels, answer, question=question).ok


def test_headers_that_are_units_are_no_names() -> None:
    assert check("rice.csv", "虹桥镇", "虹桥镇水稻补贴面积为205亩。[1]").ok
    assert not check("rice.csv", "虹桥镇", "虹桥镇水稻补贴面积为310亩。[1]").ok


def test_a_column_of_years_says_of_which_year_a_row_is() -> None:
    assert check("rice.csv", "虹桥镇", "2025年虹桥镇水稻补贴面积为205亩。[1]").ok
    assert not check("rice.csv", "虹桥镇", "2024年虹桥镇水稻补贴面积为205亩。[1]").ok


def test_a_row_of_another_table_is_no_evidence() -> None:
    assert check("towns.md", "柳市镇", "柳市镇2023年工业产值为113.25亿元。", table=1).ok
    assert not check("towns.md", "柳市镇", "柳市镇2024年工业产值为120.50亿元。", table=1).ok
    assert not check("towns.md", "柳市镇", "柳市镇2024年工业产值为113.25亿元。", table=1).ok


TABLE = """| 镇 | 工业产值 | 财政收入同比 |
| --- | --- | --- |
| 柳市镇 | {}[1] | -2.1%[1] |
| {} | 88.30亿元[2] | {}[2] |"""


@pytest.mark.parametrize(
    ("filled", "right"),
    [
        (("120.50亿元", "虹桥镇", "4.9%"), True),
        (("120.50亿元", "虹桥镇", "-3.7%"), False),  # the header's neighbour
        (("88.30亿元", "虹桥镇", "4.9%"), False),  # another row
        (("120.50亿元", "清江镇", "4.9%"), False),
        (("9.80亿元", "虹桥镇", "4.9%"), False),
        (("120.50万元", "虹桥镇", "4.9%"), False),
    ],
)
def test_each_cell_of_a_markdown_table_is_held_against_its_own(filled: tuple[str, ...], right: bool) -> None:
    verdict = check("towns.md", "柳市镇|虹桥镇", TABLE.format(*filled))

    assert verdict.ok is right
    assert [judgement.marks for judgement in verdict.judgements] == [(1, 2), (1, 1), (2, 2)]


def test_a_table_turned_round_names_its_row_in_the_header() -> None:
    table = "| 指标 | 清江镇 |\n| --- | --- |\n| 工业产值 | 45.16亿元[1] |\n| 企业数（家） | {}[1] |"

    assert check("towns.md", "清江镇", table.format("96")).ok
    assert not check("towns.md", "清江镇", table.format("71")).ok


def test_figures_say_where_their_cell_stands() -> None:
    document = DOCUMENTS["towns.md"]
    citations = rows(document, "柳市镇")
    answer = "柳市镇工业产值为120.50亿元，同比增长6.4%。[1]"
    verdict = verify(answer, citations, document=BY_ID.__getitem__, figures=lambda _id: extract_figures(document))

    first, second = verdict.figures
    assert (first.text, first.value, first.unit, first.citation) == ("120.50亿元", "12050000000", "元", 1)
    assert document.text[first.start or 0 : first.end or 0] == "120.50"
    assert (second.unit, second.verified) == ("%", True)


def test_the_header_of_a_markdown_table_leads_to_its_rows() -> None:
    header, row = sentences_of("| 地区 | 规模以上工业增加值 |\n| --- | --- |\n| 甲镇 | 3亿元[2] |")

    assert (header.heads, header.marks, header.borrowed) == (True, (2,), True)
    assert [(cell.head, cell.text, cell.marks) for cell in row.row] == [
        ("地区", "甲镇", ()), ("规模以上工业增加值", "3亿元", (2,)),
    ]  # fmt: skip


@pytest.mark.parametrize(("word", "holds"), [("增加", True), ("减少", False)])
def test_a_change_goes_the_way_from_the_first_value_to_the_last(word: str, holds: bool) -> None:
    text = "| 指标 | 2021年 | 2024年 |\n|---|---:|---:|\n| 村集体经营性收入（万元） | 62 | 95 |\n"
    document = document_of(f"# 双溪村集体收入\n\n{text}".encode(), uri="years.md")
    sentence = f"村集体经营性收入从2021年的62万元到2024年的95万元，{word}33万元（95万元 - 62万元 = 33万元）。[1]"
    verdict = verify(sentence, rows(document, "村集体经营性收入（万元）"), document=lambda _: document)
    assert verdict.ok is holds
