"""The figures of a document: every quantity that it prints, with its metric, place, period and status."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from sources.documents import Document
from sources.figures.cells import read_table
from sources.figures.changes import Former, former_at
from sources.figures.figure import Figure, Sureness, figure_of
from sources.figures.headings import Headings
from sources.figures.metrics import (
    actor_in,
    in_full,
    names_amount,
    needs_object,
    object_after,
    phrase_before,
    subjects,
    thing_after,
)
from sources.figures.scenes import PARAGRAPH_END, Scene, closes_before, is_aside, is_elsewhere, last_run, scene_of
from sources.figures.statuses import Status, direction_of, status_of
from sources.figures.tables import tables
from sources.mentions.gazetteer import reading
from sources.mentions.numerals import COUNTER_UNITS, Quantity, quantities
from sources.mentions.periods import LAST_YEAR
from sources.mentions.regions import Region, part_of
from sources.mentions.unlisted import tabled

_BOOK_TITLE = re.compile(r"《[^《》\n]{0,80}》")


def extract_figures(document: Document) -> list[Figure]:
    """Every quantity of the document as a figure, in the order of the text.

    Regions and dates come from `document.regions` and `document.published` where they are filled, else from the text.
    """
    main = next(iter(document.regions), "")
    with reading({**dict.fromkeys(document.regions, ""), **dict.fromkeys(tabled(document.tables), main)}):
        return _figures(document)


def _figures(document: Document) -> list[Figure]:
    scene = scene_of(document)
    text = document.text
    found = tables(document)
    spans = [(table.start, table.end) for table in found]
    elsewhere = [
        *((date.start, date.end) for date in scene.dates),
        *(title.span() for title in _BOOK_TITLE.finditer(text)),
    ]
    numbers = quantities(text, skip=sorted([*elsewhere, *spans]))
    figures = [figure for table in found for figure in read_table(scene, table, Headings(scene, at=table.start))]
    carried = _Carried()
    at = 0
    for start, end in scene.sentences():
        until = bisect_left(numbers, end, lo=at, key=lambda number: number.start)
        figures.extend(_read_sentence(scene, start, end, numbers[at:until], carried))
        at = until
    figures.sort(key=lambda figure: figure.start)
    return figures


@dataclass(slots=True)
class _Carried:
    """Period, place and metric that earlier sentences of the paragraph leave to the next."""

    period: str = ""
    period_at: int = 0
    region: str = ""
    region_at: int = 0
    metric: str = ""
    by_unit: dict[str, str] = field(default_factory=dict)


def _read_sentence(scene: Scene, start: int, end: int, numbers: Sequence[Quantity], carried: _Carried) -> list[Figure]:
    text = scene.document.text
    if start == 0 or PARAGRAPH_END.search(text, start - 2, start + 1):
        carried.period = carried.region = carried.metric = ""
        carried.by_unit.clear()
    sentence = _Sentence(scene, start, end, carried)
    figures = [sentence.read(index, numbers) for index in range(len(numbers))]
    carried.metric = figures[-1].metric if figures else ""
    carried.by_unit |= sentence.by_unit
    for date in sentence.dates:
        if not _SINGLE_DAY.fullmatch(date.value) and sentence.opens(start, date.start):
            carried.period, carried.period_at = date.value, start
            break
    opening = sentence.opening_places(start, end)
    if opening and opening[-1].level != "country" and all(part_of(opening[-1].name, place.name) for place in opening):
        carried.region, carried.region_at = opening[-1].name, start
    return figures


_SINGLE_DAY = re.compile(r"(?:\.\.)?[\dX]{4}-\d\d-\d\d(?:\.\.)?")
_FINE = re.compile(r"[\dX]{4}-\d\d(?:-\d\d)?(?:\.\.)?")
_OPENING = re.compile(
    r"(?:其中|目前|当前|同时|此外|另外|今天的|截至|据统计|据悉|特别是|而|并|和|与|、|[一二三四五六七八九十]是|"
    r"[（(]?[一二三四五六七八九十\d]+[)）、.．]|(?:下辖|所辖|管辖|下属)的|"
    r"[，,：:；;“”\"\s*#▲·—\-的])*"
)
_QUALIFIER = re.compile(r"[ ]?(?:及?以[上下内]|之内|左右|上下)")
_LIST_JOIN = re.compile(
    r"[^，。；;,：:]{0,8}[、和与及或][ ]?|(?:及?以[上下内]|左右)?[、和与及][^，。；;]{0,14}|"
    r"的[^，。；;]{1,14}[、和与及]"
)
_RANK_VERB = re.compile(r"(?:[居列位占排]|排名|保持|进入|跻身|位于)$")
_RANK_SCOPE = re.compile(
    r"(全国|全省|全市|全县|全区|全球|世界|地级市|县级市|同类[一-龥]{0,4}|(?:(?![居列位排占持])[一-龥]){2,3}[省市])"
    r"[^，。、；]{0,8}$"
)
_DATE_LINK = re.compile(r"(?:[从由自到至在于比较]|截至)$")
_TOPIC_END = re.compile(
    r"(?:主要)?(?:为(?!民)|是|包括|有(?![机限关])|指(?![数标导引]))|(?<=.{4})(?:未?达到?|增长|下降|位居|列)"
)
_AIM_ALONE = re.compile(r"(?:[预工]期|工作|规划|年度|总体|下一步)?目标(?:是|为|值)?")
_SAYING = re.compile(
    r"(?:显示|表示|介绍|指出|认为|获悉|了解到|透露|说|看到|计算|核算|口径|新高|新低|[纪记]录|因素|看)$"
)
_THE_PLACES = re.compile(r"县|市|区|镇|乡|村|街道|省份?|地市|国家|城市|地区")
_ALL_PROVINCES = re.compile(r"省(?:份|区市|市|（|\()")
_RATE_AFTER = re.compile(r"的?([一-龥]{1,8}(?:率|比例|比重|占比))")
_SHORT_CLAUSE = 6
_CLEAN = 14
_NEW = re.compile(r"[^，]{0,3}(?:新|共|其中|总|首批|当|现|目前|分|为|达|是)")
_WITHIN = re.compile(r"(?:之|以)?内(?!蒙)")
_THEN = re.compile(r"(?:之内|以内|内|左右|之后|后|就|即|可|以上|时间|的|，)*")


class _Sentence:
    """Reads one sentence from left to right; keeps the subject that later clauses leave out."""

    def __init__(self, scene: Scene, start: int, end: int, carried: _Carried) -> None:
        self.scene = scene
        self.text = scene.document.text
        self.start = start
        self.end = end
        self.all_dates = scene.dates_in(start, end)
        self.dates = [date for date in self.all_dates if date.value and not is_aside(self.text, date)]
        self.places = scene.places_in(start, end)
        self.place_names = tuple(self.text[place.start : place.end] for place in self.places)
        self.carried = carried
        self.subject = ""
        """What is measured, in the words of the last clause that named it."""
        self.shared: list[str] = []
        """Subjects that a list of values (分别达到63079元、36383元) goes to, in order."""
        self.by_unit: dict[str, str] = {}
        """The last metric of each unit: 50人以上的，补助2.4万元；100人以上的，补助4.5万元."""
        self.dealt = 0
        self.origin: dict[str, str] = {}
        """Where each field of the figure was read, which says how sure it is."""
        self.last: Figure | None = None
        self.last_end = start
        self.last_origin = ""
        """Where the last figure's metric was read."""
        self.former: Former | None = None
        """The value just read, where the next one is what it became."""

    def read(self, index: int, numbers: Sequence[Quantity]) -> Figure:
        number = numbers[index]
        clause = self._clause_start(number.start)
        joined = (
            self.last is not None
            and self.last_end >= clause
            and bool(_LIST_JOIN.fullmatch(self.text, self.last_end, number.start))
        )
        was, self.former = (
            self.former,
            former_at(self.text, numbers, index, self.dates, since=max(clause, self.last_end)),
        )
        if was and self.last is not None:
            metric, self.origin["metric"] = self.last.metric, self.last_origin
        else:
            metric = self._metric(index, numbers, max(clause, self.last_end), joined)
        period = self._period(number, joined, was)
        status = self._status(number, clause, joined, period)
        if self.former and not self.former.is_dated and status in ("actual", "cumulative"):
            period, self.origin["period"] = "", "none"  # what it was before something changed it
        clock = self.scene.clock
        behind = not clock.part_at(number.start).ahead and clock.is_over(period)
        if self.origin["period"] == "title" and status in ("target", "plan") and behind:
            period = ""  # what a report on last year means to do is not of that year
        region = self._region(index, numbers, clause, joined, metric)
        scope = _RANK_SCOPE.search(self.text, clause, number.start) if number.kind == "rank" else None
        figure = figure_of(
            number,
            self.scene.document.id,
            metric=metric,
            region=region,
            period=period,
            status=status,
            scope=scope[1] if scope else "",
            direction=direction_of(number, self.text[clause : number.start]) if status == "growth" else "",
            sure=Sureness.of(self.origin),
            subject=region or actor_in(metric),
        )
        self.last = figure
        self.by_unit[number.unit] = metric
        self.last_origin = self.origin["metric"]
        after = _QUALIFIER.match(self.text, number.end)
        self.last_end = after.end() if after else number.end
        return figure

    def _clause_start(self, at: int) -> int:
        return max(self.start, self.scene.clause_start(at))

    def opens(self, start: int, at: int) -> bool:
        """Whether nothing but dates, places and small words stands between `start` and `at`."""
        gap = self.text[start:at]
        if len(gap) > 60:
            return False
        inside = [(date.start, date.end) for date in self.all_dates if start <= date.start and date.end <= at]
        inside += [(place.start, place.end) for place in self.places if start <= place.start and place.end <= at]
        for first, last in sorted(inside, reverse=True):
            gap = gap[: first - start] + gap[last - start :]
        return bool(_OPENING.fullmatch(gap))

    def opening_places(self, start: int, end: int) -> list[Region]:
        """The places that `text[start:end]` is about: those it begins with, except where it compares with them."""
        return [
            place
            for place in self.places
            if start <= place.start < end
            and place.name
            and self.opens(start, place.start)
            and not is_elsewhere(self.text, place)
        ]

    # ---------------------------------------------------------------- when and where

    def _period(self, number: Quantity, joined: bool, was: Former | None = None) -> str:
        self.origin["period"] = "sentence"
        has_own_date = any(self.last_end <= date.start < number.start for date in self.dates)
        if joined and self.last and not has_own_date:
            return self.last.period
        if beside := next((date for date in self.all_dates if 0 <= number.start - date.end <= 1), None):
            is_aside_of = beside not in self.dates and number.kind == "amount"
            if beside.value and is_aside_of and self.text[beside.end : number.start] in ("", "的"):
                return beside.value  # 比2020年的39801元
        # （上年末为5万人） is an aside, where a date stands outside the brackets, too.
        for date in sorted(
            self.dates, key=lambda date: (closes_before(self.text, date.end, number.start), -date.start)
        ):
            if date.start >= number.start or (was and was.start <= date.start < was.end):
                continue
            if date.text.startswith(LAST_YEAR) and date.end <= self.last_end and self._grows(number):
                continue  # 上年为5亿元，增长3%
            if number.kind == "multiple" and number.start - date.end <= 1:
                continue  # 达到2016年的3倍
            between = self.text[date.end : number.start]
            if _FINE.fullmatch(date.value) and ("；" in between or ";" in between):
                continue
            return date.value
        bracketed = [date for date in self.dates if number.end < date.start <= number.end + 2]
        if bracketed and self.text[number.end] in "（(":
            return bracketed[0].value
        if self.carried.period and number.start - self.carried.period_at <= self.scene.carry:
            self.origin["period"] = "before"
            return self.carried.period
        part = self.scene.clock.part_at(number.start)
        self.origin["period"] = "title" if part.period else "none"
        return part.period

    def _grows(self, number: Quantity) -> bool:
        return bool(
            direction_of(number, self.text[max(self._clause_start(number.start), self.last_end) : number.start])
        )

    def _region(self, index: int, numbers: Sequence[Quantity], clause: int, joined: bool, metric: str) -> str:
        number = numbers[index]
        self.origin["region"] = "clause"
        own = [place for place in self.places if clause <= place.start and place.end <= number.start and place.name]
        if number.kind == "rank":
            own = [
                place
                for place in own
                if place.end != number.start
                and not _RANK_VERB.search(self.text, max(self.start, place.start - 3), place.start)
            ]
        elif _ALL_PROVINCES.match(number.unit + metric) or (number.unit == "个" and _ALL_PROVINCES.match(metric)):
            return own[-1].name if own and own[-1].end == number.start else "全国"
        listed = last_run(own, self.text)
        if len(listed) > 1:
            dealt = self._dealt_place(listed, index, numbers)
            if dealt:
                return dealt
            if _THE_PLACES.match(metric) and listed[-1].end == number.start:
                own = []
        if own and own[-1].end == number.start and number.kind != "rank":
            return own[-1].name
        subject = [place for place in self.opening_places(clause, number.start) if place in own]
        fitting = [place for place in own if not is_elsewhere(self.text, place)]
        if subject and fitting and part_of(fitting[-1].name, subject[-1].name):
            return fitting[-1].name
        if subject and not (fitting and fitting[-1].start > self.last_end > subject[-1].end):
            return subject[-1].name
        if fitting:
            return fitting[-1].name
        if self.last and number.kind != "rank" and (joined or self.last_end >= clause):
            return self.last.region
        self.origin["region"] = "sentence"
        at = number.start
        while at > self.start:
            earlier = self._clause_start(at - 1)
            if earlier < clause and (opening := self.opening_places(earlier, at)):
                return opening[-1].name
            if any(earlier <= place.start < at and not place.name for place in self.places):
                return ""  # 全市 of a city that nothing names
            at = earlier
        self.origin["region"] = "before"
        if self.carried.region and number.start - self.carried.region_at <= self.scene.carry:
            return self.carried.region
        if owner := self.scene.owner(number.start):
            return owner
        self.origin["region"] = "document"
        return self.scene.home[0] if self.scene.home else ""

    def _dealt_place(self, listed: Sequence[Region], index: int, numbers: Sequence[Quantity]) -> str:
        """The place of a value in 河南、浙江分别增长到1.4万只、10万只; "" when they don't match in number."""
        first = index
        while first and _LIST_JOIN.fullmatch(self.text, numbers[first - 1].end, numbers[first].start):
            first -= 1
        values = self._values(first, numbers)
        between = self.text[listed[-1].end : numbers[first].start]
        if "分别" in between and values == len(listed):
            return listed[index - first].name
        return ""

    def _values(self, first: int, numbers: Sequence[Quantity]) -> int:
        """How many quantities, from `first` on, are joined into one list."""
        values = 1
        for this, after in zip(numbers[first:], numbers[first + 1 :], strict=False):
            if after.start >= self.end or not _LIST_JOIN.fullmatch(self.text, this.end, after.start):
                break
            values += 1
        return values

    # ---------------------------------------------------------------- what

    def _metric(self, index: int, numbers: Sequence[Quantity], bound: int, joined: bool) -> str:
        number = numbers[index]
        self.origin["metric"] = "after"
        following = numbers[index + 1].start if index + 1 < len(numbers) else self.end
        left = self._left(bound, number.start)
        if joined and left.startswith("的"):
            left = ""  # 52亿元的镍合金、20亿元的…: the words between them belong to the first
        counted = number.unit in COUNTER_UNITS or (not number.unit and number.kind == "amount")
        if counted and self.former is None and (thing := self._thing(number, following)):
            if not _RANK_VERB.search(left.rstrip("全国省市县")):
                self.subject, self.shared = thing, []
            return thing
        self.origin["metric"] = "list"
        if number.kind == "percent" and (rate := _RATE_AFTER.match(self.text, number.end)):
            return rate[1]  # 50%客座率
        phrase = phrase_before(left, place_names=self.place_names, rank=number.kind == "rank")
        if direction_of(number, left) and _SAYING.search(phrase):
            phrase = ""
        if joined and not phrase and self.shared:
            self.dealt += 1
            return self.shared[min(self.dealt, len(self.shared) - 1)]
        if joined and self.last and phrase in ("", self.last.metric):
            if number.kind == "percent" and (thing := self._thing(number, following)):
                return thing  # 70%以上供水用户和30%以上燃气用户
            if self.last.unit == number.unit:
                return self.last.metric
        if not phrase and self.last and self.last_end == bound and self.last.unit == number.unit and "的" not in left:
            return self.last.metric  # 超过100万元但不超过300万元
        if not phrase and bound and self.text[bound - 1] in "；;" and number.unit in self.by_unit:
            return self.by_unit[number.unit]
        if "分别" in left and (dealt := self._deal(phrase, index, numbers)):
            return dealt
        self.origin["metric"] = "after"
        if number.kind in ("amount", "duration", "percent") and not counted:
            after = self._after(number)
            thing = object_after(self.text, after, min(following, self.end, after + 30))
            if thing and needs_object(left):
                self.subject, self.shared = thing, []
                return thing
            linked = self.text.startswith(("的", "不等的"), after)
            each = phrase.startswith("每")
            has_object = number.kind == "amount" or (linked and not phrase and number.kind == "duration")
            if thing and has_object and (each or not phrase or (linked and not names_amount(phrase))):
                return phrase + thing if each else thing
        within = number.kind == "duration" and not left.endswith(("到", "至", "为", "过"))
        if within and _WITHIN.match(self.text, number.end) and (then := self._after_all(number, following)):
            return then
        if not phrase and number.kind == "percent" and not number.qualifier.startswith(("超", "近", "约")):
            self.origin["metric"] = "after"
            if thing := self._thing(number, following):
                return thing  # 目前90%以上常办业务
        self.origin["metric"] = "before" if len(phrase) <= _CLEAN else "long"
        if not phrase and left.rstrip().endswith(("新增", "净增", "新发")):
            return "新增" + (self._earlier_subject(number) or self.subject)
        earlier = "" if phrase else self._earlier_subject(number)
        if self.carried.metric and self.last is None and _AIM_ALONE.fullmatch(phrase or earlier):
            phrase, earlier = "", self.carried.metric  # 倍差为1.6。目标：到2027年降到1.55
        if phrase:
            last = self.by_unit.get(number.unit) or self.carried.by_unit.get(number.unit, "")
            self.subject, self.shared = in_full(phrase, last), []
            return self.subject
        grows = (
            self.last is not None
            and bound - self.last_end <= 1
            and direction_of(number, self.text[bound : number.start])
        )
        self.origin["metric"] = "growth" if grows and self.last_origin != "long" else "earlier"
        if earlier:
            self.subject = earlier
        before = self.carried.metric if direction_of(number, left) else ""  # 分季度看，一季度增长4.4%
        return self.subject or before or self._after_all(number, following) or left[-8:].strip("，。、 的")

    def _thing(self, number: Quantity, following: int) -> str:
        after = self._after(number)
        return thing_after(self.text, after, min(following, self.end, after + 40))

    def _after(self, number: Quantity) -> int:
        qualifier = _QUALIFIER.match(self.text, number.end)
        return qualifier.end() if qualifier else number.end

    def _left(self, start: int, end: int) -> str:
        """The words before a number in its clause, without the dates."""
        left = self.text[start:end]
        for date in reversed(self.all_dates):
            if start <= date.start and date.end <= end:
                head = _DATE_LINK.sub("", left[: date.start - start])
                left = head + left[date.end - start :].removeprefix("的").removeprefix("，")
        return left

    def _deal(self, phrase: str, index: int, numbers: Sequence[Quantity]) -> str:
        """The subject of the first value after 分别; the next values get the others. "" when they don't match."""
        values = self._values(index, numbers)
        if phrase:
            self.shared = subjects(phrase, values)
            self.subject = phrase
        if len(self.shared) < values:
            self.shared = []
            return ""
        self.dealt = 0
        return self.shared[0]

    def _earlier_subject(self, number: Quantity) -> str:
        """The topic of the clauses since the last figure, where this one names none: …的低收入群体，共1.5万余户."""
        end = self._clause_start(number.start) - 1
        topic = ""
        while end > self.last_end:
            start = max(self._clause_start(end), self.last_end)
            phrase = phrase_before(self._left(start, end), place_names=self.place_names, rank=number.kind == "rank")
            if _SAYING.search(phrase):
                phrase = ""
            stop = _TOPIC_END.search(phrase, 2)
            phrase = phrase[: stop.start()] if stop else phrase
            if len(phrase) >= 2:
                topic = phrase
                if self.last is not None or start <= self.start:
                    break
                if self.text[start - 1] in "；;":
                    break
                if len(phrase) > 3:
                    break
            end = start - 1
        return topic

    def _after_all(self, number: Quantity, following: int) -> str:
        """What a number is about when nothing before it says so: 3个月内补缴."""
        start = _THEN.match(self.text, number.end)
        after = start.end() if start else number.end
        return thing_after(self.text, after, min(following, self.end, after + 24))

    # ---------------------------------------------------------------- status

    def _status(self, number: Quantity, clause: int, joined: bool, period: str) -> Status:
        self.origin["status"] = "words"
        before = (self.text.rfind(mark, self.start, number.start) + 1 for mark in "；;")
        past = (date.start for date in self.dates if self.last_end <= date.start < number.start)
        over = [start for start in past if self.last and self.scene.clock.is_over(period)]
        segment = max(self.start, *before, *over)
        status = status_of(
            number,
            self.text[clause : number.start],
            self.text[segment : number.start],
            after=self.text[number.end : min(self.end, number.end + 24)],
            plan=self.scene.is_ahead(number.start) and not self.scene.is_before(period),
            later=self.scene.later(period),
        )
        if self.last and status == "actual":
            if joined and self.last.status not in ("rank", "share"):
                return self.last.status
            short = (
                number.start - clause <= _SHORT_CLAUSE and clause - self.last_end == 1 and self.text[clause - 1] != "；"
            )
            if short and self.last.status == "cumulative" and not _NEW.match(self.text, clause):
                return "cumulative"  # 累计收运垃圾171吨，危废16吨
            self.origin["status"] = "default"
        return status
