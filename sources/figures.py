"""Figures: every quantity a document prints, with what it measures, where and when."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sources.documents import Document
from sources.metrics import normalise, phrase_before, subjects, thing_after
from sources.numerals import COUNTER_UNITS, Quantity, quantities
from sources.periods import Period, periods, reference_date
from sources.regions import Region, home_of, level_of, main_regions, regions
from sources.statuses import Status, status_of
from sources.tables import Cell, cells, tables


@dataclass(frozen=True, slots=True)
class Sureness:
    """How sure each field is, 0 to 1: the share found right on the gold set for fields read the same way."""

    metric: float = 1.0
    region: float = 1.0
    period: float = 1.0
    status: float = 1.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One printed quantity. The span covers the number with its unit: `document.text[start:end] == text`."""

    document_id: str
    start: int
    end: int
    metric: str
    """What is measured, as printed (农村居民人均可支配收入); empty when the text names nothing."""
    value: Decimal
    """In the base unit: 万 and 亿 applied, a percentage as printed (88.6 for 88.6%), a ratio a:b as a/b."""
    unit: str
    """The base unit: 元, %, 公里, 个百分点, 亩 …"""
    qualifier: str = ""
    """以上, 左右, 超, 近, 力争 …, as printed."""
    region: str = ""
    """The full name: 嘉兴市, 浙江省; empty when the text shows none."""
    period: str = ""
    """2025, 2025-Q1, 2025-Q1..Q3, 2025-11, 2021..2025 (十四五), ..2025-11 (截至); empty when the text shows none."""
    status: str = "actual"
    """actual | target | plan | rank | growth | share | cumulative."""
    text: str = ""
    """As printed: 5.49万元, 1.73, 第37位."""
    key: str = ""
    """The metric under its usual name (`metrics.normalise`): what figures of different documents are matched by."""
    upper: Decimal | None = None
    """The upper end of a range, in the base unit; `value` is then the lower."""
    scope: str = ""
    """For a rank, among whom: 全国, 全省, 地级市."""
    level: str = ""
    """The region's level: country, province, city, county, town or village."""
    sure: Sureness = Sureness()


_SENTENCE_END = re.compile(r"[。！？!?\n]+[”」）)]?|[ \u3000]\u3000+")
_PARAGRAPH_END = re.compile(r"\n|[ \u3000]\u3000")
_CLAUSE_END = re.compile(r"[，；;。！？!?\n—]|,(?!\d{3})|[:：](?!\d)|[ \u3000]\u3000")
_PLAN_TITLE = re.compile(r"方案|规划|计划|纲要|要点|行动")
# How far, in characters, a period or a place told in one sentence still holds in those after it.
_CARRY = 160


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the sentences of a document are read against."""

    document: Document
    home: tuple[str, ...]
    today: str | None
    """When the document was written, as far as known."""
    is_plan: bool
    default_period: str
    """The period in a plan's title: every aim in it is for then."""
    dates: list[Period]
    date_starts: list[int]
    places: list[Region]
    place_starts: list[int]
    clause_ends: list[int]
    blocks: list[tuple[int, str]]
    """Where a heading or a byline says whose text follows: (offset, full name), "" where that ends."""

    @property
    def year(self) -> int | None:
        return int(self.today[:4]) if self.today else None

    def later(self, period: str) -> bool:
        """Whether a period lies after the document was written."""
        year = re.search(r"\d{4}", period.rpartition("..")[2] or period)
        return bool(year and self.year and int(year[0]) > self.year and not period.startswith(".."))


def extract_figures(document: Document) -> list[Figure]:
    """Every quantity of the document as a figure, in the order of the text.

    Regions and dates come from `document.regions` and `document.published` where they are filled, else from the text.
    """
    text = document.text
    home = tuple(document.regions or main_regions(text, title=document.title))
    today = document.published or reference_date(text, title=document.title)
    dates = periods(text, today=today)
    numbers = quantities(text, skip=[(date.start, date.end) for date in dates])
    spans = tables(text)
    if not numbers and not spans:
        return []
    places = regions(text, home=home)
    is_plan = bool(_PLAN_TITLE.search(document.title))
    title_dates = [date.value for date in periods(document.title, today=today) if date.value]
    scene = _Scene(
        document,
        home,
        today,
        is_plan,
        title_dates[0] if is_plan and title_dates else "",
        dates,
        [date.start for date in dates],
        places,
        [place.start for place in places],
        [mark.start() for mark in _CLAUSE_END.finditer(text)],
        _blocks(text, places, home),
    )
    figures = [
        figure
        for start, end in spans
        for cell in cells(text, start, end)
        if (figure := _read_cell(scene, cell)) is not None
    ]
    if spans:
        numbers = [number for number in numbers if not any(start <= number.start < end for start, end in spans)]
    carried = _Carried()
    for start, end, inside in _by_sentence(text, numbers):
        figures.extend(_read_sentence(scene, start, end, inside, carried))
    figures.sort(key=lambda figure: figure.start)
    return figures


