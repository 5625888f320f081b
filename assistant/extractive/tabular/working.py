"""Working out: counts, sums, means and differences over a table's cells, each with the formula that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from assistant.answers import AnswerFigure
from assistant.extractive.arithmetic import bare_unit, difference_of, share_of, sum_of
from assistant.extractive.compose import Line
from assistant.extractive.tabular.finding import Found
from assistant.extractive.tabular.telling import called, header, quote, shown, time
from assistant.extractive.tabular.views import Column, Value
from assistant.library import Library
from sources.figures.figure import Figure


def worked_out(found: Found, library: Library) -> list[Line]:
    """What the question wants worked out of the rows found; nothing where it wants the cells themselves."""
    columns = found.columns
    if found.result in ("sum", "mean"):  # beside a condition on words: 农业农村局负责的项目一共多少钱
        columns = tuple(each for each in columns if each.numeric) or columns
    column = columns[0]
    values = [record.values[column.at] for record in found.records if column.at in record.values]
    quotes = tuple(dict.fromkeys(quote(found.view, value, library) for value in values))
    if found.result == "count":
        names = "、".join(called(record) for record in found.records)
        return [Line(f"共{len(found.records)}个：{names}。", quotes)]
    if found.result == "difference":
        return _differences(found, library)
    if found.result == "share":
        return _share(found, library)
    figures = [_with_unit(value.figure) for value in values if value.figure]
    if found.result not in ("sum", "mean") or len(figures) < len(values) or len(figures) < 2:
        return []
    total = sum_of(figures)
    what = f"{time(found, [column])}{header(column)}"
    if found.result == "sum":
        return [Line(f"{what}合计{total.text}（{total.formula}）。", quotes, (), (total,))]
    mean = _mean(total, len(figures))
    return [Line(f"{what}平均为{mean.text}（{mean.formula}）。", quotes, (), (mean,))]


def _share(found: Found, library: Library) -> list[Line]:
    """What share the first row is of the second, which is the whole or the one named after it."""
    column = found.columns[0]
    part, whole = (record.values.get(column.at) for record in found.records)
    if part is None or whole is None or part.figure is None or whole.figure is None or not whole.figure.value:
        return []
    share = share_of(_with_unit(part.figure), _with_unit(whole.figure))
    names = [called(record) for record in found.records]
    said = f"{time(found, [column])}{header(column)}，{names[0]}{shown(part, column)}，{names[1]}{shown(whole, column)}"
    quotes = tuple(dict.fromkeys(quote(found.view, value, library) for value in (part, whole)))
    words = f"{said}，占{share.text}（{share.formula}）。"
    return [Line(words, quotes, (part.figure, whole.figure), (share,))]


def _with_unit(figure: Figure) -> Figure:
    """The figure with its unit behind its number, as a formula shows it."""
    return replace(figure, text=f"{figure.text}{bare_unit(figure)}")


def _mean(total: AnswerFigure, count: int) -> AnswerFigure:
    number = total.text.removesuffix(total.unit)
    unit = total.text[len(number.rstrip("万亿")) :]
    mean = (Decimal(number.rstrip("万亿")) / count).quantize(Decimal("0.01"), ROUND_HALF_UP)
    sides, _, _ = (total.formula or "").partition(" = ")
    value = (Decimal(total.value) / count).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return replace(total, text=f"{mean}{unit}", value=str(value), formula=f"({sides}) ÷ {count} = {mean}{unit}")


def _differences(found: Found, library: Library) -> list[Line]:
    """Between two columns of each row that was picked, or else between two rows in one column."""
    if len(found.columns) > 1 and found.picked:
        one, other = found.columns[:2]
        pairs = [
            [(called(record), one, record.values.get(one.at)), ("", other, record.values.get(other.at))]
            for record in found.records
        ]
    else:
        column = found.columns[0]
        pairs = [[(called(record), column, record.values.get(column.at)) for record in found.records[:2]]]
    return [line for pair in pairs if (line := _difference(found, pair, library))]


def _difference(found: Found, pair: Sequence[tuple[str, Column, Value | None]], library: Library) -> Line | None:
    known = [(name, column, value) for name, column, value in pair if value is not None and value.figure is not None]
    if len(known) < 2:
        return None
    figures = [value.figure for _, _, value in known if value.figure]
    high, low = sorted(figures, key=lambda figure: figure.value, reverse=True)
    apart = difference_of(_with_unit(high), _with_unit(low))
    opening = time(found, [column for _, column, _ in known])
    said = "，".join(f"{name}{header(column)}{shown(value, column)}" for name, column, value in known)
    quotes = tuple(dict.fromkeys(quote(found.view, value, library) for _, _, value in known))
    return Line(f"{opening}{said}，相差{apart.text}（{apart.formula}）。", quotes, tuple(figures), (apart,))
