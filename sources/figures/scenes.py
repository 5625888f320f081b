"""The scene that figures are read in: a document's dates and places, whom each part is about, and its plans."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sources.documents import Document
from sources.mentions.clocks import Clock, clock_of, headings_of
from sources.mentions.exceptions import exception_spans
from sources.mentions.gazetteer import reading
from sources.mentions.periods import Period, days
from sources.mentions.regions import Region, home_of, level_of, main_regions, parent_of, regions
from sources.sentences import Span

_SENTENCE_END = re.compile(r"[。！？!?\n]+[”」）)]?|[ \u3000]\u3000+")
PARAGRAPH_END = re.compile(r"\n|[ \u3000]\u3000")
_CLAUSE_END = re.compile(r"[，；;。！？!?\n]|—(?!\d)|,(?!\d{3})|[:：](?!\d)|[ \u3000]\u3000")
# In a text without lines a space is what is left of one.
_CLAUSE_END_WITHOUT_LINES = re.compile(_CLAUSE_END.pattern + r"|(?<=[一-龥”》])[ \xa0](?=[一-龥“《])")
# How far, in characters, a period or a place that opens a sentence still holds: in a paragraph, and in a text that has
# no paragraphs.
_CARRY_IN_PARAGRAPH, _CARRY_WITHOUT = 600, 160
# A sentence is read with all its dates and places in mind: one that never ends must not take for ever.
_LONGEST_SENTENCE = 800


@dataclass(frozen=True, slots=True)
class Scene:
    """A document with everything that its sentences take as known."""

    document: Document
    home: tuple[str, ...]
    """Full names of the places it is about, the main one first."""
    clock: Clock
    """When it was written, and of what time its parts speak."""
    dates: list[Period]
    date_starts: list[int]
    places: list[Region]
    place_starts: list[int]
    clause_ends: list[int]
    owners: list[tuple[int, str]]
    """Where a heading or a byline says which place the text after it is about: (offset, full name), "" for none."""
    ahead: list[tuple[int, int]]
    """Spans about the future, in order and apart: from 接下来 to the end of its section."""
    carry: int
    """For how many characters a period or a place that opens a sentence still holds."""

    @property
    def default_period(self) -> str:
        """The time that the whole document is about, by its title."""
        return self.clock.parts[0].period

    def later(self, period: str) -> bool:
        """Whether a period lies after the document was written."""
        years, today = re.findall(r"\d{4}", period), self.clock.today
        return bool(years and today and int(years[-1]) > int(today[:4]) and not period.startswith(".."))

    def is_before(self, period: str) -> bool:
        """Whether a period ended before the time that the whole document is about: a plan's base year."""
        spans = days(period), days(self.default_period)
        return spans[0] is not None and spans[1] is not None and spans[0][1] < spans[1][0]

    def dates_in(self, start: int, end: int) -> list[Period]:
        """The dates that begin in `text[start:end]`."""
        return self.dates[bisect_left(self.date_starts, start) : bisect_left(self.date_starts, end)]

    def places_in(self, start: int, end: int) -> list[Region]:
        """The places that begin in `text[start:end]`."""
        return self.places[bisect_left(self.place_starts, start) : bisect_left(self.place_starts, end)]

    def clause_start(self, at: int) -> int:
        """The offset after the last comma, colon or full stop before `at`."""
        index = bisect_left(self.clause_ends, at)
        return self.clause_ends[index - 1] + 1 if index else 0

    def owner(self, at: int) -> str:
        """The place that the text at `at` is about by its heading or byline; empty when neither names one."""
        index = bisect_right(self.owners, at, key=lambda owner: owner[0])
        return self.owners[index - 1][1] if index else ""

    def is_ahead(self, at: int) -> bool:
        """Whether the text at `at` is about the future."""
        index = bisect_right(self.ahead, at, key=lambda span: span[0])
        return self.clock.part_at(at).ahead or (index > 0 and at < self.ahead[index - 1][1])

    def sentences(self) -> Iterator[tuple[int, int]]:
        """Start and end of each sentence; a very long one is cut at a clause."""
        text = self.document.text
        start = 0
        for end in [*(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]:
            while end - start > _LONGEST_SENTENCE:
                cut = self.clause_start(start + _LONGEST_SENTENCE)
                if cut <= start:
                    cut = start + _LONGEST_SENTENCE
                yield start, cut
                start = cut
            yield start, end
            start = end


def home_of_document(document: Document) -> tuple[str, ...]:
    """The places that a document is about: those it says, or else the listed ones that its text names."""
    if document.regions:
        return tuple(document.regions)
    with reading({}):
        return main_regions(document.text, title=document.title)


def scene_of(document: Document) -> Scene:
    """The scene of a document; its places and date from `regions` and `published` where those are filled."""
    text = document.text
    home = home_of_document(document)
    clock = clock_of(document)
    dates = clock.periods(text)
    places = _outside(regions(text, home=home), exception_spans(text))
    owners = _owners(document, places, home)
    places = [_at_home(text, place, owners) for place in places]
    clause_end = _CLAUSE_END if "\n" in text else _CLAUSE_END_WITHOUT_LINES
    return Scene(
        document=document,
        home=home,
        clock=clock,
        dates=dates,
        date_starts=[date.start for date in dates],
        places=places,
        place_starts=[place.start for place in places],
        clause_ends=[mark.start() for mark in clause_end.finditer(text)],
        owners=owners,
        ahead=_ahead(document),
        carry=_CARRY_IN_PARAGRAPH if "\n" in text else _CARRY_WITHOUT,
    )


def _outside(places: Sequence[Region], taken_out: Sequence[Span]) -> list[Region]:
    """The places that no exception names: what is stated of 各省（除湖北省外） is of all the others."""
    starts = [start for start, _ in taken_out]

    def is_taken_out(place: Region) -> bool:
        before = bisect_right(starts, place.start) - 1
        return before >= 0 and place.start < taken_out[before][1]

    return [each for each in places if not is_taken_out(each)]


_OFFICE = re.compile(r"(?:委|政府|局|厅|办公室|专班|人大|政协|工委|管委会)[*]*$")
_PROVINCIAL = re.compile(r"(?:中共)?省[一-龥“”\"]{2,20}")
_BYLINE = re.compile(r"^[ \t*]*([^\n。，；！？#|]{2,30}?)[ \t*]*$", re.MULTILINE)
_AHEAD = re.compile(r"(?:^|\n)[*\s]*(?:接下来|下一步|下阶段|下步)")


def _owners(document: Document, places: Sequence[Region], home: tuple[str, ...]) -> list[tuple[int, str]]:
    """Headings and bylines (a line such as 舟山市委、市政府) that name the place the text after them is about."""
    text = document.text
    starts = [place.start for place in places]

    def named(start: int, end: int) -> str:
        inside = places[bisect_left(starts, start) : bisect_left(starts, end)]
        own = (p.name for p in inside if p.level != "country" and not _HOME_MENTION.fullmatch(text, p.start, p.end))
        return next((name for name in own if name), "")

    marks = [(start, level, named(start, end)) for start, end, level in headings_of(document)]
    for line in _BYLINE.finditer(text):
        if _OFFICE.search(line[1]):
            provincial = _PROVINCIAL.fullmatch(line[1])
            place = home_of("province", home) if provincial else named(line.start(1), line.end(1))
            if place:
                marks.append((line.start(), 0, place))
    marks.sort()
    owners: list[tuple[int, str]] = []
    own_level = within = 0
    for start, level, place in marks:
        if not level:  # a byline holds till the next heading of its own heading's level
            owners.append((start, place))
            own_level = within
        else:
            within = level
            if place or level <= own_level:
                owners.append((start, place))
                own_level = level
    return owners


def _at_home(text: str, place: Region, owners: Sequence[tuple[int, str]]) -> Region:
    """全市 below the byline 舟山市委 is 舟山市, whatever the document is about."""
    index = bisect_right(owners, place.start, key=lambda owner: owner[0])
    owner = owners[index - 1][1] if index else ""
    if not owner or not _HOME_MENTION.fullmatch(text, place.start, place.end):
        return place
    while owner and level_of(owner) != place.level:
        owner = parent_of(owner)
    return replace(place, name=owner, parent=parent_of(owner)) if owner else place


_HOME_MENTION = re.compile(r"[我全本该][省市县区镇乡村]|[省市县][域内]")


def _ahead(document: Document) -> list[tuple[int, int]]:
    headings = headings_of(document)
    outer: dict[int, list[int]] = {}  # level → where headings of it, or further out, begin
    spans: list[tuple[int, int]] = []
    for match in _AHEAD.finditer(document.text):
        index = bisect_right(headings, match.start(), key=lambda heading: heading[0])
        level = headings[index - 1][2] if index else 1
        if level not in outer:
            outer[level] = [start for start, _, other in headings if other <= level]
        index = bisect_right(outer[level], match.end())
        end = outer[level][index] if index < len(outer[level]) else len(document.text)
        if spans and match.start() <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((match.start(), end))
    return spans


_COMPARED = re.compile(r"(?:比|较|同比|相比|对比|高于|低于|超过|[与和同]|根据|依据|按照)[ ]?$")
_IN_TITLE = re.compile(r"《[^》\n]{0,60}$")
_IN_BRACKETS = re.compile(r"(?:行动|规划|计划|方案|纲要|标准|工程)[（(]$")
_TIMES_AFTER = re.compile(r"的?[\d.]+倍")
_DATELINE_AFTER = re.compile(r"[ ]?(?:电|讯|（记者|\(记者|消息（|消息\()")


def is_aside(text: str, date: Period) -> bool:
    """Whether a date is not the time of what the sentence says: 比上年同期, 《…规划（2018—2022年）》, 2月16日电."""
    before = text[max(0, date.start - 60) : date.start]
    return bool(
        _COMPARED.search(before)
        or _IN_TITLE.search(before)
        or _IN_BRACKETS.search(before)
        or _DATELINE_AFTER.match(text, date.end)
        or text.startswith("上年度", date.start)
        or _TIMES_AFTER.match(text, date.end)
    )


_ELSEWHERE = re.compile(
    r"(?:[在到从赴往向与及对给经自由于跨为距离抵“‘《]|(?<![国会总])和|临近|援助|支援|驰援|接轨|来自|发往|运往|送往|前往|不出|按照|参照|"
    r"根据|列入|返回|进入|进出|途经|涉)$"
)
_WIDE_SCOPE = re.compile(r"率先|首|最|唯一|第|前|百强|领先|平均|名列|同类|各地|排名|省级|级|口岸|籍")
_EXAMPLE = re.compile(r"[^，。；]{0,12}等(?:\d|[一二三四五六七八九十])")


def is_elsewhere(text: str, place: Region) -> bool:
    """Whether a place is not the one the sentence is about: 援助湖北, 在全国率先, 永嘉泵阀等10个县."""
    return bool(
        _ELSEWHERE.search(text, max(0, place.start - 3), place.start)
        or _WIDE_SCOPE.match(text, place.end)
        or _EXAMPLE.match(text, place.end)
    )


def last_run(places: Sequence[Region], text: str) -> list[Region]:
    """The last run of places joined by 、 or 和."""
    run: list[Region] = []
    for place in places:
        if run and text[run[-1].end : place.start] not in ("、", "和", "与", ",", "，"):
            run = []
        run.append(place)
    return run


_BRACKET_BEGIN = re.compile("[（(]")
_BRACKET_END = re.compile("[）)]")


def closes_before(text: str, start: int, end: int) -> bool:
    """Whether what ends at `start` stands in brackets that close before `end`."""
    return bool(_BRACKET_END.search(text, start, end)) and not _BRACKET_BEGIN.search(text, start, end)
