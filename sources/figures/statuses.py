"""Whether a number is a result, an aim, a rank, a growth, a share or a running total, by the words around it."""

from __future__ import annotations

import re
from typing import Literal

from sources.mentions.numerals import Quantity

Status = Literal["actual", "target", "plan", "rank", "growth", "share", "cumulative"]
_GROWTH = re.compile(
    r"(?:(?:增长率|增速|增幅|降幅|涨幅)(?:为|达到?)?|增长|(?<!新)增加|提高|提升|上升|上涨|下降|减少|降低|缩小|回落|扩大|下滑|上浮|下浮|下调|上调|"
    r"多增|少增|压减|净增|(?<!新)增|[减降升涨跌])(?:了|约|近|超过?|分别|逾|均|至少|不低于|不超过|突破|仅|将近|\s)*$|"
    r"(?:increased?|rose|grew|up|fell) (?:by )?$"
)
_SHARE = re.compile(r"占(?!地|用|线|道)|比重|份额")
_CUMULATIVE = re.compile(r"累计|累积|迄今")
# The level that something is to reach, as against what is to be done (plan).
_AIM = re.compile(
    r"力争|确保|争取|目标|达到|达(?!成)|稳定在|控制在|保持在|维持在|不低于|不少于|不超过|突破|有望|到20\d\d|"
    r"(?:缩小|下降|降低|提高|提升|压缩|降|增加)[到至]"
)
_AIM_QUALIFIERS = frozenset(
    ["以上", "以下", "以内", "左右", "不低于", "不少于", "不超过", "超过", "超", "突破", "力争", "及以上", "至少"]
)
# Holds for every number after it in its sentence.
_FORWARD = re.compile(
    r"力争|争取(?=在|实现|达到|新增|年内|完成|于|到20)|目标(?:是|为|任务|：|:)|目的是|"
    r"计划(?=[在于到将新建投完总实开发引培派安用提控达增压降力争招组缩]|年|\d|\Z)|预计|预期|有望(?=[在达突增实成完])|"
    r"未来(?=[，,]|将|[一两三四五十\d几]年)|今后|明年|下一步|接下来|will |plans? to|target|aims? to"
)
# Holds for its own clause only: 将有序放开养殖场，对蛋鸡5000只以上的规模禽场….
_FORWARD_HERE = re.compile(
    r"确保(?!了)|拟(?![定人合])|将(?=[在于达新建完突超实投增提安推开再进继分逐重是从仍保按组惠少]|有|会|进一步|陆续)|"
    r"(?<![主重需必只首不纪摘概提])要(?=[在达新建完突超实投增提安推开再进加努])"
)
_DONE = re.compile(r"已(?!有)|截至|截止|完成了|年来|以来|去年|上年|目前|现有|近日|日前|创成了|实现了")
# After the number, in its own clause: 407家企业计划在2月底前复工.
_FORWARD_AFTER = re.compile(r"[^，。；,;、]{0,14}?(?:计划|拟|预计|即将)(?=[在于年复开建投完将可])")


def status_of(
    number: Quantity, clause: str, sentence: str, *, after: str = "", plan: bool = False, later: bool = False
) -> Status:
    """The status of a number between `clause` (from the last comma on), `sentence` (from its beginning) and `after`.

    `plan` tells that the document is one, so that what isn't said to be done is still to be; `later`, that the number's
    period lies after the document was written.
    """
    if number.kind == "rank":
        return "rank"
    if number.text.startswith("翻") or _GROWTH.search(clause):
        return "growth"
    if number.kind == "percent" and _SHARE.search(clause):
        return "share"
    forward = later or _FORWARD.search(sentence) or _FORWARD_HERE.search(clause) or _FORWARD_AFTER.match(after)
    if forward or (plan and not _DONE.search(sentence)):
        aims = later or _AIM.search(clause) or number.qualifier in _AIM_QUALIFIERS
        return "target" if aims else "plan"
    if _CUMULATIVE.search(clause):
        return "cumulative"
    return "actual"
