"""How periods are printed: the forms that `sources.mentions.periods` reads, and where in a text one stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SP = r"[ \u3000\xa0]?"
_DASH = rf"{_SP}(?:[-—–－~～―]{{1,2}}|至|到){_SP}"
YEAR = r"(?<!\d)(?:19|20)\d\d|(?:二[〇○零0]|一九)[〇○零一二三四五六七八九0]{2}"
# 24年: a year only where a part of it, or an end of it, follows; 历时24年 is a length of time.
_SHORT_YEAR = (
    r"(?<![\d.时满近约用过])[0-3]\d"
    r"(?=年(?:度|全年|[春夏秋冬]|[底末初]|第?[1-4一二三四]季|[上下]半年|(?:1[0-2]|[1-9])月))"
)
_MONTH = r"(?<![\d.第])(?:1[0-2]|0?[1-9])"
_MONTH_CN = r"(?:十[一二]?|[一二三四五六七八九])"
_DAY = r"(?:[12]\d|3[01]|0?[1-9])(?!\d)"
_DAY_CN = r"(?:三?十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])"
_QUARTER = r"[1-4一二三四]"
_RELATIVE_YEAR = "今年|本年度?|去年|上一?年度?|前年|明年|当年|同年"
_COUNT = r"(?:[一两二三四五六七八九十]|\d{1,2})"
_ANCHOR = rf"(?:{YEAR}){_SP}(?:年度?|财年)|(?:{_SHORT_YEAR})年度?|{_RELATIVE_YEAR}"
_POINT = r"(?:19|20)\d\d[./-](?:1[0-2]|0?[1-9])(?!\d)(?:[./-](?:[12]\d|3[01]|0?[1-9])(?!\d))?"
_PERIOD = re.compile(
    rf"""
    (?P<plan>[“"「]?(?P<plan_no>十[一二三四五六七])五[”"」]?(?:规划)?(?:期间|时期|末)?)
  | (?P<school>(?:(?:{YEAR}){_SP}年?(?:{_DASH}|/)(?P<until>(?:{YEAR})|\d\d(?!\d)){_SP}
      (?P<term>学年度?|年度|榨季|财年)))
  | (?P<years>(?:{YEAR}){_SP}年?{_DASH}(?:{YEAR}){_SP}(?:年度?))
  | (?P<points>(?<![\d.])(?P<from>{_POINT}){_DASH}(?P<to>{_POINT})(?![./-]\d))
  | (?P<iso>(?<![\d.])(?:19|20)\d\d(?P<sep>[-/.])(?:1[0-2]|0?[1-9])(?P=sep)(?:[12]\d|3[01]|0?[1-9])(?![\d.]))
  | (?P<iso_month>(?<![\d.\-])(?:19|20)\d\d-(?:1[0-2]|0[1-9])(?![\d\-]))
  | (?:(?P<anchor>{_ANCHOR})的?{_SP})?
    (?:
      (?P<quarters>前{_SP}(?P<first_quarters>[三3两2二]){_SP}个?季度|第?(?P<q1>{_QUARTER})(?:[、至到—-]第?(?P<q2>{_QUARTER}))?季度)
    | (?P<half>[上下]半年)
    | (?P<first_months>[前头]{_SP}(?P<fm>{_COUNT}|十[一二]){_SP}个?月)
    | (?P<day_range>(?P<a_month>{_MONTH}){_SP}月{_SP}(?P<a_day>{_DAY}){_SP}[日号]?起?{_DASH}
        (?:(?P<b_year>{_ANCHOR}){_SP})?(?:(?P<b_month>{_MONTH}){_SP}月{_SP})?(?<!\d)(?P<b_day>{_DAY}){_SP}[日号])
    | (?P<month_range>(?P<m1>{_MONTH}){_SP}(?:月份?)?{_DASH}(?:(?P<m2_year>{_ANCHOR}){_SP})?
        (?P<m2>{_MONTH}){_SP}月份?(?!{_SP}\d{{1,2}}{_SP}[日号]))
    | (?P<day>(?P<month_of_day>{_MONTH}){_SP}月{_SP}(?P<d>{_DAY}){_SP}(?:日|号(?!文)))
    | (?P<month>(?P<m>{_MONTH}){_SP}月(?:份|[上中下]旬|初|末|底|中)?(?!\d))
    )
  | (?P<cn_date>(?P<cn_year>{YEAR})年(?P<cn_month>{_MONTH_CN})月
      (?:(?P<cn_day>{_DAY_CN})日|{_DASH}(?P<cn_last>{_MONTH_CN})月)?)
  | (?P<fiscal>FY{_SP}(?:20)?(?P<fy>\d\d)(?!\d))
  | (?P<year>(?P<y>{_ANCHOR})(?:同期|年?初|年?底|年?末|全年|开局|一年)?)
  | (?P<back>(?:(?:近|过去的?|最近|这)(?P<n1>{_COUNT})|(?<![续第十百余多达期])(?P<n2>{_COUNT})(?=年[来间])){_SP}年
        (?:[来间]|(?!行动|计划|规划|级|期|以)))
  | (?P<now>本月|上个?月|昨[日天]|今[日天]|当[日天](?![然夜]))
  | (?P<whole>全年(?!龄)|年[底末初终](?![一-龥]?龄|端))
  | (?P<bare_day>(?<![\d.\-—、第])(?P<bd>{_DAY}){_SP}日(?![均常子内报电前期趋益本渐后以志龄龙落韩])(?!工作))
    """,
    re.VERBOSE,
)
# Where a period may start; matching only there reads a text ten times as fast as letting `_PERIOD` search it.
_START = re.compile(r"(?<!\d)\d|[一二三四五六七八九十两今去上下前头明当同本第近过最这全年昨“「]|(?<![A-Za-z])FY")
_ENGLISH_YEAR = re.compile(r"(?<![\d.,/\-])(?:19|20)\d\d(?=[\s,.;:?!)’'\"]|$)(?!\s*[%年元月\d]|[.,]\d)")
ENGLISH_BEFORE = re.compile(
    r"""\b(?:the\ )?(?:
        (?P<part>first\ half|second\ half|first\ (?:three|two)\ quarters|first\ (?P<n>\w+)\ months|
          (?:first|second|third|fourth)\ quarter|Q[1-4]|H[12])(?:\ of|,|\ in)?\ (?:the\ year\ )?
      | (?:(?P<from_month>January|February|March|April|May|June|July|August|September|October|November)
          \ ?(?:[–—-]|to)\ ?)?
          (?P<month>January|February|March|April|May|June|July|August|September|October|November|December)
          (?:\ (?P<day>\d{1,2})(?:st|nd|rd|th)?)?,?\ )$""",
    re.VERBOSE | re.IGNORECASE,
)


def mentions(text: str) -> Iterator[tuple[int, int, re.Match[str] | None]]:
    """Start and end of each mention, in order; the match is None for an English one."""
    at = done = 0
    years = list(_ENGLISH_YEAR.finditer(text))
    while begin := _START.search(text, at):
        start = begin.start()
        match = _PERIOD.match(text, start)
        while years and years[0].end() <= (match.end() if match else start):
            year = years.pop(0)
            if match and start <= year.start():
                continue  # 2020-2025年 holds a year that looks like an English one
            yield from _english_mention(text, year, done)
            done = year.end()
        if match is None:
            at = start + 1
            continue
        at = done = match.end()
        yield start, at, match
    for year in years:
        yield from _english_mention(text, year, done)
        done = year.end()


def _english_mention(text: str, year: re.Match[str], after: int) -> Iterator[tuple[int, int, None]]:
    before = ENGLISH_BEFORE.search(text, max(after, year.start() - 40), year.start())
    yield (before.start() if before else year.start()), year.end(), None
