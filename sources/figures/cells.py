"""The figure that a table's cell holds, read by its headers."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from sources.cleaning.headers import without_unit
from sources.figures.figure import Figure, figure_of
from sources.figures.metrics import phrase_before
from sources.figures.scenes import Scene
from sources.figures.statuses import Status
from sources.figures.tables import Cell
from sources.mentions.numerals import Quantity, quantities
from sources.mentions.periods import Period
from sources.mentions.regions import regions

_PLAIN_NUMBER = re.compile(
    r"[约近超≥≤]?\s*([-−－+]?(?:\d{1,3}(?:[,，]\d{3})+|\d+)(?:\.\d+)?)\s*(?:左右|以上|以下|以内)?"
)
# Headers that name a kind of value, not what is measured.
_KIND_OF_VALUE = re.compile(
    r"(?:数值|数量|指标值|实绩|实际(?:数|值|完成)?|完成(?:值|情况|数|率)?|绝对[量值数]|总量|合计|本期|当期|目标值?|"
    r"计划(?:数|值)?|(?:同比)?(?:增[长速幅]|增减)率?|同比|比上年|排[名位]|位次|名次|占比|比重|全年|累计|目标任务|预期目标)*"
)
_LABEL = re.compile(
    r"指标(?:名称)?|项目|名称|类别|地区|区域|单位|县市区|县[（(]市、区[）)]|城市|市县|年份|时间|年度|月份|分类|内容"
)
_STATED_METRIC = re.compile(r"指标(?:名称)?\s*[:：]\s*(\S+)")
_BARE_YEAR = re.compile(r"(?:19|20)\d\d")


def read_cell(scene: Scene, cell: Cell) -> Figure | None:
    """The figure in the cell; None when it holds a sentence or several numbers."""
    status = _column_status(cell)
    number = _cell_number(cell, rank=status == "rank")
    if number is None:
        return None
    period = region = ""
    parts = []
    for header in (cell.row, cell.column):
        rest = header
        named_periods = _periods_in(header, scene, cell.start)
        named = [place for place in regions(header, home=scene.home) if place.name]
        spans = [*((date.start, date.end) for date in named_periods), *((place.start, place.end) for place in named)]
        for start, end in sorted(spans, reverse=True):
            rest = rest[:start] + rest[end:]
        if status == "rank" and header is cell.column:
            named = []  # 全省排名 ranks among the province's places
            rest = _RANKED_IN.sub("", rest)
        period = period or (named_periods[0].value if named_periods else "")
        region = region or (named[0].name if named else "")
        rest = rest.strip("的：:、 ")
        if rest and not _KIND_OF_VALUE.fullmatch(rest):
            parts.append(rest)
    for above in cell.outer:
        region = region or next((place.name for place in regions(above, home=scene.home) if place.name), "")
        period = period or next((date.value for date in _periods_in(above, scene, cell.start)), "")
    if not period:
        named_periods = _periods_in(cell.caption, scene, cell.start)
        counted_at = [date.value for date in named_periods if date.value.startswith("..")]
        period = (counted_at or [date.value for date in named_periods] or [scene.clock.part_at(cell.start).period])[0]
    if not region:
        named = [place for place in regions(cell.caption, home=scene.home) if place.name]
        region = named[0].name if named else (scene.home[0] if scene.home else "")
    metric = "".join(parts)
    if not metric:
        metric = next((header for header in cell.left if not _is_no_metric(header, scene)), "")
    stated = _STATED_METRIC.search(cell.caption)
    metric = metric or (without_unit(stated[1]) if stated else phrase_before(cell.caption))
    scope = _RANKED_IN.search(cell.column) if status == "rank" else None
    return figure_of(
        number,
        scene.document.id,
        metric=metric,
        region=region,
        period=period,
        status=status,
        scope=scope[1] if scope else "",
    )


_RANKED_IN = re.compile(r"(全国|全省|全市|全县|全区|地级市|县级市)(?=.{0,2}(?:排[名位]|位次|名次))")


def _is_no_metric(header: str, scene: Scene) -> bool:
    """Whether a header names a kind of value, a time or a place, but not what is measured."""
    if _KIND_OF_VALUE.fullmatch(header) or _LABEL.fullmatch(header) or _periods_in(header, scene):
        return True
    return any(place.start == 0 and place.end == len(header) for place in regions(header, home=scene.home))


def _cell_number(cell: Cell, *, rank: bool) -> Quantity | None:
    """The quantity in a cell, with the unit of its headers when it prints none itself; None for a sentence."""
    plain = _PLAIN_NUMBER.fullmatch(cell.text)
    if plain:
        start, end = cell.start + plain.start(1), cell.start + plain.end(1)
        printed = plain[1].replace("−", "-").replace("－", "-")
        if rank:
            return Quantity(start, end, Decimal(re.sub("[,，]", "", printed)), "位", "", plain[1], "rank")
        with_unit = quantities(printed + cell.unit) if cell.unit else []
        if len(with_unit) == 1:
            return replace(with_unit[0], start=start, end=end, text=plain[1])
        return Quantity(start, end, Decimal(re.sub("[,，]", "", printed)), cell.unit, "", plain[1], "amount")
    read = quantities(cell.text)
    if len(read) == 1 and len(read[0].text) >= len(cell.text) - 4:
        return replace(read[0], start=cell.start + read[0].start, end=cell.start + read[0].end)
    return None


def _periods_in(header: str, scene: Scene, at: int = 0) -> list[Period]:
    year = _BARE_YEAR.fullmatch(header)
    if year:
        return [Period(0, len(header), header, header)]
    return [date for date in scene.clock.periods(header, at=at) if date.value]


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
