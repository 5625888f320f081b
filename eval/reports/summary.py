"""What a system's scores come to: means with intervals, by type, refusals, calibration, latency and cost.

>>> summary = Summary("s", "youju")
>>> for n in range(10):
...     summary.add(Row(f"q{n}", "figure", "answered", True, 0.8, {"right": float(n < 8), "seconds": 0.01}))
>>> mean = summary.mean("right")
>>> mean.value, mean.cases, round(mean.low, 2), round(mean.high, 2)
(0.8, 10, 0.49, 0.94)
>>> round(summary.calibration_error(), 6)                 # 0.8 sure, 8 of 10 right
0.0
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import isnan, nan

from eval.metrics.calibration import Bin, expected_calibration_error, reliability
from eval.metrics.refusal import Refusals
from eval.metrics.right import REFUSALS
from eval.metrics.spending import percentile
from eval.reports.scores import METRICS
from eval.results import Outcome, Row
from eval.statistics import interval


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its 95% interval."""

    value: float
    low: float
    high: float
    cases: int
    """How many cases the measure applies to."""


@dataclass(slots=True)
class Summary:
    """The scores of one system on one set, as columns of numbers: ten thousand cases take a few megabytes."""

    set: str
    system: str
    seed: int = 0
    ids: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    columns: dict[str, array[float]] = field(default_factory=lambda: {name: array("d") for name in METRICS})
    """One number a case, NaN where the measure doesn't apply."""
    confidences: array[float] = field(default_factory=lambda: array("d"))
    """NaN where the system claims none, didn't answer, or nothing tells whether it was right."""
    outcomes: array[float] = field(default_factory=lambda: array("d"))
    """Whether each was right, 1 or 0; where no rule tells, whether it quotes what people gave as the answer."""
    refused: Refusals = field(default_factory=lambda: Refusals(0, 0, 0))

    def add(self, row: Row) -> None:
        """Count one case in."""
        self.ids.append(row.case_id)
        self.types.append(row.type)
        for name, column in self.columns.items():
            value = row.scores.get(name)
            column.append(nan if value is None else value)
        outcome = row.scores.get("right")
        outcome = row.scores.get("touched") if outcome is None else outcome
        known = row.status == "answered" and row.confidence is not None and outcome is not None
        self.confidences.append(row.confidence if known and row.confidence is not None else nan)
        self.outcomes.append(nan if outcome is None else outcome)
        declined = row.status in REFUSALS
        self.refused = Refusals(
            self.refused.right + (declined and not row.answerable),
            self.refused.answered_wrongly + (row.status == "answered" and not row.answerable),
            self.refused.refused_wrongly + (declined and row.answerable),
        )

    def values(self, metric: str, *, type: str | None = None) -> list[float]:  # noqa: A002
        """The values of the cases that the measure applies to, in order."""
        column = self.columns[metric]
        return [v for v, t in zip(column, self.types, strict=True) if not isnan(v) and type in (None, t)]

    def mean(self, metric: str, *, type: str | None = None) -> Mean | None:  # noqa: A002
        """The mean, over one type or all; None where the measure applies to no case."""
        values = self.values(metric, type=type)
        if not values:
            return None
        return Mean(sum(values) / len(values), *interval(values, seed=self.seed), len(values))

    def by_id(self, metric: str) -> dict[str, float]:
        """Case id → value, where the measure applies."""
        return {i: v for i, v in zip(self.ids, self.columns[metric], strict=True) if not isnan(v)}

    def calibration(self) -> tuple[list[float], list[float]]:
        """Confidence and outcome of each answered case that has both."""
        pairs = [(c, r) for c, r in zip(self.confidences, self.outcomes, strict=True) if not (isnan(c) or isnan(r))]
        return [c for c, _ in pairs], [r for _, r in pairs]

    def bins(self) -> list[Bin]:
        """The reliability curve's points."""
        return reliability(*self.calibration())

    def calibration_error(self) -> float | None:
        """ECE over ten bins; None where the system claims no confidence."""
        return expected_calibration_error(self.bins())

    def seconds(self, percent: float) -> float | None:
        """The percentile of the time an answer took."""
        values = self.values("seconds")
        return percentile(values, percent) if values else None

    def total(self, metric: str) -> float | None:
        """The sum over all cases; None where the measure applies to none."""
        values = self.values(metric)
        return sum(values) if values else None

    def neutral(self) -> dict[str, object]:
        """The figures that the seed questions' neutral scorer prints, under its names."""
        types = sorted(set(self.types))
        asked = [i for i, t in enumerate(self.types) if t != "unanswerable"]

        def share(metric: str) -> float:
            return round(sum(self.columns[metric][i] == 1 for i in asked) / len(asked), 4) if asked else 0.0

        def right(kind: str) -> str:
            values = self.values("right", type=kind)
            return f"{round(sum(values))}/{self.types.count(kind)}"

        return {
            "answerable": len(asked),
            **{name: share(name) for name in ("right", "focused", "cited")},
            "refused": right("unanswerable"),
            "unsupported": sum(self.columns["unsupported"][i] == 1 for i in asked),
            "by_type": {kind: right(kind) for kind in types},
        }


def summarise(outcome: Outcome, *, seed: int = 0) -> Summary:
    """The summary of one system on one set."""
    summary = Summary(outcome.set, outcome.system, seed)
    for row in outcome.rows():
        summary.add(row)
    return summary


def measured(summaries: Sequence[Summary]) -> Iterator[str]:
    """The measures that apply to some case of some system, in the order of METRICS."""
    for name in METRICS:
        if any(summary.values(name) for summary in summaries):
            yield name
