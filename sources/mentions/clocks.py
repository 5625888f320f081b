"""A clock: when a document was written, and of what time each part of it speaks.

A communiqué on 2024 that was published in March 2025 means 2024 by 全年 and 2023 by 上年; a work report of February
2025 means 2024 below 过去一年工作回顾 and 2025 below 今年工作安排.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sources.documents import Document
from sources.mentions.datelines import reference_date
from sources.mentions.periods import Period, days, periods
from sources.words import any_of

_PLAN_TITLE = re.compile(
    r"(?:工作|行动|实施|建设|专项|总体|重点|年度|推进|发展|改革|试点)[一-龥]{0,4}(?:方案|计划)|规划(?:纲要)?(?:》|（|\(|的通知|$)|"
    r"工作要点|行动纲要"
)
_HEADLINE = re.compile(r"^[ \t]*(#{1,6}) [^\n]*", re.MULTILINE)
_TO_COME = re.compile(any_of("aims", "title").pattern + "|目标|任务|安排|重点|部署|下一步|思路")
_SINGLE_DAY = re.compile(r"[\dX]{4}-\d\d-\d\d")

_LINE = re.compile(r"^[^\n]{30,}", re.MULTILINE)
_OPENING_CHARS = 600
_LEAD_CHARS = 24
_REPORTED = re.compile(r"(\d{4})(?:-[QH]\d(?:\.\.Q\d)?|-\d\d\.\.\1-\d\d)?")

Heading = tuple[int, int, int]
"""Start, end and level."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a document, from `start` to where the next one begins."""

    start: int
    period: str
    """The time that it speaks of, in normal form; empty where nothing says so."""
    ahead: bool
    """Whether it tells what is to come."""
    titled: bool
    """Whether the document's title says so, not a heading or its opening words."""


@dataclass(frozen=True, slots=True)
class Clock:
    """When a document was written, and of what time each part of it speaks."""

    today: str | None
    """When it was written, as far as known."""
    parts: tuple[Part, ...]
    is_plan: bool

    def part_at(self, offset: int) -> Part:
        """The part of the document that `offset` lies in."""
        return self.parts[max(0, bisect_right(self.parts, offset, key=lambda part: part.start) - 1)]

    def periods(self, text: str, *, at: int = 0) -> list[Period]:
        """Every period named in `text`, which stands at the offset `at` of the document."""
        first = bisect_right(self.parts, at, key=lambda part: part.start) - 1
        here = (part for part in self.parts[max(0, first) :] if part.start < at + len(text))
        about = [(max(0, part.start - at), part.period, part.ahead) for part in here]
        return periods(text, today=self.today, about=about)

    def is_over(self, period: str) -> bool:
        """Whether a period was over, or in its last month, when the document was written."""
        span = days(period)
        if not self.today or span is None:
            return False
        return f"{span[1].year}-{span[1].month:02}"[: len(self.today)] <= self.today

    def is_long_over(self, period: str) -> bool:
        """The same, but of the year in which it was written only where more of that day is known."""
        span = days(period)
        return self.is_over(period) and not (span and self.today == f"{span[1].year}")


def headings_of(document: Document) -> list[Heading]:
    """The document's headings: its sections, or else the lines that begin with #."""
    if document.sections:
        return [(part.start, part.start + len(part.heading), part.level) for part in document.sections]
    return [(match.start(), match.end(), len(match[1])) for match in _HEADLINE.finditer(document.text)]


def clock_of(document: Document) -> Clock:
    """When the document was written, and of what time each part of it speaks."""
    return _clock(document.text, document.title, document.published, tuple(headings_of(document)))


@lru_cache(maxsize=256)
def _clock(text: str, title: str, published: str | None, headings: Sequence[Heading]) -> Clock:
    today = published or reference_date(text, title=title)
    is_plan = bool(_PLAN_TITLE.search(title))
    clock = Clock(today, (Part(0, "", is_plan, True),), is_plan)
    period = _one_period(title, clock)
    if period and today and not is_plan and not clock.is_over(period):
        period = ""  # the report of this year tells the results of the one before
    opening = _opening(text, clock) if not period and len(headings) <= 1 else ""
    parts = [Part(0, period or opening, is_plan, bool(period))]
    clock = Clock(today, tuple(parts), is_plan)
    own: list[tuple[int, Part]] = []  # the headings that the text stands under, each with its level
    for start, end, level in headings:
        heading = text[start:end]
        while own and own[-1][0] >= level:
            own.pop()
        if heading.strip("# ") == title:
            continue
        named = _one_period(heading, clock)
        if named:
            to_come = bool(_TO_COME.search(heading)) and not clock.is_long_over(named)
            own.append((level, Part(start, named, to_come or is_plan, False)))
        above = own[-1][1] if own else parts[0]
        if above.period != parts[-1].period or above.ahead != parts[-1].ahead or above.titled != parts[-1].titled:
            parts.append(Part(start, above.period, above.ahead, above.titled))
    return Clock(today, tuple(parts), is_plan)


def _opening(text: str, clock: Clock) -> str:
    """The time that the running text opens with, where it was just over: 今年一季度，全市…… in a briefing of April."""
    for line in _LINE.finditer(text, 0, _OPENING_CHARS):
        first = next(iter(periods(line[0][:_LEAD_CHARS], today=clock.today)), None)
        if (
            first
            and first.start <= _LEAD_CHARS // 2
            and _REPORTED.fullmatch(first.value)
            and clock.is_over(first.value)
        ):
            last = days(first.value)
            is_new = bool(last and clock.today and int(clock.today[:4]) - last[1].year <= 1)
            return first.value if is_new else ""
    return ""


def _one_period(text: str, clock: Clock) -> str:
    """The one time that a title or heading names; "" where it names none or several."""
    named = {each.value for each in clock.periods(text) if each.value and not _SINGLE_DAY.search(each.value)}
    (period,) = named if len(named) == 1 else ("",)
    return "" if "X" in period else period
