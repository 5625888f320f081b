"""What the checker compares with the evidence: a sentence of the answer, taken apart, and the question."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import pairwise

from assistant.checks.formulas import Formula, formulas
from assistant.checks.ground import RELATIVE_PLACE, SMALL, Clause, Ground, clauses_of, is_where, tells_when
from assistant.checks.support import flat, terms
from assistant.question.question import Question, mentions
from sources.mentions.numerals import Quantity, quantities
from sources.mentions.periods import Period, periods
from sources.mentions.regions import Region, part_of, regions
from sources.sentences import Span
from sources.words import any_of

_PART_OF_HERE = re.compile("[省市县区][域内]")
_NAMES_ITS_YEAR = re.compile(r"\d{4}|[〇○零一二三四五六七八九]{4}|五[”\"]?(?:时期|期间|规划)?$")
_SEVERAL = re.compile("分别|各自|各是|respectively")
_FULL_THOUSANDS = re.compile("(?<=[０-９])，(?=[０-９]{3}(?![０-９]))")
_FULL_DIGITS = str.maketrans("０１２３４５６７８９．％", "0123456789.%")
_MANY_CHARS = 12
_DENIES_NEXT = re.compile(r"(?:不|未|没有?|非|无|勿|禁止|严禁|不得|(?<![a-z])(?:no|not|never))$")
_DENIES_OR_BOUNDS_NEXT = re.compile(_DENIES_NEXT.pattern + r"|(?:约|近|超过?|不足|不到|至少|至多|最[高低多少])$")
_ATTRIBUTION = re.compile(
    r"(?:据|按|按照|根据|截至|依据|在)?[^，。；]{0,30}"
    r"(?:发言|报道|部署|会议|方案|综述|文章|文件|通报|介绍|统计|显示|指出|发布)[上中里的时]?(?:指出|提出|显示|介绍)?[，：]"
)
_AIM = any_of("aims", "aim")
_MONTH_AND_DAY = re.compile(r"-\d\d-\d\d$")


Supports = Callable[[str, str], float]
"""A statement and a text → the probability, 0 to 1, that the text says all that the statement says."""


class Asking:
    """What was asked: it lends conditions and words, never facts."""

    def __init__(
        self,
        text: str,
        *,
        dates: Sequence[Period] | None = None,
        places: Sequence[Region] | None = None,
        numbers: Sequence[Quantity] | None = None,
    ) -> None:
        """`dates`, `places` and `numbers` are what was read of `text` already; what isn't given is read here."""
        self.text = text
        self.flat = flat(text)
        self.terms = terms(text)
        self._given = dates, places, numbers

    @cached_property
    def quantities(self) -> Sequence[Quantity]:
        """Its numbers, dates left out."""
        given = self._given[2]
        return quantities(self.text, skip=[(date.start, date.end) for date in self._dates]) if given is None else given

    @cached_property
    def period(self) -> Period | None:
        """The one time that it asks about, if it is one."""
        if len({date.value for date in self._dates}) != 1 or _SEVERAL.search(self.text):
            return None
        first = self._dates[0]
        return first if first.value and _NAMES_ITS_YEAR.search(first.text) else None

    @cached_property
    def region(self) -> Region | None:
        """The one place that it asks about, if it is one."""
        if len({place.name for place in self._places}) != 1 or _SEVERAL.search(self.text):
            return None
        return next(iter(_of_their_own(self._places, self.text)), None)

    @cached_property
    def _dates(self) -> Sequence[Period]:
        given = self._given[0]
        return periods(self.text) if given is None else given

    @cached_property
    def _places(self) -> Sequence[Region]:
        given = self._given[1]
        return regions(self.text) if given is None else given


def asking_of(question: Question) -> Asking:
    """The question as the checks see it, with what was read of it already."""
    same = question.text == question.standalone
    text = question.text if same else f"{question.text}\n{question.standalone}"
    named = mentions(text)
    return Asking(text, dates=named.periods, places=named.regions, numbers=named.numbers)


def _of_their_own(places: Sequence[Region], text: str) -> list[Region]:
    """The places named in `text` without the 浙江省 of 浙江省嘉兴市 and without 市域."""
    wider = {
        id(region)
        for region, inner in pairwise(places)
        if inner.start - region.end <= 1 and inner.name != region.name and part_of(inner.name, region.name)
    }
    return [
        region
        for region in places
        if region.name
        and region.level not in SMALL
        and id(region) not in wider
        and not _PART_OF_HERE.match(text, region.start, region.end)
    ]


def _stands_in(words: str, passage: str) -> bool:
    """Whether the words stand in the passage somewhere, not cut off from what denies or bounds them: 约 of 约3200名."""
    cut = _DENIES_NEXT if len(words) < _MANY_CHARS else _DENIES_OR_BOUNDS_NEXT
    at = passage.find(words)
    while at >= 0:
        if not cut.search(passage, max(0, at - 4), at):
            return True
        at = passage.find(words, at + 1)
    return False


