"""Periods named in a text, in one normal form, with relative ones resolved against the document's date.

Normal forms: `2025`, `2025-Q1`, `2025-Q1..Q3` (前三季度), `2025-H1` (上半年), `2025-11`, `2025-01..2025-10` (1—10月),
`2025-12-05`, `2020-01-24..2020-02-11`, `2021..2025` (十四五), `..2025-11` (截至2025年11月底), `2018..` (2018年起).
A day or month of an unknown year is `XXXX-02-16`, `XXXX-02`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

from sources.mentions.numerals import chinese_number
from sources.mentions.period_forms import ENGLISH_BEFORE, YEAR, mentions
from sources.mentions.widths import half_width
from sources.words import any_of


@dataclass(frozen=True, slots=True)
class Period:
    """One mention, printed as `text`. `value` is the normal form; empty for 去年 and the like without a date."""

    start: int
    end: int
    value: str
    text: str


class Fit(IntEnum):
    """How the period of a figure answers the one in a question; higher is better."""

    DIFFERENT = 0
    """No day in common, or one of them is unknown."""
    OVERLAPS = 1
    CONTAINS = 2
    """The figure's period is the longer one: 2021..2025 for a question about 2025."""
    WITHIN = 3
    """The figure's period is only a part: 2025-Q1..Q3 for a question about 2025."""
    EXACT = 4


_AS_OF = re.compile(
    r"(?:截至|截止|迄)(?:到|至|于)?(?:目前)?[ \u3000]?$|\b(?:as of|up to|through|until)(?: the end of)? $",
    re.IGNORECASE,
)
_SINCE = re.compile(r"[ \u3000]?(?:\d{1,2}[时点])?(?:[一-龥]{0,5}以来|起(?![草来步点诉飞到伏源])|开始(?!前))")
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_QUARTER_WORDS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_NUMBER_WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
}  # fmt: skip
_CN_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_SENTENCE_END = re.compile(r"[。！？!?\n]")


def periods(text: str, *, today: str | None = None, about: Sequence[tuple[int, str, bool]] = ()) -> list[Period]:
    """Every period named in `text`, in order, without overlaps.

    `today` (YYYY, YYYY-MM or YYYY-MM-DD) is the date that 今年, 去年 and a day without a year count from: the
    document's own date, or the day of a question. Without it, the value of such a period is empty. `about` tells from
    which offset on the text speaks of which time, in normal form, and whether it tells what is to come: 全年, 上半年
    and 上年 count from that.
    """
    found: list[Period] = []
    text, printed = half_width(text), text
    context = _Context(today, about)
    last_end = 0
    for first, last, match in mentions(text):
        start, end = first, last
        context.enter(start)
        if _SENTENCE_END.search(text, last_end, start):
            context.leave_sentence()
        value = _value(match, context) if match else _english(text[start:end], context)
        last_end = last
        if value is None:
            continue
        if as_of := _AS_OF.search(text, max(0, start - 12), start):
            start = as_of.start()
            value = value and f"..{value.rsplit('..', 1)[-1]}"
        elif ".." not in value and (since := _SINCE.match(text, end)):
            end = since.end()
            value = value and f"{value}.."
        found.append(Period(start, end, value, printed[start:end]))
        last_end = end
    return found


