"""Charts: what is drawn, joined and left open, and that nothing outside becomes markup."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import Table, TableCell
from assistant.web import charts
from assistant.web.chart_words import EN, ZH
from assistant.web.charts import Bar, Point, Series, bars, lines, of_answer
from assistant.web.languages import WORDS

FINITE = st.floats(min_value=-1e12, max_value=1e12, allow_nan=False).map(lambda value: round(value, 3))


def point(value: float, text: str = "") -> Point:
    return Point(text or f"{value:g}", value, value)


def pictures(html: str) -> list[ET.Element]:
    """The wide and the narrow picture; the whole must be well-formed."""
    whole = ET.fromstring(html)
    assert whole.tag == "figure"
    return [each for each in whole.iter("svg") if each.get("role") == "img"]


def strokes(picture: ET.Element) -> list[str]:
    """Of each line how the pen moves: MLL is one stroke through three points."""
    paths = [each.get("d", "") for each in picture.iter("path") if "yj-line" in each.get("class", "")]
    return [re.sub("[^ML]", "", path) for path in paths]


def test_a_line_breaks_where_a_year_has_nothing() -> None:
    own = Series("甲县", (point(1), point(2), None, point(4), point(5)))
    html = lines("常住人口", "人", ("2019", "2020", "2021", "2022", "2023"), [own], ZH)
    for picture in pictures(html):
        assert strokes(picture) == ["MLML"]
    # A year that no row has at all is a gap as well.
    html = lines("常住人口", "人", ("2019", "2020", "2023"), [replace(own, points=(*own.points[:2], point(3)))], ZH)
    assert strokes(pictures(html)[0]) == ["MLM"]


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        (("2022", "2023", "2024-Q1..Q3", "2024"), "MLL"),  # 前三季度 is no year: it stands apart
        (("2023-Q1", "2023-Q2", "2023-Q3", "2023-Q4"), "MLLL"),
        (("2023-Q1", "2023-Q2", "2023-Q4"), "MLM"),
        (("2022-Q1..Q3", "2023-Q1..Q3", "2024-Q1..Q3"), "MLL"),
        (("2023-11", "2023-12", "2024-01", "2024-03"), "MLLM"),
        (("..2023-11", "..2024-11"), "ML"),
        (("2022", "2021..2025", "2023"), "ML"),
    ],
)
def test_only_periods_of_one_length_are_joined(periods: tuple[str, ...], expected: str) -> None:
    html = lines("产值", "元", periods, [Series("", tuple(point(n + 1) for n in range(len(periods))))], ZH)
    assert strokes(pictures(html)[0]) == [expected]
    marks = [each for each in pictures(html)[0].iter("path") if "yj-point" in each.get("class", "")]
    hollow = [each for each in marks if "yj-hollow" in each.get("class", "")]
    assert bool(hollow) == ("2024-Q1..Q3" in periods and "2022" in periods)
    # Five years are no point in time: said, not drawn.
    assert ("未画：2021—2025年" in html) == ("2021..2025" in periods)
    assert len(marks) == len(periods) - ("2021..2025" in periods)


def test_aims_are_dashed_and_told_apart() -> None:
    result = Series("甲县", (point(1), point(2), None))
    aim = Series("甲县", (None, point(2.5), point(3)), is_aim=True)
    html = lines("产值", "元", ("2023", "2024", "2025"), [result, aim], ZH)
    wide = pictures(html)[0]
    dashed = [each for each in wide.iter("path") if {"yj-line", "yj-aim"} <= set(each.get("class", "").split())]
    assert len(dashed) == 1
    assert "甲县（目标）" in html
    assert "甲县（目标），2024年 2.5，2025年 3" in wide.get("aria-label", "")


def test_what_sources_differ_in_is_drawn_as_a_range_and_not_joined() -> None:
    own = Series("", (point(1), Point("2 / 3", 2, 3), point(4)))
    html = lines("产值", "元", ("2022", "2023", "2024"), [own], ZH)
    assert strokes(pictures(html)[0]) == ["MM"]
    assert ZH.several in html


def test_ranks_stand_with_the_first_at_the_top() -> None:
    html = lines("位次", "位", ("2023", "2024"), [Series("", (point(20), point(1)))], ZH)
    path = next(each for each in pictures(html)[0].iter("path") if "yj-line" in each.get("class", ""))
    (_, before), (_, after) = (map(float, each.split()) for each in re.split("[ML]", path.get("d", ""))[1:])
    assert after < before
    assert bars("位次", "位", [Bar("甲", point(1)), Bar("乙", point(2))], ZH) == ""


def test_bars_go_left_of_zero_where_a_value_is_negative() -> None:
    html = bars("增速", "%", [Bar("甲县", point(4.2, "4.2%")), Bar("乙县", point(-6.5, "下降6.5%"))], ZH)
    for picture in pictures(html):
        up, down = (each for each in picture.iter("rect"))
        assert float(up.get("x", "")) == pytest.approx(float(down.get("x", "")) + float(down.get("width", "")), abs=0.2)
    assert "乙县 下降6.5%" in pictures(html)[0].get("aria-label", "")


def test_too_little_makes_no_chart() -> None:
    assert lines("产值", "元", ("2023",), [Series("", (point(1),))], ZH) == ""
    assert lines("产值", "元", ("2023", "2024"), [Series("", (point(1), None))], ZH) == ""
    assert lines("产值", "元", ("", "2021..2025"), [Series("", (point(1), point(2)))], ZH) == ""
    assert bars("产值", "元", [Bar("甲", point(1))], ZH) == ""
    assert bars("产值", "元", [], ZH) == ""


def test_no_outside_text_becomes_markup() -> None:
    bad = '"><script>alert(1)</script>&'
    own = Series(bad, (point(1, bad), point(2, bad)))
    for html in (
        lines(bad, bad, ("2023", "2024"), [own, Series("b", (point(1), None))], ZH),
        bars(bad, bad, [Bar(bad, point(1, bad)), Bar("b", point(2))], EN),
    ):  # fmt: skip
        assert "<script" not in html
        assert all(each.tag != "script" for each in ET.fromstring(html).iter())
        assert not re.search(r"\sstyle=|\son\w+=|href=", re.sub(r"&quot;[^<]*", "", html))


@given(st.lists(FINITE, min_size=2, max_size=12))
def test_ticks_hold_all_values_and_are_evenly_apart(values: list[float]) -> None:
    low, high = min(values), max(values)
    ticks = charts._ticks(low, high, from_zero=False)
    hair = 1e-6 * max(high - low, abs(high))  # less than can be seen
    assert ticks[0] <= low + hair
    assert high - hair <= ticks[-1]
    assert 2 <= len(ticks) <= 9
    steps = [after - before for before, after in pairwise(ticks)]
    assert min(steps) == pytest.approx(max(steps))
    if low <= 0 <= high:
        assert any(tick == 0 for tick in ticks)


@given(st.lists(st.one_of(st.none(), FINITE), min_size=2, max_size=30))
def test_all_that_is_given_is_drawn_within_the_picture_and_labels_stay_apart(values: list[float | None]) -> None:
    periods = [str(1995 + at) for at in range(len(values))]
    own = Series("甲", tuple(None if value is None else point(value) for value in values))
    html = lines("产值", "元", periods, [own], ZH)
    if sum(value is not None for value in values) < 2:
        assert html == ""
        return
    for picture in pictures(html):
        _, _, width, height = map(float, picture.get("viewBox", "").split())
        marks = [each.get("d", "") for each in picture.iter("path") if "yj-point" in each.get("class", "")]
        assert len(marks) == sum(value is not None for value in values)
        for mark in marks:
            x, y = map(float, mark[1:].split("a")[0].split())
            assert 0 <= x <= width
            assert 0 <= y <= height
        for kind in ("yj-value", "yj-tick"):
            texts = [each for each in picture.iter("text") if each.get("class") == kind]
            spans = [_span(each) for each in texts if each.get("text-anchor") == "middle"]
            assert not [1 for at, one in enumerate(spans) for other in spans[:at] if _overlap(one, other)]
            assert all(left >= 0 and right <= width for left, right, _ in spans)


def _span(text: ET.Element) -> tuple[float, float, float]:
    centre, half = float(text.get("x", "")), charts._width(text.text or "") / 2
    return centre - half, centre + half, float(text.get("y", ""))


def _overlap(one: tuple[float, float, float], other: tuple[float, float, float]) -> bool:
    return one[0] < other[1] and other[0] < one[1] and abs(one[2] - other[2]) < 12


def test_large_sums_are_drawn_in_the_unit_that_can_be_read() -> None:
    html = lines("生产总值", "元", ("2023", "2024"), [Series("", (point(1.2e12), point(1.5e12)))], ZH)
    assert "生产总值（亿元）" in html
    assert ">15,000<" in html
    # A percentage is never scaled.
    assert "（%）" in lines("增速", "%", ("2023", "2024"), [Series("", (point(2e6), point(3e6)))], ZH)


def cell(value: str, text: str) -> TableCell:
    return TableCell(text, value, "元", 1)


def test_a_trend_of_an_answer_is_lines_with_its_gap() -> None:
    cells = ((cell("39801", "39801元"),), (None,), (cell("54939", "54939元"),))
    table = Table("农村居民人均可支配收入", "元", "trend", ("嘉兴市",), ("2020", "2021", "2022"), cells)
    html = of_answer(table, WORDS["zh"])
    assert strokes(pictures(html)[0]) == ["MM"]
    assert "嘉兴市农村居民人均可支配收入（元）" in html
    assert "39801元" in html
    assert "Line chart" in of_answer(table, WORDS["en"])


def test_places_of_an_answer_are_bars_in_its_order_and_rows_of_a_table_are_none() -> None:
    cells = ((cell("3", "3元"),), (None,), (cell("1", "1元"),))
    table = Table("票价", "元", "places", ("2024",), ("甲市", "乙市", "丙市"), cells)
    html = of_answer(table, WORDS["zh"])
    assert "2024年票价（元）" in html
    assert [each.text for each in pictures(html)[0].iter("text") if each.get("class") == "yj-name"] == ["甲市", "丙市"]
    assert of_answer(replace(table, kind="rows"), WORDS["zh"]) == ""
