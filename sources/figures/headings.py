"""What a header or a label of a table says: what it is about, and of which time, place and unit

比上年增长（%） tells how its numbers are meant, 嘉善县 where they hold, 2024年 when; 粮食产量（万吨） says what is
measured.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sources.cleaning.headers import has_own_unit, unit_in, without_unit
from sources.figures.metrics import names_amount
from sources.figures.scenes import Scene
from sources.mentions.periods import Period
from sources.mentions.regions import Region, regions

# Headers that name a kind of value, not what is measured.
_KIND_OF_VALUE = re.compile(
    r"(?:数值|数量|指标值|实绩|实际(?:数|值|完成)?|完成(?:值|情况|数|率)?|绝对[量值数]|总量|本期|当期|目标值?|"
    r"计划(?:数|值)?|(?:同比)?(?:增[长速幅减]|增减)(?:率|比例|幅度)?|同比|比上年|排[名位]|位次|名次|占比|比重|全年|累计|目标任务|预期目标)*"
)
_LABEL = re.compile(
    r"指标(?:名称)?|项目|名称|类别|地区|区域|单位|县市区|县[（(]市、区[）)]|城市|市县|年份|时间|年度|月份|分类|内容"
)
_RANK = re.compile(r"排[名位]|位次|名次")
_RANKED_IN = re.compile(r"(全国|全省|全市|全县|全区|地级市|县级市)(?=.{0,2}(?:排[名位]|位次|名次))")
_BARE_YEAR = re.compile(r"((?:19|20)\d\d)\s*年?[AEFaef]?")
_NOT_ITS_TIME = re.compile(r"(?:比|较|同比|相比|年鉴)\s*$")
"""What stands before a time that is only compared with, or is that of a book."""
_SPACED = re.compile(r"(?<=[一-龥])\s+(?=[一-龥])")
_SHORT_HEADER = 3
_LONGEST_PREFIX = 10
_PHRASE_EDGE = re.compile(r"[^一-龥A-Za-z0-9]|各(?:地|[省市县区镇乡街道村]{1,3})|[的和与及]|表\d*|按.{1,4}?分")
# What accounts and reports call their times: 本期, 上年同期, 期末数.
_RELATIVE_TIME = re.compile(r"(?=.*[年期月季])(?:[本上前当]|报告|年度?|期|月|季度?|同期)+[末初]?数?")
_BRACKETS = re.compile(r"[（(][^（()）]*[)）]")
_UNIT_ALONE = re.compile(r"[（(]?单位[:：]?[^\s、]{1,8}")
_WORDED = re.compile(r"[一-龥]{3,14}")
_EMPTY_BRACKETS = re.compile(r"[（(]\s*[)）]")
_NUMBERING = re.compile(
    r"(?:其中[：:、]?|[#＃]|[（(][一二三四五六七八九十\d]{1,3}[)）]|[一二三四五六七八九十]{1,3}、|\d{1,2}(?:、|[.．](?!\d))|[加减][：:]|\s)+(?=.)"
)
_TITLE_EDGES = re.compile(
    r"^(?:(?:19|20)\d\d年(?:度|末)?|附?表\s*[\d一二三四五六七八九十]+(?:[-—.．]\d+)*|各(?:地|[省市县区镇乡街道村、（(）)]{1,12})|\s)+|(?:[统计情况汇总对比一览明细分析]{0,8}表|情况|[（(][^（()）]*[)）]|[\s:：])+$"
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A header or a label."""

    text: str
    """As printed, without its unit and its number in a list."""
    words: str
    """What it says besides its time, its place and how its numbers are meant; often nothing."""
    period: str = ""
    region: str = ""
    unit: str = ""
    scope: str = ""
    """For a rank, among whom: 全省."""
    is_time: bool = False
    """Whether it names a time and nothing else."""
    is_place: bool = False

    @property
    def is_amount(self) -> bool:
        """Whether it ends in the name of an amount."""
        return names_amount(_BRACKETS.sub("", self.words))


