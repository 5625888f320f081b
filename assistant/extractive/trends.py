"""Answers made from several figures, as tables: a trend over the years, one metric by place.

    2020年到2025年嘉兴农村居民人均可支配收入如何变化？

The metric is found as for a plain question; years that the documents have nothing for are told in one line.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Literal

from assistant.extractive.arithmetic import bare_unit, is_exact
from assistant.extractive.asked import BY_PLACE, Series, asked_figure, series
from assistant.extractive.comparisons import COMPARED_CONFIDENCE, change
from assistant.extractive.compose import Cell, Draft, Grid, Line, Row
from assistant.extractive.found import over_time
from assistant.extractive.statements import STATUS_WORDS, differing, quote_of, value_before
from assistant.library import Library
from assistant.question.operations import OVER_YEARS, Asked, operation_of
from assistant.question.question import Question, mentions
from sources.figures.figure import Figure
from sources.mentions.periods import Fit, days, fit, label, when
from sources.mentions.regions import level_of, part_of

_MOST_COLUMNS = 6
_MOST_PLACES = 30
_MOST_YEARS = 20
_SINCE = re.compile(r"以来|期间|之间|至今")
_LOOSE = re.compile(r"^从|从(?=\s|$)|(?<=\s)[到至从和与及](?=\s|$)|[到至和与及]$|\s")
_MOST = re.compile(r"最(?P<way>[高大多快低小少慢])|第一|居首|排(?:名|行)|(?:从高到低|由高到低)")
_LOWEST = re.compile(r"最[低小少慢]|从低到高")
_LEVELS = {
    **dict.fromkeys(("设区市", "市", "城市"), "city"),
    **dict.fromkeys(("县", "区"), "county"),
    **dict.fromkeys(("省", "省份"), "province"),
}
_SEVERAL_LEVELS = re.compile(r"(?:各|哪一?个?)[县市区（(、）)]{2}")
_YEAR = re.compile(r"(?:19|20)\d\d")


def answer(question: Question, library: Library) -> Draft | None:
    """The answer from several figures; None where the question asks for none, or the figures don't make one."""
    if question.language != "zh" or question.kind == "why":
        return None
    asked = operation_of(question.standalone)
    if _is_over_time(question, asked):
        own = over_time(_timeless(asked.about), question.regions, library) if asked.about else None
        if own is not None and (draft := _trend(question, asked, own, library)):
            return draft
    if BY_PLACE.search(question.standalone):
        named = asked_figure(question, library, in_other_words=True)
        own = series(named, library) if named else None
        return _by_place(question, own, library) if own else None
    return None


def _is_over_time(question: Question, asked: Asked) -> bool:
    """Whether a metric is asked for over the years: its course, its highest year, or what it has grown by since."""
    open_ended = len(question.periods) == 1 and question.periods[0].endswith("..")
    return asked.operation in ("trend", "year") or (
        asked.operation == "difference" and (open_ended or bool(OVER_YEARS.search(question.standalone)))
    )


def _timeless(about: str) -> str:
    """The words of the metric and its place, without times."""
    return _LOOSE.sub("", _SINCE.sub("", mentions(about).without_dates)).strip("，,、 的")


# --- one metric over the years ----------------------------------------------------------------------------------------


