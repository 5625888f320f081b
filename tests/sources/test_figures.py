from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.parts import figures_gold
from sources.documents import Document
from sources.figures.metrics import normalise
from sources.figures.prose import extract_figures
from sources.figures.ranges import range_of


def document(text, *, title="嘉兴市统计公报", published=None, regions=()):
    return Document("0" * 16, title, text, "公报.txt", "0" * 64, published=published, regions=regions)


def figures(text, **options):
    return extract_figures(document(text, **options))


def rows(text, **options):
    return [(f.text, f.metric, f.region, f.period, f.status) for f in figures(text, **options)]


def test_values_after_respectively_go_to_their_own_subjects():
    text = "2024年上半年，嘉兴城乡居民人均可支配收入分别为41200元、27850元，同比分别增长4.6%、5.8%。"
    assert rows(text) == [
        ("41200元", "城镇居民人均可支配收入", "嘉兴市", "2024-H1", "actual"),
        ("27850元", "农村居民人均可支配收入", "嘉兴市", "2024-H1", "actual"),
        ("4.6%", "城镇居民人均可支配收入", "嘉兴市", "2024-H1", "growth"),
        ("5.8%", "农村居民人均可支配收入", "嘉兴市", "2024-H1", "growth"),
    ]


def test_what_is_counted_stands_after_the_number():
    text = "嘉兴建成14个和美乡村示范片区、50条美丽乡村精品线，培育重点村63个。"
    assert [(f.text, f.metric) for f in figures(text)] == [
        ("14个", "和美乡村示范片区"),
        ("50条", "美丽乡村精品线"),
        ("63个", "重点村"),
    ]


def test_target_and_result_of_one_metric_are_told_apart():
    text = "2020年，嘉兴农村居民人均可支配收入39801元。到2025年，农民人均可支配收入力争达到6万元。"
    result, target = figures(text, published="2021")
    assert (result.value, result.period, result.status) == (39801, "2020", "actual")
    assert (target.value, target.period, target.status) == (60000, "2025", "target")
    assert result.key == target.key == "农村居民人均可支配收入"


def test_what_is_planned_to_be_reached_is_no_result():
    text = "2026年，嘉兴城镇化率计划提高到75%，城乡居民收入倍差力争控制在1.5以内。"
    assert [(f.text, f.metric, f.status) for f in figures(text)] == [
        ("75%", "城镇化率", "target"),
        ("1.5", "城乡居民收入倍差", "target"),
    ]


def test_an_aim_alone_is_of_what_was_spoken_of():
    result, aim = figures("2025年嘉兴城乡居民收入倍差为1.53。目标：到2027年降到1.5。")
    assert (result.metric, aim.metric) == ("城乡居民收入倍差",) * 2
    assert (aim.period, aim.status) == ("2027", "target")


def test_a_county_is_not_its_city():
    text = "嘉兴市下辖的桐乡市2024年农村居民人均可支配收入为5.2万元，比上年增长6.1%。"
    assert [(f.metric, f.region) for f in figures(text)] == [("农村居民人均可支配收入", "桐乡市")] * 2


def test_a_later_clause_keeps_the_subject_and_a_rank_its_scope():
    text = "2024年嘉兴农村居民人均可支配收入52000元，连续21年列全省首位，城乡居民收入比1.5:1。"
    income, years, rank, ratio = figures(text)
    assert income.metric == years.metric == rank.metric == "农村居民人均可支配收入"
    assert (rank.status, rank.scope, rank.region, rank.value) == ("rank", "全省", "嘉兴市", 1)
    assert (ratio.metric, ratio.value, ratio.text) == ("城乡居民收入比", Decimal("1.5"), "1.5:1")


def test_a_plan_says_what_is_to_be():
    text = "新建高标准农田78万亩，粮食产量稳定在125亿斤以上。目前已建成36个。"
    assert [(f.text, f.status, f.period) for f in figures(text, title="关于2026年重点工作的方案")] == [
        ("78万亩", "plan", "2026"),
        ("125亿斤", "target", "2026"),
        ("36个", "actual", "2026"),
    ]