class _Context:
    """The dates read so far: a month or day without a year is of the sentence's last year, else of the document's."""

    def __init__(self, today: str | None, about: Sequence[tuple[int, str, bool]]) -> None:
        self.today = today or ""
        self.now = int(today[:4]) if today else None
        self.told = self.now
        """The year that the text speaks of here."""
        self.about = ""
        """The time that it speaks of, in normal form."""
        self.ahead = False
        self.year: int | None = None
        self.base: int | None = None
        """The sentence's last year that nothing is compared with: 上年 is the one before it."""
        self.month = ""
        """The last month named anywhere: 27日 is of that month."""
        self.last = ""
        self._about = list(about)

    def enter(self, offset: int) -> None:
        while self._about and self._about[0][0] <= offset:
            _, self.about, self.ahead = self._about.pop(0)
            self.told = int(self.about[:4]) if _ONE_YEAR.fullmatch(self.about) else self.now

    def leave_sentence(self) -> None:
        self.year = self.base = None
        self.last = ""

    def resolve(self, match: re.Match[str], group: str) -> int | None:
        """The year that 2025年, 今年 or a missing year stands for; None when it is unknown."""
        printed = match[group]
        if not printed:
            return self.year or self.told
        if digits := re.match(rf"{YEAR}|\d\d", printed):
            year = digits[0].translate(_CN_DIGITS)
            self.year = int(year if len(year) == 4 else f"20{year}")
        elif printed.startswith(("当", "同")):
            return self.year
        elif printed.startswith(("上", "本")):
            of = self.base or self.told
            return of - (printed[0] == "上") if of else None
        elif self.now is not None:
            step = {"去": -1, "前": -2, "明": 1}.get(printed[0], 0)
            self.year = self.now + step
        else:
            return None
        if not _COMPARED.search(match.string, max(0, match.start() - 4), match.start()):
            self.base = self.year
        return self.year

    def of_no_year(self, match: re.Match[str], value: str) -> str:
        """`value`, of a year that is not printed, moved back by one where that is still to come and no aim is told.

        全年 in a text of March is the year before's, and so are 前三季度 and 四季度.
        """
        span = days(value)
        if self.year or self.ahead or span is None or len(self.today) < 7 or int(value[:4]) != self.now:
            return value
        first, last = span
        in_months = f"{first.year}-{first.month:02}"
        whole = (last - first).days > _HALF_A_YEAR
        begun = in_months <= self.today[:7] and not (whole and self.today[5:7] <= "06")
        return value if begun or _aims(match) else _year_before(value)


_ONE_YEAR = re.compile(r"\d{4}(?:-.*)?(?<!\.\.)|(\d{4})-[^.]*\.\.\1-.*")
_COMPARED = re.compile(r"(?:[比较同与和于]|相比|对比)[ ]?$")
_HALF_A_YEAR = 185
_AIMS = any_of("aims", "sentence", "clause", "level")


def _aims(match: re.Match[str]) -> bool:
    """Whether the sentence sets an aim up to the end of the clause that the period stands in: 全年力争, 年底前."""
    text = match.string
    start = max(text.rfind(mark, 0, match.start()) for mark in "。！？；\n") + 1
    stop = _CLAUSE_END.search(text, match.end())
    end = stop.start() if stop else len(text)
    return bool(_AIMS.search(text, start, end)) or text[match.end() : match.end() + 1] in ("前", "之")


_CLAUSE_END = re.compile(r"[，。！？；\n]")


LAST_YEAR = ("上年", "上一年", "去年")
"""How the year before begins in print."""


def _value(match: re.Match[str], context: _Context) -> str | None:
    """The normal form of one match; "" when its year is unknown, None when it is no period after all."""
    kind = match.lastgroup if match.lastgroup in _READERS else next(name for name in _READERS if match[name])
    value = _READERS[kind](match, context)
    if value and not match[0].startswith(LAST_YEAR):
        context.last = value
        if month := _MONTH_OF.match(value.rpartition("..")[2]):
            context.month = month[0]
    return value


_MONTH_OF = re.compile(r"(?:\d{4}|XXXX)-\d\d")


def _plan(match: re.Match[str], _context: _Context) -> str:
    first = 2021 + 5 * (int(chinese_number(match["plan_no"])) - 14)
    return f"{first}..{first + 4}"


def _years(match: re.Match[str], context: _Context) -> str | None:
    first, last = (int(year.translate(_CN_DIGITS)) for year in re.findall(YEAR, match[0]))
    context.year = last
    return f"{first}..{last}" if first < last else None


def _iso(match: re.Match[str], context: _Context) -> str:
    year, month, day = re.split(r"[-/.]", match[0])
    context.year = int(year)
    return f"{year}-{int(month):02}-{int(day):02}"


def _iso_month(match: re.Match[str], context: _Context) -> str:
    context.year = int(match[0][:4])
    return match[0]


