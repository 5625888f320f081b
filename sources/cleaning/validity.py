"""How long a document holds, as far as it says so itself: 自2025年1月1日起施行，有效期5年"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta

from sources.mentions.numerals import chinese_number

_CN_YEAR = "[一二][〇○ОO0零一二三四五六七八九]{3}"
_CN_NUMBER = "[一二三四五六七八九十]{1,3}"
DATE = (
    rf"(?>(?P<y>(?:19|20)\d\d)\s*[-年/.]\s*(?P<m>\d{{1,2}})\s*(?:[-月/.]\s*(?:(?P<d>\d{{1,2}})\s*日?)?)?"
    rf"|(?P<cy>{_CN_YEAR})年(?P<cm>{_CN_NUMBER})月(?:(?P<cd>{_CN_NUMBER})日)?)"
)
"""A date as a document prints it; `date_of` reads a match. Once in an expression."""
_DATE = re.compile(DATE)
_ZERO = str.maketrans("〇○ОO零一二三四五六七八九", "00000123456789")
_SELF = (
    "本(?:办法|规定|细则|条例|意见|通知|方案|措施|通告|公告|决定|规则|政策|法|标准|章程|制度|指南|计划|规划|目录|"
    "实施[^，。]{2,4})"
)
_STARTS = r"起(?:正式)?(?:施行|实施|执行|生效|试行|开始施行|实行)"
_FROM = re.compile(rf"自\s*(?P<date>[^自，。；]{{4,24}}?)\s*{_STARTS}")
_FROM_ISSUE = re.compile(
    rf"自(?:[^，。；]{{0,6}})(?:印发|发布|公布|发文|签发|下发|通过)之日(?:{_STARTS}|起?\s*(?P<days>\d{{1,3}}|[一二三四五六七八九十]+)\s*日后(?:起)?(?:施行|实施|执行|生效))"
)
_YEARS = re.compile(
    r"(?:有效期|[试施暂]行期?|执行期限?)\s*(?:限)?\s*(?:暂定)?[为:：]?\s*(?P<count>\d{1,2}|[一二两三四五六七八九十])\s*(?P<unit>年|个月)"
)
_UNTIL = re.compile(
    r"(?:有效期|施行|执行|实施|试行|有效)\s*(?:限)?[为自:：]?[^，。；]{0,20}?至\s*(?P<date>(?:19|20)\d\d年[^，。；]{2,8}|[一二][^，。；]{8,14})"
)
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")
_ANOTHER = re.compile(r"》(?!的通知|自)[^，。；]{0,20}$")


def date_of(match: re.Match[str]) -> str:
    """YYYY-MM-DD or YYYY-MM of a match of `DATE`; "" where there is no such day."""
    found = match.groupdict()
    if found["y"]:
        parts = [int(found[name]) for name in ("y", "m", "d") if found[name]]
    else:
        year = int(found["cy"].translate(_ZERO))
        parts = [year, *(int(chinese_number(found[name])) for name in ("cm", "cd") if found[name])]
    try:
        date(parts[0], parts[1], parts[2] if len(parts) > 2 else 1)
    except ValueError:
        return ""
    return "-".join(f"{part:02}" for part in parts)


def validity(text: str, *, published: str) -> Mapping[str, str]:
    """`in_force` and `expires`, YYYY-MM-DD or less, where the text says so; `published` as far as it is known.

    A term in years ends on the day before its anniversary: from 2025-01-01 for 5 years is until 2029-12-31.
    """
    found: dict[str, str] = {}
    text = text.translate(_WIDE)
    begins = _in_force(text, published)
    if begins:
        found["in_force"] = begins
    if ends := _expires(text, begins or published):
        found["expires"] = ends
    return found


def _in_force(text: str, published: str) -> str:
    best = ""
    for match in [*_FROM.finditer(text), *_FROM_ISSUE.finditer(text)]:
        before = text[max(0, match.start() - 60) : match.start()]
        clause = re.split(r"[。；\n]", before)[-1]
        if match.re is _FROM:
            dated = _DATE.search(match["date"])
            value = date_of(dated) if dated else ""
        else:
            value = _later(published, days=int(chinese_number(match["days"]))) if match["days"] else published
        if not value or _ANOTHER.search(clause):
            continue
        if re.search(_SELF, clause):
            return value
        if not best and re.search(r"(?:^|[，,：:、）)]|现予(?:公布|发布|印发))\s*$", clause):
            best = value
    return best


def _expires(text: str, begins: str) -> str:
    for match in _UNTIL.finditer(text):
        clause = re.split(r"[。；\n]", text[max(0, match.start() - 60) : match.start()])[-1]
        dated = _DATE.search(match["date"])
        if dated and not _ANOTHER.search(clause) and re.search(f"{_SELF}|{_STARTS}", clause + match[0]):
            return date_of(dated)
    for match in _YEARS.finditer(text):
        clause = re.split(r"[。；\n]", text[max(0, match.start() - 60) : match.start()])[-1]
        if begins and re.search(_SELF + "|" + _STARTS + "|之日", clause + match[0]):
            return _later(begins, months=int(chinese_number(match["count"])) * (12 if match["unit"] == "年" else 1))
    return ""


def _later(day: str, *, months: int = 0, days: int = 0) -> str:
    """The day so many days on, or the last of so many months from it; "" where `day` is no whole date."""
    if len(day) < 10:
        return ""
    begins = date.fromisoformat(day)
    if days:
        return str(begins + timedelta(days=days))
    years, month = divmod(begins.month - 1 + months, 12)
    last = monthrange(begins.year + years, month + 1)[1]
    if begins.day > last:  # from 29 February, or the 31st
        return str(date(begins.year + years, month + 1, last))
    return str(date(begins.year + years, month + 1, begins.day) - timedelta(days=1))
