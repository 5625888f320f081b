"""The figures page's HTML: one metric by place and time, each value a link to its source, and the chart of them."""

from __future__ import annotations

from collections import Counter
from html import escape

from assistant.web import charts
from assistant.web.chart_words import chart_words
from assistant.web.figures.looking import Shown, unit_in_address
from assistant.web.figures.page import address_of, bad_period_note, chips, filters, pages, search
from assistant.web.figures.table import AIMS, Cell, Entry, Pivot, falls, in_print, scales_for
from assistant.web.figures.view import AXES, View
from assistant.web.figures.words import FigureWords
from sources.figures.ranges import agree

_SHOWN_ENTRIES = 4
"""In one cell; the others unfold."""


def metric_page(view: View, found: Shown, words: FigureWords, *, bad_period: str = "") -> str:
    """The metric's table with its chart, and everything by which it can be turned, narrowed and taken along."""
    table = found.pivot
    titles = {"document": next((title for own, title, _ in found.documents if own == view.document), "")}
    same = same_status(table)
    kind = f' <span class="yj-badge fg-kind">{words.kinds[same]}</span>' if same not in ("", "actual") else ""
    about = f' <span class="yj-badge fg-kind">{escape(table.about)}</span>' if table.about else ""
    head = (
        f'<nav class="fg-back"><a href="{address_of(View())}">‹ {words.all_metrics}</a></nav>'
        f'<header class="fg-head"><h1>{escape(table.metric)}{about}{kind}</h1></header>{_units(view, found, words)}'
        f'<div class="fg-finding">{search(View(), words)}'
        f"{filters(view, words, kinds=found.kinds, documents=found.documents)}</div>"
        f"{chips(view, words, titles)}{bad_period_note(bad_period, words)}"
    )
    if not table.laid.rows:
        return f'{head}<div class="yj-empty"><h2>{words.nothing}</h2><p>{words.nothing_way}</p></div>'
    scale = view.scale if view.scale in scales_for(table) else ""
    return (
        f"{head}{_tools(view, table, scale, words)}{chart(view, table, words)}"
        f"{_table(view, table, scale, words)}{_notes(table, scale, words)}{pages(view, found.pages, words)}"
    )


def no_such_metric(view: View, near: tuple[str, ...], words: FigureWords) -> str:
    """What the page says where the library has no such metric."""
    links = "".join(f'<li><a href="{address_of(View(metric=name))}">{escape(name)}</a></li>' for name in near)
    tried = f'<h2>{words.near}</h2><ul class="fg-near">{links}</ul>' if links else ""
    return (
        f'<nav class="fg-back"><a href="{address_of(View())}">‹ {words.all_metrics}</a></nav><h1>{words.title}</h1>'
        f'<div class="fg-finding">{search(View(), words)}</div>'
        f'<div class="yj-empty"><h2>{escape(words.no_metric.format(view.metric))}</h2>{tried}</div>'
    )


def _units(view: View, found: Shown, words: FigureWords) -> str:
    """One table has one unit; the others are a click away."""
    if len(found.units) < 2 and not found.pivot.unit:
        return ""
    links = []
    for unit, count in found.units:
        here = ' aria-current="true"' if unit == found.pivot.unit else ""
        target = address_of(view, unit=unit_in_address(unit), sort="", scale="", kind="")
        links.append(f'<a class="fg-tab" href="{target}"{here}>{escape(unit) or words.no_unit} '
                     f"<small>{words.number(count)}</small></a>")  # fmt: skip
    return f'<nav class="fg-tabs" aria-label="{words.units}"><span>{words.units}</span>{"".join(links)}</nav>'


