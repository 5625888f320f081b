"""The words of charts, in Chinese and English"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sources.mentions.periods import label


@dataclass(frozen=True)
class ChartWords:
    """One language. Texts with a blank in them are filled by the methods."""

    line: str
    bar: str
    aim: str
    unit: str
    no_unit: str
    join: str
    stop: str
    highest: str
    lowest: str
    not_drawn: str
    not_joined: str
    several: str
    language: str

    def period(self, period: str) -> str:
        """A period in words: 2025年前三季度; in English as it is, with a proper dash."""
        return label(period) if self.language == "zh" else period.replace("..", "–")

    def tick(self, period: str) -> str:
        """The same at an axis: a year is its four digits."""
        return period if re.fullmatch(r"\d{4}", period) else self.period(period)

    def entitled(self, title: str, unit: str) -> str:
        """The title with the unit."""
        return self.unit.format(title, unit) if unit else self.no_unit.format(title)

    def listed(self, parts: Sequence[str]) -> str:
        """Parts one after the other."""
        return self.join.join(parts)

    def apart(self, parts: Iterable[str]) -> str:
        """Things of one kind, one after the other."""
        return ("、" if self.language == "zh" else ", ").join(parts)


ZH = ChartWords(
    line="折线图：{}。",
    bar="条形图：{}。",
    aim="{}（目标）",
    unit="{}（{}）",
    no_unit="{}",
    join="，",
    stop="。",
    highest="最高 {}",
    lowest="最低 {}",
    not_drawn="未画：{}（不是一个时点或一年以内的时期）。",
    not_joined="空心点的时长与其余不同，不连线。",
    several="竖线表示一个范围，或出处不一的几个数值。",
    language="zh",
)
EN = ChartWords(
    line="Line chart: {}. ",
    bar="Bar chart: {}. ",
    aim="{} (target)",
    unit="{} ({})",
    no_unit="{}",
    join=", ",
    stop=". ",
    highest="highest {}",
    lowest="lowest {}",
    not_drawn="Not drawn: {} (no point in time, nor a period of a year or less).",
    not_joined="Hollow points are of periods of another length and aren't joined.",
    several="A vertical line is a range, or several values that sources give.",
    language="en",
)
CHART_WORDS = {"zh": ZH, "en": EN}


def chart_words(language: str) -> ChartWords:
    """The words in the language of a page: zh-CN, zh or en."""
    return EN if language.startswith("en") else ZH