class Headings:
    """Reads the headers of a table that stands at an offset of its document, each wording once."""

    def __init__(self, scene: Scene, *, at: int = 0) -> None:
        self._scene = scene
        self._at = at
        self._known: dict[str, Heading] = {}

    def __call__(self, printed: str) -> Heading:
        """What `printed` says."""
        if printed not in self._known:
            self._known[printed] = self._read(printed)
        return self._known[printed]

    def periods(self, text: str) -> list[Period]:
        """The periods that a header or a caption names; not those that it compares with."""
        if year := _BARE_YEAR.fullmatch(text):  # 2026E is expected
            return [Period(0, len(text), year[1], text)]
        named = self._scene.clock.periods(text, at=self._at)
        return [date for date in named if not _NOT_ITS_TIME.search(text, 0, date.start)]

    def regions(self, text: str) -> list[Region]:
        """The places that a header or a caption names."""
        return [place for place in regions(text, home=self._scene.home) if place.name]

    def _read(self, printed: str) -> Heading:
        unit, text = unit_in(printed), without_unit(printed)
        text = _SPACED.sub("", text)
        text = _NUMBERING.sub("", text, count=1) if _NUMBERING.match(text) else text
        if _KIND_OF_VALUE.fullmatch(text):
            ranked = _RANKED_IN.search(text)
            return Heading(text, "", unit=unit, scope=ranked[1] if ranked else "")
        dates, places = self.periods(text), self.regions(text)
        is_place = any(place.start == 0 and place.end == len(text) for place in places)
        timeless = _without(text, [(date.start, date.end) for date in dates]).strip("的：:、 （）()T0123456789")
        scope = ""
        if _RANK.search(text):  # 全省排名 ranks among the province's places
            ranked = _RANKED_IN.search(text)
            places, scope = [], ranked[1] if ranked else ""
        is_relative = bool(_RELATIVE_TIME.fullmatch(text))
        # 上年发生额 is no 发生额 as long as nobody knows which year.
        known = [(date.start, date.end) for date in dates if date.value]
        rest = _without(text, [*known, *((place.start, place.end) for place in places)])
        if scope:
            rest = _RANKED_IN.sub("", rest)
        rest = _EMPTY_BRACKETS.sub("", rest).strip("的：:、 ")
        return Heading(
            text=text,
            words="" if is_relative or _KIND_OF_VALUE.fullmatch(rest) or _KIND_OF_VALUE.fullmatch(timeless) else rest,
            period=next((date.value for date in dates if date.value), ""),
            region=places[0].name if places else "",
            unit=unit,
            scope=scope,
            is_time=(bool(dates) and not timeless) or is_relative,
            is_place=is_place,
        )


def names_kind(text: str) -> bool:
    """Whether a header only says what sort of thing stands under it: 指标, 名称, 年份, 数值."""
    return bool(_LABEL.fullmatch(text) or _KIND_OF_VALUE.fullmatch(text))


def measured_in(caption: str) -> str:
    """What a caption says that its table measures: the last of its parts that has a unit of its own or ends in the name
    of an amount, or stands before the unit of all; "" for none.

    >>> measured_in("农业 表2 各县（市、区）粮食产量（单位：吨）")
    '粮食产量'
    >>> measured_in("统计年鉴 2-3 各县年末常住人口 单位：万人")
    '年末常住人口'
    """
    parts = caption.split()
    after = ""
    for part in reversed(parts):
        before_unit, after = _UNIT_ALONE.fullmatch(after), part
        core = without_unit(part)
        unit, bare = unit_in(part) if "单位" not in part else "", core
        while (shorter := _TITLE_EDGES.sub("", bare)) != bare:
            bare = shorter
        names = unit or names_amount(bare) or has_own_unit(bare) or (before_unit and _WORDED.fullmatch(bare))
        if bare and names and not bare.endswith("指标"):
            return bare
    return ""


def in_full(words: str, caption: str, headings: Headings) -> str:
    """A short header with what the caption says of it, in one phrase: 产量 under 各县粮食产量 is 粮食产量."""
    at = caption.find(words) if len(words) <= _SHORT_HEADER else -1
    if at <= 0:
        return words
    before = caption[:at]
    ends = [date.end for date in headings.periods(before)] + [place.end for place in headings.regions(before)]
    begin = max([*ends, *(edge.end() for edge in _PHRASE_EDGE.finditer(before))], default=0)
    said = before[begin:]
    # 主要农产品产量 says what the rows are, not what is measured of each.
    return said + words if 2 <= len(said) <= _LONGEST_PREFIX and not said.startswith("主要") else words


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return text