def _tools(view: View, table: Pivot, scale: str, words: FigureWords) -> str:
    axes = [(words.axes[axis], address_of(view, rows=axis, sort="", down=""), axis == table.laid.axis) for axis in AXES]
    parts = [_choice(words.rows_are, axes)]
    if scales := scales_for(table):
        forms = [
            (words.as_printed, "", not scale),
            *((_unit(each, table.unit), each, scale == each) for each in scales),
        ]
        parts.append(
            _choice(
                words.shown_as, [(name, address_of(view, scale=own, page=view.page), on) for name, own, on in forms]
            )
        )
    kind = _chart_kind(view, table)
    drawn = [(name, address_of(view, chart=own, page=view.page), own == kind) for own, name in words.charts.items()]
    parts.append(_choice(words.chart, drawn))
    files = "".join(
        f'<a class="yj-button" href="{escape(view.address(f"figures/table.{ending}"))}" download>{name}</a>'
        for ending, name in (("csv", "CSV"), ("xlsx", "Excel"))
    )
    saving = f'<div class="fg-choice"><span>{words.save}</span>{files}</div>'
    return f'<div class="fg-tools">{"".join(parts)}{saving}</div>'


def _choice(title: str, options: list[tuple[str, str, bool]]) -> str:
    links = "".join(
        f'<a class="fg-option" href="{target}"{" aria-current=" + chr(34) + "true" + chr(34) if is_on else ""}>'
        f"{escape(name)}</a>"
        for name, target, is_on in options
    )
    return f'<div class="fg-choice" role="group" aria-label="{title}"><span>{title}</span>{links}</div>'


def _unit(scale: str, unit: str) -> str:
    return unit if scale == "1" else f"{scale}{unit}"


# --- the table --------------------------------------------------------------------------------------------------------


