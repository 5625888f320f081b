"""The figures of a table's cells: what each is about, what it measures, where and when, by row, column and caption."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sources.cleaning.headers import has_own_unit, is_unit, unit_for, unit_in, without_unit
from sources.figures.figure import Dimension, Figure, figure_of
from sources.figures.headings import Headings, in_full, measured_in, names_kind
from sources.figures.metrics import in_full as of_whom
from sources.figures.metrics import names_amount, phrase_before
from sources.figures.scenes import Scene
from sources.figures.statuses import Direction, Status, direction_of, status_of
from sources.figures.tables import Axis, Column, Laid, Row, laid, measured_by, values
from sources.mentions.numerals import Quantity, quantities
from sources.tables import Table, TableCell

_PLAIN_NUMBER = re.compile(
    r"(?P<before>[约近超≥≤><＞＜]?)\s*[¥￥]?(?P<number>[(（]?[-−－–+]?[¥￥]?(?:\d{1,3}(?:[,，]\d{3})+|\d+)(?:\.\d+)?[)）]?)"
    r"\s*(?P<after>(?:左右|以上|以下|以内)?)(?:\s*(?:[①-⑳*※#]+|\[\d{1,2}\]))?"
)
_BOUND_BY_SIGN = {"≥": "以上", ">": "超", "＞": "超", "≤": "以内", "<": "以下", "＜": "以下"}
_STATED_METRIC = re.compile(r"指标(?:名称)?\s*[:：]\s*(\S+)")
_BETWEEN = " › "
"""Between the parts of a path."""


@dataclass(frozen=True, slots=True)
class _Context:
    """What all cells of a table share."""

    table: Laid
    axis: Axis
    """Where what is measured is named."""
    metric: str
    """What the caption or the header over the labels names, where neither rows nor columns do."""
    period: str
    region: str
    unit: str
    rate_unit: str
    """Of rates and ranks, which the other unit isn't meant for."""
    dimensions: tuple[Dimension, ...]


def read_table(scene: Scene, table: Table, headings: Headings) -> Iterator[Figure]:
    """The figures of a table's cells, row by row; a cell that holds a sentence or several numbers gives none."""
    ordered = laid(table, headings)
    context = _context(scene, ordered, headings)
    numbers = _Numbers()
    row: Row | None = None
    said = _RowSaid()
    about = f"{scene.document.title}\n{table.caption}"
    measured = context.metric if names_amount(context.metric) else ""
    columns = {
        at: _column_said(column, ordered.left[at], about, measured, headings) for at, column in ordered.columns.items()
    }
    for at, column, cell in values(ordered):
        if at is not row:
            row, said = at, _row_said(at, context, headings)
        figure = _figure(scene, cell, column, said, columns[cell.column], context, numbers, headings)
        if figure is not None:
            yield figure


@dataclass(frozen=True, slots=True)
class _RowSaid:
    """What a row says, put together once for all its cells."""

    subject: str = ""
    metric: str = ""
    period: str = ""
    region: str = ""
    unit: str = ""
    times: tuple[str, ...] = ()
    text: str = ""
    has_own_unit: bool = False
    dimensions: tuple[Dimension, ...] = ()


@dataclass(frozen=True, slots=True)
class _ColumnSaid:
    """What a column says."""

    metric: str
    is_of_whom: bool
    """Whether its header tells only of whom, and the caption what: 农村居民."""
    left: str
    """What the columns to its left measure, which a rate is one of."""
    subject: str
    period: str
    region: str
    unit: str
    scope: str
    times: tuple[str, ...]
    dimensions: tuple[Dimension, ...]


def _row_said(row: Row, context: _Context, headings: Headings) -> _RowSaid:
    labels = [label for _, label in row.labels]
    times = (*(label.text for label in labels if label.is_time), *row.times)
    outer = [*row.groups]
    worded = [label for label in labels if label.words]
    metric = worded[-1] if context.axis == "rows" and worded else None
    subject = [label.text for label in (*outer, *labels) if not label.is_time and label is not metric]
    if metric is not None:  # a heading over several indicators is no subject, but a place over them is
        subject = [label.text for label in (*outer, *labels) if label is not metric and label.is_place]
        subject += [label.text for label in worded[:-1] if not label.is_place]
    period = next((label.period for label in labels if label.period), "")
    period = period or next((date.value for text in row.times for date in headings.periods(text) if date.value), "")
    text = labels[-1].text if labels else ""
    return _RowSaid(
        subject=_BETWEEN.join(dict.fromkeys(subject)),
        metric=metric.words if metric is not None else "",
        period=period or next((group.period for group in reversed(outer) if group.period), ""),
        region=next((label.region for label in (*reversed(labels), *reversed(outer)) if label.region), ""),
        unit=next((label.unit for label in reversed(labels) if label.unit), "") or row.unit,
        times=times,
        text=text,
        has_own_unit=context.axis == "rows" and has_own_unit(text),
        dimensions=(
            *(("分组", group.text) for group in outer),
            *((name or "行", label.text) for name, label in row.labels),
            *(("时间", text) for text in row.times),
        ),
    )


