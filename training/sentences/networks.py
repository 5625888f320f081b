"""Learns the networks over sentences and clauses: `python -m training.sentences.networks [--out FOLDER]`.

Some twenty minutes on two cores. Each question is asked as in production, of an index of its data set's texts: with all
of them, without the document that answers it, and without the passages that do. From the first, the order of sentences
is learned, and how much around the best one belongs to the answer; from all three, the probability that it answers.
"""

from __future__ import annotations

import argparse
import json
import pickle
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.question.kinds import QuestionKind
from assistant.reading.scoring import FIGURE_KINDS, INPUTS, SURE_INPUTS, Features, by_rule, inputs, scored, sure_inputs
from assistant.reading.spans import INPUTS as CLAUSE_INPUTS
from assistant.reading.spans import chosen
from eval.metrics.calibration import expected_calibration_error, reliability
from index.ranking.networks import Floats, Network
from sources.sentences import Span
from training.networks import listwise, logistic, platt
from training.sentences.collect import SEED, Pool, Sample, samples

ASSETS = Path(__file__).parents[2] / "assistant" / "reading" / "assets"
SETS = (
    ("ncp", 640, None), ("ncp", 640, 8), ("cmrc", 150, 1), ("cmrc", 100, 20), ("drcd", 120, 20), ("robust", 100, 20),
    ("squad2", 200, 20), ("xquad", 58, 20), ("cail2019", 150, 20), ("figures", 260, 8),
    ("reworded", 240, 8),
)  # fmt: skip
"""Data set, questions, and how many texts make a library: users have few documents as often as many."""
WEIGHT = {
    "ncp": 3.0, "cmrc": 0.5, "drcd": 0.5, "robust": 1.0, "squad2": 1.0, "xquad": 0.5, "cail2019": 1.0, "figures": 1.0,
    "reworded": 1.0,
}  # fmt: skip
"""How much a question of each set counts for order and clauses: users ask about policies."""
_WITHOUT = 0.3
"""How much a question counts, beside an answered one, whose answer was kept out: for what tells them apart."""
_USUAL = 0.05
"""The same for how likely the answer is right: people seldom ask what isn't there, and what is refused has no say."""


def _order(data: Sequence[Sample]) -> Network:
    kept = [each for each in data if each.own.features and each.own.kind not in FIGURE_KINDS]
    return listwise(
        [(inputs(each.own.kind, each.own.features), each.own.right) for each in kept],
        [WEIGHT[each.source] for each in kept],
        offsets=[np.array([by_rule(row) for row in each.own.features], np.float32) for each in kept],
        units=16, epochs=15, decay=0.3, seed=SEED,
    )  # fmt: skip


def tops(pool: Pool, order: Network) -> tuple[Floats, float] | None:
    """The inputs of the confidence, (1, inputs), and how far the best sentence holds the answer; None: no sentence.

    The best one as `assistant.reading.findings` takes it: no heading, of no other time or place, with a number.
    """
    if not pool.features:
        return None
    scores = scored(pool.kind, pool.features, order)
    by_score = np.argsort(-scores)
    fitting = [at for at in by_score if _fits(pool.kind, pool.features[at])]
    if not fitting:
        return None
    first = int(fitting[0])
    runner_up = next((float(scores[at]) for at in by_score if at != first), None)
    return sure_inputs(pool.features[first], float(scores[first]), runner_up), float(pool.right[first])


def _fits(kind: QuestionKind, row: Features) -> bool:
    elsewhere = row.other_period or row.other_region or row.other_scope
    return not (row.heading or elsewhere or (row.untyped and kind in FIGURE_KINDS))


@dataclass(frozen=True, slots=True)
class _Told:
    """Best sentences, whether each answers, and what they are of."""

    inputs: Floats
    right: Floats
    sources: Sequence[str]
    asked: NDArray[np.bool_]
    """Whether the answer was there to find."""

    def weights(self, without: float) -> Floats:
        """Each source counting the same, sentences where there is no answer so much of the others."""
        own = np.where(self.asked, 1.0, without)
        names = np.array(self.sources)
        totals = {name: own[names == name].sum() for name in set(self.sources)}
        return np.array([each / totals[name] for each, name in zip(own, self.sources, strict=True)], np.float32)


def _told(data: Sequence[Sample], order: Network) -> _Told:
    found = [
        (known, sample.source, pool is sample.own and sample.answerable)
        for sample in data
        for pool in (sample.own, sample.without_document, sample.without_answer)
        if (known := tops(pool, order)) is not None
    ]
    return _Told(
        np.concatenate([inputs for (inputs, _), _, _ in found]),
        np.array([right > 0 for (_, right), _, _ in found], np.float32),
        [source for _, source, _ in found],
        np.array([asked for _, _, asked in found]),
    )


