"""Figures right: is each number that the case asks for stated, with a unit that fits?

    >>> stated("5.49万元", "人均可支配收入为54900元。")
    True
    >>> stated("88.6%", "达到88.6亿元。")
    False

The rules are those of the data set's neutral scorer, which the tests compare with: values are equal after 万 and 亿 are
applied; units of measure (元, %, 公里, 年 …) must follow the number, measure words (个, 条, 家 …) may be left out or
exchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from eval.metrics.normal import normal

_SCALES = {
    "万亿": 10**12, "亿": 10**8, "千万": 10**7, "百万": 10**6, "万": 10**4,
    "trillion": 10**12, "billion": 10**9, "million": 10**6, "thousand": 10**3,
}  # fmt: skip
_PRINTED = re.compile(
    r"(?<![\d.])(\d+(?:\.\d+)?)(?:余|多|来)?"
    r"(万亿|亿|千万|百万|万|trillion|billion|million|thousand)?(?:余|多)?"
)
_STATED = re.compile(r"^第?(\d+(?:\.\d+)?)(?:余|多)?(万亿|亿|千万|百万|万)?(?:余|多)?(.*)$")
_BOUND = re.compile(r"(以上|以下|以内|左右)$")
_MEASURES = (
    "%", "平方公里", "公里", "平方米", "微克", "美元", "元", "吨", "斤", "亩",
    "年", "月", "日", "天", "小时", "分钟", "倍", "头",
)  # fmt: skip
_OTHER_THAN_TIMES = tuple(m for m in _MEASURES if m != "倍")
_CHINESE_DIGITS = "零一二三四五六七八九"
_LOOKAHEAD = 12


@dataclass(frozen=True, slots=True)
class Stated:
    """A figure that a right answer must state."""

    value: Decimal
    """With 万 and 亿 applied."""
    unit: str


def read_figure(figure: str) -> Stated | None:
    """The value and unit of a figure; None where it isn't one number with a unit (a list of dates, say)."""
    found = _STATED.match(normal(figure))
    if found is None:
        return None
    number, scale, unit = found.groups()
    if re.search(r"\d", unit.replace(":1", "")):
        return None
    return Stated(Decimal(number) * _SCALES.get(scale, 1), _BOUND.sub("", unit))


def stated(figure: str, text: str, *, whole_unit: bool = False) -> bool:
    """Whether `text` states the figure; with `whole_unit`, only where its full unit follows the number."""
    text = normal(text)
    want = read_figure(figure)
    if want is None:
        return normal(figure) in text
    if any(_fits(want, before, after, whole_unit) for value, before, after in _printed(text) if value == want.value):
        return True
    return _in_chinese(want, text)


def _printed(text: str) -> Iterator[tuple[Decimal, str, str]]:
    """Each number of a normal text: its value, the character before it and the characters after it."""
    for found in _PRINTED.finditer(text):
        value = Decimal(found[1]) * _SCALES.get(found[2], 1)
        before = text[found.start() - 1 : found.start()] if found.start() else ""
        yield value, before, text[found.end() : found.end() + _LOOKAHEAD]


def _fits(want: Stated, before: str, after: str, whole_unit: bool) -> bool:
    unit = want.unit
    if unit == ":1":
        as_ratio = after.startswith(":1") and not after[2:3].isdigit()
        return as_ratio or not (re.match(r"[%:]|\.\d", after) or after.startswith(("万", "亿")))
    if not unit:
        return not (whole_unit and re.match(r"[%年月]", after))
    if after.startswith((unit, "个" + unit)) or (unit.startswith("微克") and after.startswith(("μg", "ug"))):
        return True
    if whole_unit:
        return False
    if unit.startswith(_MEASURES):
        return unit == "元" and bool(re.match(r"(块|人民币|yuan|rmb)", after))
    if re.match(r"[a-z:]", after) or after.startswith(_OTHER_THAN_TIMES):
        return False
    return not (before == "第" and unit[0] not in "位名")


def _in_chinese(want: Stated, text: str) -> bool:
    """Whether a small count is written in Chinese characters: 七项, 两家."""
    if want.value != int(want.value) or not 0 < want.value < 100 or not want.unit or want.unit[0] in "%:":
        return False
    written = re.escape(_chinese(int(want.value)) + want.unit)
    return bool(re.search(f"(?<![零一二三四五六七八九十百千万]){written}", text)) or (
        want.value == 2 and "两" + want.unit in text
    )


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    if not tens:
        return _CHINESE_DIGITS[ones]
    return ("" if tens == 1 else _CHINESE_DIGITS[tens]) + "十" + (_CHINESE_DIGITS[ones] if ones else "")