def _trend(question: Question, asked: Asked, own: Series, library: Library) -> Draft | None:
    within = _asked_range(question)
    inside = [
        figure
        for figure in own.figures
        if not _open_or_long(figure.period)
        and (not within or (within[0] <= when(figure.period)[0] and when(figure.period)[1] <= within[1]))
        and (not question.regions or figure.region in question.regions)
    ]
    by_region: dict[str, set[str]] = defaultdict(set)
    for figure in inside:
        by_region[figure.region].add(figure.period)
    columns = [region for region in question.regions if region in by_region]
    if not columns:
        counts = Counter({region: len(times) for region, times in by_region.items() if len(times) > 1})
        columns = [region for region, _ in counts.most_common(_MOST_COLUMNS)]
    names = [column or own.metric for column in columns]
    heads = [_with_unit(name, inside) for name in names]
    rows = sorted(
        {figure.period for figure in inside if figure.region in columns}, key=lambda each: (*when(each), each)
    )
    if len(rows) < 2:
        return None
    years = _with_gaps(rows, within)
    cells = {
        (period, region): differing([f for f in inside if (f.period, f.region) == (period, region)])
        for period in rows
        for region in columns
    }
    lines: list[Line | Row] = [
        *_extreme(asked, [cells[period, columns[0]] for period in rows if _YEAR.fullmatch(period)], columns, library),
        Line(f"{_subject(own, columns)}：", ()),
        *_header("时间", heads),
    ]
    lines += [
        Row(
            (
                Cell(label(period)),
                *(_cell(cells.get((period, column), []), library, units=heads == names) for column in columns),
            )
        )
        for period in rows
    ]
    for column in columns:
        whole = [cells.get((period, column), []) for period in rows if _YEAR.fullmatch(period)]
        single = [figures[0] for figures in whole if len(figures) == 1]
        if len(single) > 1:
            lines += change(single[0], single[-1], column if len(columns) > 1 else "", library)
    table = _grid(own, kind="trend", columns=columns, rows=years, cells=cells)
    gaps = [label(each) for each in years if each not in rows]
    return Draft(
        question,
        tuple(lines),
        COMPARED_CONFIDENCE,
        gaps=f"{'、'.join(gaps)}：文档未载。" if gaps else "",
        table=table,
    )


def _extreme(asked: Asked, years: Sequence[Sequence[Figure]], columns: Sequence[str], library: Library) -> list[Line]:
    """The year with the most, or the least, where the question asks which; one line, or none."""
    figures_of_years = [figures[0] for figures in years if len(figures) == 1 and is_exact(figures[0])]
    if asked.operation != "year" or len(columns) != 1 or len(figures_of_years) < 2:
        return []
    most = (min if asked.lowest else max)(figures_of_years, key=lambda figure: figure.value)
    return [Line(f"{label(most.period)}最{asked.way}，为{most.text}。", (quote_of(most, library),), (most,))]


def _open_or_long(period: str) -> bool:
    """2018.. and 2021..2025 are no points on a line."""
    spanned = days(period)
    return spanned is None or period.endswith("..") or (spanned[1] - spanned[0]).days > 366


def _asked_range(question: Question) -> tuple[date, date] | None:
    spans = [span for each in question.periods if (span := days(each))]
    if not spans or (len(spans) == 1 and len(question.periods[0]) == 4):
        return None
    return min(start for start, _ in spans), max(end for _, end in spans)


def _with_gaps(rows: Sequence[str], within: tuple[date, date] | None) -> list[str]:
    """The periods, and the years between them that the documents have nothing for."""
    years = [int(period) for period in rows if _YEAR.fullmatch(period)]
    if within:
        years += [each.year for each in within if each != date.max]
    if len(years) < 2 or max(years) - min(years) > _MOST_YEARS:
        return list(rows)
    known = {each[:4] if _YEAR.match(each) else each[-7:][:4] for each in rows}
    between = {str(year) for year in range(min(years), max(years) + 1)} - known
    return sorted({*rows, *between}, key=lambda each: (*when(each), each))


# --- one metric by place ----------------------------------------------------------------------------------------------


