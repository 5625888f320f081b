from __future__ import annotations

import pytest

from assistant.question.conversation import understand
from assistant.question.operations import operation_of
from assistant.question.sides import sides_of


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        ("湖州历年粮食产量如何变化？", "trend"),
        ("湖州的粮食产量这几年走势怎么样？", "trend"),
        ("湖州哪一年粮食产量最高？", "year"),
        ("湖州和绍兴的粮食产量相差多少万吨？", "difference"),
        ("湖州粮食产量从2020年的多少增加到2024年的多少？", "difference"),
        ("湖州的粮食产量是绍兴的几倍？", "ratio"),
        ("湖州、绍兴、嘉兴谁的粮食产量最高？", "which"),
        ("2024年湖州粮食产量的目标完成了没有？", "met"),
        ("2024年湖州粮食产量比目标高还是低，差多少？", "met"),
        ("湖州和绍兴的粮食产量一共多少？", "sum"),
        ("粮食播种面积占农作物播种面积的比重是多少？", "share"),
        ("湖州和绍兴的粮食产量分别是多少？", "each"),
        ("2024年湖州城乡居民收入倍差是多少？", "each"),
        ("湖州2024年贸易顺差有多少亿元？", "each"),
    ],
)
def test_what_is_wanted_of_figures_is_told_in_many_words(text: str, operation: str) -> None:
    assert operation_of(text).operation == operation


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("嘉兴陆域面积比海域面积大多少？", ["嘉兴陆域面积是多少？", "嘉兴海域面积是多少？"]),
        ("甲镇比乙镇的水稻种植面积多多少亩？", ["甲镇的水稻种植面积是多少亩？", "乙镇的水稻种植面积是多少亩？"]),
        ("小学在校生是初中在校生的几倍？", ["小学在校生是多少？", "初中在校生是多少？"]),
        (
            "某县绿化率2026年目标比2025年实际高几个百分点？",
            ["2026年某县绿化率目标是多少？", "2025年某县绿化率是多少？"],
        ),
        ("某局2024年经费比上年多了多少？", ["2024年某局经费是多少？", "2023年某局经费是多少？"]),
        ("某县公路里程从2020年到2024年增加了多少？", ["2020年某县公路里程是多少？", "2024年某县公路里程是多少？"]),
        ("2024年某市城乡居民收入差多少元？", ["2024年某市城镇居民收入是多少元？", "2024年某市农村居民收入是多少元？"]),
        (
            "A线、B线、C线地铁谁的里程最长？",
            ["A线地铁的里程是多少？", "B线地铁的里程是多少？", "C线地铁的里程是多少？"],
        ),
    ],
)
def test_every_side_is_a_plain_question(text: str, plain: list[str]) -> None:
    sides = sides_of(understand(text))
    assert sides is not None
    assert [side.question.text for side in sides.sides] == plain


def test_a_side_has_its_own_time_and_kind() -> None:
    sides = sides_of(understand("2024年湖州粮食产量完成目标了吗？"))
    assert sides is not None
    assert [(side.name, side.question.status) for side in sides.sides] == [("目标", "target"), ("实际", "actual")]
    from_to = sides_of(understand("从2020年到2025年，丽水农村居民人均可支配收入从多少涨到了多少？"))
    assert from_to is not None
    assert [side.question.periods for side in from_to.sides] == [("2020",), ("2025",)]


def test_names_that_the_documents_have_are_not_cut() -> None:
    question = understand("2024年某市GDP、常住人口和一般公共预算收入各是多少？")
    sides = sides_of(question, {"常住人口", "一般公共预算收入"})
    assert sides is not None
    assert [side.name for side in sides.sides][1:] == ["常住人口", "一般公共预算收入"]


@pytest.mark.parametrize(
    "text", ["某市粮食产量是多少？", "工业、农业用水量是多少？", "某市粮食产量比上年同期增长多少？"]
)
def test_what_asks_for_one_thing_has_no_sides(text: str) -> None:
    assert sides_of(understand(text)) is None