def _column_said(column: Column, left: str, about: str, measured: str, headings: Headings) -> _ColumnSaid:
    path = column.path
    metric = "".join(heading.words for heading in path)
    own = [heading for heading in path if not heading.is_time]
    subject = [heading.text for heading in own if heading.words or heading.is_place]
    named = in_full(metric, about, headings) if metric else ""
    whole = of_whom(named, measured)
    return _ColumnSaid(
        metric=whole,
        is_of_whom=whole != named,
        left=in_full(left, about, headings) if left else "",
        subject=_BETWEEN.join(subject),
        period=next((heading.period for heading in path if heading.period), ""),
        region=next((heading.region for heading in path if heading.region), ""),
        unit=next((heading.unit for heading in reversed(path) if heading.unit), ""),
        scope=next((heading.scope for heading in path if heading.scope), ""),
        times=tuple(heading.text for heading in path if heading.is_time),
        dimensions=tuple(("列", heading.text) for heading in path),
    )


def _context(scene: Scene, table: Laid, headings: Headings) -> _Context:
    caption = table.table.caption
    metric = _metric_of_all(table, caption, headings)
    dates = _dates(caption, headings)
    counted_at = [date for date in dates if date.startswith("..")]
    # The day on which a document was written says less than what it speaks of.
    written = [date for date in dates if "-" in date and (scene.clock.today or "").startswith(date)]
    dates = [date for date in dates if date not in written]
    spoken_of = scene.clock.part_at(table.table.start).period
    places = headings.regions(caption) if caption else []
    unit, rate_unit = _general_units(caption, table.table.notes)
    return _Context(
        table=table,
        axis=measured_by(table, caption=bool(metric)),
        metric=metric or phrase_before(caption),
        period=next(iter([*counted_at, *dates, *filter(None, [spoken_of]), *written]), ""),
        region=places[0].name if places else (scene.home[0] if scene.home else ""),
        unit=unit,
        rate_unit=rate_unit,
        dimensions=(("标题", caption),) if caption else (),
    )


def _dates(caption: str, headings: Headings) -> list[str]:
    """The times that a caption names, but for the day on which somebody made the table: 编制：预算科 2025年1月."""
    dates: list[str] = []
    behind_field = False
    for part in caption.split():
        named = headings.periods(part)
        alone = len(named) == 1 and (named[0].start, named[0].end) == (0, len(part))
        if not (alone and behind_field):
            dates += [date.value for date in named if date.value]
        behind_field = behind_field or bool(_FIELD.search(part))
    return dates


_FIELD = re.compile("[:：]")


def _metric_of_all(table: Laid, caption: str, headings: Headings) -> str:
    """What every number of a table measures, by the header over its labels or by its caption; "" where neither says."""
    for name, _ in table.rows[0].labels if table.rows else ():
        over = headings(name)
        if over.unit and over.words and not names_kind(over.words):
            return over.words
    stated = _STATED_METRIC.search(caption)
    return without_unit(stated[1]) if stated else measured_in(caption)


_TOLD_UNIT = re.compile(r"单位均?为([^\s|，。；、（）()]{1,10})")
_SEVERAL_UNITS = re.compile(r"单位\s*[:：]\s*([^\s|，。；（）()]{1,12}(?:、[^\s|，。；（）()]{1,12})+)")


def _general_units(caption: str, notes: Sequence[str]) -> tuple[str, str]:
    """The unit that the caption, or else a note, names, and the one for rates where it names two: 单位：万吨、%."""
    for text in (caption, *notes):
        told = _TOLD_UNIT.search(text)
        if told and is_unit(told[1]):
            return told[1], ""
        several = _SEVERAL_UNITS.search(text)
        if several:
            units = several[1].split("、")
            rates = [unit for unit in units if unit in ("%", "％", "‰")]
            others = [unit for unit in units if unit not in rates]
            return (others[0] if len(others) == 1 else ""), (rates[0] if rates else "")
        if unit := unit_in(text):
            return unit, ""
    return "", ""


def _figure(
    scene: Scene,
    cell: TableCell,
    column: Column,
    by_row: _RowSaid,
    by_column: _ColumnSaid,
    context: _Context,
    numbers: _Numbers,
    headings: Headings,
) -> Figure | None:
    status = _status(column.header, by_row.text, context.table.table.caption)
    own_unit = has_own_unit(column.header) or by_row.has_own_unit
    unit = by_column.unit or (by_row.unit if not has_own_unit(column.header) else "")
    unit = unit or (context.rate_unit if own_unit and status != "rank" else "" if own_unit else context.unit)
    if not unit and status != "rank":
        unit = unit_for(column.header, context.table.table.caption)
    number = numbers.read(cell, unit, rank=status == "rank")
    if number is None:
        return None
    if status == "actual" and direction_of(number, cell.text[: max(0, number.start - cell.start)]):
        status = "growth"  # 下降5% under 比上年
    metric, subject = by_row.metric, by_row.subject
    if context.axis == "neither" and by_column.is_of_whom:
        metric = by_column.metric
    elif context.axis != "columns":
        subject = _BETWEEN.join(filter(None, (subject, by_column.subject)))
    else:
        metric = by_column.metric or by_column.left
        if not by_column.metric and by_column.subject:
            subject = _BETWEEN.join(filter(None, (subject, by_column.subject)))
    region = by_row.region or by_column.region or context.region
    return figure_of(
        number,
        scene.document.id,
        metric=metric or context.metric,
        region=region,
        period=_period(by_row, by_column, headings) or context.period,
        status=status,
        scope=by_column.scope,
        direction=_direction(number, cell, column) if status == "growth" else "",
        subject=subject or region,
        dimensions=(
            *by_row.dimensions,
            *by_column.dimensions,
            *((("单位", unit),) if unit and not by_column.unit else ()),
            *context.dimensions,
        ),
    )


