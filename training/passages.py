"""Makes the shipped ranker's weights: `python -m training.passages` (a quarter of an hour on one core, most of it for
embedding; with `--keep FOLDER` the indexes stay there for another run).

Each question is asked of an index of its collection, once with each shipped embedder, and the network learns to put the
right passages first among the candidates that were found: a softmax over them (Cao et al. 2007, ListNet), the mean of
several seeds side by side in one hidden layer. Questions are drawn in shares from policies, law, messages to offices, a
university's pages and encyclopedias, however many each has.

Data: NCP, STARD, the messages and the university's pages, the half that isn't held out; CMRC 2018 train and DRCD but
for every tenth paragraph. Figures are measured on what is held out. Nothing of the main task's documents or questions
is read.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from index.embedders.contextual import shipped_contextual
from index.embedders.embedder import Embedder
from index.embedders.static import shipped
from index.index import Index
from index.ranking.features import FEATURES
from index.ranking.features import features as features_of
from index.ranking.learned import WEIGHTS
from index.ranking.networks import MOST, Floats, Network
from index.ranking.ranker import Candidate, Query
from index.search import closely, fuse, look
from sources.mentions.regions import regions
from training.judged import COLLECTIONS, Collection

SEED = 20261122
SHARES = {"ncp": 0.4, "everyday-law": 0.2, "messages": 0.15, "university": 0.05, "cmrc": 0.1, "drcd": 0.1}
"""What part of the questions learned from comes from each collection."""
DEPTH = 64
SEEDS = 4
UNITS = 16
"""Hidden units a seed."""
STEPS = 400
BATCH = 256
LEARNING_RATE = 0.004
DECAY = 0.01
"""On the squares of the weights."""
NOISE = 0.12
"""On the static embedder's cosines of questions learned from: it has learned from the same ones and finds their
passages better than it will others' (NCP: MRR@10 0.91 against 0.70). So much noise brings it down to what it was
without them, 0.66. The contextual one has seen no question."""
DROPOUT = 0.2
_NUMBER = re.compile(r"\d{1,9}")
_OTHER_PLACES = ("太原市", "南阳市", "惠州市", "咸阳市", "桂林市")


@dataclass(frozen=True)
class Item:
    """A question's candidates in the order that they were found: features (n, features) and grades (n,)."""

    features: Floats
    grades: NDArray[np.int64]
    held_out: bool


def candidates(index: Index, question: str, *, depth: int, noise: float = 0.0) -> tuple[Query, list[Candidate]]:
    """The query and the candidates that a ranker orders, with noise of this deviation on the cosines."""
    snapshot, catalog = index._snapshots.current(), index._catalog
    query, found = look(question, pool=200, catalog=catalog, engines=snapshot.engines, embedder=snapshot.embedder)
    draw = np.random.default_rng(zlib.crc32(question.encode("utf8")))
    found = replace(found, dense=found.dense + draw.normal(0, noise, len(found.dense)).astype(np.float32))
    scores = fuse(found)
    best = np.lexsort((found.rows, -scores))[:depth]
    return query, list(closely(best, scores, found, catalog=catalog).values())


def twins(question: str, right: Sequence[Candidate]) -> list[Candidate]:
    """The right passages again, each with a number, year or place changed to one that the question doesn't ask for.

    Reports of another year or town read alike and are found alike; these collections hardly hold any.
    """
    numbers = set(_NUMBER.findall(question))
    places = {mention.name for mention in regions(question) if mention.name}
    found = []
    for each in right:
        swaps = {number: str(int(number) + 1 + len(question) % 4) for number in numbers if number in each.passage.text}
        for place in places:
            printed = next((p for p in (place, place[:-1]) if len(p) > 1 and p in each.passage.text), None)
            if printed:
                other = _OTHER_PLACES[len(question) % len(_OTHER_PLACES)]
                swaps[printed] = other if printed == place else other[:-1]
        for old, new in swaps.items():
            document = f"{each.passage.document_id}-{new}"
            passage = replace(each.passage, document_id=document, text=each.passage.text.replace(old, new))
            found.append(replace(each, passage=passage, title=each.title.replace(old, new), before="", after=""))
    return found


def items_of(collection: Collection, embedder: Embedder, folder: Path, *, depth: int = DEPTH) -> list[Item]:
    """Every question's candidates, searched in an index of the collection that lies in `folder` or is made there."""
    noise = NOISE if embedder is shipped() else 0.0
    files = folder / "files"
    if not files.exists():
        collection.write(files)
    # All vectors are compared: a graph takes longer to build than it saves here.
    with Index.open(folder / "data", embedder=embedder, exact_limit=1_000_000, intake=collection.intake) as index:
        index.update([files], build=False)
        index.switch()
        items = []
        for question in collection.questions:
            query, near = candidates(index, question.text, depth=depth, noise=0.0 if question.held_out else noise)
            grades = [question.grade(each.passage) for each in near]
            if not question.held_out:
                right = [each for each, grade in zip(near, grades, strict=True) if grade == 3]
                others = twins(question.text, right)
                near, grades = near + others, grades + [0] * len(others)
            items.append(Item(features_of(query, near), np.array(grades, np.int64), question.held_out))
        return items


