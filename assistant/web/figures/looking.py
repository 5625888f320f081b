"""What a view of the figures page shows, looked up in the index: a page of metrics, or one metric's table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from assistant.web.figures.table import Pivot, pivot
from assistant.web.figures.view import NO_UNIT, View
from index.catalog.metrics import Metric, Wanted
from sources.figures.metrics import normalise

if TYPE_CHECKING:
    from assistant.ask import Assistant
    from index.metrics import Axis, Metrics

METRICS_A_PAGE = 60
ROWS_A_PAGE = 50
MOST_COLUMNS = 24
_MOST_CHOICES = 30
"""Of documents and units to choose from."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of metrics."""

    metrics: tuple[Metric, ...]
    all_metrics: int
    all_figures: int
    near: tuple[str, ...] = ()
    """Names close to what was looked for, where nothing was found."""
    title: str = ""
    """Of the document, where the metrics are of one."""

    @property
    def pages(self) -> int:
        """How many there are."""
        return max(1, -(-self.all_metrics // METRICS_A_PAGE))


@dataclass(frozen=True, slots=True)
class Shown:
    """A metric's table, with what else could be chosen."""

    pivot: Pivot
    units: tuple[tuple[str, int], ...]
    kinds: tuple[tuple[str, int], ...]
    documents: tuple[tuple[str, str, int], ...]
    """Id, title and how many figures each has, the most first."""

    @property
    def pages(self) -> int:
        """How many there are."""
        return max(1, -(-self.pivot.laid.all_rows // ROWS_A_PAGE))


def wanted(view: View, metrics: Metrics) -> tuple[Wanted, str]:
    """What the view asks for, and the time that can't be read, if any: it is then left out."""
    try:
        return view.wanted(metrics), ""
    except ValueError:
        return replace(view, since="", until="").wanted(metrics), " – ".join(filter(None, (view.since, view.until)))


def listed(view: View, asked: Wanted, assistant: Assistant) -> Listed:
    """The metrics of a page."""
    metrics = assistant.index.metrics
    every, figures = metrics.totals(asked)
    offset = (view.page - 1) * METRICS_A_PAGE
    page = metrics.page(asked, limit=METRICS_A_PAGE, offset=offset) if offset < every else []
    near = assistant.metrics_near(view.q) if not every and view.q else []
    title = metrics.titles([view.document]).get(view.document, view.document) if view.document else ""
    return Listed(tuple(page), every, figures, tuple(near), title)


def shown(view: View, asked: Wanted, assistant: Assistant) -> Shown | None:
    """The table of the view's metric; None where no figure of it meets the conditions."""
    metrics = assistant.index.metrics
    of_metric = Wanted(metric=asked.metric)
    units = metrics.values(of_metric, "unit", limit=_MOST_CHOICES)
    if not units:
        # 规上工业增加值 is how a document prints it; figures are kept under 规模以上工业增加值.
        usual = normalise(asked.metric)
        return shown(view, replace(asked, metric=usual), assistant) if usual not in ("", asked.metric) else None
    if asked.unit is None:
        own = units if asked == of_metric else metrics.values(asked, "unit", limit=1)
        asked = replace(asked, unit=own[0][0] if own else units[0][0])
    assert asked.unit is not None
    of_unit = replace(of_metric, unit=asked.unit)
    axis = cast("Axis", view.rows) if view.rows else _axis(asked, metrics)
    # Of a table by time, the columns are what there are more of.
    across = _axis(asked, metrics) if axis == "period" else "period"
    laid = metrics.laid_out(
        asked,
        axis,
        across,
        limit=ROWS_A_PAGE,
        offset=(view.page - 1) * ROWS_A_PAGE,
        most_columns=MOST_COLUMNS,
        sort=view.sort or None,
        least_first=view.down == "1",
    )
    documents = metrics.values(of_unit, "document", limit=_MOST_CHOICES)
    if view.document and all(each != view.document for each, _ in documents):
        documents = [(view.document, 0), *documents]
    titles = metrics.titles([each for each, _ in documents])
    return Shown(
        pivot(asked.metric, asked.unit, laid),
        tuple(units),
        tuple(metrics.values(of_unit, "status", limit=_MOST_CHOICES)),
        tuple((each, titles.get(each, each), count) for each, count in documents),
    )


def unit_in_address(unit: str) -> str:
    """A unit as an address has it."""
    return unit or NO_UNIT


def _axis(asked: Wanted, metrics: Metrics) -> Axis:
    """Places or subjects, whichever there are more of; places where there are as many."""
    places, subjects = metrics.sizes(asked)
    return "subject" if subjects > places else "region"
