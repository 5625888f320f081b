"""The figures page's HTML: the list of metrics. Pure functions; every text from outside is escaped here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from assistant.in_english import STATES
from assistant.web.figures.looking import Listed, unit_in_address
from assistant.web.figures.view import KINDS, NO_UNIT, View
from assistant.web.figures.words import FigureWords

if TYPE_CHECKING:
    from index.catalog.metrics import Metric

_FEW = 3
"""Metrics of one unit that don't make a group of their own."""


def listing(view: View, found: Listed, words: FigureWords, *, bad_period: str = "") -> str:
    """Which metrics there are, by unit, those with the most figures first."""
    if not found.all_metrics and not view.conditions() and not view.unit:
        return nothing_yet(words)
    form = words.found if view.conditions() or view.unit else words.lead
    lead = form.format(words.number(found.all_figures), words.number(found.all_metrics))
    head = (
        f'<header class="fg-head"><h1>{words.title}</h1><p class="yj-lead">{lead}</p></header>'
        f'<div class="fg-finding">{search(view, words)}{filters(view, words)}</div>'
        f"{chips(view, words, {'document': found.title})}"
        f"{bad_period_note(bad_period, words)}"
    )
    if not found.metrics:
        near = "".join(f'<li><a href="{address_of(View(metric=name))}">{escape(name)}</a></li>' for name in found.near)
        tried = f'<h2>{words.near}</h2><ul class="fg-near">{near}</ul>' if near else ""
        return f'{head}<div class="yj-empty"><h2>{words.nothing}</h2><p>{words.nothing_way}</p>{tried}</div>'
    columns = (words.metric, words.figures, words.years, words.subjects, words.documents)
    heads = "".join(f'<th scope="col">{each}</th>' for each in columns)
    groups = "".join(_group(unit, own, view, words) for unit, own in _by_unit(found.metrics))
    return (
        f'{head}<div class="yj-scrolled" tabindex="0" role="region" aria-label="{words.title}">'
        f'<table class="yj-grid fg-metrics"><thead><tr>{heads}</tr></thead>{groups}</table></div>'
        f"{pages(view, found.pages, words)}"
    )


def nothing_yet(words: FigureWords) -> str:
    """What the page says before anything is read."""
    return (
        f'<h1>{words.title}</h1><div class="yj-empty"><h2>{words.none_yet}</h2><p>{words.none_yet_way}</p>'
        f'<p><a class="yj-button yj-primary" href="library">{words.to_library}</a></p></div>'
    )


def _by_unit(metrics: Sequence[Metric]) -> list[tuple[str | None, list[Metric]]]:
    """The metrics of a page by the unit that most of their figures have, in the order of the first of each; those of
    units that only few metrics have come together, as None, last."""
    groups: dict[str, list[Metric]] = {}
    for each in metrics:
        groups.setdefault(each.unit, []).append(each)
    rare = [each for own in groups.values() if len(own) < _FEW for each in own]
    common: list[tuple[str | None, list[Metric]]] = [(unit, own) for unit, own in groups.items() if len(own) >= _FEW]
    return [*common, (None, sorted(rare, key=lambda each: -each.figures))] if rare else common


def _group(unit: str | None, metrics: Sequence[Metric], view: View, words: FigureWords) -> str:
    rows = "".join(_metric(each, unit, view, words) for each in metrics)
    title = words.other_units if unit is None else words.unit_group.format(unit) if unit else words.no_unit
    own = ""
    if unit is not None and not view.unit:
        own = f'<a href="{address_of(view, unit=unit_in_address(unit))}">{words.of_this_unit}</a>'
    return f'<tbody><tr class="fg-unit"><th colspan="5" scope="rowgroup">{escape(title)}{own}</th></tr>{rows}</tbody>'


def _metric(metric: Metric, unit: str | None, view: View, words: FigureWords) -> str:
    years = metric.first if metric.first == metric.last else f"{metric.first}—{metric.last}"
    # Under the heading of its unit only the others are told.
    others = [each for each, _ in metric.units[:4] if each != unit]
    also = (
        f' <small class="yj-note">{escape(words.listed(each or words.no_unit for each in others))}</small>'
        if (others)
        else ""
    )
    target = address_of(view, metric=metric.name, q="")
    cells = (years, words.number(metric.subjects), words.number(metric.documents))
    return (
        f'<tr><th scope="row"><a href="{target}">{escape(metric.name)}</a>{also}</th>'
        f"<td>{words.number(metric.figures)}</td>{''.join(f'<td>{each}</td>' for each in cells)}</tr>"
    )


# --- what both pages have ---------------------------------------------------------------------------------------------


def search(view: View, words: FigureWords) -> str:
    """The search box; the filters that are set stay."""
    kept = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in _as_asked(view) if name != "q"
    )  # fmt: skip
    return (
        f'<form class="fg-search" action="figures" method="get" role="search"><label class="yj-hidden" for="fg-q">'
        f'{words.search}</label><input class="yj-input" id="fg-q" type="search" name="q" value="{escape(view.q)}" '
        f'placeholder="{words.search_hint}" list="fg-names" autocomplete="off" maxlength="200"><datalist id="fg-names">'
        f'</datalist><button class="yj-button yj-primary">{words.find}</button>{kept}</form>'
    )


def _as_asked(view: View) -> list[tuple[str, str]]:
    names = {"since": "from", "until": "to"}
    return [(names.get(name, name), value) for name, value in view.conditions().items()]


