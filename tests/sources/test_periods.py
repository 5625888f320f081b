from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.mentions.periods import Fit, days, fit, periods, tells


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2025年", "2025"),
        ("2025年前三季度", "2025-Q1..Q3"),
        ("今年一季度", "2026-Q1"),
        ("2025年上半年", "2025-H1"),
        ("2025年1—10月", "2025-01..2025-10"),
        ("前11个月", "2025-01..2025-11"),
        ("截至2025年11月底", "..2025-11"),
        ("“十四五”期间", "2021..2025"),
        ("十五五", "2026..2030"),
        ("2018—2022年", "2018..2022"),
        ("2025年12月5日", "2025-12-05"),
        ("2020 年 2 月 29 日", "2020-02-29"),
        ("二〇二五年十二月五日", "2025-12-05"),
        ("1月24日至2月11日", "2026-01-24..2026-02-11"),
        ("2018年起", "2018.."),
        ("2024.1—2024.6", "2024-01..2024-06"),
        ("2024年11月至2025年3月", "2024-11..2025-03"),
        ("2024-01-01至2024-06-30", "2024-01-01..2024-06-30"),
        ("二〇二四年一月至六月", "2024-01..2024-06"),
        ("２０２４年上半年", "2024-H1"),
        ("2023—2024学年", "2023-09..2024-08"),
        ("2024/25年度", "2024..2025"),
        ("FY2024", "2024"),
        ("24年一季度", "2024-Q1"),
        ("四季度", "2025-Q4"),
        ("去年", "2025"),
        ("前年", "2024"),
        ("本月", "2026-01"),
        ("五年来", "2021..2025"),
        ("in 2025", "2025"),
        ("the first three quarters of 2025", "2025-Q1..Q3"),
        ("as of November 2025", "..2025-11"),
    ],
)
def test_periods(text, value):
    (period,) = periods(text, today="2026-01")
    assert period.value == value


def test_the_same_period_of_last_year_shifts_what_was_said_before():
    assert [p.value for p in periods("2025年前三季度增长5%，上年同期为4%")] == ["2025-Q1..Q3", "2024-Q1..Q3"]


def test_without_a_date_relative_periods_have_no_value():
    assert [(p.text, p.value) for p in periods("去年和2月16日")] == [("去年", ""), ("2月16日", "XXXX-02-16")]


def test_last_year_is_the_one_before_the_year_that_is_spoken_of():
    text = "2023年末人口62万人，比上年末减少1万人（上年末为63万人）；今年一季度"
    assert [p.value for p in periods(text, today="2026")] == ["2023", "2022", "2022", "2026-Q1"]


def test_a_part_of_a_year_does_not_tell_of_the_year():
    assert tells("2024", "2024")
    assert tells("2024", "..2024-11")
    assert not tells("2024", "2024-H1")
    assert not tells("2024-H1", "2024")


@pytest.mark.parametrize("text", ["历时24年", "连续22年", "2025元", "三年行动", "第3季", "15:44", "3年内", "80年代"])
def test_these_are_no_periods(text):
    assert periods(text, today="2026") == []


@pytest.mark.parametrize(
    ("asked", "given", "expected"),
    [
        ("2025", "2025", Fit.EXACT),
        ("2025", "2025-Q1..Q3", Fit.WITHIN),
        ("2025", "2021..2025", Fit.CONTAINS),
        ("2025", "2024", Fit.DIFFERENT),
        ("2025", "..2025-11", Fit.WITHIN),
        ("2020", "..2025-11", Fit.DIFFERENT),
        ("2025-H1", "2025-Q1..Q3", Fit.CONTAINS),
        ("2025-Q1..Q3", "2025-01..2025-09", Fit.EXACT),
        ("2025-Q2..Q4", "2025-H1", Fit.OVERLAPS),
        ("2020", "2018..", Fit.CONTAINS),
        ("2020", "", Fit.DIFFERENT),
        ("2020-02-16", "XXXX-02-16", Fit.DIFFERENT),
    ],
)
def test_fit(asked, given, expected):
    assert fit(asked, given) is expected


@given(st.text(alphabet="0123456789年月日季度前三一二至到-—截止以来起“”十四五去今上同期初底半 。Q", max_size=40))
def test_any_text_is_read_with_exact_spans_and_real_days(text):
    last = 0
    for period in periods(text, today="2026-01-05"):
        assert text[period.start : period.end] == period.text
        assert period.start >= last
        last = period.end
        if (span := days(period.value)) is not None:
            assert span[0] <= span[1]
