"""Sides: the figures that a question sets side by side, each as a plain question for its value.

2026年目标比2025年实际高几个百分点、甲县和乙县的产量、从2021年到2024年: whatever tells the sides apart, a place, a
thing, a time or an aim and its result, the rest of the question is asked of each.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from assistant.question.coordination import enumerated, substituted
from assistant.question.operations import Asked, Operation, operation_of
from assistant.question.question import ASKS, Question, mentions, single
from sources.mentions.periods import Period, label
from sources.mentions.regions import regions

_TARGET = re.compile(
    r"的?(?:当初的?|原定的?|年初的?|年度|全年|预期|预定|计划)*(?:目标(?!年)|预期|计划)(?:值|数|任务)?|力争|打算|定的(?=$)"
)
_ACTUAL = re.compile(r"的?(?:实际|已经)(?:上|完成|达到)?[的了]?|完成的?(?=$|比)")
_NOW = re.compile(r"的?(?:现在|目前|如今|当前)的?")
WHOLE = re.compile("[全我本][省市县区]")
"""A place that only the documents name."""
_DATE = "\ue000"
"""Stands for a date: a character of private use."""
_DATES = re.compile(
    rf"从?{_DATE}(?:(?:以来|以后|年?末|底)?[到至和与及、，]?{_DATE})*(?:以来|期间|之间)?的?|(?:这|近|最近|过去)[几些两二三四五六七八九十\d]+年[来间]?的?|期间"
)
_YEAR_BEFORE = re.compile(r"(?:上年|上一年|去年|前一年)(?:同期|末|底)?")
_ENDS = re.compile(r"(?P<first>(?:19|20)\d\d)\.\.(?P<last>(?:19|20)\d\d)")
_THAN = re.compile(r"(?<![占对相之环])(?:比|较)(?![例重值率赛])")
_FROM = re.compile(r"(?:离|距离?)(?=[^，。]+$)")
_BESIDE = re.compile(r"(?:和|与|跟|同(?![期比]))(?=[^和与跟，]+(?:相比|比较|对比|比)$)")
_IS = re.compile(r"(?:是|为|相当于|有)(?=[^是为有]+$)")
_SHARE = re.compile(r"占(?:了|到)?")
_RATE = re.compile(r"的?(?:同比)?(?:增速|增幅|增长率|增长速度|涨幅)$")
_PACE = re.compile(r"(?:增长|上涨|提高|下降|增|涨|降)得?$")
_COUNTED_OFF = re.compile(r"(?:这)?[两三四五六七八九十](?:个|类|种|项|家|座|所|地|者|方面|县区?|市)(?=[^年]|$)")
_TOWN_AND_COUNTRY = re.compile(
    r"城乡(?=居民|低保|人均)(?![^，,。；？?]{0,10}(?:收入比|支出比|倍差|之比|差距|差额|差多少))"
)
"""Not of what sets the two against each other by itself: 城乡居民收入比 is one metric."""
_ASKED = re.compile(r"(?:[是有为达到]+)?(?:多少|几(?!年))(?:个百分点|[一-龥]{0,3})$")
_OWN_ASK = re.compile(rf"(?:[是有为达到在由]+)?(?:第几|排|{ASKS.pattern})")
_JOINTS = re.compile(r"^[的，,、；;：:\s]+|[的，,、；;：:\s是有为要在和与及跟]+$")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the things that are set side by side."""

    name: str
    """What tells it from the others, in the question's words: 甲县, 2024年, 目标."""
    question: Question
    """The plain question for its value."""
    by: str
    """What it is told apart by: thing, time or kind."""
    thing: str
    """What it is a value of, without time and kind."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Two or more sides, and what is wanted of them."""

    operation: Operation
    way: str
    lowest: bool
    sides: tuple[Side, ...]
    surely: bool = True
    """Whether words ask for more than one thing: 甲、乙的产量是多少 may ask for one."""


@dataclass(frozen=True, slots=True)
class _Slots:
    """A side's words, times and kind apart."""

    thing: str
    times: tuple[str, ...]
    kind: str
    year_before: bool = False
    now: bool = False


