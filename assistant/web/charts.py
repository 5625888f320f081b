"""Charts as SVG, drawn on the server: lines over time, bars by place. Pure functions; every outside text is escaped.

A chart is drawn twice, for a wide and for a narrow place, and `assets/charts.css` shows the one that fits: text in a
picture that is merely shrunk can't be read on a phone. There is no style in the SVG: colours come from that file, so
that the dark and the printed page have their own. Of the libraries, pygal links to scripts of its own, leather can't
leave gaps or dash a line, and the others draw with a browser.

Nothing is made up between points: a line breaks where a year has no value, and where sources differ or give a range,
that is drawn as a range; periods of unlike length (前三季度 among years) are never joined. Aims are dashed.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import TYPE_CHECKING

from assistant.web.chart_words import ChartWords, chart_words
from sources.mentions.periods import days

if TYPE_CHECKING:
    from assistant.answers import Table
    from assistant.web.words import Words

MOST_SERIES = 6
MOST_BARS = 30
RANK = "位"
"""Of ranks the first stands at the top."""
_WIDE, _NARROW = 760, 340
_HEIGHT = 300
_TOP, _BOTTOM, _SIDE = 18, 34, 14
_FONT = 12
_ROW = 30
_UNSCALED = ("%", "‰", "个百分点", RANK, "倍", "")


@dataclass(frozen=True, slots=True)
class Point:
    """A value that is drawn, with how it is written; a range, or what sources differ in, from `low` to `high`."""

    text: str
    low: float
    high: float

    @property
    def is_one(self) -> bool:
        """Whether it is a single value."""
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class Series:
    """What one line shows: a point a period, None where there is nothing."""

    name: str
    points: tuple[Point | None, ...]
    is_aim: bool = False
    colour: int = 0
    """Its place among the colours; an aim has that of what it is the aim of."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with what it is of."""

    name: str
    point: Point
    is_aim: bool = False


def of_answer(table: Table, words: Words) -> str:
    """The chart of an answer's table, as HTML; "" where it isn't one to be drawn."""
    own = chart_words(words.language)

    def point(row: int, column: int) -> Point | None:
        cell = table.cells[row][column]
        if cell is None:
            return None
        value = float(cell.value)
        return Point(cell.text, value, value)

    if table.kind == "trend":
        series = [
            Series(name, tuple(point(row, at) for row in range(len(table.rows))), colour=at)
            for at, name in enumerate(table.columns[:MOST_SERIES])
        ]
        title = f"{table.columns[0]}{table.metric}" if len(table.columns) == 1 else table.metric
        return lines(title, table.unit, table.rows, series, own)
    if table.kind == "places" and table.columns:
        found = ((name, point(row, 0)) for row, name in enumerate(table.rows))
        bars_of = [Bar(name, own_point) for name, own_point in found if own_point is not None]
        return bars(f"{own.period(table.columns[0])}{table.metric}", table.unit, bars_of, own)
    return ""


# --- lines over time --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Moment:
    """A period as a point in time: where it ends, and how long it is, as (kind, months from one to the next)."""

    at: int
    """The ordinal of its last day."""
    grain: tuple[str, int]


