"""Pinned floors: a measure may not fall below its floor on the same data, and lowering one needs a reason.

    [[floors]]
    set = "library"
    system = "youju"
    metric = "right"
    at_least = 0.9
    cases_digest = "4f0c…"
    documents_digest = "9a1b…"
    reason = "first measured"

The digests are those of the questions and of the documents: other data has other floors.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from eval.cases import reasons
from eval.reports.scores import METRICS
from eval.reports.summary import summarise
from eval.results import Results


class Floor(BaseModel):
    """One pinned bound."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    set: str
    system: str
    metric: str
    at_least: float | None = None
    at_most: float | None = None
    """In place of `at_least` where lower is better."""
    cases_digest: str
    documents_digest: str
    reason: str

    @property
    def name(self) -> str:
        """What it bounds."""
        return f"{self.set} / {self.system} / {self.metric}"

    @property
    def bound(self) -> str:
        """The bound in words."""
        return f"不低于 {self.at_least}" if self.at_least is not None else f"不高于 {self.at_most}"

    def holds(self, value: float) -> bool:
        """Whether the value keeps to the bound."""
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


@dataclass(frozen=True, slots=True)
class Finding:
    """One floor against a run."""

    floor: Floor
    value: float | None
    problem: str
    """"" where the floor holds."""


def load(path: Path) -> list[Floor]:
    """The floors of a file. Raises ValueError naming the file and the field."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return [Floor.model_validate(item) for item in data.get("floors", [])]
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}：不是 TOML：{error}") from None
    except ValidationError as error:
        raise ValueError(f"{path}：{reasons(error)}") from None


def check(floors: Sequence[Floor], results: Results) -> list[Finding]:
    """Each floor against the run. A set that the run lacks is a problem too: a floor nobody measures guards nothing."""
    return [_finding(floor, results) for floor in floors]


def pinned(
    floors: Sequence[Floor], results: Results, metrics: Sequence[str], *, margin: float, reason: str, lower: bool
) -> list[Floor]:
    """The floors with those of `metrics` set from the run, `margin` away from the value and rounded to it.

    Raises ValueError where that would loosen a floor on the same data and `lower` isn't given.
    """
    if not reason.strip():
        raise ValueError("请用 --reason 说明为什么这样钉")
    kept = {(f.set, f.system, f.metric): f for f in floors}
    described = results.manifest["sets"]
    for outcome in results.outcomes():
        summary = summarise(outcome)
        for metric in metrics:
            mean = summary.mean(metric)
            if mean is None:
                continue
            key = (outcome.set, outcome.system, metric)
            new = _pinned(key, mean.value, margin, described[outcome.set], reason)
            old = kept.get(key)
            if old and not lower and _same_data(old, new) and _looser(new, old):
                raise ValueError(
                    f"{old.name}：按 {mean.value:.4f} 钉会放宽原来的底线（{old.bound}）；"
                    "确实要放宽，请加 --lower 并说明原因"
                )
            kept[key] = new
    return list(kept.values())


def dump(floors: Sequence[Floor]) -> str:
    """The floors as TOML."""
    parts = ["# Written by `youju-eval gate RUN --pin METRIC --reason WHY`; CI fails below these.\n"]
    for item in floors:
        values = item.model_dump(exclude_none=True)
        lines = [f"{key} = {_toml(value)}" for key, value in values.items()]
        parts.append("\n[[floors]]\n" + "\n".join(lines) + "\n")
    return "".join(parts)


def _finding(floor: Floor, results: Results) -> Finding:
    outcome = results.outcome(floor.set, floor.system)
    described = results.manifest["sets"].get(floor.set)
    if described is None or not (outcome.folder / "scores.jsonl").is_file():
        return Finding(floor, None, "这次运行没有这一项结果")
    mean = summarise(outcome).mean(floor.metric)
    if mean is None:
        return Finding(floor, None, "没有一道题适用这个指标")
    for what in ("cases_digest", "documents_digest"):
        pinned_to, found = getattr(floor, what), described[what]
        if pinned_to != found:
            return Finding(floor, mean.value, f"数据变了：{what} 是 {found}，钉的是 {pinned_to}；请重新钉")
    if floor.holds(mean.value):
        return Finding(floor, mean.value, "")
    return Finding(floor, mean.value, f"应当{floor.bound}")


def _pinned(key: tuple[str, str, str], value: float, margin: float, described: dict[str, str], reason: str) -> Floor:
    name, system, metric = key
    digests = {what: described[what] for what in ("cases_digest", "documents_digest")}
    where = {"set": name, "system": system, "metric": metric, **digests, "reason": reason}
    if METRICS[metric].higher_is_better:
        return Floor.model_validate({**where, "at_least": floor((value - margin) * 1000 + 1e-9) / 1000})
    return Floor.model_validate({**where, "at_most": -floor(-(value + margin) * 1000 + 1e-9) / 1000})


def _same_data(one: Floor, other: Floor) -> bool:
    return (one.cases_digest, one.documents_digest) == (other.cases_digest, other.documents_digest)


def _looser(new: Floor, old: Floor) -> bool:
    if new.at_least is not None and old.at_least is not None:
        return new.at_least < old.at_least
    return new.at_most is not None and old.at_most is not None and new.at_most > old.at_most


def _toml(value: object) -> str:
    return f'"{value}"'.replace("\n", " ") if isinstance(value, str) else repr(value)