def _sure(told: _Told) -> Network:
    """Learned to tell what answers from what doesn't, then brought to how often an answer is right."""
    apart = logistic(
        told.inputs, told.right, told.weights(_WITHOUT) * len(told.right), units=8, epochs=120, decay=1.0, seed=SEED
    )
    factor, added = platt(apart(told.inputs), told.right, told.weights(_USUAL))
    return replace(apart, linear=factor * apart.linear, out=factor * apart.out, bias=factor * apart.bias + added)


def _clauses(data: Sequence[Sample]) -> Network:
    spreads = [(each.spread, WEIGHT[each.source]) for each in data if each.spread is not None]
    return logistic(
        np.concatenate([spread.window.inputs for spread, _ in spreads]),
        np.concatenate([spread.wanted for spread, _ in spreads]),
        np.concatenate([np.full(len(spread.wanted), weight, np.float32) for spread, weight in spreads]),
        units=16, epochs=80, decay=0.1, seed=SEED,
    )  # fmt: skip


def report(name: str, data: Sequence[Sample], order: Network, sure: Network, clause: Network) -> None:
    """Prints how often the best sentence answers, what a threshold would answer and refuse, and how well quotes fit."""
    among = np.mean([each.own.right.max(initial=0) > 0 for each in data])

    def sureness(pools: Sequence[Pool]) -> Floats:
        known = [told for pool in pools if (told := tops(pool, order)) is not None]
        odds = np.concatenate([sure(inputs) for inputs, _ in known]) if known else np.zeros(0, np.float32)
        return np.asarray(1 / (1 + np.exp(-odds)), np.float32)

    own = [each.own for each in data if each.answerable]
    right = np.mean([told[1] > 0 for pool in own if (told := tops(pool, order)) is not None])
    line = f"{name}: {len(data)} questions, answer among candidates {among:.3f}, first {right:.3f}"
    absent = [[each.without_document for each in data], [each.without_answer for each in data]]
    absent.append([each.own for each in data if not each.answerable])
    chances, without = sureness(own), [sureness(pools) for pools in absent]
    for floor in (0.2, 0.3, 0.4, 0.5, 0.6):
        refused = " / ".join(f"{np.mean(each < floor):.3f}" if len(each) else "–" for each in without)
        line += f"\n  at {floor} answers {np.mean(chances >= floor):.3f}; refuses {refused}"
    spreads = [each.spread for each in data if each.spread is not None]
    if spreads:
        agreed = [agreement(chosen(each.window, clause(each.window.inputs)), each.gold) for each in spreads]
        line += f"\n  quotes around an answering sentence: F-measure of characters {np.mean(agreed):.3f}"
    print(line)


def report_unlike(told: _Told) -> None:
    """Prints for each source how far confidence is off that was learned from all others."""
    names = np.array(told.sources)
    for name in sorted(set(told.sources)):
        others, own = names != name, (names == name) & told.asked
        learned = _sure(_Told(told.inputs[others], told.right[others], names[others].tolist(), told.asked[others]))
        chances = 1 / (1 + np.exp(-learned(told.inputs[own])))
        error = expected_calibration_error(reliability(chances.tolist(), told.right[own].tolist()))
        print(
            f"{name}: {own.sum()} answered, right {told.right[own].mean():.2f}, by the others {chances.mean():.2f},",
            end=" ",
        )
        print(f"calibration error {error:.3f}")


def agreement(quote: Span, gold: Span) -> float:
    """F-measure of the characters quoted, 0 to 1."""
    common = max(0, min(quote[1], gold[1]) - max(quote[0], gold[0]))
    return 2 * common / (quote[1] - quote[0] + gold[1] - gold[0])


def _kept(folder: Path | None, name: str, limit: int, library: int | None) -> list[Sample]:
    if folder is None:
        return samples(name, limit, library=library)
    path = folder / f"{name}-{limit}-{library}.pickle"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        scratch = path.with_suffix(".part")
        scratch.write_bytes(pickle.dumps(samples(name, limit, library=library)))
        scratch.replace(path)
    found: list[Sample] = pickle.loads(path.read_bytes())
    return found


def main() -> None:
    """Learn, print the figures on what was held out, and write the networks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ASSETS)
    parser.add_argument(
        "--kept", type=Path, help="a folder that keeps what was collected: asking goes on where it stopped"
    )
    options = parser.parse_args()
    data = [each for name, limit, library in SETS for each in _kept(options.kept, name, limit, library)]
    train = [each for each in data if not each.held_out]
    order = _order(train)
    told = _told(train, order)
    sure = _sure(told)
    clause = _clauses(train)
    for name in WEIGHT:
        report(name, [each for each in data if each.held_out and each.source == name], order, sure, clause)
    report_unlike(told)
    learned = (("sentences", order, INPUTS), ("clauses", clause, CLAUSE_INPUTS), ("confidence", sure, SURE_INPUTS))
    for file, network, names in learned:
        stored = network.to_json(names)
        (options.out / f"{file}.json").write_text(json.dumps(stored) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