def lines(title: str, unit: str, periods: Sequence[str], series: Sequence[Series], words: ChartWords) -> str:
    """A line for each series over the periods, which are in normal form; "" for fewer than two points in time."""
    moments = [moment(period) for period in periods]
    drawn = [at for at, found in enumerate(moments) if found and any(each.points[at] for each in series)]
    drawn.sort(key=lambda at: (moments[at].at, periods[at]))  # type: ignore[union-attr]
    if len({moments[at].at for at in drawn}) < 2:  # type: ignore[union-attr]
        return ""
    left_out = [
        periods[at] for at in range(len(periods)) if at not in drawn and any(each.points[at] for each in series)
    ]
    kept = [found for at in drawn if (found := moments[at])]
    own = [Series(s.name, tuple(s.points[at] for at in drawn), s.is_aim, s.colour) for s in series]
    own = [each for each in own if any(each.points)]
    size, shown_unit = _scale(unit, (point for each in own for point in each.points if point))
    grain = Counter(found.grain for found in kept).most_common(1)[0][0]
    heading = words.entitled(title, shown_unit)
    names = [periods[at] for at in drawn]
    pictures = "".join(
        _lines(own, names, kept, grain, size, width, words, unit == RANK, _told(heading, own, names, words))
        for width in (_WIDE, _NARROW)
    )
    notes = []
    if any(found.grain != grain for found in kept):
        notes.append(words.not_joined)
    if any(point and not point.is_one for each in own for point in each.points):
        notes.append(words.several)
    if left_out:
        notes.append(words.not_drawn.format(words.apart(words.period(each) or "—" for each in left_out[:4])))
    return _figure(heading, _legend(own, words), pictures, notes)


def moment(period: str) -> _Moment | None:
    """Where on a line of time a period stands; None for one that is open or longer than a year."""
    spanned = days(period)
    if spanned is None or period.endswith("..") or (spanned[1] - spanned[0]).days > 366:
        return None
    first, last = spanned
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    whole = first.day == 1 and _is_last_of_month(last)
    if period.startswith(".."):
        grain = ("until", 12)  # a running total, counted up to then
    elif not whole:
        grain = ("day", 0)
    elif months in (1, 3, 6, 12) and (first.month - 1) % months == 0:
        grain = ("whole", months)
    else:  # 前三季度 and 1—10月 come once a year
        grain = (f"{first.month}-{months}", 12)
    return _Moment(last.toordinal(), grain)


def _is_last_of_month(day: date) -> bool:
    return date.fromordinal(day.toordinal() + 1).day == 1


def _follows(before: _Moment, after: _Moment) -> bool:
    """Whether nothing is missing between two points of one grain."""
    step = before.grain[1]
    apart = after.at - before.at
    return apart <= (step * 31 if step else 1) + 3


def _lines(
    series: Sequence[Series],
    periods: Sequence[str],
    moments: Sequence[_Moment],
    grain: tuple[str, int],
    size: float,
    width: int,
    words: ChartWords,
    is_rank: bool,
    told: str,
) -> str:
    ends = [end / size for each in series for point in each.points if point for end in (point.low, point.high)]
    ticks = _ticks(min(ends), max(ends), from_zero=False)
    named = [_number(tick) for tick in ticks]
    left = _SIDE + max(map(_width, named)) + 6
    right = width - _SIDE - 20
    first, last = moments[0].at, moments[-1].at

    def x(at: int) -> float:
        return left + 16 + (right - left - 16) * (at - first) / (last - first)

    def y(value: float) -> float:
        share = (value - ticks[0]) / (ticks[-1] - ticks[0])
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (share if is_rank else 1 - share)

    parts = [
        f'<path class="yj-rule" d="M{left} {y(tick):.1f}H{width - _SIDE}"/>'
        f'<text class="yj-tick" x="{left - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{name}</text>'
        for tick, name in zip(ticks, named, strict=True)
    ]
    parts += _time_axis(periods, moments, x, width, words)
    taken: list[_Box] = []
    labels = [each for each in series if not each.is_aim]
    for each in series:
        parts.append(_line(each, moments, grain, x, lambda value: y(value / size)))
    for each in series if len(labels) == 1 else ():
        for at, point in enumerate(each.points):
            if point:
                parts += _label(point.text, x(moments[at].at), y(point.high / size), width, taken)
    for each in series:
        for at, point in enumerate(each.points):
            if point:
                place = (x(moments[at].at), y(point.low / size), y(point.high / size))
                parts.append(_mark(each, point, place, f"{each.name} {words.period(periods[at])} {point.text}",
                                   is_hollow=moments[at].grain != grain))  # fmt: skip
    return _svg("".join(parts), width, _HEIGHT, told)


