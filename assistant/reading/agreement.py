"""Agreement between what a question asks about and what a sentence is about: when, where, and in which measure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from assistant.question.question import Question
from assistant.reading.boundaries import only_seems_named
from sources.documents import Document
from sources.figures.figure import SURE, Figure
from sources.mentions.clocks import clock_of
from sources.mentions.datelines import reference_date
from sources.mentions.exceptions import exceptions, without_exceptions
from sources.mentions.gazetteer import remembered
from sources.mentions.numerals import chinese_number
from sources.mentions.periods import Fit, fit, periods, tells
from sources.mentions.regions import level_of, regions
from sources.sentences import Span
from sources.words import any_of, groups

_ORDINAL = re.compile(r"第(?P<number>\d{1,4}|[一二三四五六七八九十百]{1,5})(?P<counted>[项条批期届章款轮级类])")
"""Places in a row are left out: 第37位 is what a question for a rank wants."""
Conflict = Literal["period", "region", "scope", "kind", "number", "name"]
_DIMENSIONS: dict[str, str] = {
    **dict.fromkeys(("元", "美元", "欧元", "港元"), "money"),
    **dict.fromkeys(("%", "‰", "‱", "个百分点", "成"), "share"),
    **dict.fromkeys(("公里", "千米", "米", "里"), "length"),
    **dict.fromkeys(("亩", "公顷", "平方公里", "平方米"), "area"),
    **dict.fromkeys(("吨", "斤", "公斤", "千克"), "mass"),
    **dict.fromkeys(("年", "天", "小时", "分钟", "秒", "个月", "日", "周", "个工作日", "工作日"), "duration"),
    **dict.fromkeys(("分",), "points"),
    **dict.fromkeys(("人", "名", "位", "人次", "余人"), "people"),
    **dict.fromkeys(("倍",), "times"),
    **dict.fromkeys((":1", "：1", "比", ""), "ratio"),
}
_MONEY_WORDS = re.compile(
    r"(?<!低)收入(?!比|倍差|差)|投资(?!项目)|金额|产值|GDP|生产总值|资金|工资|票房|销售额|营收|价格|多少钱|经费|贷款|债券|补助|养老金|支出"
)
_GROWTH_WORDS = re.compile(
    r"(?:增长|增加|上升|提高|上涨|下降|减少|降低|回落|下跌|变化)(?:了|率|速度|幅度)?"
    r"(?:的?(?:预期)?(?:目标|预期|指标|情况|幅度|速度)|多少|百分之几|几个百分点|几成|几倍)"
)
_PAID_WORDS = re.compile(r"报销|费用|收费|缴费|缴纳|赔付|赔偿|奖励|罚款|押金|租金|利息")
_SHARE_WORDS = re.compile(
    r"率|增速|[增降涨]幅|几成|百分之几|占比|比例|比重|份额|占.{0,8}多少|多大(?:的)?(?:比例|比重|份额)|程度|同比[^，。]{0,6}多少|percent|share|proportion"
)
_FIRST_AMONG = re.compile(r"(?P<among>全[国省市县区球]|世界)(?:首位|第一|榜首|领先|前列)")
_PART_OF_YEAR = re.compile(r"[QH]|\d-\d\d\.\.")
_FIRST_YEAR = re.compile(r"\d{4}")
_RATIO_WORDS = re.compile(r"收入比|倍差|比值|之比")
_LEVELS = groups("contrasts", "asked")


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
        return {"share": 1.0, "times": 0.3, "ratio": 0.3}.get(given, 0.0)
    if _GROWTH_WORDS.search(text):
        return {"share": 1.0, "times": 0.8}.get(given, 0.5 if figure.status == "growth" else 0.0)
    if _MONEY_WORDS.search(text):
        return 1.0 if given == "money" else 0.0
    if _PAID_WORDS.search(text):
        return {"money": 1.0, "share": 0.8}.get(given, 0.0)
    return 0.5 if given != "duration" else 0.2


def is_count(figure: Figure) -> bool:
    """Whether the figure counts things: neither money nor people, nor a measure or share of anything."""
    return bool(figure.unit) and figure.unit not in _DIMENSIONS


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a sentence speaks of the time and place asked about, each from -1 (another) over 0 (none) to 1."""

    period: float
    region: float
    conflicts: tuple[Conflict, ...]


