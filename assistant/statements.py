"""What the checker compares: the sentences of an answer, and the passages that they rest on, each taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Literal

from assistant.answers import Citation
from assistant.citations import MARK
from assistant.formulas import Formula, formulas
from assistant.instructions import instructions, speaks_to_reader
from assistant.support import Terms, flat, terms
from sources.documents import Document
from sources.numerals import Quantity, quantities
from sources.periods import Period, periods, reference_year
from sources.regions import Region, part_of, regions
from sources.sentences import Span, clauses, sentences

Kind = Literal[
    "missing_mark",
    "unknown_mark",
    "quote_not_verbatim",
    "number_unsupported",
    "number_mismatch",
    "period_mismatch",
    "region_mismatch",
    "status_mismatch",
    "negation_mismatch",
    "modality_mismatch",
    "not_supported",
    "instruction",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a sentence does not hold."""

    kind: Kind
    what: str
    """The words of the answer that it is about: a number, a place, a mark, or the sentence."""


# --- the answer's sentences ---------------------------------------------------------------------------------------

SHORT_CHARS = 8
"""是的。 and 没有达到： say too little to be compared word by word."""
_LIST_MARKER = re.compile(r"(?:\s|[-*•·>|]\s+|#{1,6}\s+|\d{1,2}(?:[、)）]|\.(?!\d))\s*|[（(]\d{1,2}[)）]\s*)+")
_RULE = re.compile(r"[\s|:\-—=_*]+")
_EMPTY_ROW = re.compile(r"\|[^|]*\|(?:\s*—\s*\|)+\s*")
"""A row of a table whose cells all say that there is nothing."""
_AFTER_END = re.compile(r"[。！？!?.;；][”’」』》）)\]*]*\s*$")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of an answer, with the marks that stand in it or right after it."""

    text: str
    """Without marks and Markdown."""
    start: int
    end: int
    """Half-open offsets into the answer, marks included."""
    marks: tuple[int, ...]
    borrowed: bool = False
    """Whether the marks are those of the sentences it leads to."""


def split(answer: str) -> list[Said]:
    """The sentences of an answer in plain text or Markdown; list items and table rows are sentences of their own.

    A mark belongs to the sentence that it stands in or directly follows. A lead-in that ends in a colon, and a few
    words without a number (是的。), take the marks of what they lead to.
    """
    bare = MARK.sub(lambda mark: " " * len(mark[0]), answer)
    found: list[Said] = []
    for start, end in _lines(answer):
        if _RULE.fullmatch(answer, start, end) or _EMPTY_ROW.fullmatch(answer, start, end):
            continue
        marks = list(MARK.finditer(answer, start, end))
        marker = _LIST_MARKER.match(bare, start, end)
        spans = list(_spans(bare, marker.end() if marker else start, end, marks))
        for number, (first, last) in enumerate(spans):
            upto = spans[number + 1][0] if number + 1 < len(spans) else end
            own = [mark for mark in marks if (start if number == 0 else first) <= mark.start() < upto]
            text = re.sub(r"[ \t]+", " ", bare[first:last].replace("**", "").replace("|", " ")).strip()
            if re.search(r"\w", text):
                stop = max([last, *(mark.end() for mark in own)])
                found.append(Said(text, first, stop, tuple(int(mark[1]) for mark in own)))
    return [_with_marks(found, at) for at in range(len(found))]


def _lines(text: str) -> Iterator[Span]:
    at = 0
    for line in text.splitlines(keepends=True):
        yield at, at + len(line.rstrip("\r\n"))
        at += len(line)


def _spans(bare: str, start: int, end: int, marks: Sequence[re.Match[str]]) -> Iterator[Span]:
    """Sentences end where they do in any text, and after a mark that follows a full stop (5061. [1] Next …)."""
    cuts = sorted({start, end, *(mark.end() for mark in marks if _AFTER_END.search(bare, start, mark.start()))})
    for first, last in pairwise(cuts):
        yield from sentences(bare, first, last)


def _with_marks(found: Sequence[Said], at: int) -> Said:
    said = found[at]
    if said.marks:
        return said
    following: list[int] = []
    if said.text.endswith((":", "：")):
        for later in found[at + 1 :]:
            if later.text.endswith((":", "：")) and not later.marks:
                break
            following += later.marks
    elif len(re.findall(r"\w", said.text)) <= SHORT_CHARS and not re.search(r"\d", said.text):
        following = next((list(later.marks) for later in found[at + 1 :] if later.marks), [])
    return replace(said, marks=tuple(dict.fromkeys(following)), borrowed=bool(following))


# --- the passages -------------------------------------------------------------------------------------------------

_RELATIVE_PLACE = re.compile(r"[我全本该][国省市县区镇乡村]|[省市县区][域内]|nation|province", re.IGNORECASE)
_PART_OF_HERE = re.compile("[省市县区][域内]")
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
_SMALL = ("town", "village")
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
    found: list[Clause] = []
    part = 0
    for first, last in sentences(text):
        part += 1
        for start, end in clauses(text, first, last):
            cuts = [start, *(match.start() for match in _SUBORDINATE.finditer(text, start + 1, end)), end]
            for at, stop in pairwise(cuts):
                found.append(Clause(at, stop, part, text[at:stop], terms(text[at:stop])))
            part += text[end - 1] in ";；"
    return found


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
        if self.citation.published:
            return self.citation.published
        year = reference_year(self.document.text, title=self.document.title) if self.document else None
        return str(year) if year else None

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
        return periods(self.text, today=self.today)

    @cached_property
    def regions(self) -> list[Region]:
        """Those in the passage whose name is known, without the 湖北省 of 除湖北省外."""
        return [
            region
            for region in regions(self.text, home=self.home)
            if region.name and region.level not in _SMALL and not _is_exception(region, self.text)
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
        return {*named, self.citation.published or "", (self.today or "")[:4]} - {""}

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
        return bool(_RELATIVE_PLACE.match(self.text, region.start, region.end))


def _is_exception(region: Region, text: str) -> bool:
    return bool(_EXCEPT.search(text[max(0, region.start - 2) : region.start]) or _BUT.match(text, region.end))


@lru_cache(maxsize=64)
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
    return not is_compared or 0 <= position - period.end <= 2


def is_where(region: Region, text: str) -> bool:
    """Whether a place says where something is, not whence it comes or where it goes: 来自武汉, 武汉来陕, 向湖北捐赠."""
    return not (_TO_OR_FROM.search(text[max(0, region.start - 2) : region.start]) or _COMES.match(text, region.end))


def is_plan_period(period: Period) -> bool:
    """“十五五”规划 names a plan as often as a time."""
    return bool(_PLAN_PERIOD.search(period.text))


# --- one sentence against its passages ----------------------------------------------------------------------------

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
_AIM = re.compile(r"目标|力争|计划|\b(?:target|goal|aim)")
_MONTH_AND_DAY = re.compile(r"-\d\d-\d\d$")


class Asked:
    """The question: it lends conditions and words, never facts."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.flat = flat(text)
        self.terms = terms(text)

    @cached_property
    def quantities(self) -> list[Quantity]:
        """Its numbers, dates left out."""
        return quantities(self.text, skip=[(period.start, period.end) for period in periods(self.text)])

    @cached_property
    def period(self) -> Period | None:
        """The one time that it asks about, if it is one."""
        mentions = periods(self.text)
        if len({period.value for period in mentions}) != 1 or _SEVERAL.search(self.text):
            return None
        return mentions[0] if mentions[0].value and _NAMES_ITS_YEAR.search(mentions[0].text) else None

    @cached_property
    def region(self) -> Region | None:
        """The one place that it asks about, likewise."""
        if len({region.name for region in regions(self.text)}) != 1 or _SEVERAL.search(self.text):
            return None
        return next(iter(_places(self.text, ())), None)