def sides_of(question: Question, known: Container[str] = ()) -> Sides | None:
    """What `question` sets side by side; None where it asks for one thing, or for a trend.

    `known` are names of what the documents measure.
    """
    if question.language != "zh":
        return None
    asked = operation_of(question.standalone)
    if asked.operation in ("trend", "year"):
        return None
    ask = _own_ask(question, asked)
    if asked.operation == "each" and question.parts and not question.coordinated:
        return None  # two questions, each in words of its own
    pairs = _met(asked) if asked.operation == "met" else _against(asked, known)
    if pairs is None:
        pairs = _several(asked, known)
    if len(pairs) < 2:
        return None
    sides = tuple(Side(name, _plain(slots, ask), by, _unasked(slots.thing)) for name, slots, by in pairs)
    if len({side.question.standalone for side in sides}) < len(sides):
        return None
    return Sides(asked.operation, asked.way, asked.lowest, sides, asked.surely)


Named = tuple[str, _Slots, str]


def _met(asked: Asked) -> list[Named]:
    """The aim and its result: of one thing and time."""
    slots = _slots(_ASKED.sub("", asked.about))
    if not slots.thing:
        return []
    if len(slots.times) > 1:
        return []
    return [("目标", replace(slots, kind="目标"), "kind"), ("实际", replace(slots, kind="实际"), "kind")]


def _against(asked: Asked, known: Container[str]) -> list[Named] | None:
    """What stands before 比, 占 or 是 and what stands after it, which leaves out what both share.

    None where nothing is joined so; nothing where what is joined can't be told, as the year before no year.
    """
    joints = {"ratio": (_IS, _THAN), "share": (_SHARE,), "difference": (_BESIDE, _THAN, _FROM)}.get(asked.operation, ())
    text = asked.about[: asked.cut].rstrip("，, ")
    for joint in joints:
        for match in reversed(list(joint.finditer(text))):
            beside = re.sub("(?:相|对)?比较?$", "", text[match.end() :]) if joint is _BESIDE else text[match.end() :]
            if not text[: match.start()].strip() or not beside.strip():
                continue
            dates = mentions(text).dates
            one = _slots(text[: match.start()], [each for each in dates if each.end <= match.start()])
            other = _slots(
                beside,
                [
                    replace(each, start=each.start - match.end(), end=each.end - match.end())
                    for each in dates
                    if each.start >= match.end()
                ],
            )
            if one.thing or other.thing:
                return _completed(one, other, known)
    return None


def _completed(one: _Slots, other: _Slots, known: Container[str]) -> list[Named]:
    """Both sides whole: each takes from the other what it leaves out."""
    by, own = "thing", (one.thing, other.thing)
    times = other.times or (() if other.now else one.times)
    if other.year_before:
        times = tuple(str(int(time) - 1) if time.isdigit() else "" for time in one.times)
        if not all(times) or not times:
            return []
    thing = other.thing
    if not thing or not one.thing:
        thing = thing or one.thing
        one = replace(one, thing=thing)
        by = "time" if times != one.times else "kind"
    elif thing != one.thing:
        if in_place := _of_place(one.thing, thing) or _of_place(thing, one.thing):
            one, thing = (one, in_place) if _is_place(thing) else (replace(one, thing=in_place), thing)
            own = one.thing[: _end_of_place(one.thing)], thing[: _end_of_place(thing)]
        elif len(one.thing) < len(thing):  # 甲镇比乙镇的种植面积
            one = replace(one, thing=substituted(thing, one.thing, known))
        else:
            thing = substituted(one.thing, thing, known)
    kinds = one.kind, other.kind
    if "目标" in kinds or other.now:  # 2026年要比现在多: an aim and its result
        kinds = one.kind or ("目标" if other.kind == "实际" else "实际"), other.kind or "实际"
    one, other = replace(one, kind=kinds[0]), _Slots(thing, times, kinds[1])
    names = [
        "".join(
            part
            for part, differs in (
                ("、".join(map(label, side.times)), one.times != other.times),
                (called, one.thing != other.thing),
                (side.kind, one.kind != other.kind),
            )
            if differs
        )
        for side, called in zip((one, other), own, strict=True)
    ]
    return [(name, side, by) for name, side in zip(names, (one, other), strict=True)]