def _quarters(match: re.Match[str], context: _Context) -> str:
    year = context.resolve(match, "anchor")
    if match["first_quarters"]:
        first, last = 1, int(chinese_number(match["first_quarters"]))
    else:
        first = int(chinese_number(match["q1"]))
        last = int(chinese_number(match["q2"])) if match["q2"] else first
    value = f"{_year_text(year)}-Q{first}" + (f"..Q{last}" if last > first else "")
    if year is None and match["anchor"]:
        return ""
    return value if match["anchor"] else context.of_no_year(match, value)


def _half(match: re.Match[str], context: _Context) -> str:
    year = context.resolve(match, "anchor")
    if year is None and match["anchor"]:
        return ""
    value = f"{_year_text(year)}-H{1 if match['half'][0] == '上' else 2}"
    return value if match["anchor"] else context.of_no_year(match, value)


def _first_months(match: re.Match[str], context: _Context) -> str | None:
    year = context.resolve(match, "anchor")
    last = int(chinese_number(match["fm"]))
    if not 1 <= last <= 12:
        return None
    value = f"{_year_text(year)}-01..{_year_text(year)}-{last:02}"
    return value if match["anchor"] else context.of_no_year(match, value)


def _month_range(match: re.Match[str], context: _Context) -> str | None:
    year = _year_text(context.resolve(match, "anchor"))
    until = _year_text(context.resolve(match, "m2_year")) if match["m2_year"] else year
    first, last = int(match["m1"]), int(match["m2"])
    if (year, first) >= (until, last):
        return None
    value = f"{year}-{first:02}..{until}-{last:02}"
    return value if match["anchor"] or first > 1 else context.of_no_year(match, value)


def _points(match: re.Match[str], context: _Context) -> str | None:
    """2024.1—2024.6"""
    start, end = (re.sub(r"[./-](\d+)", lambda part: f"-{int(part[1]):02}", match[group]) for group in ("from", "to"))
    context.year = int(end[:4])
    return f"{start}..{end}" if start < end else None


def _school(match: re.Match[str], context: _Context) -> str | None:
    """2023—2024学年, from September to August; 2024/25年度."""
    first = int(re.match(YEAR, match["school"])[0].translate(_CN_DIGITS))  # type: ignore[index]
    until = match["until"].translate(_CN_DIGITS)
    last = int(until if len(until) == 4 else f"{first // 100}{until}")
    context.year = last
    if last <= first:
        return None
    return f"{first}-09..{last}-08" if match["term"].startswith("学") and last == first + 1 else f"{first}..{last}"


def _fiscal(match: re.Match[str], context: _Context) -> str:
    context.year = int(f"20{match['fy']}")
    return str(context.year)


def _day_range(match: re.Match[str], context: _Context) -> str:
    year = _year_text(context.resolve(match, "anchor"))
    end_year = _year_text(context.resolve(match, "b_year")) if match["b_year"] else year
    first = f"{year}-{int(match['a_month']):02}-{int(match['a_day']):02}"
    return f"{first}..{end_year}-{int(match['b_month'] or match['a_month']):02}-{int(match['b_day']):02}"


def _day(match: re.Match[str], context: _Context) -> str:
    year = _year_text(context.resolve(match, "anchor"))
    return f"{year}-{int(match['month_of_day']):02}-{int(match['d']):02}"


def _month(match: re.Match[str], context: _Context) -> str:
    return f"{_year_text(context.resolve(match, 'anchor'))}-{int(match['m']):02}"


def _cn_date(match: re.Match[str], context: _Context) -> str:
    year = context.resolve(match, "cn_year")
    value = f"{year}-{int(chinese_number(match['cn_month'])):02}"
    if match["cn_last"]:
        return f"{value}..{year}-{int(chinese_number(match['cn_last'])):02}"
    return f"{value}-{int(chinese_number(match['cn_day'])):02}" if match["cn_day"] else value


def _year(match: re.Match[str], context: _Context) -> str:
    same = context.last or (context.about if _ONE_YEAR.fullmatch(context.about) else "")
    if match["year"].endswith("同期") and same:
        return _year_before(same)
    year = context.resolve(match, "y")
    return "" if year is None else str(year)


