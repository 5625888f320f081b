"""Learn the weights of `assistant.ranking`: `python -m assistant.training.ranker`, a quarter of an hour on one core.

Each question is asked as in production, of an index of its data set's texts: once as it is, once with the passage that
holds its answer kept out. From the first the order of sentences is learned (a softmax over a question's candidates),
from both together the probability that the best one answers. Weights are drawn towards the ones set by hand, since
years, places and levels hardly ever differ in encyclopedia questions.

Data: CMRC 2018 train, DRCD (Traditional characters), and the NCP questions on documents whose id has an even digest;
figures are given on every tenth question of the first two and on the odd half of NCP.
"""

from __future__ import annotations

import json
import math
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from assistant.candidates import candidates
from assistant.question import understand
from assistant.ranking import NAMES, lead
from assistant.terms import flat
from index import Index
from index.embedders import load_embedder
from index.hits import Hit
from index.training.corpora import DATA, questions
from index.training.splits import held_out
from sources.documents import Document
from sources.figures import Figure

SEED = 20261121
WEIGHTS = Path(__file__).parents[1] / "assets" / "ranker.json"
PRIOR = {
    "own": 5.0, "context": 4.5, "key": 0.8, "quoted": 1.0, "run": 1.5, "meaning": 1.0, "retrieval": 0.7,
    "untyped": -1.6, "unit": 0.6, "near": 1.2, "metric": 0.9, "subject": -1.0, "listed": 1.0,
    "period": 0.7, "other_period": -2.0, "region": 0.5, "other_region": -2.0, "other_scope": -2.0,
    "other_status": -1.5, "length": 0.0, "heading": -1.0,
}  # fmt: skip
PASSAGES = 20


@dataclass(frozen=True)
class Item:
    """A question, the text it is asked of, and its answer there."""

    question: str
    text: str
    answer: str
    held_out: bool


@dataclass(frozen=True)
class Ranked:
    """A question's candidates: features (n, features) and whether each holds the answer (n,)."""

    features: NDArray[np.float64]
    right: NDArray[np.bool_]
    held_out: bool


def items(name: str, limit: int) -> list[Item]:
    """Up to `limit` questions of a data set, in a fixed shuffled order."""
    if name == "ncp":
        texts = {row["docid"]: row["text"] for row in _lines(DATA / "ncp" / "docs.jsonl")}
        found = [
            Item(row["question"], texts[row["docid"]], row["answer"], held_out(row["docid"]))
            for row in _lines(DATA / "ncp" / "questions-dev.jsonl")
        ]
    else:
        found = [Item(each.question, each.context, each.answer, n % 10 == 0) for n, each in enumerate(questions(name))]
    random.Random(SEED).shuffle(found)
    return found[:limit]


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf8") as file:
        yield from map(json.loads, file)


def ranked(name: str, limit: int) -> list[tuple[Ranked, Ranked]]:
    """Each question's candidates, with its own text among those searched and without."""
    asked = items(name, limit)
    found: list[tuple[Ranked, Ranked]] = []
    with tempfile.TemporaryDirectory() as folder:
        texts = list(dict.fromkeys(item.text for item in asked))
        for number, text in enumerate(texts):
            Path(folder, f"{number:05}.txt").write_text(text, encoding="utf8")
        with Index.open(Path(folder, ".index"), embedder=load_embedder()) as index:
            index.update([Path(folder)])
            document = cache(index.document)
            figures = cache(lambda name: sorted(index.figures(document_id=name), key=lambda figure: figure.start))
            ids = {info.uri: info.id for info in index.documents()}
            for number, item in enumerate(asked):
                own = ids.get(str(Path(folder, f"{texts.index(item.text):05}.txt")), "")
                hits = index.search(understand(item.question).standalone, k=2 * PASSAGES)
                others = [hit for hit in hits if hit.passage.document_id != own]
                found.append(
                    (
                        _rank(document, figures, item, own, hits[:PASSAGES]),
                        _rank(document, figures, item, own, others[:PASSAGES]),
                    )
                )
                if number % 200 == 0:
                    print(f"{name} {number}/{len(asked)}", flush=True)
    return found


def _rank(
    document: Callable[[str], Document],
    figures: Callable[[str], Sequence[Figure]],
    item: Item,
    own: str,
    hits: Sequence[Hit],
) -> Ranked:
    each = candidates(understand(item.question), hits, document=document, figures=figures)
    answer = flat(item.answer)
    right = [candidate.document.id == own and _holds(flat(candidate.text), answer) for candidate in each]
    features = np.array([candidate.features.vector() for candidate in each]).reshape(len(each), len(NAMES))
    return Ranked(features, np.array(right, dtype=bool), item.held_out)


