"""Questions beside tables: which rows and columns answer, and what is no question for the table."""

from __future__ import annotations

import pytest

from assistant.extractive.tabular.answer import find
from assistant.extractive.tabular.asks import ask_of
from assistant.extractive.tabular.finding import Found
from assistant.extractive.tabular.views import views_of
from assistant.question.terms import flattened
from sources.figures.prose import extract_figures
from sources.figures.tables import tables
from sources.readers.files import document_of

CROPS = """# 秋浦县2024年粮食和经济作物生产情况

单位：公顷、吨

| 作物 | 播种面积（公顷） | 总产量（吨） | 同比（%） | 主产乡镇 |
|---|---:|---:|---:|---|
| 早稻 | 3,120 | 18,720 | 2.4 | 沙溪镇 |
| 晚稻 | 5,480 | 36,168 | -1.2 | 沙溪镇 |
| 油菜 | 2,060 | 4,532 | 8.9 | 石桥乡 |
| 大豆 | 940 | 2,162 | -0.6 | 汤口乡 |
| 合计 | 11,600 | 61,582 | 1.1 | |
"""
DUTIES = """# 2026年民生实事责任分解表

| 序号 | 事项 | 牵头单位 | 完成时限 | 计划投资（万元） |
|---|---|---|---|---:|
| 1 | 改造农贸市场6家 | 县市场监管局 | 2026年9月底 | 1,800 |
| 2 | 新建公办幼儿园2所 | 县教育局 | 2026年8月底 | 5,600 |
| 3 | 加装电梯40台 | 县住建局 | 2026年12月底 | 2,400 |
| 4 | 建设口袋公园5个 | 县综合执法局 | 2026年6月底 | 950 |
"""
YEARS = """# 南浦市城乡居民收入

| 指标 | 2022年 | 2023年 | 2024年 |
|---|---:|---:|---:|
| 城镇居民人均可支配收入（元） | 58,210 | 61,344 | 64,110 |
| 农村居民人均可支配收入（元） | 33,105 | 35,620 | 38,004 |
"""


def found(text: str, question: str) -> Found | None:
    document = document_of(text.encode(), uri="表.md")
    figures = extract_figures(document)
    ask = ask_of(flattened(question))
    every = [
        each for table in tables(document) for view in views_of(document, table, figures) if (each := find(ask, view))
    ]
    every.sort(key=lambda each: (each.unexplained, each.view.turned))
    return every[0] if every else None


def told(each: Found | None) -> list[tuple[str, ...]]:
    assert each is not None
    return [
        (record.label, *(record.values[column.at].text for column in each.columns if column.at in record.values))
        for record in each.records
    ]


@pytest.mark.parametrize(
    ("text", "question", "wanted"),
    [
        (CROPS, "2024年油菜的总产量是多少吨？", [("油菜", "4,532")]),
        (CROPS, "秋浦县2024年大豆播种面积和总产量分别是多少？", [("大豆", "940", "2,162")]),
        (CROPS, "2024年晚稻产量比上年变化了多少？", [("晚稻", "-1.2")]),
        (CROPS, "早稻和晚稻的播种面积各是多少公顷？", [("早稻", "3,120"), ("晚稻", "5,480")]),
        (DUTIES, "加装电梯由哪个单位牵头？", [("加装电梯40台", "县住建局")]),
        (DUTIES, "口袋公园什么时候完成？", [("建设口袋公园5个", "2026年6月底")]),
        (YEARS, "南浦市2023年农村居民人均可支配收入是多少？", [("农村居民人均可支配收入", "35,620")]),
    ],
)
def test_a_cell_is_found_by_its_row_and_column(text: str, question: str, wanted: list[tuple[str, ...]]) -> None:
    assert told(found(text, question)) == wanted


@pytest.mark.parametrize(
    ("text", "question", "labels"),
    [
        (CROPS, "2024年哪些作物的产量下降了？", ["晚稻", "大豆"]),
        (CROPS, "播种面积超过2500公顷的作物有哪些？", ["早稻", "晚稻"]),
        (CROPS, "总产量在3000吨到20000吨之间的作物有哪些？", ["早稻", "油菜"]),
        (CROPS, "哪种作物播种面积最小？", ["大豆"]),
        (CROPS, "总产量排前两位的是哪些作物？", ["晚稻", "早稻"]),
        (CROPS, "沙溪镇主产哪些作物？", ["早稻", "晚稻"]),
        (CROPS, "主产乡镇不是沙溪镇的作物有哪些？", ["油菜", "大豆"]),
        (CROPS, "主产乡镇是石桥乡或者汤口乡的作物有哪些？", ["油菜", "大豆"]),
        (DUTIES, "计划投资最多的是哪个事项？", ["新建公办幼儿园2所"]),
        (DUTIES, "计划投资最多的两个事项是哪些？", ["新建公办幼儿园2所", "加装电梯40台"]),
        (DUTIES, "2026年9月要完成的事项有哪些？", ["改造农贸市场6家"]),
        (DUTIES, "2026年9月以前要完成的事项有哪些？", ["新建公办幼儿园2所", "建设口袋公园5个"]),
    ],
)
def test_rows_are_picked_by_what_is_said_of_them(text: str, question: str, labels: list[str]) -> None:
    each = found(text, question)
    assert each is not None
    assert [record.label for record in each.records] == labels


@pytest.mark.parametrize(
    ("question", "result", "rows"),
    [
        ("四项民生实事计划投资一共多少万元？", "sum", 4),
        ("计划投资超过2000万元的事项有几个？", "count", 2),
    ],
)
def test_what_is_to_be_worked_out(question: str, result: str, rows: int) -> None:
    each = found(DUTIES, question)
    assert each is not None
    assert (each.result, len(each.records)) == (result, rows)


def test_the_row_of_totals_answers_for_the_whole_and_is_no_crop() -> None:
    assert told(found(CROPS, "2024年秋浦县粮食和经济作物播种面积是多少？")) == [("合计", "11,600")]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        (CROPS, "2024年棉花的总产量是多少吨？"),
        (CROPS, "2024年毛豆的总产量是多少吨？"),
        (CROPS, "哪种作物的出苗率最高？"),
        (DUTIES, "2027年加装电梯由哪个单位牵头？"),
        (CROPS, "2024年油菜的化肥施用量是多少？"),
        (CROPS, "2021年油菜的总产量是多少吨？"),
        (CROPS, "泾川县2024年油菜的总产量是多少吨？"),
        (DUTIES, "加装电梯的中标单位是谁？"),
        (YEARS, "南浦市2020年农村居民人均可支配收入是多少？"),
    ],
)
def test_what_the_table_does_not_tell_is_not_answered(text: str, question: str) -> None:
    assert found(text, question) is None


def test_a_share_is_of_the_row_of_totals() -> None:
    each = found(CROPS, "2024年油菜播种面积占全县的比重是多少？")
    assert each is not None
    assert (each.result, [record.label for record in each.records]) == ("share", ["油菜", "合计"])
