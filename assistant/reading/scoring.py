"""From what is known of a sentence to how likely it is to answer: small networks over features that say why.

`python -m training.sentences.networks` learns them: `assets/sentences.json` orders the sentences of a question,
`assets/confidence.json` tells how likely it is that the best one holds the answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from assistant.question.kinds import KINDS, QuestionKind
from index.ranking.networks import Floats, Network, load

MAX_LEAD, MIN_LEAD = 3.0, -1.0
"""It is behind where what scores best is of another time or place."""
_ASSETS = Path(__file__).parent / "assets"


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
    """Share of the question's words in the clauses that the figure is about."""
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

    headed: float
    """Share in the heading right above."""
    after: float
    """Share in the sentence before."""
    first: float
    """1 for the first sentence under its heading."""
    news: float
    """Share of the sentence that isn't in the question."""
    preamble: float
    """1 where it only announces what follows."""
    asking: float
    """1 for a question."""
    item: float
    """1 where it opens with the mark of an item."""
    document: float
    """Share of the question's words that stand anywhere in its document."""
    unmet: float
    """Share of the heaviest word that neither the sentence nor what it stands under meets, as far as it isn't met."""

    read: float
    """Log-odds, by the reader, of the likeliest answer in it; and of any of its words to belong to the answer, and of
    the answer to stand in its passage."""
    inside: float
    there: float

    def without_conflicts(self) -> Features:
        """The same, as if the sentence spoke of the time, place and level asked about."""
        return replace(self, **dict.fromkeys(CONFLICTS, 0.0))


CONFLICTS = ("other_period", "other_region", "other_scope", "other_status")
WEIGHTS = {
    "own": 5.57, "context": 5.22, "key": 0.39, "quoted": 0.82, "run": 2.03, "meaning": 2.12, "retrieval": 2.37,
    "untyped": -1.41, "unit": 0.63, "near": 2.5, "metric": 1.2, "subject": -1.01, "listed": 0.83,
    "period": 0.82, "other_period": -2.05, "region": 0.55, "other_region": -2.11, "other_scope": -2.0,
    "other_status": -1.5, "heading": -1.01,
}  # fmt: skip
"""A linear score that the network adds to. It was once fitted to CMRC, DRCD and NCP with every weight drawn towards one
set by hand; `near` and `metric` were raised by hand since, for a figure of something else on the sample library."""
_READ_OF_FIGURES = np.float32(0.3)
_READ_BETWEEN = (-8, 3)
"""What a unit of the reader's log-odds counts for a sentence with a number, and from where to where: between two that
it is sure of, as of who travels from where to where, what the number is about decides."""
FIGURE_KINDS: frozenset[QuestionKind] = frozenset({"number", "rank", "duration"})
LEARNED = (
    "own", "context", "key", "run", "listed", "length", "heading", "headed", "after", "first", "news", "preamble",
    "asking", "item", "read", "inside", "there",
)  # fmt: skip
"""What the network reads. Figures, years and places hardly matter in the questions that are learned from, and how much
of the list one document takes depends on how many there are: these are left to the weights. So is `meaning`: the
shipped embedder knows some of these questions by heart and would seem to tell more than it does."""
SURE = ("read", "there", "own", "context", "unmet", "document", "period", "region", "near", "unit")
"""What tells besides its lead whether the best sentence answers; the same for every kind of question: inputs that know
the sets learned from, as kinds and scores do, are the less to be trusted on others."""
INPUTS = (*LEARNED, *(f"is_{kind}" for kind in KINDS))
SURE_INPUTS = ("lead", *SURE)
_READ_FROM = {"read": (-8.0, 4.0), "there": (-6.0, 6.0)}
"""Beyond these log-odds the reader is as sure as it gets."""


def inputs(kind: QuestionKind, rows: Sequence[Features], names: Sequence[str] = LEARNED) -> Floats:
    """What a network reads of sentences for a question of `kind`, (n, names and kinds)."""
    found = np.zeros((len(rows), len(names) + len(KINDS)), np.float32)
    for row, features in zip(found, rows, strict=True):
        row[: len(names)] = [getattr(features, name) for name in names]
        row[len(names) + KINDS.index(kind)] = 1
    return found


@cache
def _network(name: str, names: tuple[str, ...]) -> Network:
    return load(_ASSETS / f"{name}.json", names)


def scores(kind: QuestionKind, rows: Sequence[Features]) -> Floats:
    """How well sentences with these features answer a question of `kind`, (n,); higher is better."""
    return scored(kind, rows, _network("sentences", INPUTS))


def scored(kind: QuestionKind, rows: Sequence[Features], network: Network) -> Floats:
    """`scores` by another network."""
    by_hand = np.array([by_rule(row) for row in rows], np.float32)
    if kind not in FIGURE_KINDS:
        return by_hand + network(inputs(kind, rows))
    # What a number is about tells it from others, in a sentence as in a table: how a text reads has little say.
    read = np.array([row.read for row in rows], np.float32)
    return by_hand + _READ_OF_FIGURES * np.clip(read, *_READ_BETWEEN)


def by_rule(features: Features) -> float:
    """The part of a score that `WEIGHTS` give."""
    return sum(weight * float(getattr(features, name)) for name, weight in WEIGHTS.items())


def sure_inputs(best: Features, score: float, runner_up: float | None) -> Floats:
    """What is known of the best sentence of a question, (1, inputs)."""
    known = {name: float(getattr(best, name)) for name in SURE}
    for name, (least, most) in _READ_FROM.items():
        known[name] = min(max(known[name], least), most)
    return np.array([[lead(score, runner_up), *known.values()]], np.float32)


def confidence(best: Features, score: float, runner_up: float | None) -> float:
    """The probability, 0 to 1, that the best sentence holds the answer."""
    odds = float(_network("confidence", SURE_INPUTS)(sure_inputs(best, score, runner_up))[0])
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def lead(best: float, runner_up: float | None) -> float:
    """By how much the best score leads, within MAX_LEAD and MIN_LEAD; a single candidate leads by the most."""
    return MAX_LEAD if runner_up is None else max(MIN_LEAD, min(best - runner_up, MAX_LEAD))
