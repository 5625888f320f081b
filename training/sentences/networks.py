"""Learns the networks over sentences and clauses: `python -m training.sentences.networks [--out FOLDER]`.

Some twenty minutes on two cores. Each question is asked as in production, of an index of its data set's texts: with all
of them, without the document that answers it, and without the passages that do. From the first, the order of sentences
is learned, and how much around the best one belongs to the answer; from all three, the probability that it answers.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from assistant.reading.scoring import (
    FIGURE_KINDS,
    INPUTS,
    SURE_INPUTS,
    by_rule,
    inputs,
    scored,
    sure_inputs,
    sure_network,
)
from assistant.reading.spans import INPUTS as CLAUSE_INPUTS
from assistant.reading.spans import chosen
from index.ranking.networks import Floats, Network
from sources.sentences import Span
from training.networks import listwise, logistic
from training.sentences.collect import SEED, Pool, Sample, samples

ASSETS = Path(__file__).parents[2] / "assistant" / "reading" / "assets"
SETS = (
    ("ncp", 640, None), ("ncp", 640, 8), ("cmrc2018-train", 900, 1), ("cmrc2018-train", 600, 20), ("rgb", 300, 1),
)  # fmt: skip
"""Data set, questions, and how many texts make a library: users have few documents as often as many."""
WEIGHT = {"ncp": 3.0, "cmrc2018-train": 0.5, "rgb": 2.0}
"""How much a question of each set counts: users ask about policies."""


def _order(data: Sequence[Sample]) -> Network:
    kept = [each for each in data if each.own.features and each.own.kind not in FIGURE_KINDS]
    return listwise(
        [(inputs(each.own.kind, each.own.features), each.own.right) for each in kept],
        [WEIGHT[each.source] for each in kept],
        offsets=[np.array([by_rule(row) for row in each.own.features], np.float32) for each in kept],
        units=16, epochs=15, decay=0.3, seed=SEED,
    )  # fmt: skip


def tops(pool: Pool, order: Network) -> tuple[Floats, float] | None:
    """The inputs of the confidence, (1, inputs), and how far the best sentence holds the answer; None: no sentence."""
    if not pool.features:
        return None
    scores = scored(pool.kind, pool.features, order)
    by_score = np.argsort(-scores)
    runner_up = float(scores[by_score[1]]) if len(scores) > 1 else None
    first = int(by_score[0])
    known = sure_inputs(pool.kind, pool.features[first], float(scores[first]), runner_up)
    return known, float(pool.right[first])


def _sure(data: Sequence[Sample], order: Network, name: str) -> Network:
    rows, targets, weights = [], [], []
    for each in data:
        if sure_network(each.own.kind) != name:
            continue
        for pool, share in ((each.own, 1.0), (each.without_document, 0.6), (each.without_answer, 0.6)):
            if (top := tops(pool, order)) is not None:
                rows.append(top[0])
                targets.append(float(top[1] > 0))
                weights.append(share * WEIGHT[each.source])
    return logistic(
        np.concatenate(rows),
        np.array(targets, np.float32),
        np.array(weights, np.float32),
        units=1, epochs=max(100, 300_000 // len(rows)), decay=1.0, seed=SEED,
    )  # fmt: skip


def _clauses(data: Sequence[Sample]) -> Network:
    spreads = [(each.spread, WEIGHT[each.source]) for each in data if each.spread is not None]
    return logistic(
        np.concatenate([spread.window.inputs for spread, _ in spreads]),
        np.concatenate([spread.wanted for spread, _ in spreads]),
        np.concatenate([np.full(len(spread.wanted), weight, np.float32) for spread, weight in spreads]),
        units=16, epochs=80, decay=0.1, seed=SEED,
    )  # fmt: skip


def report(name: str, data: Sequence[Sample], order: Network, sure: Mapping[str, Network], clause: Network) -> None:
    """Prints how often the best sentence answers, what a threshold would answer and refuse, and how well quotes fit."""
    among = np.mean([each.own.right.max(initial=0) > 0 for each in data])

    def sureness(pool: Pool) -> tuple[float, bool] | None:
        known = tops(pool, order)
        return None if known is None else (float(sure[sure_network(pool.kind)](known[0])[0]), known[1] > 0)

    own = [known for each in data if (known := sureness(each.own)) is not None]
    right = np.mean([is_right for _, is_right in own])
    line = f"{name}: {len(data)} questions, answer among candidates {among:.3f}, first {right:.3f}"
    absent = [
        [known[0] for pool in missing if (known := sureness(pool)) is not None]
        for missing in ([each.without_document for each in data], [each.without_answer for each in data])
    ]
    for floor in (0.02, 0.04, 0.07, 0.1, 0.2, 0.3, 0.5):
        odds = np.log(floor / (1 - floor))
        kept, no_document, no_answer = (
            float(np.mean(np.array(each) >= odds)) for each in ([known for known, _ in own], *absent)
        )
        line += f"\n  at {floor} answers {kept:.3f}; refuses {1 - no_document:.3f} / {1 - no_answer:.3f} without"
    spreads = [each.spread for each in data if each.spread is not None]
    agreed = [agreement(chosen(each.window, clause(each.window.inputs)), each.gold) for each in spreads]
    print(f"{line}\n  quotes around an answering sentence: F-measure of characters {np.mean(agreed):.3f}")


def agreement(quote: Span, gold: Span) -> float:
    """F-measure of the characters quoted, 0 to 1."""
    common = max(0, min(quote[1], gold[1]) - max(quote[0], gold[0]))
    return 2 * common / (quote[1] - quote[0] + gold[1] - gold[0])


def main() -> None:
    """Learn, print the figures on what was held out, and write the networks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ASSETS)
    options = parser.parse_args()
    data = [each for name, limit, library in SETS for each in samples(name, limit, library=library)]
    train = [each for each in data if not each.held_out]
    order = _order(train)
    sure = {name: _sure(train, order, name) for name in ("confidence", "confidence-figures")}
    clause = _clauses(train)
    for name in WEIGHT:
        report(name, [each for each in data if each.held_out and each.source == name], order, sure, clause)
    learned = (
        ("sentences", order, INPUTS), ("clauses", clause, CLAUSE_INPUTS),
        *((name, network, SURE_INPUTS) for name, network in sure.items()),
    )  # fmt: skip
    for file, network, names in learned:
        stored = network.to_json(names)
        (options.out / f"{file}.json").write_text(json.dumps(stored) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