def _line(
    series: Series,
    moments: Sequence[_Moment],
    grain: tuple[str, int],
    x: Callable[[int], float],
    y: Callable[[float], float],
) -> str:
    """The line through the points that follow each other, broken everywhere else."""
    path: list[str] = []
    before: _Moment | None = None
    for found, point in zip(moments, series.points, strict=True):
        if point is None or found.grain != grain:
            continue  # one of another length may stand between two years that follow each other
        if not point.is_one:
            before = None
            continue
        pen = "L" if before and (series.is_aim or _follows(before, found)) else "M"
        path.append(f"{pen}{x(found.at):.1f} {y(point.low):.1f}")
        before = found
    aim = " yj-aim" if series.is_aim else ""
    return f'<path class="yj-line yj-c{series.colour % MOST_SERIES}{aim}" d="{"".join(path)}"/>' if path else ""


def _mark(series: Series, point: Point, place: tuple[float, float, float], told: str, *, is_hollow: bool) -> str:
    """The point itself, of a shape for each series, so that colour isn't all that tells them apart."""
    x, low, high = place
    hollow = " yj-hollow" if is_hollow or series.is_aim else ""
    classes = f"yj-point yj-c{series.colour % MOST_SERIES}{hollow}"
    shapes = "".join(_shape(series.colour, x, y) for y in dict.fromkeys((low, high)))
    between = "" if point.is_one else f"M{x:.1f} {low:.1f}V{high:.1f}"
    return f'<path class="{classes}" d="{between}{shapes}"><title>{escape(told)}</title></path>'


def _shape(number: int, x: float, y: float) -> str:
    r = 4
    if number % 3 == 0:
        return f"M{x - r:.1f} {y:.1f}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0z"
    if number % 3 == 1:
        return f"M{x - r:.1f} {y - r:.1f}h{2 * r}v{2 * r}h{-2 * r}z"
    return f"M{x:.1f} {y - r - 1:.1f}l{r + 1} {r + 1}l{-r - 1} {r + 1}l{-r - 1} {-r - 1}z"


def _time_axis(
    periods: Sequence[str], moments: Sequence[_Moment], x: Callable[[int], float], width: int, words: ChartWords
) -> list[str]:
    """The periods under their points, without those that would stand on another one; the last one stands."""
    base = _HEIGHT - _BOTTOM
    taken: list[_Box] = []
    parts = []
    for period, found in sorted(zip(periods, moments, strict=True), key=lambda each: -each[1].at):
        name = words.tick(period)
        half = _width(name) / 2
        centre = min(max(x(found.at), half + 2), width - half - 2)
        box = (centre - half - 6, 0.0, centre + half + 6, 1.0)
        if not any(_meet(box, other) for other in taken):
            taken.append(box)
            text = f'<text class="yj-tick" x="{centre:.1f}" y="{base + 22}" text-anchor="middle">{escape(name)}</text>'
            parts.append(f'<path class="yj-axis" d="M{x(found.at):.1f} {base}v5"/>{text}')
    return parts


def _label(text: str, x: float, y: float, width: int, taken: list[_Box]) -> list[str]:
    """The value above its point, or below it, or nowhere: the table beside the chart has it."""
    half = _width(text) / 2
    centre = min(max(x, half + 2), width - half - 2)
    for middle in (y - 14, y + 16):
        box = (centre - half - 2, middle - 8, centre + half + 2, middle + 8)
        if box[1] > 0 and box[3] < _HEIGHT - _BOTTOM + 4 and not any(_meet(box, other) for other in taken):
            taken.append(box)
            return [f'<text class="yj-value" x="{centre:.1f}" y="{middle + 4:.1f}" text-anchor="middle">'
                    f"{escape(text)}</text>"]  # fmt: skip
    return []


