"""The status of a number by the words around it: a result, an aim, a rank, a growth, a share or a running total."""

from __future__ import annotations

import re
from typing import Literal

from sources.mentions.numerals import Quantity
from sources.words import any_of, words

Status = Literal["actual", "target", "plan", "rank", "growth", "share", "cumulative"]
Direction = Literal["up", "down", ""]
_UP = (
    "(?<!自然)增长率|(?<![负降减])增速|增幅|涨幅|(?<!负)增长|加快|(?<!新)增加|增产|提高|提升|上升|上涨|扩大|上浮|上调|多增|净增|"
    "(?<![新负])增|升|涨"
)
_DOWN = "降幅|跌幅|负增长|下降|减少|减产|放缓|降低|缩小|缩减|回落|下滑|下跌|萎缩|下浮|下调|少增|压减|收窄|减|降|跌"
_GROWTH = re.compile(
    rf"(?:(?P<down>{_DOWN})|(?P<up>{_UP}))(?:(?<=[率速幅])(?:为|达到?))?"
    r"(?:了|约|近|超过?|分别|逾|均|至少|不低于|不超过|突破|仅|将近|\s)*$"
    r"|(?P<en_up>increased?|rose|grew|up|(?P<en_down>fell)) (?:by )?$"
)
_APART = re.compile(
    r"(?:(?<![占对同])比(?![例重率值较])|(?<!比)较(?=[^，。；,;]{2}))[^，。；,;]{2,16}?(?<![最不])[高低多少][出了]?(?:约|近|将近|超过?|仅|不到|\s)*$"
)
"""只比全县平均高出420元: how far apart two are, which is the value of neither; 补助比例最高50% is a bound."""
_SHARE = re.compile(r"占(?!地|用|线|道)|比重|份额")
_CUMULATIVE = re.compile(r"累计|累积|迄今")
_AIM = any_of("aims", "level")
_AIM_QUALIFIERS = frozenset(words("bounds", "aim"))
_FORWARD = any_of("aims", "sentence")
# Holds for its own clause only: 将有序放开养殖场，对蛋鸡5000只以上的规模禽场….
_FORWARD_HERE = any_of("aims", "clause")
# After the number, in its own clause: 407家企业计划在2月底前复工.
_FORWARD_AFTER = re.compile(f"[^，。；,;、]{{0,14}}?(?:{any_of('aims', 'after').pattern})")
_DONE = any_of("done", "figure")


_TIMES_OF = re.compile(r"(?:[上去]年同期|[上去]年|\d{4}年)的?$")
_AIMED_AT = re.compile(r"(?:左右|以上|以下|以内)?的[一-龥]{0,6}目标")


def direction_of(number: Quantity, clause: str) -> Direction:
    """Which way a growth goes, by the end of the `clause` before it: down for 利润同比下降; "" where nothing tells."""
    if number.text.startswith("翻"):
        return "up"
    moved = _GROWTH.search(clause)
    if moved is None:
        return ""
    return "down" if moved["down"] or moved["en_down"] else "up"


def status_of(
    number: Quantity, clause: str, sentence: str, *, after: str = "", plan: bool = False, later: bool = False
) -> Status:
    """The status of a number between `clause` (from the last comma on), `sentence` (from its beginning) and `after`.

    `plan`: the document is a plan, so what it doesn't call done is still to come. `later`: the number's period lies
    after the document was written.
    """
    if number.kind == "rank":
        return "rank"
    if (
        number.text.startswith("翻")
        or (number.kind == "multiple" and _TIMES_OF.search(clause))
        or _GROWTH.search(clause)
        or _APART.search(clause)
    ):
        return "growth"
    if number.kind == "percent" and _SHARE.search(clause):
        return "share"
    forward = (
        later
        or _AIMED_AT.match(after)
        or _FORWARD.search(sentence)
        or _FORWARD_HERE.search(clause)
        or _FORWARD_AFTER.match(after)
    )
    if forward or (plan and not _DONE.search(sentence)):
        aims = later or _AIM.search(clause) or number.qualifier in _AIM_QUALIFIERS
        return "target" if aims else "plan"
    if _CUMULATIVE.search(clause):
        return "cumulative"
    return "actual"