def _holds(sentence: str, answer: str) -> bool:
    """Does the sentence hold the answer, or stand in an answer of several sentences?"""
    return answer in sentence or (len(sentence) >= 12 and sentence in answer)


@dataclass(frozen=True)
class Learned:
    """What `assets/ranker.json` holds."""

    weights: NDArray[np.float64]
    score: float
    margin: float
    bias: float

    def top(self, each: Ranked) -> tuple[float, float, bool]:
        """The best candidate's score, its lead, and whether it holds the answer."""
        scores = each.features @ self.weights
        order = np.argsort(-scores)
        runner_up = float(scores[order[1]]) if len(order) > 1 else None
        best = float(scores[order[0]])
        return best, lead(best, runner_up), bool(each.right[order[0]])

    def odds(self, best: float, margin: float) -> float:
        """The log-odds that the best candidate answers."""
        return self.score * best + self.margin * margin + self.bias


def learn(data: Sequence[tuple[Ranked, Ranked]], *, pull: float) -> Learned:
    """Weights of the order, then what makes a log-odds of the best candidate's score and lead."""
    prior = torch.tensor([PRIOR[name] for name in NAMES], dtype=torch.float64)
    weights = prior.clone().requires_grad_(True)
    lists = [(torch.tensor(one.features), torch.tensor(one.right)) for one, _ in data if one.right.any()]

    def order_loss() -> torch.Tensor:
        losses = [
            torch.logsumexp(scores, 0) - torch.logsumexp(scores[right], 0)
            for features, right in lists
            for scores in [features @ weights]
        ]
        return torch.stack(losses).mean() + pull * ((weights - prior) ** 2).mean()

    _minimise(order_loss, weights)
    ordered = Learned(weights.detach().numpy(), 1.0, 0.0, 0.0)
    tops = torch.tensor(
        [ordered.top(each) for pair in data for each in pair if len(each.features)], dtype=torch.float64
    )
    scale = torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64, requires_grad=True)

    def odds_loss() -> torch.Tensor:
        odds = scale[0] * tops[:, 0] + scale[1] * tops[:, 1] + scale[2]
        return torch.nn.functional.binary_cross_entropy_with_logits(odds, tops[:, 2])

    _minimise(odds_loss, scale)
    score, margin, bias = scale.detach().tolist()
    return replace(ordered, score=score, margin=margin, bias=bias)


def _minimise(loss: Callable[[], torch.Tensor], parameter: torch.Tensor) -> None:
    optimizer = torch.optim.LBFGS([parameter], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        value = loss()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(closure)  # type: ignore[no-untyped-call]


def report(name: str, data: Sequence[tuple[Ranked, Ranked]], learned: Learned) -> None:
    """Print how often the best sentence answers, and what a threshold would answer and refuse."""
    tops = [learned.top(one) for one, _ in data if len(one.features)]
    without = [learned.top(other) for _, other in data if len(other.features)]
    found = np.mean([one.right.any() for one, _ in data])
    right = np.mean([is_right for *_, is_right in tops])
    line = f"{name}: {len(data)} questions, answer among candidates {found:.3f}, first {right:.3f}"
    for floor in (0.05, 0.1, 0.15, 0.2, 0.3, 0.4):
        odds = math.log(floor / (1 - floor))
        kept = np.mean([learned.odds(best, margin) >= odds for best, margin, _ in tops])
        refused = np.mean([learned.odds(best, margin) < odds for best, margin, _ in without])
        line += f"; at {floor} answers {kept:.3f}, refuses {refused:.3f} without"
    print(line)


def main() -> None:
    """Learn, print the figures on what was held out, and write the weights."""
    data = {name: ranked(name, limit) for name, limit in (("ncp", 640), ("cmrc2018-train", 1200), ("drcd", 500))}
    learned = learn([pair for each in data.values() for pair in each if not pair[0].held_out], pull=0.2)
    for name, each in data.items():
        report(name, [pair for pair in each if pair[0].held_out], learned)
    stored = {
        "score": round(learned.score, 4),
        "margin": round(learned.margin, 4),
        "bias": round(learned.bias, 4),
        "weights": {name: round(float(weight), 4) for name, weight in zip(NAMES, learned.weights, strict=True)},
    }
    WEIGHTS.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