def _legend(series: Sequence[Series], words: ChartWords) -> str:
    if len(series) < 2:
        return ""
    items = []
    for each in series:
        classes = f"yj-c{each.colour % MOST_SERIES}{' yj-aim' if each.is_aim else ''}"
        hollow = " yj-hollow" if each.is_aim else ""
        swatch = (
            f'<svg viewBox="0 0 28 12" width="28" height="12" aria-hidden="true"><path class="yj-line {classes}" '
            f'd="M1 6H27"/><path class="yj-point {classes}{hollow}" d="{_shape(each.colour, 14, 6)}"/></svg>'
        )
        name = words.aim.format(each.name) if each.is_aim else each.name
        items.append(f"<li>{swatch}{escape(name)}</li>")
    return f'<ul class="yj-legend">{"".join(items)}</ul>'


# --- bars -------------------------------------------------------------------------------------------------------------


def bars(title: str, unit: str, rows: Sequence[Bar], words: ChartWords) -> str:
    """A bar a row, in their order; "" for fewer than two, and for ranks, of which the first isn't the largest."""
    shown = rows[:MOST_BARS]
    if len(shown) < 2 or unit == RANK:
        return ""
    size, shown_unit = _scale(unit, (each.point for each in shown))
    heading = words.entitled(title, shown_unit)
    parts = [f"{_of(each.name, is_aim=each.is_aim, words=words)} {each.point.text}" for each in shown]
    told = words.bar.format(heading) + words.listed(parts) + words.stop.strip()
    pictures = "".join(_bars(shown, size, width, told) for width in (_WIDE, _NARROW))
    notes = [words.several] if any(not each.point.is_one for each in shown) else []
    return _figure(heading, "", pictures, notes)


def _bars(rows: Sequence[Bar], size: float, width: int, told: str) -> str:
    ends = [end / size for each in rows for end in (each.point.low, each.point.high)]
    ticks = _ticks(min(0.0, *ends), max(0.0, *ends), from_zero=True)
    room = width * 0.3
    names = [_cut(each.name, room) for each in rows]
    values = [_cut(each.point.text, room) for each in rows]
    left = _SIDE + max(map(_width, names)) + 8
    # A value stands beyond the end of its bar, on whichever side that is.
    beyond = max(map(_width, values)) + 10
    start = left + (beyond if ticks[0] < 0 else 0)
    stop = width - _SIDE - (beyond if max(ends) > 0 else 0)
    height = _TOP + _ROW * len(rows) + _BOTTOM

    def x(value: float) -> float:
        return start + (stop - start) * (value - ticks[0]) / (ticks[-1] - ticks[0])

    parts = _value_axis(ticks, x, height)
    for number, (each, name, value) in enumerate(zip(rows, names, values, strict=True)):
        top = _TOP + _ROW * number
        low, high = sorted((each.point.low / size, each.point.high / size), key=abs)
        near, far = x(low), x(high)
        zero = x(0)
        aim = " yj-hollow" if each.is_aim else ""
        spread = "" if each.point.is_one else (
            f'<rect class="yj-bar yj-spread" x="{min(near, far):.1f}" y="{top + 4}" width="{abs(far - near):.1f}" '
            f'height="{_ROW - 10}"/>'
        )  # fmt: skip
        edge, anchor = (far + 6, "start") if high >= 0 else (far - 6, "end")
        parts.append(
            f'<text class="yj-name" x="{left - 8:.1f}" y="{top + 18}" text-anchor="end">{escape(name)}</text>'
            f'<rect class="yj-bar{aim}" x="{min(zero, near):.1f}" y="{top + 4}" width="{abs(near - zero):.1f}" '
            f'height="{_ROW - 10}"><title>{escape(f"{each.name} {each.point.text}")}</title></rect>{spread}'
            f'<text class="yj-value" x="{edge:.1f}" y="{top + 18}" text-anchor="{anchor}">{escape(value)}</text>'
        )
    parts.append(f'<path class="yj-axis" d="M{x(0):.1f} {_TOP - 4}V{height - _BOTTOM + 4}"/>')
    return _svg("".join(parts), width, height, told)


