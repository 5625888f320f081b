"""Two systems on the same cases: is the difference more than chance, where is it, and which cases make it?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from eval.reports.scores import METRICS
from eval.reports.summary import Summary, summarise
from eval.results import Results
from eval.statistics import Difference, holm, paired

_MAIN = ("right", "cited", "rouge_l", "f1", "docs.ndcg@10", "evidence.ndcg@10")
"""What types and the win and loss list go by: the first of these that both systems have."""


@dataclass(frozen=True, slots=True)
class Line:
    """One measure, or one type, of both systems."""

    name: str
    first: float
    second: float
    difference: Difference
    adjusted_p: float
    """Holm's, over the lines of its table."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything `youju-eval compare` prints about one set."""

    set: str
    first: str
    second: str
    measures: list[Line]
    types: list[Line]
    """Of the main measure."""
    main: str
    wins: list[str]
    """Ids of the cases where the first is better on the main measure."""
    losses: list[str]


@dataclass(frozen=True, slots=True)
class Side:
    """Which results to compare."""

    results: Results
    system: str | None
    set: str | None


def side(text: str) -> Side:
    """The side named `FOLDER`, `FOLDER:SYSTEM` or `FOLDER:SYSTEM@SET`. Raises ValueError where there is no such."""
    folder, rest = text, ""
    if not Path(text).exists():
        folder, _, rest = text.rpartition(":")
    system, _, name = rest.partition("@")
    found = Side(Results(Path(folder)), system or None, name or None)
    known = found.results.outcomes()
    for asked, there in ((system, {o.system for o in known}), (name, {o.set for o in known})):
        if asked and asked not in there:
            raise ValueError(f"{text}：里面没有 {asked}，有的是 {'、'.join(sorted(there))}")
    return found


def compare(first: Side, second: Side, *, seed: int) -> list[Comparison]:
    """A comparison for each set that both sides have. Raises ValueError where there is none, or several systems."""
    comparisons = [
        comparison(one, other, seed=seed)
        for one in _summaries(first, seed)
        for other in _summaries(second, seed)
        if one.set == other.set or (first.set and second.set)
    ]
    if not comparisons:
        raise ValueError("两边没有共同的题集；请各指定一个：文件夹:系统@题集")
    return comparisons


def comparison(first: Summary, second: Summary, *, seed: int) -> Comparison:
    """Both systems on the cases that both were scored on. Raises ValueError where there are none."""
    shared = [m for m in METRICS if set(first.by_id(m)) & set(second.by_id(m))]
    if not shared:
        raise ValueError(f"{first.set}：{first.system} 和 {second.system} 没有共同的题")
    main = next((m for m in _MAIN if m in shared), shared[0])
    one, other = first.by_id(main), second.by_id(main)
    both = [case for case in one if case in other]
    better = 1 if METRICS[main].higher_is_better else -1
    kinds = dict(zip(first.ids, first.types, strict=True))
    by_type = {kind: [case for case in both if kinds[case] == kind] for kind in sorted({kinds[c] for c in both})}
    return Comparison(
        set=first.set if first.set == second.set else f"{first.set} / {second.set}",
        first=first.system,
        second=second.system,
        measures=_lines({m: _pairs(first.by_id(m), second.by_id(m)) for m in shared}, seed),
        types=_lines({kind: ([one[c] for c in cs], [other[c] for c in cs]) for kind, cs in by_type.items()}, seed),
        main=main,
        wins=[case for case in both if better * (one[case] - other[case]) > 0],
        losses=[case for case in both if better * (one[case] - other[case]) < 0],
    )


def _summaries(side: Side, seed: int) -> list[Summary]:
    outcomes = [
        outcome
        for outcome in side.results.outcomes()
        if side.system in (None, outcome.system) and side.set in (None, outcome.set)
    ]
    if side.system is None and len({outcome.system for outcome in outcomes}) > 1:
        names = "、".join(dict.fromkeys(outcome.system for outcome in outcomes))
        raise ValueError(f"{side.results.folder}：里面有几个系统（{names}），请指定：文件夹:系统")
    return [summarise(outcome, seed=seed) for outcome in outcomes]


def _pairs(one: dict[str, float], other: dict[str, float]) -> tuple[list[float], list[float]]:
    both = [case for case in one if case in other]
    return [one[case] for case in both], [other[case] for case in both]


def _lines(pairs: dict[str, tuple[list[float], list[float]]], seed: int) -> list[Line]:
    differences = {name: paired(*values, seed=seed) for name, values in pairs.items()}
    adjusted = holm([difference.p_value for difference in differences.values()])
    return [
        Line(name, sum(pairs[name][0]) / d.cases, sum(pairs[name][1]) / d.cases, d, p)
        for (name, d), p in zip(differences.items(), adjusted, strict=True)
    ]
