"""Ground: the passages that a sentence cites, taken apart into clauses with their times and places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from assistant.answers import Citation
from assistant.checks.support import Terms, flat, terms
from sources.documents import Document
from sources.instructions import instructions, speaks_to_reader
from sources.mentions.clocks import clock_of
from sources.mentions.gazetteer import remembered
from sources.mentions.numerals import Quantity, quantities
from sources.mentions.periods import Period, periods
from sources.mentions.regions import Region, regions
from sources.sentences import Span, clauses, sentences

RELATIVE_PLACE = re.compile(r"[我全本该][国省市县区镇乡村]|[省市县区][域内]|nation|province", re.IGNORECASE)
_LETTERS = {
    "京": "北京市", "津": "天津市", "沪": "上海市", "渝": "重庆市", "浙": "浙江省", "苏": "江苏省", "皖": "安徽省",
    "赣": "江西省", "闽": "福建省", "粤": "广东省", "鲁": "山东省", "湘": "湖南省", "鄂": "湖北省", "豫": "河南省",
    "川": "四川省", "陕": "陕西省", "杭": "杭州市", "甬": "宁波市", "温": "温州市", "绍": "绍兴市", "嘉": "嘉兴市",
    "湖": "湖州市", "金": "金华市", "衢": "衢州市", "舟": "舟山市", "台": "台州市", "丽": "丽水市",
}  # fmt: skip
_EXCEPTION = re.compile("除.{2,12}[以之]?外")
_EXCEPT = re.compile("除了?$")
_BUT = re.compile("[以之]?外(?![地省市来])")
_TO_OR_FROM = re.compile("(?:来自|去过?|到过|前往|赶?赴|驰援|支?援|援助|帮助|离开|返回|途经|[向比援])$")
_COMES = re.compile("[来返籍归]")
_PLAN_PERIOD = re.compile(r"五[”\"]?(?:时期|期间|规划)?$")
SMALL = ("town", "village")
"""Their names are guessed from the text (嘉兴市实施乡…), too often wrongly to reject a sentence for them."""
_LINE_BELOW_HEADING_CHARS = 60
_SUBORDINATE = re.compile(r"(?<=\s)(?:because|due to|owing to)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a text, `text[start:end]`."""

    start: int
    end: int
    part: int
    """The number of the stretch between full stops and semicolons that it is in."""
    text: str
    terms: Terms


def clauses_of(text: str) -> list[Clause]:
    """The clauses of `text` in order; English ones end before `because` and `due to`, too."""
    parts: list[Clause] = []
    part = 0
    for first, last in sentences(text):
        part += 1
        for start, end in clauses(text, first, last):
            cuts = [start, *(match.start() for match in _SUBORDINATE.finditer(text, start + 1, end)), end]
            for at, stop in pairwise(cuts):
                parts.append(Clause(at, stop, part, text[at:stop], terms(text[at:stop])))
            part += text[end - 1] in ";；"
    return parts