def _back(match: re.Match[str], context: _Context) -> str:
    """五年来, 近三年: the years up to the last one that was over, or nearly, when the document was written."""
    if context.now is None:
        return ""
    last = context.now if context.today[5:7] > "06" else context.now - 1
    years = int(chinese_number(match["n1"] or match["n2"]))
    return f"{last - years + 1}..{last}" if years > 1 else str(last)


def _now(match: re.Match[str], context: _Context) -> str:
    printed = match["now"]
    if printed.endswith("月") and len(context.today) >= 7:
        year, month = int(context.today[:4]), int(context.today[5:7])
        if printed.startswith("上"):
            year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        return f"{year}-{month:02}"
    if len(context.today) == 10 and not printed.startswith("当"):
        try:
            return str(date.fromisoformat(context.today) - timedelta(days=printed[0] == "昨"))
        except ValueError:
            return ""
    return ""


def _whole(match: re.Match[str], context: _Context) -> str:
    year = context.year or context.told
    return "" if year is None else context.of_no_year(match, str(year))


def _bare_day(match: re.Match[str], context: _Context) -> str:
    """27日 is of the month last named: 新华社广州1月27日电 names it once and for all."""
    year, _, month = context.month.rpartition("-")
    if not month:
        return ""
    return f"{context.year or year}-{month}-{int(match['bd']):02}"


def _english(printed: str, context: _Context) -> str:
    year = int(printed[-4:])
    context.year = year
    before = ENGLISH_BEFORE.search(printed[:-4])
    if not before:
        return str(year)
    part = (before["part"] or "").lower()
    if before["month"]:
        month = f"{year}-{_MONTH_NAMES.index(before['month'].lower()) + 1:02}"
        if before["from_month"] and not before["day"]:
            return f"{year}-{_MONTH_NAMES.index(before['from_month'].lower()) + 1:02}..{month}"
        return f"{month}-{int(before['day']):02}" if before["day"] else month
    if "half" in part or part.startswith("h"):
        return f"{year}-H{1 if 'first' in part or part.endswith('1') else 2}"
    if part.endswith("quarters"):
        return f"{year}-Q1..Q{3 if 'three' in part else 2}"
    if part.endswith("months"):
        last = _NUMBER_WORDS.get(before["n"].lower())
        return f"{year}-01..{year}-{last:02}" if last else str(year)
    return f"{year}-Q{part[1] if part.startswith('q') else _QUARTER_WORDS[part.split()[0]]}"


_READERS = {
    "plan": _plan, "school": _school, "years": _years, "points": _points, "fiscal": _fiscal,
    "iso": _iso, "iso_month": _iso_month, "quarters": _quarters, "half": _half,
    "first_months": _first_months, "month_range": _month_range, "day_range": _day_range, "day": _day, "month": _month,
    "cn_date": _cn_date, "year": _year, "back": _back, "now": _now, "whole": _whole, "bare_day": _bare_day,
}  # fmt: skip


def _year_text(year: int | None) -> str:
    return "XXXX" if year is None else str(year)


def _year_before(value: str) -> str:
    """The same stretch of the year before: 2024-Q1..Q3 for 2025-Q1..Q3."""
    return re.sub(r"(?<!\d)\d{4}(?!\d)", lambda year: str(int(year[0]) - 1), value)


def days(value: str) -> tuple[date, date] | None:
    """First and last day of a normal form; None for an empty or yearless one.

    `..2025-11` is taken as November 2025: a running total belongs to the time it was counted at.
    """
    first, _, last = value.rpartition("..") if ".." in value else (value, "", value)
    if not last:
        start = _part_days(first)
        return (start[0], date.max) if start else None
    if last.startswith("Q"):
        last = f"{first[:4]}-{last}"
    ends = _part_days(last)
    starts = _part_days(first) if first else ends
    return (starts[0], ends[1]) if starts and ends else None