def test_running_totals_and_shares():
    text = "累计发行债券3129.17亿元，其中山区占比12%。"
    assert [(f.text, f.status) for f in figures(text)] == [("3129.17亿元", "cumulative"), ("12%", "share")]


TABLE = """2024年各县（市、区）主要经济指标（单位：亿元）

| 地区 | 地区生产总值 | 增速（%） | 农村居民人均可支配收入（元） |
| --- | --- | --- | --- |
| 嘉善县 | 1,002.5 | 5.3 | 51234 |
| 海宁市 | 1450 | -1.2% | 5.2万元 |
"""


def test_table_cells_have_both_headers():
    assert [(f.text, str(f.value), f.unit, f.metric, f.region, f.period, f.status) for f in figures(TABLE)] == [
        ("1,002.5", "100250000000", "元", "地区生产总值", "嘉善县", "2024", "actual"),
        ("5.3", "5.3", "%", "地区生产总值", "嘉善县", "2024", "growth"),
        ("51234", "51234", "元", "农村居民人均可支配收入", "嘉善县", "2024", "actual"),
        ("1450", "145000000000", "元", "地区生产总值", "海宁市", "2024", "actual"),
        ("-1.2%", "-1.2", "%", "地区生产总值", "海宁市", "2024", "growth"),
        ("5.2万元", "52000", "元", "农村居民人均可支配收入", "海宁市", "2024", "actual"),
    ]


def test_table_with_a_unit_column_and_years_across():
    text = "| 指标 | 单位 | 2023年 | 2024年 |\n|---|---|---|---|\n| 新增就业 | 万人 | 10.5 | 11 |\n"
    assert [(str(f.value), f.unit, f.metric, f.period) for f in figures(text)] == [
        ("105000", "人", "新增就业", "2023"),
        ("110000", "人", "新增就业", "2024"),
    ]


@pytest.mark.parametrize(
    ("printed", "usual"),
    [
        ("农民人均可支配收入", "农村居民人均可支配收入"),
        ("农村居民人均可支配收入绝对值", "农村居民人均可支配收入"),
        ("城乡居民收入倍差", "城乡居民收入比"),
        ("山区海岛县GDP", "山区海岛县地区生产总值"),
        ("人均GDP", "人均地区生产总值"),
        ("“多田套合”面积", "多田套合面积"),
        ("", ""),
    ],
)
def test_usual_names(printed, usual):
    assert normalise(printed) == usual
    assert normalise(usual) == usual


PIECES = [
    *("2025年", "嘉兴市", "全省", "分别", "达到", "增长", "占", "累计", "力争", "63079元", "4.2%", "第3位", "14个"),
    *("农民收入", "城乡居民", "、", "，", "。", "和", "|", "（", "）", "1.5:1", "三成", "到", "今年", "《", "“"),
    *("\n", "| ", " |\n"),
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=30).map("".join))
def test_any_text_gives_figures_with_exact_spans(text):
    last = 0
    for figure in figures(text):
        assert text[figure.start : figure.end] == figure.text
        assert figure.start >= last
        assert figure.status in {"actual", "target", "plan", "rank", "growth", "share", "cumulative"}
        last = figure.end


def test_a_byline_says_whose_figures_follow():
    text = "全省现场会\n嘉兴市委、市政府\n统筹做优6个县城副中心。\n舟山市委、市政府\n全市实施54项改革。\n"
    assert [(f.text, f.region) for f in figures(text, title="城乡融合", regions=("浙江省",))] == [
        ("6个", "嘉兴市"),
        ("54项", "舟山市"),
    ]


