"""Question understanding: what kind of answer is asked for, about when and where, and which words must be met.

Nothing is looked up here: the same question gives the same `Question` whatever the library holds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from assistant.question.kinds import MEASURES, QuestionKind, kind_of
from assistant.question.terms import Term, terms
from index.queries.glossary import to_chinese
from index.queries.names import put
from index.queries.queries import in_chinese, is_english, simplified
from index.words import normalise
from sources.mentions.gazetteer import remembered
from sources.mentions.numerals import Quantity, quantities
from sources.mentions.periods import LAST_YEAR, Period, periods
from sources.mentions.regions import Region, level_of, regions
from sources.sentences import Span
from sources.words import any_of

ASKS = re.compile(r"多少|几|哪|什么|谁|何|吗|呢|怎|多[大高长远久]|是否|是不是|有没有|比例|占比|比重")
_COUNTED = re.compile(rf"(?:多少|几)(?P<unit>[万亿]?(?:{MEASURES}))(?!度)(?P<subject>[一-鿿]{{0,12}})")
_ITEMS = re.compile(r"(?:哪|分别是|的)(?P<all>(?P<n>[两二三四五六七八九十]|\d{1,2})[一-鿿]{1,5})")
_HOW_MANY = re.compile(
    r"how many ((?:[\w-]+ ){0,4}?[\w-]+)(?= (?:did|does|do|has|have|had|were|was|are|is|will|would|can|could)\b|\?|$)",
    re.IGNORECASE,
)
_ENGLISH_UNITS = {
    **dict.fromkeys(("people", "persons", "residents", "farmers", "workers", "students", "individuals"), "人"),
    **dict.fromkeys(("households", "families"), "户"),
    **dict.fromkeys(("kilometers", "kilometres", "km"), "公里"),
    **dict.fromkeys(("yuan", "rmb"), "元"),
    "mu": "亩", "tons": "吨", "tonnes": "吨", "years": "年", "days": "天", "hours": "小时",
}  # fmt: skip
_MEASURED = re.compile(r"收入|人口|产值|投资|面积|产量|金额|[率比量额]")
_ENGLISH_VALUE = re.compile(r"^what (?:is|was|were|are|will be) the ", re.IGNORECASE)
_DIGITS = {"一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_QUOTED = re.compile(r"[“\"「『《‘]([^”\"」』》’]{1,40})[”\"」』》’]")
_TARGET = any_of("aims", "asked")
_ACTUAL = any_of("done", "asked")
FILLER = re.compile(
    r"请告诉我|我?想知道|请问|麻烦|根据(?:文档|资料)|(?:文|资料|文档)中|提到"
    r"|(?:[是有为占到]|达到)?多少|第几|几[个条项]|几月几[日号]|几月|几[日号]|何时|什么时候"
    r"|哪(?:一?[年天个座种类位]|些|几|里)?|什么(?:水平|程度)|(?:[是有]|指的是)?什么|谁|为什么|为何"
    r"|怎么样?|怎样|如何|是否|是不是|有没有|分别|一共|总共|共有|合计|他们|它们|其中|以及|并且|当初|后来|到底|究竟|大概"
    r"|多[大高长久远]|主要|具体"
)
_WHO_WHEN_WHERE = tuple(
    re.compile(words)
    for words in (
        r"谁|哪(?:一)?位|何人",
        r"何时|什么时候|什么时间|哪一?[年天日]|几月",
        r"哪里|哪儿|在哪|何地|什么地方|哪座?城市",
        r"多少|第几",
    )
)
_SPEAKER = re.compile(r"(?:^|[，,；;])([^，,；;：:？?]{2,14}?(?:说|提到|指出|介绍|强调|认为|表示|通报|汇报))")
_SPEAKER_SHARE = 0.4
_IN_CHINESE: dict[QuestionKind, str] = {
    "rank": "排第几", "date": "是什么时候", "duration": "是多长时间", "place": "在哪里",
    "person": "是谁", "list": "有哪些", "definition": "是什么", "why": "是为什么", "how": "怎么做",
}  # fmt: skip
_RANKED_AMONG = re.compile(r"(?:排|居|位[列居]|第[几一二三四五六七八九十\d])")
_SPACE_IN_CHINESE = re.compile(r"(?<=[一-鿿]) (?=[一-鿿\d])")
_PARTICLES = frozenset("吗呢吧啊的了是在和与及有为到被把对从里中上个这那它该此其又各请") | {
    "那个", "这个", "全省", "全市", "全县", "全区", "当地", "本省", "本市",
}  # fmt: skip
_CALLED_A_PLACE = re.compile(
    r"(?:^那?么?|[年月日，,])(?P<name>[^\W\da-zA-Z_的在对全各本该我每哪几和与这那]{2,3}"
    r"(?:县|市|街道|(?<![城乡])镇|(?<![城水老])乡|社区|(?<!农)村|(?<![地山城郊社小园景校])区)(?![级直属域内委长场镇]))"
)
_COUNTED_WEIGHT = 4.0
"""As much as a word that tells a good deal."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a question's text names, each by its place in it."""

    periods: tuple[Period, ...]
    """Every date, those too that have no normal form without a reference: 去年."""
    regions: tuple[Region, ...]
    """Every place, those too that only a context names: 全省."""
    numbers: tuple[Quantity, ...]
    """Without those of the dates."""
    bare: str
    """The text with a space for each of `dates` and `places`."""
    without_dates: str
    """The text with a space for each of `dates`."""

    @property
    def dates(self) -> tuple[Period, ...]:
        """The dates that have a normal form."""
        return tuple(period for period in self.periods if period.value)

    @property
    def places(self) -> tuple[Region, ...]:
        """The places that have a name."""
        return tuple(region for region in self.regions if region.name)


