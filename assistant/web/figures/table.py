"""One metric by place and time: what stands in each cell, in print. Pure functions.

Several sources of one value are one entry; those of others, even of the same rounded, are an entry each, and so are a
result, an aim and a growth, and what different subjects of one place have.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING

from assistant.extractive.arithmetic import bare_unit, is_exact
from assistant.extractive.statements import value_before
from sources.figures.figure import Figure
from sources.figures.ranges import agree, last_digit
from sources.mentions.numerals import plain

if TYPE_CHECKING:
    from index.metrics import Axis, Laid

SCALES = {"1": 1, "万": 10**4, "亿": 10**8}
AIMS = ("target", "plan")
LOW = 0.8
"""Fields that are less sure than this are shown as such."""
_ORDER = ("actual", "cumulative", "share", "growth", "rank", "plan", "target")
_PRINTED_MINUS = re.compile("^[-−－﹣负]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A value in a cell, with everything that says so."""

    figures: tuple[Figure, ...]
    """The exactest print first: that one is shown."""
    about: str
    """Which subject or place it is of, where the row and the column don't say; else ""."""

    @property
    def figure(self) -> Figure:
        """The one that is shown."""
        return self.figures[0]

    @property
    def is_aim(self) -> bool:
        """Whether it is still to come about."""
        return self.figure.status in AIMS

    @property
    def doubts(self) -> tuple[str, ...]:
        """The fields that no source is sure of: metric, region, period, status."""
        names = ("metric", "region", "period", "status")
        return tuple(name for name in names if all(getattr(each.sure, name) < LOW for each in self.figures))


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands where a row and a column meet."""

    entries: tuple[Entry, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether sources say of the same what can't all be right; 超5万元 beside 54939元 can."""
        return any(
            (one.figure.status, one.figure.scope, one.about) == (other.figure.status, other.figure.scope, other.about)
            and not agree(one.figure, other.figure)
            for one, other in combinations(self.entries, 2)
        )


@dataclass(frozen=True, slots=True)
class Pivot:
    """A metric in one unit, laid out; `cells` holds a tuple a row, a cell a column."""

    metric: str
    unit: str
    laid: Laid
    cells: tuple[tuple[Cell, ...], ...]
    about: str = ""
    """The subject or place that everything in it is of, which then stands at no entry."""


def pivot(metric: str, unit: str, laid: Laid) -> Pivot:
    """The table of what is laid out."""
    found: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    for figure in laid.figures:
        found[getattr(figure, laid.axis), getattr(figure, laid.across)].append(figure)
    cells = tuple(
        tuple(cell(found.get((row, column), ()), laid.axis, laid.across) for column in laid.columns)
        for row in laid.rows
    )
    every = {entry.about for row in cells for each in row for entry in each.entries}
    if len(every) == 1 and (about := every.pop()):
        cells = tuple(tuple(_without_about(each) for each in row) for row in cells)
        return Pivot(metric, unit, laid, cells, about)
    return Pivot(metric, unit, laid, cells)


def _without_about(own: Cell) -> Cell:
    return Cell(tuple(replace(entry, about="") for entry in own.entries))


def cell(figures: Sequence[Figure], axis: Axis, across: Axis) -> Cell:
    """The figures of one cell as entries: results first, aims last, the exactest of those of one kind before others."""
    alike: dict[tuple[object, ...], list[Figure]] = defaultdict(list)
    for figure in sorted(figures, key=_exactest):
        about = _about(figure, axis, across)
        value = (figure.value, figure.upper, figure.qualifier)
        alike[figure.status, figure.scope, about, value].append(figure)
    entries = [Entry(tuple(own), _about(own[0], axis, across)) for own in alike.values()]
    entries.sort(key=lambda each: (_ORDER.index(each.figure.status), each.about))
    return Cell(tuple(entries))


def _exactest(figure: Figure) -> tuple[bool, Decimal, str, int]:
    return not is_exact(figure), last_digit(figure), figure.document_id, figure.start


def _about(figure: Figure, axis: Axis, across: Axis) -> str:
    """What a figure is of besides its row and column: a subject in a table of places, a place in one of subjects."""
    if "subject" not in (axis, across):
        return "" if figure.subject == figure.region else figure.subject
    return "" if "region" in (axis, across) or figure.region == figure.subject else figure.region


def in_print(figure: Figure, scale: str = "") -> tuple[str, str]:
    """The value and, apart, a unit that isn't printed with it: ("39801元", ""), ("3,380.9", "万元").

    With a scale (`SCALES`) every value is given in that many of its base unit: the point moves, no digit is lost.
    """
    before = value_before(figure)
    after = "" if before or figure.qualifier in figure.text else figure.qualifier
    if not scale:
        number = figure.text.strip()
        unit = "" if after else bare_unit(figure)
        unit = unit or ("%" if figure.unit == "%" and number[-1:].isdigit() and not after else "")
        return f"{before}{number}{after}", unit
    size = Decimal(SCALES[scale])
    ends = [figure.value] if figure.upper is None else [figure.value, figure.upper]
    more = re.search("[余馀多]", figure.text)
    return f"{before}{'—'.join(plain(end / size) for end in ends)}{more[0] if more else ''}{after}", ""


def falls(figure: Figure) -> bool:
    """Whether it is a growth that goes down and its number doesn't say so: 下降6.5%."""
    return figure.direction == "down" and not _PRINTED_MINUS.match(figure.text.strip())


def scales_for(pivot: Pivot) -> tuple[str, ...]:
    """The scales that the values are large enough for; none where there is nothing to convert, as of 88.6%."""
    largest = max((abs(figure.value) for figure in pivot.laid.figures), default=Decimal(0))
    if not pivot.unit or pivot.unit in ("%", "‰", "个百分点", "位", "倍") or largest < SCALES["万"]:
        return ()
    return tuple(scale for scale, size in SCALES.items() if largest >= size)
