"""From what is known of a sentence to how likely it is to answer: a logistic regression over features that say why.

`python -m assistant.training.ranker` learns the weights; `assets/ranker.json` holds them.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MAX_LEAD = 3.0
_WEIGHTS = Path(__file__).parent / "assets" / "ranker.json"


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of a sentence as an answer. Each is 0 where it has nothing to say."""

    own: float
    """Share of the question's weighted words, 0 to 1, that the sentence meets."""
    context: float
    """Share met only by what it stands under."""
    key: float
    """How far the word that tells most is met, by either."""
    quoted: float
    """Share of the terms in quotation marks that stand in the sentence or what it stands under; 1 if there are none."""
    run: float
    """Longest stretch of the question that stands in the sentence, as a share of the question."""
    meaning: float
    """Cosine of question and sentence."""
    retrieval: float
    """The passage's score over the best passage's."""
    untyped: float
    """1 where the kind of answer asked for isn't there."""
    unit: float
    """How well the figure's unit fits, 0 to 1."""
    near: float
    """Share of the question's words in the clauses that the figure is said of."""
    metric: float
    """Share of the question's words in the name of what the figure measures."""
    subject: float
    """Share of what is counted (科研人员 in 多少名科研人员) that the figure's clauses don't name."""
    listed: float
    """1 where as many things are listed as are asked for; less where some list stands."""
    period: float
    """1 for the period asked about, 0 where none is said."""
    other_period: float
    region: float
    other_region: float
    other_scope: float
    other_status: float
    """1 where a target was asked for and a result stands, or the reverse; half for a target where neither was asked."""
    length: float
    """ln of the characters over 50."""
    heading: float
    """1 where the sentence is a caption or a fragment rather than a sentence."""

    def without_conflicts(self) -> Features:
        """The same, as if the sentence spoke of the time, place and level asked about."""
        return replace(self, other_period=0.0, other_region=0.0, other_scope=0.0, other_status=0.0)

    def vector(self) -> NDArray[np.float64]:
        """The values in the order of the fields, (n,)."""
        return np.array([getattr(self, field.name) for field in fields(self)])


NAMES = tuple(field.name for field in fields(Features))


@dataclass(frozen=True, slots=True)
class _Ranker:
    weights: NDArray[np.float64]
    """Of the order."""
    score: float
    margin: float
    bias: float
    """Of the log-odds that the best sentence answers: of its score, and of how far it leads."""


@cache
def _ranker() -> _Ranker:
    stored = json.loads(_WEIGHTS.read_text(encoding="utf8"))
    weights = np.array([stored["weights"][name] for name in NAMES])
    return _Ranker(weights, stored["score"], stored["margin"], stored["bias"])


def score(features: Features) -> float:
    """How well a sentence with these features answers; higher is better."""
    return float(features.vector() @ _ranker().weights)


def confidence(best: float, runner_up: float | None) -> float:
    """The probability, 0 to 1, that the sentence with the best score holds the answer."""
    ranker = _ranker()
    margin = lead(best, runner_up)
    odds = ranker.score * best + ranker.margin * margin + ranker.bias
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def lead(best: float, runner_up: float | None) -> float:
    """By how much the best score leads; no more than MAX_LEAD counts, and a single candidate leads by that."""
    return MAX_LEAD if runner_up is None else min(best - runner_up, MAX_LEAD)