def test_what_comes_next_is_planned_until_its_section_ends():
    text = (
        "## 省工作专班\n1833个项目完成投资。\n接下来，将进一步发力。\n推进530个县城重大项目。\n"
        "## 省财政厅\n集成13项政策。\n"
    )
    assert [(f.text, f.status) for f in figures(text)] == [("1833个", "actual"), ("530个", "plan"), ("13项", "actual")]


def test_values_are_dealt_out_to_places():
    text = "2025年，嘉善县、海盐县分别增长到1.4万只、10万只。"
    assert [(f.text, f.region) for f in figures(text)] == [("1.4万只", "嘉善县"), ("10万只", "海盐县")]


def test_places_that_are_only_compared_with_or_helped_own_no_figure():
    text = "嘉兴派出12名医生支援湖北，农民收入居全国336个城市首位，永嘉泵阀等10个产业产值破百亿元。"
    assert [(f.text, f.region) for f in figures(text)] == [
        ("12名", "嘉兴市"),
        ("336个", "全国"),
        ("首位", "嘉兴市"),
        ("10个", "嘉兴市"),
        ("百亿元", "嘉兴市"),
    ]


def test_a_change_names_both_ends_with_their_own_dates():
    first, second = figures("PM2.5浓度从2015年的53微克/立方米降到2022年的24微克/立方米。")
    assert (first.value, first.period, second.value, second.period) == (53, "2015", 24, "2022")
    assert first.key == second.key == "PM2.5浓度"


def test_what_is_paid_or_given_stands_after_the_sum():
    text = "给予每人每天不高于100元的住宿补助，设立2亿元专项资金。"
    assert [(f.text, f.metric) for f in figures(text)] == [("100元", "每人每天住宿补助"), ("2亿元", "专项资金")]


def test_ranges_keep_both_ends():
    (figure,) = figures("嘉兴市投资5至10万元。")
    assert (figure.value, figure.upper, figure.text) == (50000, 100000, "5至10万元")


def test_how_sure_a_field_is_depends_on_where_it_was_read():
    near, far = figures("2025年嘉兴市新增就业1000人。户籍人口30万人。", regions=("嘉兴市",))
    assert near.sure.period > far.sure.period
    assert 0 < far.sure.metric <= 1


def test_numbers_in_book_titles_are_none():
    assert figures("印发《有效应对疫情二十条政策措施》和《2025年5项措施》。") == []


@pytest.mark.parametrize(
    ("title", "period", "metric"),
    [
        ("2026年省级财政支农资金安排表", "2026", "省级财政支农资金"),
        ("各县进展（截至2025年11月底）", "..2025-11", "资金"),
    ],
)
def test_a_table_takes_its_date_from_its_title_row(title, period, metric):
    text = f"| {title} | | |\n|---|---|---|\n| 市 | 资金（万元） | 排名 |\n| 衢州市 | 12,600 | 3 |\n"
    money, rank = figures(text, published="2026-02")
    assert (money.metric, money.region, money.period, money.value) == (metric, "衢州市", period, 126000000)
    assert (rank.status, rank.unit, rank.value) == ("rank", "位", 3)


def test_a_second_header_row_is_spanned_by_the_first():
    text = (
        "| 指标 | 2023年 | | 2024年 | |\n|--|--|--|--|--|\n| | 绝对值 | 增速（%） | 绝对值 | 增速（%） |\n"
        "| 财政总收入（亿元） | 130.2 | -2.4 | 133.9 | 2.8 |\n"
    )
    assert [(str(f.value), f.metric, f.period, f.status) for f in figures(text)] == [
        ("13020000000", "财政总收入", "2023", "actual"),
        ("-2.4", "财政总收入", "2023", "growth"),
        ("13390000000", "财政总收入", "2024", "actual"),
        ("2.8", "财政总收入", "2024", "growth"),
    ]


FLOORS = {"value": 0.99, "metric": 0.93, "region": 0.95, "period": 0.95, "status": 0.95}


