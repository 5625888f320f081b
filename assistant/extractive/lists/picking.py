"""Picking: the items of a list that meet what a question adds: whose, over how much, until when, all but these."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from assistant.extractive.lists.aligning import Aligned
from assistant.extractive.lists.asks import ListAsk
from assistant.extractive.tabular.asks import Bound, Comparison
from assistant.question.terms import flat, terms
from sources.figures.figure import Figure
from sources.lists import Item
from sources.mentions.periods import Period, periods
from sources.sentences import clauses

_BESIDE_SHARE = 0.6
"""Of the words of what is to be left out, that an item must have to be it."""


def picked(ask: ListAsk, of: Aligned, figures: Sequence[Figure]) -> list[Item] | None:
    """The items asked for, in order; all of them where nothing is added; None where the items don't tell."""
    items = list(of.listing.items)
    if of.listing.form == "run" and (ask.bounds or ask.dates):
        return None  # its items are names, and what is said of them stands elsewhere
    if of.picks:
        having = [item for item in items if all(pick in flat(_text(of, item)) for pick in of.picks)]
        items = [item for item in items if item not in having] if ask.negated else having
    for bound in ask.bounds:
        if bound.quantity is None and bound.period is None:
            continue
        judged = [(item, _meets(bound, item, ask, of, figures)) for item in items]
        if all(meets is None for _, meets in judged):
            return None
        items = [item for item, meets in judged if meets]
    for date in ask.dates:
        if date.value and _is_of_items(date, ask, of):
            items = [item for item in items if any(each.startswith(date.value) for each in _times(of, item))]
    if ask.besides:
        left_out = {term.text for term in terms(ask.besides)}
        shares = [sum(word in flat(_text(of, item)) for word in left_out) / max(1, len(left_out)) for item in items]
        if max(shares, default=0) < _BESIDE_SHARE:
            return None
        items = [item for item, share in zip(items, shares, strict=True) if share < max(shares)]
    if ask.nth:
        at = ask.nth - 1 if ask.nth > 0 else len(items) + ask.nth
        return items[at : at + 1] if 0 <= at < len(items) else None
    return items[: ask.first] if ask.first else items


def figure_of(item: Item, of: Aligned, figures: Sequence[Figure], *, unit: str, about: str) -> Figure | None:
    """The item's figure in that unit; of several the one in whose clause most of the words of `about` stand."""
    own = [each for each in figures if item.start <= each.start and each.end <= item.end and each.unit == unit]
    if len(own) < 2:
        return own[0] if own else None
    text = of.document.text
    cut = clauses(text, item.start, item.end)

    def named(figure: Figure) -> int:
        clause = next((text[start:end] for start, end in cut if start <= figure.start < end), "")
        return sum(pair in clause for pair in {about[at : at + 2] for at in range(len(about) - 1)})

    return max(own, key=lambda figure: (named(figure), -figure.start))


def _meets(bound: Bound, item: Item, ask: ListAsk, of: Aligned, figures: Sequence[Figure]) -> bool | None:
    """Whether the item meets the bound; None where it has nothing to be held against it."""
    if bound.quantity is not None:
        figure = figure_of(item, of, figures, unit=bound.quantity.unit, about=ask.conditions[: bound.start])
        if figure is None:
            return None
        within = bound.upper is None or figure.value <= bound.upper.value
        return within and _COMPARE[bound.comparison](figure.value, bound.quantity.value)
    assert bound.period is not None
    times = _times(of, item)
    if not times:
        return None
    limit = _in_year(bound.period.value, of)
    comparison = "<=" if bound.comparison == "<" and bound.period.text.endswith(("底", "末")) else bound.comparison
    # 2025年6月底前 of an item: the last time that it names is the one that things are to be done by.
    size = min(len(times[-1]), len(limit))
    return _COMPARE[comparison](times[-1][:size], limit[:size])


_COMPARE: dict[Comparison, Callable[[Any, Any], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "=": operator.eq,
}  # fmt: skip


def _is_of_items(date: Period, ask: ListAsk, of: Aligned) -> bool:
    """Whether a time is one that items have, not the list: 2025年 of 计划2025年投产, beside words that items say."""
    above = flat("".join([*of.listing.above(of.document), of.document.title, of.document.published or ""]))
    if date.value[:4] not in above:
        return True
    following = next((term.text for term in ask.about.terms if ask.conditions.startswith(term.text, date.end)), "")
    return bool(following) and following not in above


def _times(of: Aligned, item: Item) -> list[str]:
    return [_in_year(each.value, of) for each in periods(_text(of, item)) if each.value]


def _in_year(value: str, of: Aligned) -> str:
    """6月10日 of the year in which the document was published."""
    return value if value[:4].isdigit() else f"{(of.document.published or 'XXXX')[:4]}{value[4:]}"


def _text(of: Aligned, item: Item) -> str:
    return of.document.text[item.start : item.own_end]