def _is_place(thing: str) -> bool:
    """Whether it names a place and nothing else: 嘉兴市, 全省."""
    return bool(WHOLE.fullmatch(thing)) or any((place.start, place.end) == (0, len(thing)) for place in regions(thing))


def _of_place(whole: str, place: str) -> str:
    """What is a value of a place that it begins with, of another place; "" where it isn't so.

    >>> _of_place("嘉善县农民收入", "全市")
    '全市农民收入'
    """
    if not _is_place(place) or _is_place(whole):
        return ""
    first = _end_of_place(whole)
    return f"{place}{whole[first:]}" if first else ""


def _end_of_place(text: str) -> int:
    """Where the place ends that a text begins with; 0 for none."""
    whole = WHOLE.match(text)
    return next((each.end for each in regions(text) if each.start == 0), whole.end() if whole else 0)


def _several(asked: Asked, known: Container[str]) -> list[Named]:
    """What is enumerated: things, places, or times."""
    about = asked.about
    if asked.operation != "each":
        about = _ASKED.sub("", about)
    about = _RATE.sub("", about)
    slots = _slots(_PACE.sub("", about) if asked.way in ("快", "慢") else about)
    times = slots.times
    if len(times) == 1 and (span := _ENDS.fullmatch(times[0])) and asked.operation in ("difference", "ratio", "which"):
        times = span["first"], span["last"]
    if len(times) > 1 and slots.thing and asked.operation != "met":
        return [(label(time), replace(slots, times=(time,)), "time") for time in times]
    text = _COUNTED_OFF.sub("", slots.thing)
    parts = enumerated(text, known, surely=asked.surely)
    if parts is None and (both := _TOWN_AND_COUNTRY.search(text)):
        head, tail = text[: both.start()], text[both.end() :].removeprefix("居民")
        parts = head, ("城镇居民", "农村居民"), tail
    if parts is None:
        return []
    head, names, tail = parts
    return [(name, replace(slots, thing=f"{head}{name}{tail}"), "thing") for name in names]


def _slots(text: str, dates: Sequence[Period] | None = None) -> _Slots:
    """The words of one side, its times and its kind apart; `dates` are those of the text, if they are known."""
    dates = mentions(text).dates if dates is None else dates
    rest = text
    dates = [each for each in dates if "X" not in each.value]  # 6月 of no year is a name like any other
    for date in sorted(dates, key=lambda each: each.start, reverse=True):
        rest = f"{rest[: date.start]}{_DATE}{rest[date.end :]}"
    year_before = bool(_YEAR_BEFORE.search(rest))
    rest = _DATES.sub("", _YEAR_BEFORE.sub(_DATE, rest))
    now, aims = bool(_NOW.search(rest)), bool(_TARGET.search(rest))
    kind = "目标" if aims else "实际" if now or _ACTUAL.search(rest) else ""
    for words in (_TARGET, _ACTUAL, _NOW):
        rest = words.sub("", rest)
    times = tuple(dict.fromkeys(date.value for date in dates))
    return _Slots(_JOINTS.sub("", rest.replace(" ", "")), times, kind, year_before, now)


def _own_ask(question: Question, asked: Asked) -> str:
    """How the value of one side is asked for."""
    if asked.operation == "each":
        return ""
    if asked.way in ("快", "慢") or _RATE.search(asked.about):
        return "增速是多少？"
    unit = question.unit if question.unit not in ("倍", "个百分点", "百分点", "年") else ""
    return f"是多少{unit}？"


def _unasked(thing: str) -> str:
    own = _OWN_ASK.search(thing)
    return thing[: own.start()] if own else thing


def _plain(slots: _Slots, ask: str) -> Question:
    time = "、".join(map(label, slots.times))
    kind = "目标" if slots.kind == "目标" else ""
    thing = slots.thing
    if not ask and (own := _OWN_ASK.search(thing)):
        thing, ask = thing[: own.start()], f"{thing[own.start() :]}？"
    plain = single(f"{time}{thing}{kind}{ask}")
    return replace(plain, status="actual") if slots.kind == "实际" else plain


def names_of(sides: Sequence[Side]) -> str:
    """The sides by their names, for people."""
    return "、".join(side.name for side in sides)
