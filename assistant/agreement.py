"""Agreement between what a question asks about and what a sentence is about: when, where, and in which measure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from assistant.question import Question
from sources.documents import Document
from sources.figures import Figure
from sources.periods import Fit, fit, periods
from sources.regions import level_of, regions
from sources.sentences import Span

Conflict = Literal["period", "region", "scope"]

_DIMENSIONS: dict[str, str] = {
    **dict.fromkeys(("元", "美元", "欧元", "港元"), "money"),
    **dict.fromkeys(("%", "个百分点", "成"), "share"),
    **dict.fromkeys(("公里", "千米", "米", "里"), "length"),
    **dict.fromkeys(("亩", "公顷", "平方公里", "平方米"), "area"),
    **dict.fromkeys(("吨", "斤", "公斤", "千克"), "mass"),
    **dict.fromkeys(("年", "天", "小时", "分钟", "个月", "日", "周"), "duration"),
    **dict.fromkeys(("人", "名", "位", "人次", "余人"), "people"),
    **dict.fromkeys(("倍",), "times"),
    **dict.fromkeys((":1", "：1", "比", ""), "ratio"),
}
_MONEY_WORDS = re.compile(
    r"收入(?!比|倍差|差)|投资(?!项目)|金额|产值|GDP|生产总值|资金|工资|销售额|营收|价格|多少钱|经费|贷款|债券|补助|养老金|支出"
)
_SHARE_WORDS = re.compile(
    r"率|占比|比例|比重|份额|占.{0,8}多少|多大(?:的)?(?:比例|比重|份额)|程度|percent|share|proportion"
)
_RATIO_WORDS = re.compile(r"收入比|倍差|比值|之比")
_LEVELS = (
    ("城镇居民", "农村居民"),
    ("城镇", "农村"),
    ("新建", "累计"),
    ("出口", "进口"),
    ("男", "女"),
    ("户籍人口", "常住人口"),
    ("陆域", "海域"),
)


def unit_fit(question: Question, figure: Figure) -> float:
    """How well the figure's unit answers: 1 for the unit asked with, down to 0 for one that can't be meant."""
    if question.kind == "rank":
        return 1.0 if figure.status == "rank" or figure.text.startswith("第") else 0.0
    if figure.text.startswith("第"):
        return 0.0
    asked = _DIMENSIONS.get(question.unit.removeprefix("万").removeprefix("亿") if question.unit else "", "count")
    given = _DIMENSIONS.get(figure.unit, "count")
    if question.unit:
        if question.unit == figure.unit or figure.text.endswith(question.unit):
            return 1.0
        if asked == given:
            return 0.8 if asked != "count" else 0.6
        # 多少人 is answered with 12 户 no more than 多少公里 with 3 亩; measure words alone are exchanged freely.
        return 0.3 if {asked, given} <= {"count", "people"} else 0.0
    if question.kind == "duration":
        return 1.0 if given == "duration" else 0.0
    text = question.standalone
    if _RATIO_WORDS.search(text):
        return 1.0 if given == "ratio" or figure.text.endswith(":1") else 0.4 if given == "times" else 0.1
    if _SHARE_WORDS.search(text):
        return 1.0 if given == "share" else 0.15
    if _MONEY_WORDS.search(text):
        return 1.0 if given == "money" else 0.1
    return 0.5 if given != "duration" else 0.2


def conflicts(question: Question, document: Document, span: Span, figure: Figure | None) -> tuple[Conflict, ...]:
    """In what the sentence (its answering figure, where there is one) speaks of another thing than was asked about.

    What the sentence leaves open is no conflict; what it says itself, or what it stands under says, is.
    """
    found: list[Conflict] = []
    text = document.text[span[0] : span[1]]
    if question.periods and _other_period(question, document, text, figure):
        found.append("period")
    if question.regions and _other_region(question, document, span, figure):
        found.append("region")
    if _other_scope(question, text):
        found.append("scope")
    return tuple(found)


def _other_period(question: Question, document: Document, text: str, figure: Figure | None) -> bool:
    if figure is not None and figure.period:
        given = [figure.period]
    else:
        given = [period.value for period in periods(text, today=document.published) if period.value]
    if not given:
        return False
    return all(fit(asked, each) == Fit.DIFFERENT for asked in question.periods for each in given)


def _other_region(question: Question, document: Document, span: Span, figure: Figure | None) -> bool:
    """Is the sentence about a place that was not asked about?

    A sentence seldom names its place: it is about the ones named before it in the same part of the document.
    """
    asked = [name for name in question.regions if name != "全国" and level_of(name)]
    if not asked:
        return False
    around = places(document.text[_part_start(document, span[0]) : span[1]], document.regions)
    given = {*around, *document.regions[:1]} if figure is None or not figure.region else {figure.region}
    known = {name for name in given if level_of(name)}
    return bool(known) and not any(one == other for one in asked for other in known)


def _part_start(document: Document, offset: int) -> int:
    """Where the part of the document begins that `offset` lies in: its heading of the second level or above."""
    starts = [section.start for section in document.sections if section.level <= 2 and section.start <= offset]
    return max(starts, default=0)


@lru_cache(maxsize=4096)
def places(text: str, home: tuple[str, ...]) -> frozenset[str]:
    """The full names of the places that `text` names."""
    return frozenset(region.name for region in regions(text, home=home) if region.name)


def _other_scope(question: Question, text: str) -> bool:
    """城镇居民 was asked about and the sentence speaks of 农村居民 alone, and the like."""
    asked = question.standalone
    for pair in _LEVELS:
        for one, other in (pair, pair[::-1]):
            if one in asked and other not in asked and other in text and one not in text:
                return "城乡" not in text
    return False