class Ground:
    """A citation as evidence: its passage, less anything in it that speaks to the reader, and what it stands under."""

    def __init__(self, citation: Citation, document: Document | None) -> None:
        self.citation = citation
        self.document = document
        self.quote: Span = (citation.start - citation.passage_start, citation.end - citation.passage_start)
        whole, first = (document.text, citation.passage_start) if document else (citation.passage, 0)
        last = first + len(citation.passage)
        self._orders = [(start - first, end - first) for start, end in instructions(whole, first, last)]
        self.text = citation.passage
        for start, end in self._orders:
            self.text = self.text[:start] + "\n" * (end - start) + self.text[end:]
        above = (citation.title, citation.section.replace(" › ", "。"), citation.publisher, citation.published)
        self.about = "。".join(each for each in above if each and not speaks_to_reader(each))
        self.flat = flat(self.text)
        self.flat_about = flat(self.about)
        self.flat_document = _flat_document(document.text) if document else ""

    @cached_property
    def is_verbatim(self) -> bool:
        """Whether the quote stands where the citation says."""
        cited = self.citation
        if self.document and self.document.text[cited.start : cited.end] != cited.quote:
            return False
        inside = 0 <= self.quote[0] < self.quote[1] <= len(cited.passage)
        return bool(cited.quote) and inside and cited.passage[slice(*self.quote)] == cited.quote

    @cached_property
    def is_order(self) -> bool:
        """Whether the quote, or the paragraph that it is quoted from, gives orders to the reader."""
        start, end = self.quote
        inside = any(start < stop and first < end for first, stop in self._orders)
        return inside or speaks_to_reader(self.citation.quote)

    @cached_property
    def today(self) -> str | None:
        """What 今年 counts from."""
        return self.citation.published or (clock_of(self.document).today if self.document else None)

    @cached_property
    def home(self) -> tuple[str, ...]:
        """The places that the document is about."""
        if self.document and any(self.document.regions):
            apart = _named_as_exceptions(self.document.text) if _EXCEPTION.search(self.document.text) else ()
            return tuple(name for name in self.document.regions if name and name not in apart)
        return tuple(dict.fromkeys(region.name for region in regions(self.about) if region.name))

    @cached_property
    def sentences(self) -> list[Span]:
        """Spans in the passage."""
        return sentences(self.text)

    @cached_property
    def clauses(self) -> list[Clause]:
        """Of the passage."""
        return clauses_of(self.text)

    @cached_property
    def periods(self) -> list[Period]:
        """Those in the passage whose time is known."""
        return [period for period in self._mentions if period.value]

    @cached_property
    def _mentions(self) -> list[Period]:
        return self.read_periods(self.text)

    def read_periods(self, text: str, *, at: int | None = None) -> list[Period]:
        """The periods in words of the document, which stand at `at`, or else where the quote does."""
        if self.document is None:
            return periods(text, today=self.today)
        return clock_of(self.document).periods(text, at=self.citation.passage_start if at is None else at)

    @cached_property
    def regions(self) -> list[Region]:
        """Those in the passage whose name is known, without the 湖北省 of 除湖北省外."""
        return [
            region
            for region in regions(self.text, home=self.home)
            if region.name and region.level not in SMALL and not _is_exception(region, self.text)
        ]

    @cached_property
    def whereabouts(self) -> list[Region]:
        """Those where something is, without the 湖北省 of 驰援湖北 and 来自湖北."""
        return [region for region in self.regions if is_where(region, self.text)]

    @cached_property
    def quantities(self) -> list[Quantity]:
        """Those in the passage, dates left out."""
        return quantities(self.text, skip=[(period.start, period.end) for period in self._mentions])

    @cached_property
    def periods_above(self) -> set[str]:
        """Of the title, the headings, the lines below them and the date of publication."""
        named = {period.value for text in self._above for period in periods(text, today=self.today)}
        about = clock_of(self.document).part_at(self.citation.start).period if self.document else ""
        return {*named, about, self.citation.published or "", (self.today or "")[:4]} - {""}

    @cached_property
    def regions_above(self) -> set[str]:
        """Likewise, and those that the document is about."""
        named = {region.name for text in self._above for region in regions(text, home=self.home)}
        return {*named, *self.home} - {""}

    @cached_property
    def _above(self) -> list[str]:
        """The title and headings, each with the line right below it: a speaker, a place, a dateline."""
        texts = [self.about]
        at, level = self.citation.passage_start, 99
        for section in reversed(self.document.sections if self.document else ()):
            if section.start <= at and section.level < level and self.document:
                stop = section.start + len(section.heading) + _LINE_BELOW_HEADING_CHARS
                texts.append(self.document.text[section.start : min(at, stop)])
                level = section.level
        return texts

    def sentence_at(self, position: int) -> Span:
        """The sentence that `position` lies in."""
        return next((span for span in self.sentences if span[0] <= position < span[1]), (0, len(self.text)))

    @cached_property
    def around(self) -> Span:
        """The whole sentences that the quote is part of."""
        start, end = self.quote
        touched = [span for span in self.sentences if span[0] < end and start < span[1]]
        return (min(touched[0][0], start), max(touched[-1][1], end)) if touched else self.quote

    @cached_property
    def initials(self) -> set[str]:
        """Places that the quoted sentences only name by their letters: 宁波市 for 杭绍甬."""
        runs = re.findall(f"[{''.join(_LETTERS)}]{{2,}}", self.text[slice(*self.around)])
        return {_LETTERS[letter] for run in runs for letter in run}

    def is_relative(self, region: Region) -> bool:
        """全省 in 居全省首位 is what something is compared with, and 市域 depends on the text: neither says where."""
        return bool(RELATIVE_PLACE.match(self.text, region.start, region.end))


def _is_exception(region: Region, text: str) -> bool:
    return bool(_EXCEPT.search(text[max(0, region.start - 2) : region.start]) or _BUT.match(text, region.end))


@remembered(maxsize=64)
def _named_as_exceptions(text: str) -> frozenset[str]:
    """Places that a document names only to leave them out: 除湖北省外，各省份……"""
    named = [region for region in regions(text) if region.name]
    apart = {region.name for region in named if _is_exception(region, text)}
    return frozenset(apart - {region.name for region in named if not _is_exception(region, text)})


@lru_cache(maxsize=64)
def _flat_document(text: str) -> str:
    return flat(text)


_COMPARED = re.compile(r"[比较]$|相比于$|\b(?:than(?: in)?|from|compared (?:with|to)|against) $", re.IGNORECASE)


def tells_when(period: Period, text: str, position: int) -> bool:
    """Whether a period may be the time of the number at `position`, not just what something is compared with.

    比2020年增长5%, 在2019年达标的基础上, 2016年的3倍 and 2019年同期的44% don't tell when; 比2020年的39801元 does.
    """
    if re.match(
        r"(?:同期|水平)*的?\d[\d.]*倍|(?:同期|水平)+的\d[\d.]*[%％]|[^，。；此]{0,12}基础上|相比", text[period.end :]
    ):
        return False
    is_compared = _COMPARED.search(text[: period.start])
    return not is_compared or (position >= period.end and text[period.end : position] in ("", "的"))


def is_where(region: Region, text: str) -> bool:
    """Whether a place says where something is, not whence it comes or where it goes: 来自武汉, 武汉来陕, 向湖北捐赠."""
    return not (_TO_OR_FROM.search(text[max(0, region.start - 2) : region.start]) or _COMES.match(text, region.end))


def is_plan_period(period: Period) -> bool:
    """“十五五”规划 names a plan as often as a time."""
    return bool(_PLAN_PERIOD.search(period.text))