def _part_days(part: str) -> tuple[date, date] | None:
    try:
        year = int(part[:4])
        rest = part[5:]
        if not rest:
            return date(year, 1, 1), date(year, 12, 31)
        if rest[0] in "QH":
            months = 3 if rest[0] == "Q" else 6
            last = int(rest[1:]) * months
            return date(year, last - months + 1, 1), date(year, last, monthrange(year, last)[1])
        month = int(rest[:2])
        if len(rest) > 2:
            day = date(year, month, int(rest[3:]))
            return day, day
        return date(year, month, 1), date(year, month, monthrange(year, month)[1])
    except ValueError:
        return None


def fit(asked: str, given: str) -> Fit:
    """How the period `given` (a figure's) answers `asked` (a question's); both in normal form.

    Only EXACT answers the question; WITHIN and CONTAINS may be offered beside it: 2025-Q1..Q3 for 2025.
    """
    if asked and asked == given:
        return Fit.EXACT
    wanted, had = days(asked), days(given)
    if wanted is None or had is None or had[1] < wanted[0] or wanted[1] < had[0]:
        return Fit.DIFFERENT
    if wanted == had:
        return Fit.WITHIN if asked.startswith("..") != given.startswith("..") else Fit.EXACT
    if wanted[0] <= had[0] and had[1] <= wanted[1]:
        return Fit.WITHIN
    if had[0] <= wanted[0] and wanted[1] <= had[1]:
        return Fit.CONTAINS
    return Fit.OVERLAPS


def tells(asked: str, given: str) -> bool:
    """Whether a number of the time `given` tells of `asked`, both in normal form.

    That of a half year or of some months doesn't tell of the whole year; that of a day, a month or 截至11月底 does.
    """
    if asked.startswith("XXXX") or given.startswith("XXXX"):
        return asked[4:] == given[4:]
    if asked == given.removesuffix("..") or asked.removesuffix("..") == given:
        return True  # 2025年以来 is about 2025
    how = fit(asked, given)
    if how is Fit.WITHIN:
        return given.startswith("..") or not re.search(r"[QH]|\d-\d\d\.\.", given)
    is_open = any(each.startswith("..") or each.endswith("..") for each in (asked, given))
    return how is Fit.EXACT or (how is Fit.OVERLAPS and is_open)


def read_period(text: str) -> str:
    """The normal form of a period as a person writes it; ValueError where it names none."""
    bare = text.strip()
    if re.fullmatch(r"[\dQH.\-]+", bare) and days(bare) is not None:
        return bare
    named = [
        each.value for each in periods(f"{bare}年" if re.fullmatch(r"(?:19|20)\d\d", bare) else bare) if each.value
    ]
    if not named:
        raise ValueError(f"看不懂时间“{text}”；请写成 2025年、2025-Q1..Q3、十四五 或 2020..2025")
    return named[0]


def when(period: str) -> tuple[date, date]:
    """First and last day of a period, for sorting; what has no time comes first."""
    return days(period) or (date.min, date.min)


def label(period: str) -> str:
    """A period in words: 2025年, 2025年前三季度, 截至2025年11月; as it is where there are none."""
    if period.startswith(".."):
        return f"截至{label(period[2:])}"
    if match := re.fullmatch(r"(\d{4})-Q1\.\.Q([23])", period):
        return f"{match[1]}年{'上半年' if match[2] == '2' else '前三季度'}"
    if match := re.fullmatch(r"(\d{4})-Q([1-4])", period):
        return f"{match[1]}年{'一二三四'[int(match[2]) - 1]}季度"
    if match := re.fullmatch(r"(\d{4})-H([12])", period):
        return f"{match[1]}年{'上下'[int(match[2]) - 1]}半年"
    if match := re.fullmatch(r"(\d{4})-(\d\d)\.\.\1-(\d\d)", period):
        return f"{match[1]}年{int(match[2])}—{int(match[3])}月"
    if match := re.fullmatch(r"(?P<first>\d{4})\.\.(?P<last>\d{4})", period):
        return f"{match['first']}—{match['last']}年"
    if re.fullmatch(r"\d{4}(?:-\d\d){0,2}", period):
        return "".join(f"{int(part)}{unit}" for part, unit in zip(period.split("-"), "年月日", strict=False))
    return period