@pytest.mark.parametrize("part", ["seeds", "policies", "tables"])
def test_the_gold_set_is_read_as_well_as_it_was(part):
    gold = [label for label in figures_gold.labels() if label.part == part]
    scores, missing = figures_gold.score(gold)
    if missing:
        pytest.skip(f"{missing[0]} is not here")
    assert scores[part].recall >= 0.97
    assert {name: scores[part].accuracy(name) >= floor for name, floor in FLOORS.items()} == dict.fromkeys(FLOORS, True)


def test_a_missed_label_and_a_wrong_field_are_told():
    label = next(label for label in figures_gold.labels() if label.part == "tables")
    _, document_read = figures_gold.open_document(label.file)
    figure = extract_figures(document_read)[0]
    score = figures_gold.Score()
    assert score.add(label, figure) == []
    assert score.add(label, None) == ["missing"]
    assert score.add(label, replace(figure, region="杭州市", value=Decimal(1))) == ["value", "region"]
    assert (score.wanted, score.found, score.recall) == (3, 2, 2 / 3)
    assert score.accuracy("region") == 0.5


def test_a_caption_that_names_its_metric_is_taken_at_its_word():
    caption = "数据库：分省年度数据 指标：地区生产总值(亿元) 时间：2016-2017"
    text = f"{caption}\n| 地区 | 2017年 | 2016年 |\n| 浙江省 | 51768.26 | 47251.36 |"
    (figure, _) = figures(text, title="分省数据")
    assert (figure.metric, figure.region, figure.period, figure.unit) == ("地区生产总值", "浙江省", "2017", "元")


def test_a_fall_is_negative_and_says_so():
    text = "利润12亿元，同比下降7.8%；营业收入增长3%，从业人员比年初减少117人，出口翻了一番，能耗降低5%以上。"
    found = [(f.text, str(f.value), f.direction) for f in figures(text) if f.status == "growth"]
    assert found == [
        ("7.8%", "-7.8", "down"),
        ("3%", "3", "up"),
        ("117人", "-117", "down"),
        ("翻了一番", "100", "up"),
        ("5%", "-5", "down"),
    ]


def test_a_fall_by_so_much_at_least_goes_on_below():
    (figure,) = figures("2024年嘉兴能耗下降5%以上。")
    allowed = range_of(figure, rounded=False)
    assert (allowed.low, allowed.high) == (Decimal("-Infinity"), -5)


def test_a_report_on_last_year_keeps_what_it_plans_apart():
    text = "## 一、2024年工作回顾\n\n过去一年，新建公园9个。\n\n## 二、2025年任务\n\n改造小区45个，计划加固堤防38公里。"
    found = rows(text, title="政府工作报告", published="2025-01-14", regions=("嘉兴市",))
    assert [(printed, period, status) for printed, _, _, period, status in found] == [
        ("9个", "2024", "actual"),
        ("45个", "2025", "plan"),
        ("38公里", "2025", "plan"),
    ]


@pytest.mark.parametrize(
    ("text", "metric"),
    [
        ("- 临川县的PM2.5浓度为29微克/立方米。", "PM2.5浓度"),
        ("基础养老金标准为每人每月210元。", "基础养老金标准"),
        ("公路客运量负增长9.7%。", "公路客运量"),
    ],
)
def test_names_are_without_scraps(text, metric):
    (figure,) = figures(text)
    assert figure.metric == metric


def test_a_date_in_brackets_is_an_aside():
    text = "2024年末户籍人口62万人，比上年末减少1万人（上年末为63万人）；人均预期寿命81岁。"
    assert [(f.text, f.period) for f in figures(text)] == [
        ("62万人", "2024"),
        ("1万人", "2024"),
        ("63万人", "2023"),
        ("81岁", "2024"),
    ]


