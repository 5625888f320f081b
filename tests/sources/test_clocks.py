"""Of what time each part of a document speaks, and what 全年 and 上年 then mean."""

from __future__ import annotations

import pytest

from sources.documents import Document
from sources.mentions.clocks import clock_of


def document(text: str, *, title: str, published: str | None = None) -> Document:
    return Document("0" * 16, title, text, "a.md", "0" * 64, published=published)


def read(text: str, *, title: str, published: str | None = None) -> list[tuple[str, str]]:
    return [
        (each.text, each.value) for each in clock_of(document(text, title=title, published=published)).periods(text)
    ]


def test_a_report_on_the_year_before_speaks_of_that_year() -> None:
    text = "全年增加值86亿元，比上年增长4%；年末人口12万人（上年末为11.9万人），今年计划增长5%。"
    assert read(text, title="2024年统计公报", published="2025-03-12") == [
        ("全年", "2024"), ("上年", "2023"), ("年末", "2024"), ("上年末", "2023"), ("今年", "2025"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "published", "value"),
    [
        ("全年接待游客86万人次", "2025-02-18", "2024"),
        ("四季度接待游客86万人次", "2025-02-18", "2024-Q4"),
        ("前三季度接待游客86万人次", "2025-02-18", "2024-Q1..Q3"),
        ("一季度接待游客86万人次", "2025-02-18", "2025-Q1"),
        ("全年力争接待游客86万人次", "2025-02-18", "2025"),
        ("年底前完成", "2025-02-18", "2025"),
        ("全年接待游客86万人次", "2024-12-30", "2024"),
        ("下半年接待游客86万人次", "2025-07-20", "2025-H2"),
    ],
)
def test_what_is_still_to_come_is_not_reported(text: str, published: str, value: str) -> None:
    assert [found for _, found in read(text, title="情况通报", published=published)] == [value]


def test_headings_say_of_what_time_the_text_below_them_is() -> None:
    text = "## 一、2024年工作回顾\n\n全年建8个。\n\n### （一）生态\n\n年末\n\n## 二、今年主要任务\n\n全年建9个。"
    found = clock_of(document(text, title="政府工作报告", published="2025-01-20"))
    assert [(part.period, part.ahead) for part in found.parts] == [("", False), ("2024", False), ("2025", True)]
    assert [each.value for each in found.periods(text) if each.text == "全年"] == ["2024", "2025"]


def test_the_title_of_a_report_of_this_year_is_not_the_time_of_its_results() -> None:
    assert clock_of(document("正文", title="2025年政府工作报告", published="2025-02-18")).part_at(0).period == ""
    assert clock_of(document("正文", title="2025年工作要点", published="2025-02-18")).part_at(0).period == "2025"


def test_a_piece_is_read_as_where_it_stands() -> None:
    text = "## 2023年情况\n\n全年建成公园8个。\n\n## 2022年情况\n\n全年建成公园7个。"
    clock = clock_of(document(text, title="公园建设情况", published="2024-03-01"))
    at = text.rindex("全年")
    assert [each.value for each in clock.periods(text[at:], at=at)] == ["2022"]
    assert clock.is_over("2023")
    assert not clock.is_over("2024")