class Statement:
    """A sentence of the answer, taken apart, with the grounds of its marks."""

    def __init__(
        self,
        text: str,
        grounds: Sequence[Ground],
        *,
        marks: Sequence[int] = (),
        leads: bool = False,
        asked_period: Period | None = None,
        asked_region: Region | None = None,
        supports: Supports | None = None,
    ) -> None:
        self.printed = text
        """As the answer has it, without marks and Markdown."""
        self.text = _FULL_THOUSANDS.sub(",", text).translate(_FULL_DIGITS)
        """The same but for full-width digits; no character more or less."""
        self.marks = marks
        """The numbers of the citations that it rests on, those that there are none of included."""
        self.grounds = grounds
        self._home = grounds[0].home if grounds else ()
        self.supports = supports
        """How likely a text says what a sentence says."""
        self.leads = leads
        """Whether it leads to the sentences whose marks it has."""
        self.asked_period = None if self._mentions else asked_period
        """The question's time, where neither the sentence nor one before it names any: 54939元 answers about 2025."""
        self.asked_region = None if self.regions else asked_region
        """The question's place, likewise."""
        self.is_english = len(re.findall(r"[A-Za-z]+", text)) > len(re.findall(r"[一-鿿]", text))
        words = flat(text).rstrip("。.!！?？;；,，")
        self.is_verbatim = any(
            _stands_in(words, ground.flat if len(words) >= _MANY_CHARS else flat(ground.citation.quote))
            for ground in grounds
            if ground.is_verbatim
        )
        """Whether it is, as it stands, part of a passage: then it says what the passage says. A few characters (63个)
        must be part of the quote, for they may stand anywhere."""

    @cached_property
    def clauses(self) -> list[Clause]:
        """Of the sentence."""
        return clauses_of(self.text)

    @cached_property
    def attribution(self) -> str:
        """据2025年6月的发言，: says where it was said, not what."""
        opening = _ATTRIBUTION.match(self.text)
        return opening[0] if opening else ""

    @cached_property
    def formulas(self) -> list[Formula]:
        """Calculations that it shows."""
        return formulas(self.text)

    @cached_property
    def _mentions(self) -> list[Period]:
        return (
            self.grounds[0].read_periods(self.text, at=self.grounds[0].citation.start)
            if self.grounds
            else periods(self.text)
        )

    @property
    def mentions(self) -> list[Period]:
        """All times that it names."""
        return self._mentions

    @cached_property
    def periods(self) -> list[Period]:
        """Those that name their year, or a day: 今年 means what it means in the document it is taken from."""
        return [
            period
            for period in self._mentions
            if period.value and (_NAMES_ITS_YEAR.search(period.text) or _MONTH_AND_DAY.search(period.value))
            if not any(formula.start <= period.start < formula.end for formula in self.formulas)
        ]

    @cached_property
    def regions(self) -> list[Region]:
        """Places that it names."""
        return _of_their_own(regions(self.text, home=self._home), self.text)

    @cached_property
    def quantities(self) -> list[Quantity]:
        """Numbers with their units, dates and calculations left out."""
        skip = [(period.start, period.end) for period in self._mentions]
        skip += [(formula.start, formula.end) for formula in self.formulas]
        return quantities(self.text, skip=sorted(skip))

    @cached_property
    def read(self) -> list[Span]:
        """All spans that have been understood as numbers, dates or calculations."""
        numbers = [(quantity.start, quantity.end) for quantity in self.quantities]
        dates = [(period.start, period.end) for period in self._mentions]
        return [*numbers, *dates, *((formula.start, formula.end) for formula in self.formulas)]

    def period_of(self, quantity: Quantity) -> Period | None:
        """The time that a number is about: the one before it in the sentence, the only one, or the asked one."""
        if not self._mentions:
            return self.asked_period
        mentions = [
            period
            for period in self._mentions
            if period.start >= len(self.attribution) and tells_when(period, self.text, quantity.start)
        ]
        known = [period for period in mentions if period in self.periods]
        if self.is_english:
            return min(known, key=lambda period: abs(period.start - quantity.end), default=None)
        before = [period for period in mentions if period.end <= quantity.start]
        if before and not self._turns_to_aim(before[-1].end, quantity.start):
            return before[-1] if before[-1] in known else None
        if before:
            return None
        return known[0] if len(mentions) == 1 and known else None

    def _turns_to_aim(self, start: int, end: int) -> bool:
        """Whether an aim stands between: in 2024年为29%，目标是38% the time before 29% is not that of 38%."""
        between = [quantity.end for quantity in self.quantities if start <= quantity.start < end]
        return bool(between) and bool(_AIM.search(self.text, between[-1], end))

    def region_of(self, quantity: Quantity) -> Region | None:
        """The place that a number is about: the one before it in the sentence, the only one, or the asked one."""
        if not self.regions:
            return self.asked_region
        where = [region for region in self.regions if is_where(region, self.text)]
        before = [region for region in where if region.end <= quantity.start]
        if before:
            return before[-1]
        alone = where[0] if len(where) == 1 else None
        # 连续22年居全省首位 is not about the province.
        return None if alone and RELATIVE_PLACE.match(self.text, alone.start, alone.end) else alone
