"""When a text was written, as far as it shows: by its dateline, its title, or the years that it names."""

from __future__ import annotations

import re

from sources.mentions.numerals import chinese_number
from sources.mentions.widths import half_width

_JUST_PAST = re.compile(r"刚刚?过去的(20\d\d)年")
_OPENING = re.compile(r"(20\d\d)年[，,是]?[^。，,]{0,8}开局之年")
_DATELINE = re.compile(r"(?<![\d—-])(20\d\d)(?:年|[-/.])(1[0-2]|0?[1-9])(?:月|[-/.])([12]\d|3[01]|0?[1-9])日?")
_TITLE_YEAR = re.compile(r"(20\d\d)年(?!代)")
_NOT_NOW = re.compile(r"(?:到|至|(?<=\S)[—–\-－]|展望|力争|早于|成立于|建于|始于|自|从)[ ]?$")
_STILL_ON = re.compile(r"年度|[^，。；]{0,10}(?:将|正|春|学)")
_YEAR_MENTION = re.compile(r"(?<!\d)(20\d\d)[ ]?年(?P<month>[ ]?\d{1,2}[ ]?月)?")
_THIS_YEAR = re.compile(r"今年|去年")


def reference_date(text: str, *, title: str = "") -> str | None:
    """The date a text was written, as far as it shows: YYYY-MM-DD from a dateline of its year, else YYYY, else None."""
    text, title = in_digits(text), in_digits(title)
    year = reference_year(text, title=title)
    if year is None:
        return None
    for line in (*_DATELINE.finditer(text, 0, 400), *_DATELINE.finditer(text, max(0, len(text) - 300))):
        if int(line[1]) == year:
            return f"{year}-{int(line[2]):02}-{int(line[3]):02}"
    return str(year)


def reference_year(text: str, *, title: str = "") -> int | None:
    """The year a text was written in, as far as it shows; None when it shows none.

    刚刚过去的2025年 and 2026年…开局之年 decide, then a dateline (at the head, or signing it), then the title; else the
    years it names: with 今年 in the text, the latest of them is last year, unless a month of it is named too.
    """
    text, title = in_digits(text), in_digits(title)
    if past := _JUST_PAST.search(text):
        return int(past[1]) + 1
    if opening := _OPENING.search(text):
        return int(opening[1])
    head_or_foot = [*_DATELINE.finditer(text[:400]), *_DATELINE.finditer(text, max(0, len(text) - 300))]
    is_ongoing: dict[int, bool] = {}
    for mention in _YEAR_MENTION.finditer(text):
        begins_range = text[mention.end() : mention.end() + 1] in tuple("—–-－）)度")
        if begins_range or _NOT_NOW.search(text, max(0, mention.start() - 4), mention.start()):
            continue
        year = int(mention[1])
        ongoing = bool(mention["month"]) or bool(_STILL_ON.match(text, mention.end()))
        is_ongoing[year] = is_ongoing.get(year, False) or ongoing
    if head_or_foot:
        dated = max(int(line[1]) for line in head_or_foot)
        if dated >= max(is_ongoing, default=0) - 1:
            return dated
    if titled := _TITLE_YEAR.search(title):
        return int(titled[1])
    if not is_ongoing:
        return None
    latest = max(is_ongoing)
    over = _THIS_YEAR.search(text) and not is_ongoing[latest]
    return latest + 1 if over else latest


_DATE = re.compile(
    r"(?P<year>二[〇○零0][〇○零一二三四五六七八九0]{2})年(?:(?P<month>[一二三四五六七八九十]{1,2})月(?:(?P<day>[一二三四五六七八九十]{1,3})日)?)?"
)
_CHINESE = str.maketrans("〇○零一二三四五六七八九", "000123456789")


def in_digits(text: str) -> str:
    """The text with the dates that it prints in Chinese or full-width digits in plain ones.

    >>> in_digits("二〇二五年一月二十日")
    '2025年1月20日'
    """
    return _DATE.sub(_in_digits, half_width(text))


def _in_digits(date: re.Match[str]) -> str:
    parts = [f"{date['year'].translate(_CHINESE)}年"]
    parts += [f"{chinese_number(date[part])}{unit}" for part, unit in (("month", "月"), ("day", "日")) if date[part]]
    return "".join(parts)
