"""Two counties and their city over some years, in prose and tables: each year, place and part of a year by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.answers import Turn
from assistant.ask import Assistant, build
from assistant.config import Config

DOCUMENTS = {
    "柳泉县2023年公报.md": """---
title: 2023年柳泉县国民经济和社会发展统计公报
published: 2024-03-12
---
# 2023年柳泉县国民经济和社会发展统计公报

## 三、人民生活

| 指标 | 2023年 | 增长 |
| --- | --- | --- |
| 城镇居民人均可支配收入 | 61240元 | 4.8% |
| 农村居民人均可支配收入 | 37510元 | 7.1% |
| 城乡居民收入比 | 1.63 | — |
""",
    "柳泉县2024年公报.md": """---
title: 2024年柳泉县国民经济和社会发展统计公报
published: 2025-03-18
---
# 2024年柳泉县国民经济和社会发展统计公报

## 三、人民生活

| 指标名称 | 2024年 | 2023年 | 比上年增长（%） |
| --- | --- | --- | --- |
| 城镇居民人均可支配收入（元） | 64180 | 61240 | 4.8 |
| 农村居民人均可支配收入（元） | 40060 | 37510 | 6.8 |
| 城乡居民收入比 | 1.60 | 1.63 | — |

## 四、工业

表1 2024年规模以上工业主要产品产量

| 产品名称 | 单位 | 产量 | 比上年增长（%） |
| --- | --- | --- | --- |
| 竹胶板 | 万平方米 | 412.5 | -3.2 |
| 水泥 | 万吨 | 96.4 | 1.9 |
""",
    "青屏县2023年公报.txt": (
        "青屏县2023年国民经济和社会发展统计公报\n\n"
        "2023年，城镇居民人均可支配收入55320元，增长5.0%；农村居民人均可支配收入33290元，增长7.5%。\n"
    ),
    "青屏县2024年公报.txt": (
        "青屏县2024年国民经济和社会发展统计公报\n\n"
        "2024年，城镇居民人均可支配收入57920元，增长4.7%；农村居民人均可支配收入35720元，增长7.3%。\n"
    ),
    "简报.md": """---
title: 2025年一季度全市经济运行简报
published: 2025-04-22
---
# 2025年一季度全市经济运行简报

表1 一季度主要指标增速（%）

| 地区 | 地区生产总值 | 固定资产投资 |
| --- | --- | --- |
| 全市 | 5.7 | -1.4 |
| 柳泉县 | 5.2 | -7.3 |
| 青屏县 | 6.6 | 3.1 |

柳泉县投资下降较多，主要是上年同期有两个大项目集中入统、基数偏高。
""",
    "办法.md": (
        "# 柳泉县产业帮扶办法\n\n"
        "第三条 产业发展补助。农户发展种植、养殖的，按实际投入的50%给予补助，每户每年最高不超过6000元。\n"
    ),
}


@pytest.fixture(scope="module")
def counties(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("counties")
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text, "utf8")
    with build(Config(data_dir=folder / ".data"), sources=[folder]) as built:
        yield built


@pytest.mark.parametrize("question", ["2025年上半年全市地区生产总值增长多少？", "2025年全年全市地区生产总值增长多少？"])
def test_a_quarter_in_a_table_answers_for_no_longer_time(counties: Assistant, question: str) -> None:
    answer = counties.ask(question)
    assert answer.status == "not_found"
    assert "5.7" not in answer.answer


def test_the_quarter_itself_is_told(counties: Assistant) -> None:
    assert "5.7%" in counties.ask("2025年一季度全市地区生产总值增长多少？").answer


def test_a_reason_is_no_cell(counties: Assistant) -> None:
    answer = counties.ask("一季度柳泉县投资为什么降得多？")
    assert "基数偏高" in answer.answer
    assert "-7.3" not in answer.answer


def test_the_difference_of_a_cell_and_a_sentence_is_worked_out(counties: Assistant) -> None:
    answer = counties.ask("2023年柳泉县农民收入比青屏县高多少？")
    assert "37510元 - 33290元 = 4220元" in answer.answer
    assert answer.verdict is not None
    assert answer.verdict.ok


def test_each_county_is_told(counties: Assistant) -> None:
    answer = counties.ask("2024年各县城镇居民人均可支配收入是多少？").answer
    assert "64180元" in answer
    assert "57920元" in answer


def test_a_growth_in_a_row_is_called_one(counties: Assistant) -> None:
    answer = counties.ask("2024年柳泉、青屏两县农村居民人均可支配收入增速分别是多少？").answer
    assert "柳泉县农村居民人均可支配收入增速：6.8%" in answer
    assert "7.3%" in answer


def test_whether_a_product_rose_or_fell_is_told_by_its_growth(counties: Assistant) -> None:
    assert "-3.2%" in counties.ask("竹胶板2024年产量是涨是跌？").answer


def test_which_year_is_asked_back_where_none_is_named(counties: Assistant) -> None:
    answer = counties.ask("柳泉县农村居民人均可支配收入是多少？")
    assert answer.status == "clarify"
    assert answer.clarification is not None
    assert [each[:8] for each in answer.clarification.choices] == ["2023年柳泉县", "2024年柳泉县"]


def test_a_county_takes_the_place_of_another_in_a_conversation(counties: Assistant) -> None:
    before = Turn("2024年青屏县城镇居民人均可支配收入是多少？")
    answer = counties.ask("柳泉县呢？", history=[before])
    assert answer.standalone_question == "2024年柳泉县城镇居民人均可支配收入是多少？"
    assert "64180元" in answer.answer
    assert "57920" not in answer.answer


def test_a_new_question_is_not_answered_with_the_one_before(counties: Assistant) -> None:
    before = Turn("柳泉县农村居民人均可支配收入是多少？")
    assert "6000元" in counties.ask("产业发展补助最高多少钱？", history=[before]).answer