def agreement(question: Question, document: Document, span: Span, lead_up: Span, figure: Figure | None) -> Agreement:
    """How the sentence (its answering figure, where there is one) agrees with the question.

    `lead_up` is what the figure is about: the clauses since the figure before it.
    """
    text = document.text[span[0] : span[1]]
    period = _period(question, document, text, span[0], figure)
    region = _region(question, document, span, figure)
    conflicts: list[Conflict] = []
    if period < 0:
        conflicts.append("period")
    if region < 0:
        conflicts.append("region")
    said_of = figure.metric + document.text[lead_up[0] : lead_up[1]] if figure is not None else ""
    if _other_scope(question, said_of) or _leads_elsewhere(question, text):
        conflicts.append("scope")
    if figure is not None and _of_another_kind(question, document, span, figure):
        conflicts.append("kind")
    if _of_another_number(question, document, span):
        conflicts.append("number")
    section = document.section_at(span[0])
    above = "\n".join((document.title, document.publisher or "", *(section.path if section else ())))
    if only_seems_named(question, text, above):
        conflicts.append("name")
    return Agreement(period, region, tuple(conflicts))


def _of_another_number(question: Question, document: Document, span: Span) -> bool:
    """Whether the sentence is of another one of what is counted: of 第1项, where 第5项 is asked for."""
    wanted = _ordinals(question.standalone)
    if not wanted:
        return False
    section = document.section_at(span[0])
    here = _ordinals(f"{' '.join(section.path) if section else ''} {document.text[slice(*span)]}")
    if wanted & here or wanted & _ordinals(document.title):
        return False
    return not {counted for _, counted in wanted}.isdisjoint(counted for _, counted in here)


@lru_cache(maxsize=256)
def _ordinals(text: str) -> frozenset[tuple[int, str]]:
    """Which ones of what is counted the text names: 第五条 and 第5条 alike."""
    return frozenset((int(chinese_number(each["number"])), each["counted"]) for each in _ORDINAL.finditer(text))


def _period(question: Question, document: Document, text: str, start: int, figure: Figure | None) -> float:
    if not question.periods:
        return 0.0
    if figure is not None and figure.period:
        given = [figure.period]
    else:
        clock = clock_of(document)
        titled = [period.value for period in periods(document.title) if period.value]
        about = clock.part_at(start).period
        given = [period.value for period in clock.periods(text, at=start) if period.value]
        given = given or ([about] if about else titled)
    if not given:
        return _by_date(question, document)
    if all("X" in each for each in given):  # 6月20日 of no year may be of the year asked about
        could = any(
            fit(asked, each.replace("XXXX", year[0])) != Fit.DIFFERENT
            for asked in question.periods
            for each in given
            if (year := _FIRST_YEAR.search(asked))
        )
        return _by_date(question, document) if could else -1.0
    best = max(fit(asked, each) for asked in question.periods for each in given)
    if figure is not None and best is Fit.CONTAINS and all(_PART_OF_YEAR.search(asked) for asked in question.periods):
        return -1.0  # that of the whole year doesn't tell of a quarter
    if figure is not None and figure.period and best is Fit.WITHIN:
        part = not any(tells(asked, figure.period) for asked in question.periods)
        # What only an earlier sentence of the paragraph says may not hold here, but what the title says does.
        certain = figure.sure.period > SURE.period or clock_of(document).part_at(figure.start).period
        return -1.0 if part and certain else 0.6
    return {Fit.EXACT: 1.0, Fit.WITHIN: 0.6, Fit.CONTAINS: 0.4, Fit.OVERLAPS: 0.2, Fit.DIFFERENT: -1.0}[best]


def _by_date(question: Question, document: Document) -> float:
    """What names no period is of the time it was written in: that year, the one before, or the one it looks to."""
    now = _written(document)
    if now is None:
        return 0.0
    near = f"{now - 1}..{now + 1}"
    return 0.0 if any(fit(asked, near) != Fit.DIFFERENT for asked in question.periods) else -1.0


def _written(document: Document) -> int | None:
    """The year that the text was written in, as far as it shows: its date, or the latest year it looks back on."""
    dated = document.published or _reference(document.text, document.title)
    return int(dated[:4]) if dated else None


@lru_cache(maxsize=256)
def _reference(text: str, title: str) -> str | None:
    if dated := reference_date(text, title=title):
        return dated
    years = [int(year) for year in re.findall(r"(?:19|20)\d{2}(?=年)", text)]
    return str(max(years)) if years else None


