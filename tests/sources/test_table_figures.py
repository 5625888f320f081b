"""What each number of a table is about and what it measures: tables of many layouts, a row of each looked at."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sources.cleaning.grids import lay_out
from sources.documents import Document
from sources.figures.prose import extract_figures
from sources.parts import Grid, GridCell


def figures(text, *, title="清河县2024年统计资料", notes=()):
    lines = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in text.strip().splitlines()
        if "|" in line
    ]
    before = [line.strip() for line in text.strip().splitlines() if "|" not in line and line.strip()]
    cells = [GridCell(at, column, said) for at, row in enumerate(lines) for column, said in enumerate(row) if said]
    layout = lay_out(Grid(tuple(cells), notes=tuple(notes)), before=before)
    return extract_figures(Document("0" * 16, title, layout.text, "表.xlsx", "0" * 64, tables=(layout.table,)))


def told(text, **options):
    return [(each.text, each.subject, each.metric, each.unit, each.period) for each in figures(text, **options)]


LAYOUTS = {
    "a thing a row, measures over the columns": (
        """
        |作物|播种面积（万亩）|单产（公斤/亩）|比上年增长（%）|
        |早稻|12.3|410|-2.1|
        """,
        [
            ("12.3", "早稻", "播种面积", "亩", ""),
            ("410", "早稻", "单产", "公斤/亩", ""),
            ("-2.1", "早稻", "单产", "%", ""),
        ],
    ),
    "years over the columns, the caption says what is measured": (
        """
        表2 各乡镇生猪存栏数（单位：头）
        |乡镇|2023年|2024年|
        |白沙镇|12500|11890|
        """,
        [("12500", "白沙镇", "生猪存栏数", "头", "2023"), ("11890", "白沙镇", "生猪存栏数", "头", "2024")],
    ),
    "indicators in the rows": (
        """
        |指标|数值|
        |地区生产总值（亿元）|312.5|
        |城镇化率（%）|61.3|
        """,
        [("312.5", "清河县", "地区生产总值", "元", ""), ("61.3", "清河县", "城镇化率", "%", "")],
    ),
    "things over the columns, measures in the rows": (
        """
        |项目|清河一中|职教中心|
        |在校学生数|3200|1890|
        |升学率|96.5%|70%|
        """,
        [
            ("3200", "清河一中", "在校学生数", "", ""),
            ("1890", "职教中心", "在校学生数", "", ""),
            ("96.5%", "清河一中", "升学率", "%", ""),
            ("70%", "职教中心", "升学率", "%", ""),
        ],
    ),
    "a row of words among rows of numbers": (
        """
        |资产|厂房|车辆|
        |账面价值|1200|88|
        |权属|自有|租赁|
        """,
        [("1200", "厂房", "账面价值", "", ""), ("88", "车辆", "账面价值", "", "")],
    ),
    "products with a column of units": (
        """
        |产品|计量单位|计划产量|实际产量|
        |水泥|万吨|30|28.5|
        """,
        [("30", "水泥", "计划产量", "吨", ""), ("28.5", "水泥", "实际产量", "吨", "")],
    ),
    "indicators with a column of units": (
        """
        |指标|单位|2023年|2024年|
        |新增就业|万人|1.2|1.3|
        """,
        [("1.2", "清河县", "新增就业", "人", "2023"), ("1.3", "清河县", "新增就业", "人", "2024")],
    ),
    "a thing under another one": (
        """
        |类别|对象|补助标准（元/月）|
        |高龄津贴|80—89周岁|60|
        |高龄津贴|90—99周岁|120|
        """,
        [
            ("60", "高龄津贴 › 80—89周岁", "补助标准", "元/月", ""),
            ("120", "高龄津贴 › 90—99周岁", "补助标准", "元/月", ""),
        ],
    ),
    "one measure in all cells": (
        """
        企业从业人员（人）
        |行业|规上|规下|
        |制造业|12034|4301|
        """,
        [
            ("12034", "制造业 › 规上", "企业从业人员", "人", ""),
            ("4301", "制造业 › 规下", "企业从业人员", "人", ""),
        ],
    ),
    "places and indicators in the rows": (
        """
        |地区|指标|2024年|
        |东湖街道|企业数（家）|133|
        |东湖街道|税收（万元）|6010|
        |西山镇|企业数（家）|70|
        """,
        [
            ("133", "东湖街道", "企业数", "家", "2024"),
            ("6010", "东湖街道", "税收", "元", "2024"),
            ("70", "西山镇", "企业数", "家", "2024"),
        ],
    ),
    "a day first, a code, and the name at the end": (
        """
        |统计日期|行业代码|在建规模（亿元）|行业名称|
        |2024-03-05|95|76.5|基层组织|
        |2024-06-05|94|35.5|群众团体|
        """,
        [
            ("76.5", "基层组织", "在建规模", "元", "2024-03-05"),
            ("35.5", "群众团体", "在建规模", "元", "2024-06-05"),
        ],
    ),
    "a year and a month in two columns": (
        """
        |年份|月份|销售额（万元）|
        |2024|1月|20|
        |2024|2月|31|
        """,
        [("20", "清河县", "销售额", "元", "2024-01"), ("31", "清河县", "销售额", "元", "2024-02")],
    ),
    "what each of several columns has in common": (
        """
        |科目|年末余额|年初余额|增减%|
        |存货|120|100|20.00|
        """,
        [
            ("120", "存货", "年末余额", "", ""),
            ("100", "存货", "年初余额", "", ""),
            ("20.00", "存货", "余额", "%", ""),
        ],
    ),
    "a short header with what the title says of it": (
        """
        2024年各镇公用经费预算
        |单位|预算|
        |白沙镇|20|
        |青石乡|31|
        """,
        [("20", "白沙镇", "公用经费预算", "", "2024"), ("31", "青石乡", "公用经费预算", "", "2024")],
    ),
    "numbers in words of their own": (
        """
        |收费项目|收费标准|
        |停车费|5元/小时|
        |工程费|不超过200元/户|
        """,
        [("5元/小时", "停车费", "收费标准", "元/小时", ""), ("200元/户", "工程费", "收费标准", "元/户", "")],
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_subject_and_metric_of_each_layout(layout):
    text, wanted = LAYOUTS[layout]
    assert told(text, title="清河县统计资料") == wanted


def test_a_unit_comes_from_header_row_caption_and_note_in_this_order():
    table = "单位：万元\n|部门|收入|人数（人）|占比|\n|甲|10|3|5|\n|乙（千元）|10|3|5|"
    assert [each.unit for each in figures(table)] == ["元", "人", "", "元", "人", ""]
    assert [str(each.value) for each in figures(table)][::3] == ["100000", "10000"]
    assert [each.unit for each in figures("|部门|人数|\n|甲|3|", notes=["注：单位为人。"])] == ["人"]
    several = "一般公共预算（单位：亿元、%）\n|项目|2024年|增长|\n|收入|120.5|6.2|"
    assert [(each.unit, each.value) for each in figures(several)] == [("元", 12050000000), ("%", Decimal("6.2"))]


def test_accounts_print_what_is_less_than_zero_in_brackets():
    assert [str(each.value) for each in figures("|科目|金额|\n|利润|(1,200.50)|\n|损失|-3|")] == ["-1200.50", "-3"]


def test_dimensions_tell_everything_that_the_table_says_of_a_cell():
    figure, _ = figures("表1 收入（单位：万元）\n|县|部门|2024年收入|\n|清河县|水利局|8|\n|清河县|教育局|9|")
    assert figure.dimensions == (
        ("县", "清河县"), ("部门", "水利局"), ("列", "2024年收入"), ("单位", "万元"),
        ("标题", "表1 收入（单位：万元）"),
    )  # fmt: skip


def test_a_clause_is_about_its_place():
    document = Document("0" * 16, "公报", "2024年清河县粮食产量12万吨。", "公报.txt", "0" * 64)
    (figure,) = extract_figures(document)
    assert (figure.subject, figure.dimensions) == ("清河县", ())


def test_a_growth_has_a_direction_by_its_header_its_words_or_its_sign():
    table = "|镇|增长（%）|降幅（%）|增减（%）|比上年|\n|甲|3|4|-2|下降5%|\n|乙|-1|6|7|上升8%|"
    assert [(str(each.value), each.direction) for each in figures(table)] == [
        ("3", "up"), ("-4", "down"), ("-2", "down"), ("-5", "down"),
        ("-1", "down"), ("-6", "down"), ("7", "up"), ("8", "up"),
    ]  # fmt: skip
