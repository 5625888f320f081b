"""A city that no gazetteer has, its counties and a town among them: ranked, compared, and asked of in two parts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.ask import Assistant, build
from assistant.config import Config

DOCUMENTS = {
    "青渚市2024年公报.md": (
        "# 青渚市2024年国民经济和社会发展统计公报\n\n青渚市统计局\n2025年3月18日\n\n"
        "## 一、综合\n\n全市地区生产总值1856.3亿元，增长5.1%。\n\n"
        "## 二、人民生活\n\n全体居民人均可支配收入51230元，增长5.0%。按常住地分，城镇居民63110元，增长4.5%；"
        "农村居民38640元，增长6.3%。\n\n"
        "## 三、分县（市、区）主要指标\n\n"
        "| 地区 | 地区生产总值（亿元） | 增长（%） |\n|---|---|---|\n"
        "| 渚南区 | 702.4 | 4.9 |\n| 松坞县 | 318.6 | 6.4 |\n| 磐石县 | 287.9 | 4.2 |\n| 泷江市 | 547.4 | 5.3 |\n"
    ),
    "松坞县2024年公报.md": (
        "# 松坞县2024年国民经济和社会发展统计公报\n\n松坞县统计局\n2025年3月25日\n\n"
        "## 一、人民生活\n\n全体居民人均可支配收入43870元。其中，城镇居民55920元，农村居民32410元。\n\n"
        "## 二、工业\n\n规模以上工业增加值88.2亿元，其中竹制品行业增加值31.46亿元，增长7.9%。\n"
    ),
    "松坞县2023年公报.md": (
        "# 松坞县2023年国民经济和社会发展统计公报\n\n松坞县统计局\n2024年3月26日\n\n"
        "## 一、人民生活\n\n全体居民人均可支配收入41520元。其中，城镇居民53180元，农村居民30350元。\n\n"
        "## 二、工业\n\n规模以上工业增加值81.7亿元，其中竹制品行业增加值29.05亿元，增长6.1%。\n"
    ),
    "松坞县指标进展.md": (
        "# 松坞县十四五规划指标进展\n\n松坞县发展和改革局\n\n"
        "| 指标 | 单位 | 2020年基数 | 2024年目标 | 2024年完成 | 评价 |\n|---|---|---|---|---|---|\n"
        "| 农村自来水普及率 | % | 92.6 | 97 | 98.3 | 达标 |\n| 年接待过夜游客 | 万人次 | 61.2 | 96 | 88.4 | 滞后 |\n"
    ),
}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("city")
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text, "utf8")
    with build(Config(data_dir=folder / ".data"), sources=[folder]) as built:
        yield built


@pytest.mark.parametrize(
    ("question", "order"),
    [
        ("2024年青渚哪个县区GDP增速最快？", ["松坞县", "泷江市", "渚南区", "磐石县"]),
        ("2024年青渚哪个县区GDP最高？", ["渚南区", "泷江市", "松坞县", "磐石县"]),
    ],
)
def test_the_towns_of_a_city_stand_among_its_counties_and_the_city_does_not(
    city: Assistant, question: str, order: list[str]
) -> None:
    answer = city.ask(question)
    assert answer.table is not None
    assert list(answer.table.rows) == order


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("2024年松坞县农村居民人均可支配收入是多少？", ["32410"]),
        ("2024年松坞农民收入比全市低多少元？", ["6230元"]),
        ("2024年松坞农民收入比青渚市低多少元？", ["6230元"]),
        ("松坞县竹制品行业增加值2024年比2023年多多少亿？", ["2.41亿元"]),
        ("松坞农民收入2023到2024年每年多少？", ["30350元", "32410元"]),
        ("农村自来水普及率2020年多少，2024年到多少了？", ["92.6", "98.3"]),
        ("年接待过夜游客2024年完成了多少？", ["88.4万人次"]),
    ],
)
def test_each_value_asked_for_is_told(city: Assistant, question: str, told: list[str]) -> None:
    answer = city.ask(question)
    assert answer.status == "answered"
    assert [each for each in told if each not in answer.answer] == []
    assert "亿元，低" not in answer.answer  # a county's incomes off its city's product