def _value_axis(ticks: Sequence[float], x: Callable[[float], float], height: int) -> list[str]:
    parts = []
    reached = -math.inf
    for tick in ticks:
        name, at = _number(tick), x(tick)
        half = _width(name) / 2
        parts.append(f'<path class="yj-rule" d="M{at:.1f} {_TOP - 4}V{height - _BOTTOM + 4}"/>')
        if at - half > reached:
            reached = at + half + 8
            parts.append(f'<text class="yj-tick" x="{at:.1f}" y="{height - 10}" text-anchor="middle">{name}</text>')
    return parts


# --- what both need ---------------------------------------------------------------------------------------------------

_Box = tuple[float, float, float, float]


def _meet(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _ticks(low: float, high: float, *, from_zero: bool) -> list[float]:
    """Four to eight round numbers, evenly apart, from at most `low` to at least `high`; zero is among them, or all are
    on one side of it."""
    if low == high:
        low, high = (0.0, high) if high > 0 else (low, 0.0) if low < 0 else (0.0, 1.0)
    elif not from_zero and 0 < low < high * 0.5:
        low = 0.0
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each for each in (power, 2 * power, 5 * power, 10 * power) if each >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def _number(value: float) -> str:
    """A tick in print, without the noise of floating point: 0.3, 12,000."""
    return f"{round(value, 10):,.10f}".rstrip("0").rstrip(".") or "0"


def _scale(unit: str, points: Iterable[Point]) -> tuple[float, str]:
    """By what values are divided so that an axis can be read, and the unit that then holds: 亿元 for large sums."""
    largest = max((max(abs(point.low), abs(point.high)) for point in points), default=0.0)
    if unit in _UNSCALED or largest < 1e6:
        return 1.0, unit
    return (1e8, f"亿{unit}") if largest >= 1e8 else (1e4, f"万{unit}")


def _width(text: str) -> float:
    """How wide a text is, about, in the font of charts: Chinese characters are square."""
    return sum(_FONT if unicodedata.east_asian_width(each) in "WFA" else _FONT * 0.6 for each in text)


def _cut(text: str, room: float) -> str:
    """The text, or what of it fits with an ellipsis."""
    if _width(text) <= room:
        return text
    while text and _width(text) + _FONT > room:
        text = text[:-1]
    return f"{text}…"


def _of(name: str, *, is_aim: bool, words: ChartWords) -> str:
    return words.aim.format(name) if is_aim else name


def _told(heading: str, series: Sequence[Series], periods: Sequence[str], words: ChartWords) -> str:
    """The chart in words: all of a short line, else its ends, its highest and its lowest value."""
    told = [words.line.format(heading)]
    for each in series:
        found = [(period, point) for period, point in zip(periods, each.points, strict=True) if point]
        said = [f"{words.period(period)} {point.text}" for period, point in found]
        if len(found) > 8:
            high = max(found, key=lambda own: own[1].high)
            low = min(found, key=lambda own: own[1].low)
            extremes = ((words.highest, high), (words.lowest, low))
            ends = [form.format(f"{words.period(own[0])} {own[1].text}") for form, own in extremes]
            said = [said[0], said[-1], *ends]
        told.append(words.listed([_of(each.name, is_aim=each.is_aim, words=words), *said]) + words.stop)
    return "".join(told).strip()


def _figure(heading: str, legend: str, pictures: str, notes: Sequence[str]) -> str:
    under = f'<p class="yj-note">{escape("".join(notes))}</p>' if notes else ""
    return f'<figure class="yj-chart"><figcaption>{escape(heading)}</figcaption>{legend}{pictures}{under}</figure>'


def _svg(body: str, width: int, height: int, told: str) -> str:
    kind = "yj-wide" if width == _WIDE else "yj-narrow"
    return f'<svg class="{kind}" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(told)}">{body}</svg>'