def _by_place(question: Question, own: Series, library: Library) -> Draft | None:
    match = BY_PLACE.search(question.standalone)
    assert match is not None
    # 县市区 are all places of a city, a town called 市 among them; the city itself is none of them.
    several = bool(_SEVERAL_LEVELS.match(question.standalone, match.start()))
    level = "" if several else _LEVELS.get(match["each"] or match["which"] or "", "")
    outer = question.regions
    everywhere = {figure.region for figure in own.figures}
    whole = {each for each in everywhere if any(part_of(other, each) for other in everywhere - {each})}
    fitting = [
        figure
        for figure in own.figures
        if figure.region
        and (not level or level_of(figure.region) == level)
        and not (several and figure.region in whole)
        and (not outer or (figure.region not in outer and any(part_of(figure.region, each) for each in outer)))
    ]
    period = _common_period(fitting, question.periods)
    if not period:
        return None
    cells = {
        figure.region: differing([f for f in fitting if f.region == figure.region and f.period == period])
        for figure in fitting
        if figure.period == period
    }
    if len(cells) < 2 or len(cells) > _MOST_PLACES:
        return None
    lowest = bool(_LOWEST.search(question.standalone))
    places = sorted(cells, key=lambda place: (cells[place][0].value * (1 if lowest else -1), place))
    lines: list[Line | Row] = []
    first = cells[places[0]][0]
    quote = quote_of(first, library)
    # Of a row of a table, which says nothing of the highest, only the order of the places and the notice tell.
    way = _MOST.search(question.standalone)
    if way and "|" not in library.document(first.document_id).text[quote.start : quote.end]:
        word = way["way"] or ("低" if lowest else "高")
        lines.append(Line(f"{label(period)}，{places[0]}最{word}，为{first.text}。", (quote,), (first,)))
    order = "从低到高" if lowest else "从高到低"
    name = f"{label(period)}{_subject(own, [])}"
    head = _with_unit(name, fitting)
    lines += _header("地区", [head])
    lines += [Row((Cell(place), _cell(cells[place], library, units=head == name))) for place in places]
    by_cell = {(place, period): figures for place, figures in cells.items()}
    table = _grid(own, kind="places", columns=[period], rows=places, cells=by_cell)
    most = f"{order}第一个是{places[0]}；" if way else ""
    notice = f"{most}只比较了文档里有这项数据的 {len(places)} 个地方"
    return Draft(question, tuple(lines), COMPARED_CONFIDENCE, notice=notice, table=table)


def _common_period(figures: Sequence[Figure], asked: Sequence[str]) -> str:
    """The period asked about, or else the one with figures of most places, the latest of such; "" for none."""
    if asked:
        met = {figure.period for figure in figures if any(fit(each, figure.period) == Fit.EXACT for each in asked)}
        return next(iter(sorted(met)), "")
    places: dict[str, set[str]] = defaultdict(set)
    for figure in figures:
        if not _open_or_long(figure.period):
            places[figure.period].add(figure.region)
    return max(places, key=lambda period: (len(places[period]), when(period)), default="")


def _cell(figures: Sequence[Figure], library: Library, *, units: bool = False) -> Cell:
    """A cell; with `units` of those, too, that print none themselves."""
    if not figures:
        return Cell("")
    quotes = tuple(quote_of(figure, library) for figure in figures)
    texts = []
    for figure in figures:
        before = "" if figure.qualifier in figure.text else value_before(figure)
        texts.append(f"{before}{figure.text}{bare_unit(figure) if units else ''}")
    return Cell(" / ".join(texts), quotes, tuple(figures))


def _header(first: str, columns: Sequence[str]) -> list[Row | Line]:
    cells = (first, *columns)
    return [Row(tuple(Cell(text) for text in cells)), Row(tuple(Cell("---") for _ in cells))]


def _with_unit(name: str, figures: Sequence[Figure]) -> str:
    """The column's name with the unit of cells that print none: their table's header does."""
    units = {bare_unit(figure) for figure in figures}
    return f"{name}（{units.pop()}）" if len(units) == 1 and "" not in units else name


def _subject(own: Series, columns: Sequence[str]) -> str:
    place = columns[0] if len(columns) == 1 else ""
    status = own.figures[0].status
    return f"{place}{own.metric}{STATUS_WORDS.get(status, '') if status != 'share' else ''}"


def _grid(
    own: Series,
    *,
    kind: Literal["trend", "places"],
    columns: Sequence[str],
    rows: Sequence[str],
    cells: dict[tuple[str, str], list[Figure]],
) -> Grid:
    """The table's data: in each cell the first of its figures."""
    grid = tuple(tuple(next(iter(cells.get((row, column), [])), None) for column in columns) for row in rows)
    return Grid(own.metric, own.unit, kind, tuple(columns), tuple(rows), grid)