@remembered(maxsize=256)
def mentions(text: str) -> Mentions:
    """What `text` names; read once, however many answerers and checks look."""
    dates, places = tuple(periods(text)), tuple(regions(text))
    numbers = tuple(quantities(text, skip=[(each.start, each.end) for each in dates]))
    named = [(each.start, each.end) for each in dates if each.value]
    placed = [(each.start, each.end) for each in places if each.name]
    return Mentions(dates, places, numbers, _blanked(text, [*named, *placed]), _blanked(text, named))


def called_places(text: str) -> list[Span]:
    """What begins a question, or follows its time, like the name of a place: no gazetteer has every village."""
    spans = [match.span("name") for match in _CALLED_A_PLACE.finditer(text)]
    known = [(each.start, each.end) for each in mentions(text).places]
    return [(start, end) for start, end in spans if not any(start < last and first < end for first, last in known)]


def _blanked(text: str, spans: Sequence[Span]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return text


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the answerers see it."""

    text: str
    """As asked, but for the names of documents that it is about."""
    standalone: str
    """Completed from the conversation, for reading and for retrieval."""
    language: Literal["zh", "en"] = "zh"
    kind: QuestionKind = "fact"
    unit: str = ""
    """The measure word or unit asked with: 多少公里 gives 公里."""
    subject: str = ""
    """What is counted: 多少名科研人员 gives 科研人员."""
    items: int | None = None
    """How many things are asked for: 哪三项 gives 3."""
    item: int | None = None
    """Which one of a list is asked for, from 1: 第二条是什么 after a question for the list."""
    told: int | None = None
    """How many items of the list that it asks for were told before, where it wants the rest: 还有呢; else None."""
    focus: str = ""
    """What the same is asked of as was asked before of something else, beside times and places: 博物馆呢; else ""."""
    periods: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    status: Literal["target", "actual", ""] = ""
    quoted: tuple[str, ...] = ()
    """Terms that the question itself sets in quotation marks."""
    terms: tuple[Term, ...] = ()
    """Words to be met, without question words and particles; dates and places are left out, too: they are compared."""
    parts: tuple[Question, ...] = ()
    """The questions asked in one sentence, each complete in itself; empty when there is only one."""
    whole: str = ""
    """`standalone` with the names of the documents that it is about, where it names some; else ""."""
    coordinated: bool = False
    """Whether the parts ask the same of two things (甲和乙的产量): one sentence may then answer both."""

    names: tuple[tuple[str, str], ...] = ()
    """Names in it that no document has, each with another of the same thing that one has: 电瓶车, 电动自行车."""

    @property
    def dates(self) -> tuple[Period, ...]:
        """The dates that `standalone` names, where it does."""
        return mentions(self.standalone).dates

    @property
    def places(self) -> tuple[Region, ...]:
        """The places that `standalone` names, where it does."""
        return mentions(self.standalone).places

    @property
    def numbers(self) -> tuple[Quantity, ...]:
        """The numbers that `standalone` states, dates apart."""
        return mentions(self.standalone).numbers

    @property
    def bare(self) -> str:
        """`standalone` with a space for each date and place."""
        return mentions(self.standalone).bare

    @property
    def in_full(self) -> str:
        """The question as it is told to people: complete, and with the documents that it names."""
        return self.whole or self.standalone

    @property
    def for_reading(self) -> str:
        """The question as the reader is asked it, in the documents' names for things.

        An English one has lost its interrogative with its English words.
        """
        if self.language == "zh":
            return put(self.standalone, self.names)
        asked = _IN_CHINESE.get(self.kind)
        return f"{_SPACE_IN_CHINESE.sub('', self.standalone)}{asked}？" if asked else self.standalone


def with_names(question: Question, names: tuple[tuple[str, str], ...]) -> Question:
    """The question, and its parts, with these `names`."""
    return replace(question, names=names, parts=tuple(with_names(part, names) for part in question.parts))


def is_completed(question: Question) -> bool:
    """Whether the question was completed from the conversation, which then says what it is about."""
    return question.standalone != in_chinese(simplified(question.text))


def asks_several(question: Question) -> bool:
    """Whether one clause asks for several things, which no single clause may tell: 谁在哪天召开了什么会."""
    return sum(bool(asked.search(question.standalone)) for asked in _WHO_WHEN_WHERE) > 1


def single(text: str, *, home: Sequence[str] = ()) -> Question:
    """One question by itself; `home` holds the places that 全省 and 当地 stand for."""
    language: Literal["zh", "en"] = "en" if is_english(text) else "zh"
    chinese = in_chinese(text)
    counted = _COUNTED.search(chinese)
    # 6月 of no year, 去年 of no date: words like any other.
    named = mentions(chinese)
    dated = [period for period in named.dates if "X" not in period.value and not _compares(chinese, period)]
    places = regions(chinese, home=home) if home else named.places
    placed = [region for region in places if region.name and level_of(region.name)]
    if len(placed) > 1:  # 丽水……全国排第几 is asked of Lishui
        placed = [each for each in placed if not _RANKED_AMONG.match(chinese, each.end)] or placed
    itemised = _ITEMS.search(chinese)
    kind = kind_of(text)
    if kind == "fact" and (counted or (language == "en" and _ENGLISH_VALUE.search(text) and _MEASURED.search(chinese))):
        kind = "number"
    return Question(
        text=text,
        standalone=chinese,
        language=language,
        kind=kind,
        unit=counted["unit"] if counted else _english_unit(text),
        subject=FILLER.sub("", counted["subject"]) if counted else _english_subject(text),
        items=count_of(itemised["n"]) if itemised and kind in {"list", "definition"} else None,
        periods=tuple(dict.fromkeys(period.value for period in dated)),
        regions=tuple(dict.fromkeys(region.name for region in placed)),
        status="target" if _TARGET.search(chinese) else "actual" if _ACTUAL.search(chinese) else "",
        quoted=tuple(_QUOTED.findall(chinese)),
        terms=_asked_terms(without(chinese, [*dated, *placed]), itemised["all"] if itemised else ""),
    )


def _compares(text: str, period: Period) -> bool:
    """Whether it only says what a growth counts from: 比上年 in 2024年产量比上年增长多少."""
    return period.text.startswith(LAST_YEAR) and text[: period.start].endswith(("比", "较"))


def _english_subject(text: str) -> str:
    """What is counted, in Chinese: how many rural residents did … gives 农村居民."""
    counted = _HOW_MANY.search(text)
    return to_chinese(counted[1]).replace(" ", "") if counted else ""


def _english_unit(text: str) -> str:
    """The measure of what is counted: how many rural residents did … gives 人."""
    counted = _HOW_MANY.search(text)
    nouns = counted[1].lower().split() if counted else []
    return next((_ENGLISH_UNITS[noun] for noun in nouns if noun in _ENGLISH_UNITS), "")


def _asked_terms(text: str, counted: str) -> tuple[Term, ...]:
    """The terms of `text` and, as one more, the things counted: where 哪三大机制 is asked, 三大机制 will stand."""
    # Who says it stands at the head of the document, hardly ever in the sentence that answers.
    speakers = normalise(" ".join(_SPEAKER.findall(text)))
    weighed = tuple(
        replace(term, weight=term.weight * _SPEAKER_SHARE) if term.text in speakers else term
        for term in terms(FILLER.sub(" ", text))
        if term.text not in _PARTICLES
    )
    return (*weighed, Term(normalise(counted), _COUNTED_WEIGHT)) if counted else weighed


def without(text: str, spans: Sequence[Period | Region]) -> str:
    """The text with spaces in the place of the spans, so that offsets stay."""
    for span in spans:
        text = f"{text[: span.start]}{' ' * (span.end - span.start)}{text[span.end :]}"
    return text


def count_of(text: str) -> int:
    """A small number in digits or Chinese: 三 gives 3."""
    return _DIGITS.get(text) or int(text)
