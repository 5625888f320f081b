from __future__ import annotations

from decimal import Decimal

import pytest

from sources.documents import Document
from sources.figures import Figure, Sureness, extract_figures
from sources.figures.ranges import Range, agree, bound, is_rounded, range_of
from sources.mentions.numerals import Quantity, quantities


def figure(printed: str) -> Figure:
    (only,) = extract_figures(Document("0" * 16, "", f"2025年嘉兴市地区生产总值{printed}。", "", "0" * 64))
    return only


def quantity(text: str) -> Quantity:
    (only,) = quantities(text)
    return only


@pytest.mark.parametrize(
    ("printed", "low", "high", "low_open", "high_open"),
    [
        ("超5000亿元", "5000", "Infinity", True, False),
        ("5000亿元以上", "5000", "Infinity", False, False),
        ("5000余亿元", "5000", "Infinity", False, False),
        ("不足5000亿元", "-Infinity", "5000", False, True),
        ("5000亿元以内", "-Infinity", "5000", False, False),
        ("近5000亿元", "4500", "5000", False, False),
        ("约5000亿元", "4850", "5150", False, False),
        ("5000亿元左右", "4850", "5150", False, False),
        ("仅5000亿元", "5000", "5000", False, False),
    ],
)
def test_the_words_at_a_number_say_which_values_it_allows(
    printed: str, low: str, high: str, low_open: bool, high_open: bool
) -> None:
    ends = (Decimal(end) * 10**8 for end in (low, high))

    assert range_of(figure(printed), rounded=False) == Range(*ends, low_open, high_open)


@pytest.mark.parametrize(
    ("one", "other", "can_both_be_right"),
    [
        ("6842.7亿元", "6842.7亿元", True),
        ("6842.7亿元", "约6800亿元", True),
        ("6842.7亿元", "约6300亿元", False),
        ("6842.7亿元", "超6500亿元", True),
        ("6842.7亿元", "超6900亿元", False),
        ("6842.7亿元", "近7200亿元", True),
        ("6842.7亿元", "近8000亿元", False),
        ("6842.7亿元", "6812.3亿元", False),
    ],
)
def test_bounded_figures_agree_where_one_allows_the_other(one: str, other: str, can_both_be_right: bool) -> None:
    assert agree(figure(one), figure(other)) is can_both_be_right
    assert agree(figure(other), figure(one)) is can_both_be_right


@pytest.mark.parametrize(
    ("text", "printed", "right"),
    [
        ("约6800亿元", "6842.7亿元", True),
        ("约7000亿元", "6742.7亿元", False),
        ("超过6800亿元", "6842.7亿元", True),
        ("没有超过6800亿元", "6842.7亿元", False),
        ("超过6000亿元", "6842.7亿元", False),
        ("近7000亿元", "6842.7亿元", True),
        ("不足7000亿元", "6842.7亿元", True),
        ("近6800亿元", "6842.7亿元", False),
        ("不超过7000亿元", "6842.7亿元", False),
        ("6800亿元", "6842.7亿元", False),
    ],
)
def test_a_value_may_be_written_with_fewer_digits_and_the_right_word(text: str, printed: str, right: bool) -> None:
    assert is_rounded(quantity(text), text, quantity(printed)) is right


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("超过9.2万人", "least"),
        ("没有超过9.2万人", "most"),
        ("不得低于9.2万人", "least"),
        ("接近9.2万人", "most"),
        ("约为9.2万人", "about"),
        ("9.2万人", ""),
    ],
)
def test_which_way_a_number_is_bounded(text: str, expected: str) -> None:
    assert bound(quantity(text), text) == expected


def test_a_figure_is_sure_when_every_field_is() -> None:
    read = figure("5000亿元")

    assert read.is_sure()
    assert read.is_sure(read.sure)
    for field in ("metric", "region", "period", "status"):
        stricter = {name: getattr(read.sure, name) for name in ("metric", "region", "period", "status")} | {field: 1.1}
        assert not read.is_sure(Sureness(**stricter))