def _region(question: Question, document: Document, span: Span, figure: Figure | None) -> float:
    """A sentence seldom names its place: it is about one named before it in the same part of the document."""
    asked = [name for name in question.regions if name != "全国"]
    if not asked:
        return -1.0 if _is_of_another_place(question, document) else 0.0
    if question.kind != "yes_no" and _takes_out(document.text[slice(*span)], asked, question.text):
        return -1.0
    if figure is not None and figure.region in asked:
        return 1.0
    here = _places(document, span[0], span[1])
    if not here.isdisjoint(asked):
        return 1.0 if figure is None or not figure.region else 0.5
    around = {*_places(document, document.part_start(span[0]), span[0]), *document.regions[:1]}
    if not around.isdisjoint(asked):
        return 0.5 if figure is None or not figure.region else 0.2
    known = {name for name in (around | here) if level_of(name)}
    return -1.0 if known or _titled_elsewhere(asked, document) else 0.0


def _takes_out(text: str, asked: Sequence[str], question: str) -> bool:
    """Whether the rule that the text states holds for all but the places asked about: 除湖北省外."""
    if exceptions(question) or not exceptions(text):
        return False
    named, in_rule = ({each.name for each in regions(part)} for part in (text, without_exceptions(text)))
    return not named.isdisjoint(asked) and in_rule.isdisjoint(asked)


_ASKED_PLACE = re.compile(r"(?![全各本我该哪每])([一-鿿]{2,3}?)(?<![全各本我该])[市县](?![场民级域区长委])")


def _is_of_another_place(question: Question, document: Document) -> bool:
    """Whether the question begins with a place that no gazetteer has, and the document is about another one."""
    named = _ASKED_PLACE.match(question.bare.strip())
    heads = f"{document.title} {document.publisher or ''}"
    return bool(named and _ASKED_PLACE.search(heads)) and named[1] not in heads + document.text  # type: ignore[index]


_TITLED_PLACE = re.compile(r"^[一-鿿]{2,4}?(?:市|县|自治州)")


def _titled_elsewhere(asked: Sequence[str], document: Document) -> bool:
    """Whether the title begins with a place that no gazetteer has to have, and it is none of those asked about."""
    titled = _TITLED_PLACE.match(document.title)
    return bool(titled) and not any(name.rstrip("省市县区") in document.title for name in asked)


def _places(document: Document, start: int, end: int) -> set[str]:
    """Full names of the places that `document.text[start:end]` names."""
    mentions = _mentions(document.text, document.regions)
    first, last = (bisect_left(mentions, (offset, "")) for offset in (start, end))
    return {name for _, name in mentions[first:last]}


@remembered(maxsize=256)
def _mentions(text: str, home: tuple[str, ...]) -> list[tuple[int, str]]:
    return sorted((region.start, region.name) for region in regions(text, home=home) if region.name)


_ASKS_TARGET = any_of("aims", "named")
_ASKS_RESULT = any_of("done", "named")
_AIMED = any_of("aims", "aim", "hint", "title")
_INTENDED = any_of("aims", "aim")
_DONE = any_of("done", "done")


def _of_another_kind(question: Question, document: Document, span: Span, figure: Figure) -> bool:
    """Whether a target is asked for by that name and the figure is a result, or the other way round."""
    aimed, done = (bool(words.search(question.standalone)) for words in (_ASKS_TARGET, _ASKS_RESULT))
    if aimed == done:
        return False
    if aimed:
        around = document.text[span[0] : span[1]] + document.title
        result = figure.status in ("actual", "cumulative") or (
            figure.status == "growth" and not is_planned(figure, document)
        )
        return result and not _AIMED.search(around)
    return is_planned(figure, document) or is_intended(re.split("[；;]", document.text[span[0] : figure.end])[-1])


def is_planned(figure: Figure, document: Document) -> bool:
    """Whether the figure is an aim, or a growth that stands where the document tells what is to come."""
    ahead = figure.status == "growth" and clock_of(document).part_at(figure.start).ahead
    return figure.status in ("target", "plan") or ahead


def is_intended(text: str) -> bool:
    """Whether the text states an aim rather than a result: 规划提出，到2025年控制在170亿立方米以内."""
    return bool(_INTENDED.search(text)) and not _DONE.search(text)


def _leads_elsewhere(question: Question, text: str) -> bool:
    """Whether it names the first place among others than those asked about: 全省首位 for 全国首位."""
    wanted, given = ({each["among"] for each in _FIRST_AMONG.finditer(words)} for words in (question.standalone, text))
    return bool(wanted and given) and not wanted & given


def _other_scope(question: Question, text: str) -> bool:
    """城镇居民 was asked about and the sentence speaks of 农村居民 alone, and the like."""
    asked = question.standalone
    for pair in _LEVELS:
        for one, other in (pair, pair[::-1]):
            if one in asked and other not in asked and other in text and one not in text:
                return True
    return False