@pytest.mark.parametrize("taken_out", ["各省（除湖北省外）", "除湖北省以外，各省", "各省（湖北省除外）"])
def test_what_holds_for_all_but_a_place_is_not_that_places(taken_out):
    figure = next(each for each in figures(f"{taken_out}免征单位缴费，企业户均减负3.5万元。") if each.unit == "元")
    assert figure.region != "湖北省"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("2024年，石桥村人均收入只比全县平均高出420元。", "growth"),
        ("2024年，按实际投入给予补助，补助比例最高50%。", "actual"),
        ("2024年，全村人均收入31200元。", "actual"),
    ],
)
def test_how_far_apart_two_are_is_the_value_of_neither(text: str, status: str) -> None:
    assert [figure.status for figure in figures(text)] == [status]


def test_what_a_value_was_and_what_it_became_are_of_one_metric():
    text = "集聚小区由5个减少为4个；五年累计搬迁人数由8400人调整为6900人。"
    assert [(f.text, f.metric, f.period) for f in figures(text, title="嘉兴市2023年公报") if f.unit != "年"] == [
        ("5个", "集聚小区", ""),
        ("4个", "集聚小区", "2023"),
        ("8400人", "搬迁人数", ""),
        ("6900人", "搬迁人数", "2023"),
    ]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("城乡居民收入比由上年的1.68缩小为1.63。", [("城乡居民收入比", "2022"), ("城乡居民收入比", "2023")]),
        ("城镇化率由2020年的62.1%上升到2024年的68.3%。", [("城镇化率", "2020"), ("城镇化率", "2024")]),
        ("生产总值由4652.8亿元修订为4713.4亿元。", [("生产总值", "2023"), ("生产总值", "2023")]),
        ("生产总值2025年目标由260亿元调整为238亿元。", [("生产总值目标", "2025"), ("生产总值目标", "2025")]),
    ],
)
def test_each_of_the_two_has_its_own_time(text, read):
    assert [(f.metric, f.period) for f in figures(text, title="嘉兴市2023年国民经济和社会发展统计公报")] == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (
            "全体居民人均可支配收入42694元，增长6.4%。按常住地分，城镇居民55366元，增长5.7%；农村居民31053元。",
            ["全体居民人均可支配收入"] * 2 + ["城镇居民人均可支配收入"] * 2 + ["农村居民人均可支配收入"],
        ),
        ("社会保险参保50.1万人，其中养老保险30万人。", ["社会保险参保", "养老保险参保"]),
        ("第一产业增加值28.7亿元；第二产业137.1亿元。", ["第一产业增加值", "第二产业增加值"]),
        ("全体居民人均可支配收入42694元。\n农村居民312户。", ["全体居民人均可支配收入", "农村居民"]),
        ("农村居民人均可支配收入31053元，其中经营净收入8200元。", ["农村居民人均可支配收入", "经营净收入"]),
    ],
)
def test_a_name_that_tells_only_whose_is_of_what_was_measured_before(text, read):
    assert [figure.metric for figure in figures(text)] == read


def test_a_sheet_of_a_yearbook_says_in_its_caption_what_of_whom_and_when():
    text = (
        "统计年鉴2024 9-1 2023年各县（市、区）居民人均可支配收入 单位：元\n\n"
        "| 地区 | 全体居民 | 农村居民 |\n|---|---|---|\n| 海盐县 | 39587 | 29416 |\n| 桐乡市 | 42694 | 31053 |\n\n"
        "统计年鉴2024 2-3 各县（市、区）年末常住人口 单位：万人\n\n"
        "| 地区 | 2022年 | 2023年 |\n|---|---|---|\n| 海盐县 | 38.92 | 38.51 |\n| 桐乡市 | 32.74 | 32.56 |\n"
    )
    read = [(f.metric, f.region, f.period) for f in figures(text, title="统计年鉴2024")]
    assert read[:2] == [
        ("全体居民人均可支配收入", "海盐县", "2023"),
        ("农村居民人均可支配收入", "海盐县", "2023"),
    ]
    assert read[4:6] == [("年末常住人口", "海盐县", "2022"), ("年末常住人口", "海盐县", "2023")]
