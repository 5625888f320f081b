"""What the figures page shows, as its address says it: /figures?metric=常住人口&rows=region&from=2020."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import urlencode

from index.catalog.metrics import Wanted
from index.metrics import Axis
from sources.figures.statuses import Status

if TYPE_CHECKING:
    from index.metrics import Metrics

MAX_CHARS = 200
"""Of one condition."""
MAX_PAGE = 100_000
NO_UNIT = "-"
"""How the unit of a figure without one is written in an address."""
KINDS: tuple[str, ...] = get_args(Status)
AXES: tuple[str, ...] = get_args(Axis)
SCALES = ("", "1", "万", "亿")
"""As printed, or all values in the unit itself, in 10,000 or in 100,000,000 of it."""
CHARTS = ("", "line", "bar", "none")
_NAMES = {"since": "from", "until": "to"}
"""Fields that can't be called in Python what they are called in the address."""


@dataclass(frozen=True, slots=True)
class View:
    """One state of the page; what is "" is not asked for."""

    metric: str = ""
    """The metric's usual name; with it the page is its table, without it the list of metrics."""
    q: str = ""
    """What stands in the names of the metrics listed."""
    unit: str = ""
    kind: str = ""
    region: str = ""
    since: str = ""
    until: str = ""
    publisher: str = ""
    document: str = ""
    rows: str = ""
    sort: str = ""
    """"name", or the column whose figures the rows are ordered by."""
    down: str = ""
    """"1" for the other order: names from the end, figures from the least."""
    scale: str = ""
    chart: str = ""
    page: int = 1

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> View:
        """The view that an address asks for; what can't be meant is left out, and nothing is longer than MAX_CHARS."""
        given: dict[str, Any] = {
            each.name: asked.get(_NAMES.get(each.name, each.name), "").strip()[:MAX_CHARS] for each in fields(cls)
        }
        for name, known in (("kind", KINDS), ("rows", AXES), ("scale", SCALES), ("chart", CHARTS), ("down", ("1",))):
            given[name] = given[name] if given[name] in known else ""
        page = str(given["page"])
        given["page"] = min(int(page), MAX_PAGE) if page.isascii() and page.isdigit() and int(page) else 1
        return cls(**given)

    def address(self, path: str = "figures", **changes: Any) -> str:
        """The address of this view with some fields changed, relative to the pages'; any change but of the page itself
        leads to the first one."""
        if changes and "page" not in changes:
            changes["page"] = 1
        changed = replace(self, **changes)
        query = {
            _NAMES.get(each.name, each.name): value
            for each in fields(changed)
            if (value := getattr(changed, each.name)) != each.default
        }
        return f"{path}?{urlencode(query)}" if query else path

    def conditions(self) -> dict[str, str]:
        """The filters that are set, by the field's name; neither the metric nor how it is shown."""
        names = ("q", "region", "since", "until", "kind", "publisher", "document")
        return {name: value for name in names if (value := getattr(self, name))}

    def wanted(self, metrics: Metrics) -> Wanted:
        """Which figures it asks for. Raises ValueError for a period that can't be read."""
        return Wanted(
            metric=self.metric,
            words=() if self.metric else tuple(self.q.split()),
            unit=None if not self.unit else "" if self.unit == NO_UNIT else self.unit,
            statuses=(self.kind,) if self.kind else (),
            regions=metrics.in_region(self.region) if self.region else None,
            periods=metrics.in_time(self.since, self.until) if self.since or self.until else None,
            publisher=self.publisher,
            document_id=self.document,
        )
