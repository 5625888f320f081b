"""A figure: a number that a document prints, with what it measures, where and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sources.figures.metrics import normalise
from sources.figures.statuses import Direction, Status
from sources.mentions.numerals import Quantity
from sources.mentions.regions import level_of


@dataclass(frozen=True, slots=True)
class Sureness:
    """How sure each field is, 0 to 1: the share found right on labelled figures for fields read the same way."""

    metric: float = 1.0
    region: float = 1.0
    period: float = 1.0
    status: float = 1.0

    @classmethod
    def of(cls, origin: Mapping[str, str]) -> Sureness:
        """By where in a sentence each field was read."""
        return cls(**{name: _RIGHT[name][where] for name, where in origin.items()})


_RIGHT = {
    "metric": {"growth": 0.93, "after": 0.95, "before": 0.93, "long": 0.5, "list": 0.95, "earlier": 0.75},
    "region": {"clause": 0.97, "sentence": 0.97, "before": 0.9, "document": 0.85},
    "period": {"sentence": 0.95, "before": 0.9, "title": 0.95, "none": 0.97},
    "status": {"words": 0.98, "default": 0.98},
}
"""The share found right in policies labelled after the rules were written, by where a field was read."""
SURE = Sureness(metric=0.93, region=0.9, period=0.9, status=0.9)
"""From here on a figure may answer by itself: its name stands right before or after it, its place and time at least in
an earlier sentence of the paragraph."""


Dimension = tuple[str, str]
"""A header of a table with what stands under it: ("地区", "嘉善县")."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One printed quantity. The span covers the number with its unit: `document.text[start:end] == text`."""

    document_id: str
    start: int
    end: int
    metric: str
    """What is measured, as printed (农村居民人均可支配收入); empty when the text names nothing."""
    value: Decimal
    """In the base unit: 万 and 亿 applied, a percentage as printed (88.6 for 88.6%), a ratio a:b as a/b.

    Of a growth that goes down, negative: -6.5 for 下降6.5%."""
    unit: str
    """The base unit: 元, %, 公里, 个百分点, 亩 …"""
    qualifier: str = ""
    """以上, 左右, 超, 近 …, as printed; empty when there is none."""
    region: str = ""
    """The full name: 嘉兴市, 浙江省; empty when the text shows none."""
    period: str = ""
    """2025, 2025-Q1, 2025-Q1..Q3, 2025-11, 2021..2025 (十四五), ..2025-11 (截至); empty when the text shows none."""
    status: Status = "actual"
    """actual | target | plan | rank | growth | share | cumulative."""
    text: str = ""
    """As printed: 5.49万元, 1.73, 第37位."""
    key: str = ""
    """The metric under its usual name (`metrics.normalise`): what figures of different documents are matched by."""
    upper: Decimal | None = None
    """The upper end of a range, in the base unit; `value` is then the lower."""
    scope: str = ""
    """For a rank, among whom: 全国, 全省, 地级市."""
    level: str = ""
    """The region's level: country, province, city, county, town or village."""
    direction: Direction = ""
    """Which way a growth goes: up or down; empty for everything else."""
    sure: Sureness = Sureness()
    subject: str = ""
    """What the row or the clause says it is about: a place, crop, project, group, office. Of a row under several labels
    all of them, ` › ` between; the place where nothing else is named."""
    dimensions: tuple[Dimension, ...] = ()
    """Of a cell, what its table says of it: what its row stands under, its row, its column, its unit, the caption."""
    is_order: bool = field(default=False, compare=False)
    """Whether the text only orders the program that reads it to say so, see `sources.instructions`: never evidence."""
    frame: int | None = field(default=None, compare=False)
    """64 bits of the sentence it stands in, its figures left out, and of which of them it is: the same for a sentence
    printed elsewhere with other numbers; None where that is too short to be known by."""

    def is_sure(self, least: Sureness = SURE) -> bool:
        """Whether every field is at least as sure as in `least`."""
        return (
            self.sure.metric >= least.metric
            and self.sure.region >= least.region
            and self.sure.period >= least.period
            and self.sure.status >= least.status
        )


def figure_of(
    number: Quantity,
    document_id: str,
    *,
    metric: str,
    region: str,
    period: str,
    status: Status,
    scope: str = "",
    direction: Direction = "",
    sure: Sureness = Sureness(),
    subject: str = "",
    dimensions: tuple[Dimension, ...] = (),
) -> Figure:
    """The figure that a printed number is, once what it measures, where and when is known.

    `direction` is that of the words before it; a minus that is printed goes down whatever they say.
    """
    value, upper = number.value, number.upper
    if status == "growth" and value < 0:
        direction = "down"
    elif direction == "down":
        value, upper = (-value, None) if upper is None else (-upper, -value)
    return Figure(
        document_id=document_id,
        start=number.start,
        end=number.end,
        metric=metric,
        value=value,
        unit=number.unit,
        qualifier=number.qualifier,
        region=region,
        period=period,
        status=status,
        text=number.text,
        key=normalise(metric),
        upper=upper,
        scope=scope,
        level=level_of(region),
        direction=direction,
        sure=sure,
        subject=subject or region,
        dimensions=dimensions,
    )