def filters(
    view: View,
    words: FigureWords,
    *,
    kinds: Sequence[tuple[str, int]] = (),
    documents: Sequence[tuple[str, str, int]] = (),
) -> str:
    """The filters, folded away on a phone; with `kinds` and `documents`, only those there are, each counted."""
    counted = dict(kinds)
    offered = [kind for kind in KINDS if not kinds or kind in counted or kind == view.kind]
    options = [
        ("", words.any_kind),
        *((kind, _counted(words.kinds[kind], counted.get(kind), words)) for kind in offered),
    ]
    hidden = {"metric": view.metric, "unit": view.unit, "q": view.q, "rows": view.rows, "scale": view.scale,
              "chart": view.chart, "document": "" if documents else view.document}  # fmt: skip
    kept = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in hidden.items() if value
    )
    of_documents = ""
    if documents:
        choices = [
            ("", words.of_document),
            *((each, _counted(title, count, words)) for each, title, count in documents),
        ]
        of_documents = _select("document", words.document, view.document, choices)
    is_set = any(name not in ("q", "document") for name in view.conditions())
    opened = " open" if is_set else ""
    return (
        f'<details class="fg-filters"{opened}><summary class="yj-button">{words.filters}</summary>'
        f'<form action="figures" method="get">'
        f"{_box('region', words.region, view.region, words.region_hint)}"
        f"{_box('from', words.since, view.since, words.period_hint)}"
        f"{_box('to', words.until, view.until, words.period_hint)}"
        f"{_select('kind', words.kind, view.kind, options)}"
        f"{_box('publisher', words.publisher, view.publisher, words.publisher_hint)}{of_documents}{kept}"
        f'<button class="yj-button">{words.apply}</button></form></details>'
    )


def _counted(name: str, count: int | None, words: FigureWords) -> str:
    return words.beside(name, f"{count:,}") if count else name


def _box(name: str, title: str, value: str, hint: str) -> str:
    return (
        f'<label><span>{title}</span><input class="yj-input" name="{name}" value="{escape(value)}" '
        f'placeholder="{escape(hint)}" maxlength="200" autocomplete="off"></label>'
    )


def _select(name: str, title: str, value: str, options: Iterable[tuple[str, str]]) -> str:
    made = "".join(
        f'<option value="{escape(own)}"{" selected" if own == value else ""}>{escape(shown)}</option>'
        for own, shown in options
    )
    return f'<label><span>{title}</span><select class="yj-select" name="{name}">{made}</select></label>'


def chips(view: View, words: FigureWords, shown_as: dict[str, str]) -> str:
    """The filters that are set, each with a way to take it away."""
    made = []
    for name, value in view.conditions().items():
        shown = shown_as.get(name) or (words.kinds[value] if name == "kind" else value)
        text = escape(words.conditions[name].format(shown))
        made.append(
            f'<li><a class="fg-chip" href="{address_of(view, **{name: ""})}" title="{words.remove}">{text}'
            f'<span aria-hidden="true"> ×</span><span class="yj-hidden">，{words.remove}</span></a></li>'
        )
    if view.unit and not view.metric:
        unit = words.no_unit if view.unit == NO_UNIT else words.unit_group.format(view.unit)
        made.append(
            f'<li><a class="fg-chip" href="{address_of(view, unit="")}" title="{words.remove}">{escape(unit)}'
            f'<span aria-hidden="true"> ×</span><span class="yj-hidden">，{words.remove}</span></a></li>'
        )
    if len(made) > 1:
        clear = View(metric=view.metric, rows=view.rows, scale=view.scale, chart=view.chart)
        made.append(f'<li><a class="yj-plain" href="{address_of(clear)}">{words.clear}</a></li>')
    return f'<ul class="fg-chips">{"".join(made)}</ul>' if made else ""


def pages(view: View, count: int, words: FigureWords) -> str:
    """The way to the pages before and after."""
    if count < 2:
        return ""
    back = f'<a class="yj-button" rel="prev" href="{address_of(view, page=view.page - 1)}">{words.previous}</a>'
    on = f'<a class="yj-button" rel="next" href="{address_of(view, page=view.page + 1)}">{words.next}</a>'
    told = words.pages.format(words.number(view.page), words.number(count))
    return (
        f'<nav class="fg-pages" aria-label="{escape(told)}">{back if view.page > 1 else ""}<span>{told}</span>'
        f"{on if view.page < count else ''}</nav>"
    )


def bad_period_note(text: str, words: FigureWords) -> str:
    """That a period couldn't be read, and how one is written."""
    return f'<p class="yj-error" role="alert">{escape(words.bad_period.format(text))}</p>' if text else ""


def address_of(view: View, **changes: Any) -> str:
    """The address of a view with some fields changed, as it stands in HTML."""
    return escape(view.address(**changes))


def texts(words: FigureWords) -> str:
    """What the page's script says, in the page's language."""
    told = {
        "title": words.source_title,
        "loading": words.loading,
        "open": words.open_document,
        "close": words.close,
        "page": words.page_label,
        "section": words.section,
        "published": words.published,
        "standing": words.standing,
        "standings": STATES if words.language == "en" else {},
        "ordered": words.ordered,
        "failed": words.not_loaded,
        "doubt": words.doubt,
        "doubts": words.doubts,
    }
    return f'<div id="fg-texts" hidden data-texts="{escape(json.dumps(told, ensure_ascii=False))}"></div>'
