from __future__ import annotations

import pytest

from assistant.question.conversation import understand
from assistant.question.coordination import halves


@pytest.mark.parametrize(
    ("text", "one", "two"),
    [
        ("2021年某甲县和某乙县的粮食产量", "2021年某甲县的粮食产量", "2021年某乙县的粮食产量"),
        ("我国人口的出生率和死亡率是多少？", "我国人口的出生率是多少？", "我国人口的死亡率是多少？"),
        ("2022年与2023年的展会次数分别是多少？", "2022年的展会次数是多少？", "2023年的展会次数是多少？"),
        ("锦标赛男子和女子冠军分别是谁", "锦标赛男子冠军是谁", "锦标赛女子冠军是谁"),
        ("舟山粮食产量和播种面积是多少？", "舟山粮食产量是多少？", "舟山播种面积是多少？"),
        ("农博会召开的时间和地点", "农博会召开的时间", "农博会召开的地点"),
        ("2021年中国和越南经济分别增长了多少？", "2021年中国经济增长了多少？", "2021年越南经济增长了多少？"),
        ("2024和2025年的参会人数", "2024年的参会人数", "2025年的参会人数"),
    ],
)
def test_what_is_parallel_is_told_apart(text: str, one: str, two: str) -> None:
    assert halves(text) == (one, two)


@pytest.mark.parametrize(
    "text",
    [
        "乡镇通三级及以上公路的比例是多少？",
        "和平里街道有多少户？",
        "三县和三县是多少？",
        "粮食产量是多少？",
        "甲、乙、丙和丁与戊",
    ],
)
def test_what_is_not_is_left_whole(text: str) -> None:
    assert halves(text) is None


def test_a_place_is_of_both() -> None:
    for half in halves("衢州早稻种植面积和总产量已连续几年居首位？") or ("衢州",):
        assert "衢州" in half


def test_only_questions_for_facts_are_told_apart() -> None:
    asked = understand("某市的出生率和死亡率是多少？")
    assert asked.coordinated
    assert [part.text for part in asked.parts] == ["某市的出生率是多少？", "某市的死亡率是多少？"]
    assert not understand("某市如何做好防汛和抗旱工作？").parts


@pytest.mark.parametrize("ask", ["相差多少？", "合计多少？"])
def test_what_is_asked_of_both_together_is_asked_of_neither(ask: str) -> None:
    assert halves(f"2024年甲县和乙县的粮食产量{ask}") == ("2024年甲县的粮食产量多少？", "2024年乙县的粮食产量多少？")


def test_a_year_at_the_head_belongs_to_both() -> None:
    asked = understand("2023年湖州和绍兴农村居民人均可支配收入分别是多少？")
    assert [(part.periods, part.regions) for part in asked.parts] == [
        (("2023",), ("湖州市",)),
        (("2023",), ("绍兴市",)),
    ]