def _direction(number: Quantity, cell: TableCell, column: Column) -> Direction:
    """Which way a growth goes, as its cell or its header says, or else its sign: 下降3%, 降幅."""
    said = direction_of(number, cell.text[: max(0, number.start - cell.start)])
    if said or not number.value:
        return said
    header = without_unit(column.header)
    return "down" if direction_of(number, header) == "down" and not _UP.search(header) else "up"


_UP = re.compile("[增升涨]")
"""增减 and 升降 tell no way."""


_YEAR = re.compile(r"(?:19|20)\d\d年?")


def _period(row: _RowSaid, column: _ColumnSaid, headings: Headings) -> str:
    """The time of a cell; a year on one side and a month on the other are one time."""
    times = sorted({*row.times, *column.times}, key=lambda text: not _YEAR.fullmatch(text))
    if len(times) == 2 and _YEAR.fullmatch(times[0]) and not _YEAR.fullmatch(times[1]):
        both = headings.periods(times[0].removesuffix("年") + "年" + times[1])
        if len(both) == 1:
            return both[0].value
    return row.period or column.period


class _Numbers:
    """Reads the numbers of cells; what a unit makes of them is looked up once for each unit."""

    def __init__(self) -> None:
        self._scales: dict[str, Quantity | None] = {}

    def read(self, cell: TableCell, unit: str, *, rank: bool) -> Quantity | None:
        """The quantity in a cell, with the unit of its headers when it prints none itself; None for a sentence."""
        plain = _PLAIN_NUMBER.fullmatch(cell.text)
        if not plain:
            read = quantities(cell.text)
            if (
                len(read) == 1
                and len(read[0].text) >= len(cell.text) - 4
                and _bounds(cell.text[: read[0].start], read[0])
            ):
                return replace(read[0], start=cell.start + read[0].start, end=cell.start + read[0].end)
            return None
        printed = plain["number"]
        start, end = cell.start + plain.start("number"), cell.start + plain.end("number")
        value = _value(printed)
        bound = plain["after"] or _BOUND_BY_SIGN.get(plain["before"], plain["before"])
        if rank:
            return Quantity(start, end, value, "位", "", printed, "rank")
        one = self._one(unit)
        if one is None:
            return Quantity(start, end, value, unit, bound, printed, "amount")
        scaled = value * one.value
        scaled = Decimal(int(scaled)) if scaled == scaled.to_integral_value() else scaled.normalize()
        return replace(one, start=start, end=end, text=printed, value=scaled, qualifier=bound)

    def _one(self, unit: str) -> Quantity | None:
        """One of a unit: 1万元 is 10000元, and 1万元/人 is 10000元/人."""
        if unit not in self._scales:
            read = quantities(f"2{unit}") if unit else []
            one = replace(read[0], value=read[0].value / 2) if len(read) == 1 else None
            rest = unit[len(one.text) - 1 :] if one else ""
            # 人民币元 is 元, but 千瓦小时 and 元/人 are more than what was read of them.
            self._scales[unit] = replace(one, unit=one.unit + rest) if one and not unit.endswith(one.unit) else one
        return self._scales[unit]


def _bounds(before: str, number: Quantity) -> bool:
    """Whether what stands before a number in its cell only bounds it or tells which way it moved: 不超过, 上升."""
    is_word = any("一" <= character <= "龥" for character in before)
    return not is_word or bool(number.qualifier) or status_of(number, before, before) in ("growth", "rank")


def _value(printed: str) -> Decimal:
    """The number that is printed; in brackets, as accounts do, it is less than zero."""
    digits = re.sub("[,，¥￥]", "", printed).replace("−", "-").replace("－", "-").replace("–", "-")
    inner = digits.strip("()（）")
    bracketed = digits.startswith(("(", "（")) and digits.endswith((")", "）"))
    return -Decimal(inner) if bracketed else Decimal(inner)


def _status(column: str, row: str, caption: str) -> Status:
    if re.search(r"目标|计划", column):
        return "target"
    if re.search(r"排[名位]|位次|名次", column):
        return "rank"
    both = column + row
    if re.search(r"增[长速幅减]|同比|涨幅|降幅", both):
        return "growth"
    if re.search(r"占比|比重", both):
        return "share"
    if "累计" in both:
        return "cumulative"
    if re.search(r"实[际绩]|完成|基[数期准]|现状", column):
        return "actual"
    return "target" if re.search(r"目标", caption + row) else "actual"