def _places(text: str, home: Sequence[str]) -> list[Region]:
    """Places named in `text`, without the 浙江省 of 浙江省嘉兴市 and without 市域."""
    found = regions(text, home=home)
    wider = {
        id(region)
        for region, inner in pairwise(found)
        if inner.start - region.end <= 1 and inner.name != region.name and part_of(inner.name, region.name)
    }
    return [
        region
        for region in found
        if region.name
        and region.level not in _SMALL
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
        leads: bool = False,
        asked_period: Period | None = None,
        asked_region: Region | None = None,
    ) -> None:
        self.text = _FULL_THOUSANDS.sub(",", text).translate(_FULL_DIGITS)
        """As it is, but for full-width digits; no character more or less."""
        self.grounds = grounds
        self._today = grounds[0].today if grounds else None
        self._home = grounds[0].home if grounds else ()
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
        found = _ATTRIBUTION.match(self.text)
        return found[0] if found else ""

    @cached_property
    def formulas(self) -> list[Formula]:
        """Calculations that it shows."""
        return formulas(self.text)

    @cached_property
    def _mentions(self) -> list[Period]:
        return periods(self.text, today=self._today)

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
        return _places(self.text, self._home)

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
        """The time that a number is said of: the one before it in the sentence, the only one, or the asked one."""
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
        """2024年为29%，目标是38%: the time before a first number is not that of an aim told after it."""
        told = [quantity.end for quantity in self.quantities if start <= quantity.start < end]
        return bool(told) and bool(_AIM.search(self.text, told[-1], end))

    def region_of(self, quantity: Quantity) -> Region | None:
        """The place that a number is said of, likewise."""
        if not self.regions:
            return self.asked_region
        where = [region for region in self.regions if is_where(region, self.text)]
        before = [region for region in where if region.end <= quantity.start]
        if before:
            return before[-1]
        alone = where[0] if len(where) == 1 else None
        # 连续22年居全省首位 is not said of the province.
        return None if alone and _RELATIVE_PLACE.match(self.text, alone.start, alone.end) else alone