def figures(items: Sequence[Item], network: Network | None) -> dict[str, float]:
    """MRR@10 and R@10 of the first right passage; without a network, in the order they were found."""
    gains = []
    for item in items:
        order = np.argsort(-network(item.features), kind="stable") if network else np.arange(len(item.grades))
        right = np.flatnonzero(item.grades[order[:10]] == 3)
        gains.append(1 / (1 + right[0]) if len(right) else 0.0)
    return {"MRR@10": round(float(np.mean(gains)), 4), "R@10": round(float(np.mean(np.array(gains) > 0)), 4)}


def train(sets: dict[str, list[Item]]) -> Network:
    """The network learned from what isn't held out, on questions of which a right passage was found."""
    used = {
        name: [item for item in items if not item.held_out and (item.grades == 3).any()] for name, items in sets.items()
    }
    every = [item for items in used.values() for item in items]
    drawn = np.concatenate([np.full(len(items), SHARES[name] / len(items)) for name, items in used.items() if items])
    rows = np.concatenate([item.features for item in every])
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-2
    most = max(len(item.grades) for item in every)
    x = np.zeros((len(every), most, len(FEATURES)), np.float32)
    y = np.zeros((len(every), most), np.float32)
    missing = np.full((len(every), most), -1e9, np.float32)
    for number, item in enumerate(every):
        n = len(item.grades)
        x[number, :n] = np.clip((item.features - mean) / scale, -MOST, MOST)
        y[number, :n] = np.where(item.grades == 3, 1.0, np.where(item.grades == 1, 0.1, 0.0))
        missing[number, :n] = 0
    y /= y.sum(axis=1, keepdims=True)
    models = [_fit(torch.tensor(x), torch.tensor(y), torch.tensor(missing), drawn, seed=SEED + n) for n in range(SEEDS)]
    return Network(
        mean=mean.astype(np.float32),
        scale=scale.astype(np.float32),
        linear=np.mean([model["linear"] for model in models], axis=0),
        hidden=np.concatenate([model["hidden"] for model in models], axis=1),
        hidden_bias=np.concatenate([model["bias"] for model in models]),
        out=np.concatenate([model["out"] / SEEDS for model in models]),
        bias=0.0,
    )


def _fit(
    x: torch.Tensor, y: torch.Tensor, missing: torch.Tensor, drawn: NDArray[np.float64], *, seed: int
) -> dict[str, Floats]:
    torch.manual_seed(seed)
    draw = np.random.default_rng(seed)
    linear = torch.nn.Linear(x.shape[2], 1, bias=False)
    hidden, out = torch.nn.Linear(x.shape[2], UNITS), torch.nn.Linear(UNITS, 1, bias=False)
    dropout = torch.nn.Dropout(DROPOUT)
    parameters = [*linear.parameters(), *hidden.parameters(), *out.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for _ in range(STEPS):
        batch = torch.tensor(draw.choice(len(x), size=BATCH, p=drawn / drawn.sum()))
        scores = (linear(x[batch]) + out(dropout(torch.relu(hidden(x[batch])))))[..., 0] + missing[batch]
        loss = -(y[batch] * torch.log_softmax(scores, dim=1)).sum(dim=1).mean()
        loss = loss + DECAY * sum((weight**2).sum() for weight in parameters)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return {
        "linear": linear.weight.detach().numpy()[0],
        "hidden": hidden.weight.detach().numpy().T,
        "bias": hidden.bias.detach().numpy(),
        "out": out.weight.detach().numpy()[0],
    }


def save(network: Network, measured: dict[str, object], path: Path) -> None:
    """Write what `index.ranking.networks.load` reads, with the figures it was measured at."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"measured": measured, **network.to_json(FEATURES)}) + "\n", "utf8")


def main() -> None:
    """Train, measure on what is held out, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--keep", type=Path, help="where the indexes lie, for another run to use")
    options = parser.parse_args()
    torch.set_num_threads(1)
    start = time.perf_counter()
    sets: dict[str, list[Item]] = {}
    aside: dict[str, dict[str, list[Item]]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in SHARES:
            collection = COLLECTIONS[name]()
            for embedder in (shipped(), shipped_contextual()):
                items = items_of(collection, embedder, (options.keep or Path(scratch)) / name)
                sets.setdefault(name, []).extend(items)
                aside.setdefault(name, {})[embedder.name] = [item for item in items if item.held_out]
            print(f"{name}: {len(items)} questions, {time.perf_counter() - start:.0f} s", flush=True)
    network = train(sets)
    measured: dict[str, object] = {}
    for name, by_embedder in aside.items():
        for embedder_name, items in by_embedder.items():
            own = {"found": figures(items, None), "ranked": figures(items, network)}
            measured[f"{name}, {embedder_name.partition('@')[0]}"] = own
            print(name, embedder_name, "held out", own, flush=True)
    save(network, measured, options.out)
    print(f"{options.out}: {options.out.stat().st_size / 1000:.0f} KB, {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
