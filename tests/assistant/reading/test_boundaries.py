"""Boundaries: a word of a question that stands in a text in nothing but its characters is not named there."""

from __future__ import annotations

import pytest

from assistant.question.conversation import understand
from assistant.reading.boundaries import only_seems_named


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("浙江省的省长是谁？", "浙江省长兴县的代表参加了会议。"),
        ("仪征市的市长是谁？", "仪征市长江村的项目由邹一凡负责。"),
        ("区商会会长是谁？", "区商会长期捐助物资，联系人为卢一鸣。"),
        ("长兴县县长是谁？", "长兴县常务副县长梁孝先出席。"),
        ("区气象局局长是谁？", "区气象局原局长费同舟出席。"),
        ("家长委员会副秘书长是谁？", "家长委员会秘书长为胡亦然。"),
        ("区应急管理局局长是谁？", "区水利局局长唐文波、区应急管理局副局长贺小雨出席。"),
    ],
)
def test_characters_of_other_words_and_other_offices_only_seem_to_name_it(question: str, text: str) -> None:
    assert only_seems_named(understand(question), text, "")


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("区水利局局长是谁？", "区水利局局长唐文波、区应急管理局副局长贺小雨出席。"),
        ("管委会代主任是谁？", "管委会原主任何达因退休，现由代主任章若水主持工作。"),
        ("委员会主任是谁？", "目前主任为章若水。"),
        ("谁担任副市长？", "常务副市长郭云起出席。"),
        ("有房贷还能申请吗？", "有住房贷款的，不得申请。"),
    ],
)
def test_the_office_itself_and_abbreviations_are_named(question: str, text: str) -> None:
    assert not only_seems_named(understand(question), text, "")


def test_what_stands_above_names_it_too() -> None:
    assert not only_seems_named(understand("区商会会长是谁？"), "区商会长期捐助物资。", "区商会会长的工作")
