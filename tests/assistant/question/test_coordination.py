from __future__ import annotations

import pytest

from assistant.question.conversation import understand
from assistant.question.coordination import enumerated


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("2021年某甲县和某乙县的粮食产量", ["2021年某甲县的粮食产量", "2021年某乙县的粮食产量"]),
        ("我国人口的出生率和死亡率是多少？", ["我国人口的出生率是多少？", "我国人口的死亡率是多少？"]),
        ("2022年与2023年的展会次数分别是多少？", ["2022年展会次数是多少？", "2023年展会次数是多少？"]),
        ("锦标赛男子和女子冠军分别是谁", ["锦标赛男子冠军是谁？", "锦标赛女子冠军是谁？"]),
        ("舟山粮食产量和播种面积是多少？", ["舟山粮食产量是多少？", "舟山播种面积是多少？"]),
        ("2024和2025年的参会人数", ["2024年参会人数", "2025年参会人数"]),
        ("某市小学、初中和高中各有多少所？", ["某市小学有多少所？", "某市初中有多少所？", "某市高中有多少所？"]),
    ],
)
def test_what_is_parallel_is_told_apart(text: str, parts: list[str]) -> None:
    assert [part.text for part in understand(text).parts] == parts


@pytest.mark.parametrize(
    "text", ["乡镇通三级及以上公路的比例是多少？", "和平里街道有多少户？", "三县和三县是多少？", "粮食产量是多少？"]
)
def test_what_is_not_is_left_whole(text: str) -> None:
    assert enumerated(text) is None
    assert not understand(text).parts


def test_a_place_is_of_both() -> None:
    for part in understand("衢州早稻种植面积和总产量分别连续几年居首位？").parts:
        assert "衢州" in part.text


def test_only_questions_for_facts_are_told_apart() -> None:
    asked = understand("某市的出生率和死亡率是多少？")
    assert asked.coordinated
    assert [part.text for part in asked.parts] == ["某市的出生率是多少？", "某市的死亡率是多少？"]
    assert not understand("某市如何做好防汛和抗旱工作？").parts


def test_a_year_at_the_head_belongs_to_both() -> None:
    asked = understand("2023年湖州和绍兴农村居民人均可支配收入分别是多少？")
    assert [(part.periods, part.regions) for part in asked.parts] == [
        (("2023",), ("湖州市",)),
        (("2023",), ("绍兴市",)),
    ]