def _by_sentence(text: str, numbers: Sequence[Quantity]) -> Iterator[tuple[int, int, list[Quantity]]]:
    """Each sentence with its quantities; those without any are given too, for what they tell of time and place."""
    start = at = 0
    for end in [*(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]:
        inside = []
        while at < len(numbers) and numbers[at].start < end:
            inside.append(numbers[at])
            at += 1
        yield start, end, inside
        start = end


_HEADLINE = re.compile(r"^[ \t]*(#{1,6} )?[*]*([^\n。，；！？]{2,30})$", re.MULTILINE)
_OFFICE = re.compile(r"(?:委|政府|局|厅|办公室|专班|人大|政协|工委|管委会)[*]*$")
_PROVINCIAL = re.compile(r"^[*]*(?:中共)?省[一-龥“”\"]{2,20}$")


def _blocks(text: str, places: Sequence[Region], home: tuple[str, ...]) -> list[tuple[int, str]]:
    """Headings and bylines (a line such as 舟山市委、市政府) that name the place the text after them is about."""
    blocks: list[tuple[int, str]] = []
    starts = [place.start for place in places]
    for match in _HEADLINE.finditer(text):
        line = match[2].strip()
        inside = places[bisect_left(starts, match.start(2)) : bisect_left(starts, match.end(2))]
        own = [place.name for place in inside if place.name and place.level != "country"]
        if own and (match[1] or _OFFICE.search(line)):
            blocks.append((match.start(), own[0]))
        elif _PROVINCIAL.match(line) and _OFFICE.search(line):
            blocks.append((match.start(), home_of("province", home)))
        elif match[1]:
            blocks.append((match.start(), ""))
    return blocks


@dataclass(slots=True)
class _Carried:
    """What earlier sentences of the paragraph said."""

    period: str = ""
    period_at: int = 0
    region: str = ""
    region_at: int = 0


def _read_sentence(scene: _Scene, start: int, end: int, numbers: Sequence[Quantity], carried: _Carried) -> list[Figure]:
    text = scene.document.text
    if start == 0 or _PARAGRAPH_END.search(text, start - 2, start + 1):
        carried.period = carried.region = ""
    dates = scene.dates[bisect_left(scene.date_starts, start) : bisect_left(scene.date_starts, end)]
    places = scene.places[bisect_left(scene.place_starts, start) : bisect_left(scene.place_starts, end)]
    figures: list[Figure] = []
    if numbers:
        sentence = _Sentence(scene, start, end, dates, places, carried)
        figures = [sentence.read(index, numbers) for index in range(len(numbers))]
    for date in dates:
        opens = date.start - start <= 24 or (numbers and date.start < numbers[0].start)
        if opens and date.value and not _SINGLE_DAY.fullmatch(date.value) and not _is_aside(text, date):
            carried.period, carried.period_at = date.value, start
            break
    for place in places:
        if place.start - start <= 12 and place.name and place.level != "country" and not _is_elsewhere(text, place):
            carried.region, carried.region_at = place.name, start
    return figures


_SINGLE_DAY = re.compile(r"(?:\.\.)?[\dX]{4}-\d\d-\d\d")
_COMPARED = re.compile(r"(?:比|较|同比|相比|对比|高于|低于|超过|[与和同]|根据|依据|按照)[ ]?$")
_IN_TITLE = re.compile(r"《[^》\n]{0,60}$")
_IN_BRACKETS = re.compile(r"(?:行动|规划|计划|方案|纲要|标准|工程)[（(]$")


def _is_aside(text: str, date: Period) -> bool:
    """Whether a date isn't when something held: 比上年同期, 《…规划（2018—2022年）》."""
    before = text[max(0, date.start - 60) : date.start]
    return bool(_COMPARED.search(before) or _IN_TITLE.search(before) or _IN_BRACKETS.search(before))


_ELSEWHERE = re.compile(
    r"(?:[在到从赴往向与和及对给经自由于跨为距离]|临近|援助|支援|驰援|接轨|来自|发往|运往|送往|前往|不出|按照|根据|列入)$"
)
_WIDE_SCOPE = re.compile(r"率先|首|最|唯一|第|前|百强|领先|平均|名列|同类|各地")


def _is_elsewhere(text: str, place: Region) -> bool:
    """Whether a place isn't the one the sentence tells of: 援助湖北, 在全国率先."""
    before = _ELSEWHERE.search(text, max(0, place.start - 3), place.start)
    return bool(before or _WIDE_SCOPE.match(text, place.end))


_QUALIFIER = re.compile(r"[ ]?(?:及?以[上下内]|之内|左右|上下)")
_LIST_JOIN = re.compile(r"[^，。；;,：:]{0,2}[、和与及或][ ]?|(?:及?以[上下内]|左右)?[、和与及][^，。；;]{0,12}")
_BEFORE_PLACE_OF_RANK = re.compile(r"(?:[居列位占排]|排名|保持|进入|跻身|位于)$")
_RANK_SCOPE = re.compile(
    r"(全国|全省|全市|全县|全区|全球|世界|地级市|县级市|同类[一-龥]{0,4}|(?:(?![居列位排占持])[一-龥]){2,3}[省市])"
    r"[^，。、；]{0,8}$"
)
_DATE_LINK = re.compile(r"(?:[从由自到至在于比较]|截至)$")


class _Sentence:
    """Reads one sentence from left to right; keeps the subject that later clauses leave out."""

    def __init__(
        self,
        scene: _Scene,
        start: int,
        end: int,
        dates: Sequence[Period],
        places: Sequence[Region],
        carried: _Carried,
    ) -> None:
        self.scene = scene
        self.text = scene.document.text
        self.start = start
        self.end = end
        self.dates = [date for date in dates if date.value and not _is_aside(self.text, date)]
        self.all_dates = dates
        self.places = places
        self.place_names = tuple(self.text[place.start : place.end] for place in places)
        self.carried = carried
        self.subject = ""
        """What is measured, as the last clause that named it did."""
        self.shared: list[str] = []
        """Subjects that a list of values (分别达到63079元、36383元) goes to, in order."""
        self.given = 0
        self.last: Figure | None = None
        self.last_end = start

    def read(self, index: int, numbers: Sequence[Quantity]) -> Figure:
        number = numbers[index]
        clause = self._clause_start(number.start)
        joined = (
            self.last is not None
            and self.last_end >= clause
            and bool(_LIST_JOIN.fullmatch(self.text, self.last_end, number.start))
        )
        bound = max(clause, self.last_end)
        metric = self._metric(index, numbers, bound, joined)
        period = self._period(number)
        status = self._status(number, clause, joined, period)
        region = self._region(number)
        scope = _RANK_SCOPE.search(self.text, bound, number.start) if number.kind == "rank" else None
        figure = Figure(
            document_id=self.scene.document.id,
            start=number.start,
            end=number.end,
            metric=metric,
            value=number.value,
            unit=number.unit,
            qualifier=number.qualifier,
            region=region,
            period=period,
            status=status,
            text=number.text,
            key=normalise(metric),
            upper=number.upper,
            scope=scope[1] if scope else "",
            level=level_of(region),
        )
        self.last = figure
        after = _QUALIFIER.match(self.text, number.end)
        self.last_end = after.end() if after else number.end
        return figure

    def _clause_start(self, at: int) -> int:
        ends = self.scene.clause_ends
        index = bisect_left(ends, at)
        return max(self.start, ends[index - 1] + 1 if index else 0)

    # ---------------------------------------------------------------- when and where

    def _period(self, number: Quantity) -> str:
        before = [date for date in self.dates if date.start < number.start]
        if before:
            return before[-1].value
        bracketed = [date for date in self.dates if number.end < date.start <= number.end + 2]
        if bracketed and self.text[number.end] in "（(":
            return bracketed[0].value
        if self.carried.period and number.start - self.carried.period_at <= _CARRY:
            return self.carried.period
        return self.scene.default_period

    def _region(self, number: Quantity) -> str:
        fitting = [place for place in self.places if place.end <= number.start and place.name]
        if number.kind == "rank":
            fitting = [
                place
                for place in fitting
                if not _BEFORE_PLACE_OF_RANK.search(self.text, max(self.start, place.start - 3), place.start)
            ]
        elif fitting and fitting[-1].end == number.start:
            return fitting[-1].name
        fitting = [place for place in fitting if not _is_elsewhere(self.text, place)]
        if fitting:
            return fitting[-1].name
        if self.carried.region and number.start - self.carried.region_at <= _CARRY:
            return self.carried.region
        index = bisect_right(self.scene.blocks, number.start, key=lambda block: block[0])
        if index and self.scene.blocks[index - 1][1]:
            return self.scene.blocks[index - 1][1]
        return self.scene.home[0] if self.scene.home else ""

    # ---------------------------------------------------------------- what

    def _metric(self, index: int, numbers: Sequence[Quantity], bound: int, joined: bool) -> str:
        number = numbers[index]
        following = numbers[index + 1].start if index + 1 < len(numbers) else self.end
        left = self._left(bound, number.start)
        if number.unit in COUNTER_UNITS or not number.unit:
            thing = self._thing_after(number, following)
            if thing:
                self.subject, self.shared = thing, []
                return thing
        phrase = phrase_before(left, place_names=self.place_names, rank=number.kind == "rank")
        if joined and self.shared and not phrase:
            self.given += 1
            return self.shared[min(self.given, len(self.shared) - 1)]
        if "分别" in left and (dealt := self._deal(phrase, index, numbers)):
            return dealt
        if phrase:
            self.subject, self.shared = phrase, []
            return phrase
        return self.subject or self._earlier_subject(number)

    def _left(self, start: int, end: int) -> str:
        """The words before a number in its clause, without the dates."""
        left = self.text[start:end]
        for date in reversed(self.all_dates):
            if start <= date.start and date.end <= end:
                head = _DATE_LINK.sub("", left[: date.start - start])
                left = head + left[date.end - start :].removeprefix("的").removeprefix("，")
        return left

    def _thing_after(self, number: Quantity, following: int) -> str:
        qualifier = _QUALIFIER.match(self.text, number.end)
        start = qualifier.end() if qualifier else number.end
        return thing_after(self.text, start, min(following, self.end, start + 40))

    def _deal(self, phrase: str, index: int, numbers: Sequence[Quantity]) -> str:
        """Deals the subjects of 分别 out to the values that follow, in order; "" when they don't match in number."""
        values = 1
        for this, after in zip(numbers[index:], numbers[index + 1 :], strict=False):
            if not _LIST_JOIN.fullmatch(self.text, this.end, after.start):
                break
            values += 1
        if phrase:
            self.shared = subjects(phrase, values)
            self.subject = phrase
        if len(self.shared) < values:
            self.shared = []
            return ""
        self.given = 0
        return self.shared[0]

    def _earlier_subject(self, number: Quantity) -> str:
        """The subject of the clause before, when this one only goes on: …连续22年居首位."""
        end = self._clause_start(number.start) - 1
        for _ in range(2):
            if end <= self.start:
                break
            start = self._clause_start(end)
            phrase = phrase_before(self._left(start, end), place_names=self.place_names, rank=number.kind == "rank")
            if len(phrase) >= 2:
                return phrase
            end = start - 1
        return ""

    # ---------------------------------------------------------------- status

    def _status(self, number: Quantity, clause: int, joined: bool, period: str) -> Status | str:
        status = status_of(
            number,
            self.text[clause : number.start],
            self.text[self.start : number.start],
            plan=self.scene.is_plan,
            later=self.scene.later(period),
        )
        if joined and self.last and status == "actual":
            return self.last.status if self.last.status in ("growth", "cumulative", "target", "plan") else status
        return status


# --------------------------------------------------------------------------- tables

_PLAIN_NUMBER = re.compile(
    r"[约近超≥≤]?\s*([-−－+]?(?:\d{1,3}(?:[,，]\d{3})+|\d+)(?:\.\d+)?)\s*(?:左右|以上|以下|以内)?"
)
# Headers that say how a row's metric is told, not what it is.
_HOW_TOLD = re.compile(
    r"(?:数值|数量|指标值|实绩|实际(?:数|值|完成)?|完成(?:值|情况|数|率)?|绝对[量值数]|总量|合计|本期|当期|目标值?|"
    r"计划(?:数|值)?|(?:同比)?(?:增[长速幅]|增减)率?|同比|比上年|排[名位]|位次|名次|占比|比重|全年|累计|目标任务|预期目标)*"
)
_LABEL = re.compile(
    r"指标(?:名称)?|项目|名称|类别|地区|区域|单位|县市区|县[（(]市、区[）)]|城市|市县|年份|时间|年度|月份|分类|内容"
)
_BARE_YEAR = re.compile(r"(?:19|20)\d\d")


def _read_cell(scene: _Scene, cell: Cell) -> Figure | None:
    number = _cell_number(cell)
    if number is None:
        return None
    period = region = ""
    parts = []
    for header in (cell.row, cell.column):
        rest = header
        told = _told(header, scene)
        named = [place for place in regions(header, home=scene.home) if place.name]
        spans = [*((date.start, date.end) for date in told), *((place.start, place.end) for place in named)]
        for start, end in sorted(spans, reverse=True):
            rest = rest[:start] + rest[end:]
        period = period or (told[0].value if told else "")
        region = region or (named[0].name if named else "")
        rest = rest.strip("的：:、 ")
        if rest and not _HOW_TOLD.fullmatch(rest) and not _LABEL.fullmatch(rest):
            parts.append(rest)
    if not period:
        told = _told(cell.caption, scene)
        period = told[0].value if told else scene.default_period
    if not region:
        named = [place for place in regions(cell.caption, home=scene.home) if place.name]
        region = named[0].name if named else (scene.home[0] if scene.home else "")
    beside = next((header for header in cell.left if not _says_how(header, scene)), "")
    metric = "".join(parts) or beside or phrase_before(cell.caption)
    status = _column_status(cell)
    return Figure(
        document_id=scene.document.id,
        start=number.start,
        end=number.end,
        metric=metric,
        value=number.value,
        unit="位" if status == "rank" and not number.unit else number.unit,
        qualifier=number.qualifier,
        region=region,
        period=period,
        status=status,
        text=number.text,
        key=normalise(metric),
        upper=number.upper,
        level=level_of(region),
    )


def _says_how(header: str, scene: _Scene) -> bool:
    """Whether a header tells how, when or where, but not what."""
    if _HOW_TOLD.fullmatch(header) or _LABEL.fullmatch(header) or _told(header, scene):
        return True
    return any(place.start == 0 and place.end == len(header) for place in regions(header, home=scene.home))


def _cell_number(cell: Cell) -> Quantity | None:
    """The quantity that a cell holds, with the unit of its headers when it prints none; None for a sentence."""
    plain = _PLAIN_NUMBER.fullmatch(cell.text)
    if plain:
        start, end = cell.start + plain.start(1), cell.start + plain.end(1)
        printed = plain[1].replace("−", "-").replace("－", "-")
        with_unit = quantities(printed + cell.unit) if cell.unit else []
        if len(with_unit) == 1:
            return replace(with_unit[0], start=start, end=end, text=plain[1])
        return Quantity(start, end, Decimal(re.sub("[,，]", "", printed)), cell.unit, "", plain[1], "amount")
    read = quantities(cell.text)
    if len(read) == 1 and len(read[0].text) >= len(cell.text) - 4:
        return replace(read[0], start=cell.start + read[0].start, end=cell.start + read[0].end)
    return None


def _told(header: str, scene: _Scene) -> list[Period]:
    year = _BARE_YEAR.fullmatch(header)
    if year:
        return [Period(0, len(header), header, header)]
    return [date for date in periods(header, today=scene.today) if date.value]


def _column_status(cell: Cell) -> Status:
    if re.search(r"目标|计划", cell.column):
        return "target"
    if re.search(r"排[名位]|位次|名次", cell.column):
        return "rank"
    both = cell.column + cell.row
    if re.search(r"增[长速幅减]|同比|涨幅|降幅", both):
        return "growth"
    if re.search(r"占比|比重", both):
        return "share"
    if "累计" in both:
        return "cumulative"
    return "target" if re.search(r"目标", cell.caption + cell.row) else "actual"