def _table(view: View, table: Pivot, scale: str, words: FigureWords) -> str:
    laid, same = table.laid, same_status(table)
    heads = "".join(_head(view, each, laid.across, words) for each in laid.columns)
    corner = _sorter(view, "name", words.axes[laid.axis], words.sort_name)
    rows = "".join(
        f'<tr><th scope="row">{escape(words.name(laid.axis, row))}</th>'
        f"{''.join(_cell(each, scale, words, same) for each in cells)}</tr>"
        for row, cells in zip(laid.rows, table.cells, strict=True)
    )
    shown_unit = _unit(scale, table.unit) if scale else table.unit
    named = words.beside(table.metric, shown_unit) if shown_unit else table.metric
    label = escape(words.table_label.format(named))
    return (
        f'<div class="yj-scrolled fg-scrolled" tabindex="0" role="region" aria-label="{label}">'
        f'<table class="yj-grid fg-pivot"><caption class="yj-hidden">{label}</caption><thead><tr>'
        f'<th scope="col">{corner}</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _head(view: View, column: str, across: str, words: FigureWords) -> str:
    name = words.name(across, column)
    if not column:
        return f'<th scope="col">{escape(name)}</th>'
    is_by = view.sort == column
    order = f' aria-sort="{"ascending" if view.down else "descending"}"' if is_by else ""
    return f'<th scope="col"{order}>{_sorter(view, column, name, words.sort_by.format(name))}</th>'


def _sorter(view: View, sort: str, name: str, told: str) -> str:
    """The heading that orders by its column, and by the other way round when it already does."""
    is_by = view.sort == sort
    down = "1" if is_by and not view.down else ""
    arrow = ("↑" if bool(view.down) != (sort == "name") else "↓") if is_by else ""
    shown = f' <span aria-hidden="true">{arrow}</span>' if arrow else ""
    return (
        f'<a class="fg-sort" href="{address_of(view, sort=sort, down=down)}" title="{escape(told)}">'
        f"{escape(name)}{shown}</a>"
    )


def same_status(table: Pivot) -> str:
    """The kind that all values are of, which then needn't stand at each; "" where there are several, or aims."""
    every = {entry.figure.status for row in table.cells for cell in row for entry in cell.entries}
    return every.pop() if len(every) == 1 and not every & set(AIMS) else ""


def _cell(cell: Cell, scale: str, words: FigureWords, same: str) -> str:
    if not cell.entries:
        return "<td></td>"
    shown = "".join(_entry(each, scale, words, same) for each in cell.entries[:_SHOWN_ENTRIES])
    rest = cell.entries[_SHOWN_ENTRIES:]
    more = "".join(_entry(each, scale, words, same) for each in rest)
    folded = f'<details class="fg-rest"><summary>+{len(rest)}</summary>{more}</details>' if rest else ""
    differs = f'<span class="yj-badge yj-doubt">{words.differs}</span>' if cell.differs else ""
    return f"<td>{differs}{shown}{folded}</td>"


def _entry(entry: Entry, scale: str, words: FigureWords, same: str) -> str:
    figure = entry.figure
    text, unit = in_print(figure, scale)
    small = f"<small>{escape(unit)}</small>" if unit else ""
    badges = []
    is_falling = falls(figure) and not scale
    if figure.status not in ("actual", same) or is_falling or (figure.status == "rank" and figure.scope):
        kind = words.falls if is_falling else words.kinds[figure.status]
        of = figure.scope if figure.status == "rank" else ""
        aim = " fg-aim" if entry.is_aim else ""
        badges.append(f'<span class="yj-badge fg-kind{aim}">{escape(of)}{kind}</span>')
    if len(entry.figures) > 1:
        badges.append(f'<span class="fg-count">{words.sources.format(len(entry.figures))}</span>')
    if entry.doubts:
        why = words.listed(words.doubts[each] for each in entry.doubts)
        badges.append(f'<span class="yj-badge yj-doubt" title="{why}">{words.doubt}</span>')
    about = f'<span class="fg-about">{escape(entry.about)}</span>' if entry.about else ""
    places = " ".join(f"{each.document_id}/{each.start}-{each.end}" for each in entry.figures)
    link = f"./#{figure.document_id}:{figure.start}-{figure.end}"
    printed = "" if not scale else f' title="{words.labelled(words.printed_as, escape(figure.text))}"'
    return (
        f'<div class="fg-entry">{about}<a class="fg-value" href="{escape(link)}" data-places="{escape(places)}"'
        f"{printed}>{escape(text)}{small}</a>{''.join(badges)}</div>"
    )


def _notes(table: Pivot, scale: str, words: FigureWords) -> str:
    laid = table.laid
    entries = [entry for row in table.cells for cell in row for entry in cell.entries]
    notes = []
    if scale:
        notes.append(words.converted.format(_unit(scale, table.unit)))
    if any(cell.differs for row in table.cells for cell in row):
        notes.append(words.differs_note)
    if any(entry.is_aim for entry in entries):
        notes.append(words.legend_aims)
    if any(entry.doubts for entry in entries):
        notes.append(words.legend_doubts)
    if len(laid.columns) < laid.all_columns:
        notes.append(words.columns_cut.format(words.number(laid.all_columns), len(laid.columns)))
    if len(laid.figures) < laid.all_figures:
        notes.append(words.figures_cut.format(words.number(laid.all_figures), words.number(len(laid.figures))))
    if len(laid.rows) < laid.all_rows:
        notes.append(words.rows_of.format(words.number(laid.all_rows)))
    told = "".join(f'<li class="yj-note">{escape(each)}</li>' for each in notes)
    return f'<ul class="fg-notes">{told}</ul>' if told else ""


# --- the chart --------------------------------------------------------------------------------------------------------


def _chart_kind(view: View, table: Pivot) -> str:
    """How it is drawn: as asked, else lines where there are points in time, else bars."""
    if view.chart:
        return view.chart
    times = table.laid.columns if table.laid.across == "period" else table.laid.rows
    return "line" if len([each for each in times if charts.moment(each)]) > 1 else "bar"


def chart(view: View, table: Pivot, words: FigureWords) -> str:
    """The chart of what the table shows; a line in its place where that can't be drawn."""
    kind = _chart_kind(view, table)
    if kind == "none":
        return ""
    own = chart_words(words.language)
    drawn = _line_chart(table, words) if kind == "line" else ""
    if not drawn:
        drawn = charts.bars(*_bars(view, table, words), own)
    return drawn or f'<p class="yj-note">{words.no_chart}</p>'


def _line_chart(table: Pivot, words: FigureWords) -> str:
    laid = table.laid
    by_row = laid.across == "period"
    times = laid.columns if by_row else laid.rows
    names = laid.rows if by_row else laid.columns
    axis = laid.axis if by_row else laid.across
    status = _main_status(table)
    series: list[charts.Series] = []
    for at, name in enumerate(names[: charts.MOST_SERIES]):
        cells = table.cells[at] if by_row else [row[at] for row in table.cells]
        for is_aim, statuses in ((False, (status,)), (True, AIMS)):
            points = tuple(point(each, statuses, words) for each in cells)
            series.append(charts.Series(words.name(axis, name), points, is_aim, at))
    title = f"{names[0] if len(names) == 1 else table.about}{table.metric}"
    drawn = charts.lines(_titled(title, status, words), table.unit, times, series, chart_words(words.language))
    if drawn and len(names) > charts.MOST_SERIES:
        drawn += f'<p class="yj-note">{words.chart_rows.format(charts.MOST_SERIES)}</p>'
    return drawn


def _bars(view: View, table: Pivot, words: FigureWords) -> tuple[str, str, list[charts.Bar]]:
    """The bars of one period: that by which the table is ordered, else the latest that most have a value for."""
    laid = table.laid
    by_row = laid.across == "period"
    times = laid.columns if by_row else laid.rows
    names = laid.rows if by_row else laid.columns
    status = _main_status(table)

    def at_time(at: int) -> list[Cell]:
        return [row[at] for row in table.cells] if by_row else list(table.cells[at])

    def filled(at: int) -> tuple[int, bool, int]:
        return sum(point(each, (status,), words) is not None for each in at_time(at)), bool(times[at]), at

    chosen = times.index(view.sort) if view.sort in times else max(range(len(times)), key=filled)
    axis = laid.axis if by_row else laid.across
    found = []
    for name, cell in zip(names, at_time(chosen), strict=True):
        if drawn := point(cell, (status,), words):
            found.append(charts.Bar(words.name(axis, name), drawn))
        elif drawn := point(cell, AIMS, words):
            found.append(charts.Bar(words.name(axis, name), drawn, is_aim=True))
    if view.sort not in (*times, "name"):
        found.sort(key=lambda each: -each.point.high)
    title = f"{words.period(times[chosen])}{table.about}{table.metric}"
    return _titled(title, status, words), table.unit, found


def _titled(title: str, status: str, words: FigureWords) -> str:
    return title if status == "actual" else f"{title} · {words.kinds[status]}"


def _main_status(table: Pivot) -> str:
    """The kind that most entries are of, aims apart: a growth isn't drawn on one line with what grew."""
    every = [entry.figure.status for row in table.cells for cell in row for entry in cell.entries]
    counts = Counter(status for status in every if status not in AIMS)
    return counts.most_common(1)[0][0] if counts else "actual"


def point(cell: Cell, statuses: tuple[str, ...], words: FigureWords) -> charts.Point | None:
    """What is drawn of a cell: its value of these kinds, its range, or all that sources say of the same.

    What different subjects have isn't one value: nothing is drawn of that.
    """
    own = [each for each in cell.entries if each.figure.status in statuses]
    same = [each for each in own if each.figure.scope == own[0].figure.scope]
    if not same or len({each.about for each in same}) > 1:
        return None
    if all(agree(same[0].figure, each.figure) for each in same[1:]):
        same = same[:1]  # the others round it, or bound it
    ends = [float(end) for each in same for end in (each.figure.value, each.figure.upper) if end is not None]
    texts = [f"{words.falls if falls(each.figure) else ''}{''.join(in_print(each.figure))}" for each in same]
    return charts.Point(" / ".join(texts), min(ends), max(ends))
