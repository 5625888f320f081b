"""Learn the reader: `python -m assistant.training.reader --minutes 90`, on two cores; `questions` says from what.

The loss of a passage is the cross-entropy of where the answer begins and where it ends, over its words and the option
that it isn't there, and that of which words belong to it. What is written is an exponential mean of the weights.

The shipped weights were made in three runs, each going on from the one before (`--start`): 25 minutes without news and
without documents, 22 with news, 27 with everything.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from assistant.reader import FEATURES, GAIN, HASHES, Ints, asked, features, unit, words
from assistant.training import questions
from assistant.training.collect import SEED, located
from assistant.training.questions import Example
from index.embedders import shipped
from sources.sentences import Span

OUT = Path(__file__).parents[1] / "assets" / "reader.safetensors"
DILATIONS = (1, 2, 4, 8, 1, 2)
LOOK_BEFORE = 4


LOSS_OF_INSIDE = 2.0
TOKENS_A_STEP = 6000
_RATE = 2e-3
_FAR = -1e4
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Row:
    """An example as the network reads it; shapes as in `assistant.reader`."""

    asked_ids: Ints
    asked_ends: Ints
    ids: Ints
    ends: Ints
    told: NDArray[np.float16]
    starts: Bools
    stops: Bools
    inside: Bools
    """(words,) which begin, end and belong to the answer; none where it isn't there."""
    weight: float


def rows(examples: Iterable[Example]) -> list[Row]:
    """The examples that have words, and whose answer falls on some."""
    return [row for example in examples if (row := _row(example)) is not None]


def _row(example: Example) -> Row | None:
    question, passage = asked(example.question), words(example.passage)
    if not len(passage.ids) or not len(question.words.ids):
        return None
    vectors, sizes = unit(passage.ids)
    starts, stops, inside = np.zeros((3, len(passage.ids)), bool)
    for start, end in _occurrences(example.passage, example.answer):
        covered = np.flatnonzero((passage.spans[:, 1] > start) & (passage.spans[:, 0] < end))
        if len(covered):
            starts[covered[0]] = stops[covered[-1]] = True
            inside[covered] = True
    if example.answer and not starts.any():
        return None
    told: NDArray[np.float16] = features(question, passage, vectors, sizes).astype(np.float16)
    own = question.words
    return Row(own.ids, own.ends, passage.ids, passage.ends, told, starts, stops, inside, example.weight)


def _occurrences(text: str, answer: str) -> Iterator[Span]:
    offset = 0
    while answer and (found := located(text[offset:], answer)) is not None:
        yield offset + found[0], offset + found[1]
        offset += found[0] + 1


def batches(data: Sequence[Row], rng: random.Random) -> Iterator[list[Row]]:
    """All rows once, about `TOKENS_A_STEP` words at a time, those of like length together."""
    order = rng.sample(range(len(data)), len(data))
    made: list[list[Row]] = []
    for start in range(0, len(order), 4096):
        batch: list[Row] = []
        for at in sorted(order[start : start + 4096], key=lambda at: len(data[at].ids)):
            if batch and (len(batch) + 1) * len(data[at].ids) > TOKENS_A_STEP:
                made.append(batch)
                batch = []
            batch.append(data[at])
        made.append(batch)
    rng.shuffle(made)
    yield from made


def tensors(batch: Sequence[Row]) -> dict[str, Tensor]:
    """The rows filled up to one length; `mask` and `asked_mask` tell what is theirs."""

    def padded(name: str, size: int, *, dtype: type = np.float32) -> Tensor:
        arrays = [getattr(row, name) for row in batch]
        found = np.zeros((len(batch), size, *arrays[0].shape[1:]), dtype)
        for at, array in enumerate(arrays):
            found[at, : len(array)] = array
        return torch.from_numpy(found)

    longest, asks = max(len(row.ids) for row in batch), max(len(row.asked_ids) for row in batch)
    return {
        "ids": padded("ids", longest, dtype=np.int64),
        "ends": padded("ends", longest, dtype=np.int64),
        "told": padded("told", longest),
        "asked_ids": padded("asked_ids", asks, dtype=np.int64),
        "asked_ends": padded("asked_ends", asks, dtype=np.int64),
        "starts": padded("starts", longest, dtype=np.bool_),
        "stops": padded("stops", longest, dtype=np.bool_),
        "inside": padded("inside", longest),
        "mask": torch.tensor([[float(at < len(row.ids)) for at in range(longest)] for row in batch]),
        "asked_mask": torch.tensor([[float(at < len(row.asked_ids)) for at in range(asks)] for row in batch]),
        "weight": torch.tensor([row.weight for row in batch]),
    }


class Gated(nn.Module):
    """Residual: what two convolutions over three words give, one gating the other."""

    def __init__(self, size: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(size)
        self.mix = nn.Linear(3 * size, 2 * size)
        self.dilation, self.dropout = dilation, nn.Dropout(dropout)

    def forward(self, at: Tensor, mask: Tensor) -> Tensor:
        """(texts, words, size) from the same."""
        plain = self.norm(at) * mask
        d, n = self.dilation, plain.shape[1]
        around = functional.pad(plain, (0, 0, d, d))
        value, gate = self.mix(torch.cat([around[:, :n], plain, around[:, 2 * d : 2 * d + n]], dim=-1)).chunk(2, dim=-1)
        return cast(Tensor, at + self.dropout(value * torch.sigmoid(gate)))


class Net(nn.Module):
    """What `assistant.reader.Reader` runs, under the same names."""

    vectors: Tensor

    def __init__(self, size: int = 128, letters: int = 24, dropout: float = 0.15) -> None:
        super().__init__()
        dimension = shipped().dimension
        self.letters = nn.Embedding(HASHES, letters)
        nn.init.normal_(self.letters.weight, std=0.1)
        self.meaning = nn.Linear(dimension, size)
        self.align = nn.Linear(dimension, size)
        self.asks = nn.Linear(size + 2 * letters, size)
        self.asks_layers = nn.ModuleList([Gated(size, 1, dropout), Gated(size, 1, dropout)])
        self.pool = nn.Linear(size, 1)
        self.reads = nn.Linear(2 * size + 2 * letters + len(FEATURES), size)
        self.guide = nn.Linear(size, size)
        self.layers = nn.ModuleList([Gated(size, dilation, dropout) for dilation in DILATIONS])
        self.look = nn.Linear(size, size)
        self.seen = nn.Linear(size, size)
        self.final = nn.LayerNorm(size)
        self.key = nn.Linear(size, 3 * size)
        self.out = nn.Linear(size, 3)
        self.none = nn.Sequential(nn.Linear(3 * size, 64), nn.ReLU(), nn.Linear(64, 1))
        self.drop = nn.Dropout(dropout)
        vectors, _ = unit(np.arange(len(shipped())))
        self.register_buffer("vectors", torch.from_numpy(vectors * GAIN).to(torch.float16), persistent=False)

    def forward(self, x: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """(passages, words, 3) logits of beginning, end and inside, and (passages,) of there being no answer."""
        mask, asked_mask = x["mask"].unsqueeze(-1), x["asked_mask"].unsqueeze(-1)
        unasked = x["asked_mask"].unsqueeze(1) == 0
        p, q = self.vectors[x["ids"]].float(), self.vectors[x["asked_ids"]].float()
        asked_words, passage_words = self.meaning(self.drop(q)), self.meaning(self.drop(p))
        asks = self.asks(torch.cat([asked_words, self.letters(x["asked_ends"]).flatten(2)], dim=-1)) * asked_mask
        for layer in self.asks_layers:
            asks = layer(asks, asked_mask)
        share = torch.softmax(self.pool(asks).squeeze(-1).masked_fill(x["asked_mask"] == 0, _FAR), dim=-1)
        whole = (share.unsqueeze(-1) * asks).sum(1)
        near = torch.relu(self.align(p)) @ torch.relu(self.align(q)).transpose(1, 2) / 8
        aligned = torch.softmax(near.masked_fill(unasked, _FAR), dim=-1) @ asks
        at = self.reads(torch.cat([passage_words, aligned, self.letters(x["ends"]).flatten(2), x["told"]], dim=-1))
        at = torch.relu(at + self.guide(whole).unsqueeze(1)) * mask
        for number, layer in enumerate(self.layers):
            if number == LOOK_BEFORE:
                looks = self.look(at) @ asks.transpose(1, 2) / at.shape[-1] ** 0.5
                at = at + self.seen(torch.softmax(looks.masked_fill(unasked, _FAR), dim=-1) @ asks)
            at = layer(at, mask)
        at = self.drop(self.final(at)) * mask
        keys = torch.tanh(self.key(whole)).view(-1, 3, at.shape[-1])
        logits = at @ keys.transpose(1, 2) + self.out(at)
        top = at.masked_fill(mask == 0, _FAR).max(dim=1).values
        none = self.none(torch.cat([top, at.sum(1) / mask.sum(1), whole], dim=-1)).squeeze(-1)
        return logits.masked_fill(mask == 0, _FAR), none


def loss_of(logits: Tensor, none: Tensor, x: dict[str, Tensor]) -> Tensor:
    """Mean over the passages, by their weights. Where the answer stands several times, any place is right."""
    total = torch.zeros_like(none)
    absent = ~x["starts"].any(dim=1)
    for column, wanted in ((0, x["starts"]), (1, x["stops"])):
        options = torch.cat([logits[..., column], none.unsqueeze(1)], dim=1)
        right = torch.cat([wanted, absent.unsqueeze(1)], dim=1)
        total = total + torch.logsumexp(options, 1) - torch.logsumexp(options.masked_fill(~right, _FAR), 1)
    inside = functional.binary_cross_entropy_with_logits(logits[..., 2], x["inside"], reduction="none")
    total = total + LOSS_OF_INSIDE * (inside * x["mask"]).sum(1) / x["mask"].sum(1)
    return (total * x["weight"]).sum() / x["weight"].sum()


@torch.no_grad()
def measured(net: Net, data: Sequence[Row]) -> dict[str, float]:
    """On rows kept aside: spans found exactly, spans that touch the answer, and how well absence is told (ROC area)."""
    net.eval()
    exact, touching, scores, there = [], [], [], []
    for batch in batches(data, random.Random(SEED)):
        logits, none = net(tensors(batch))
        for at, row in enumerate(batch):
            n = len(row.ids)
            joint = np.add.outer(logits[at, :n, 0].numpy(), logits[at, :n, 1].numpy())
            joint[np.tril_indices(n, -1)] = 2 * _FAR
            first, last = divmod(int(joint.argmax()), n)
            scores.append(joint.max() / 2 - float(none[at]))
            there.append(row.starts.any())
            if row.starts.any():
                exact.append(row.starts[first] and row.stops[last])
                touching.append(row.inside[first : last + 1].any())
    net.train()
    ranks = np.argsort(np.argsort(scores))
    holding = np.array(there)
    pairs = holding.sum() * (~holding).sum()
    area = (ranks[holding].sum() - holding.sum() * (holding.sum() - 1) / 2) / max(pairs, 1)
    return {"exact": float(np.mean(exact)), "touching": float(np.mean(touching)), "area": float(area)}


def learn(net: Net, data: Sequence[Row], kept: dict[str, list[Row]], *, minutes: float, rate: float, out: Path) -> None:
    """Train for that long, at a rate that falls to nothing; write the mean of the weights after every round."""
    rng, began, step = random.Random(SEED), time.monotonic(), 0
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.02)
    mean = {name: value.detach().clone() for name, value in net.named_parameters()}
    passed = 0.0
    while passed < 1:
        for batch in batches(data, rng):
            passed = (time.monotonic() - began) / (60 * minutes)
            for group in optimizer.param_groups:
                group["lr"] = rate * min(1.0, (step + 1) / 300) * max(0.02, 1 - passed)
            x = tensors(batch)
            logits, none = net(x)
            loss = loss_of(logits, none, x)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            optimizer.step()
            step += 1
            share = min(0.998, (step + 1) / (step + 10))
            with torch.no_grad():
                for name, value in net.named_parameters():
                    mean[name].lerp_(value, 1 - share)
            if step % 200 == 0:
                print(f"step {step}, loss {loss.item():.3f}, {passed:.0%}", flush=True)
            if passed >= 1:
                break
        own = {name: value.detach().clone() for name, value in net.named_parameters()}
        _take(net, mean)
        print(
            {name: {k: round(v, 3) for k, v in measured(net, part).items()} for name, part in kept.items()}, flush=True
        )
        stored = {name: value.to(torch.float16) for name, value in net.state_dict().items()}
        shape = {"dilations": torch.tensor(DILATIONS), "look_before": torch.tensor(LOOK_BEFORE)}
        save_file({**stored, **shape}, out)
        _take(net, own)


@torch.no_grad()
def _take(net: Net, weights: dict[str, Tensor]) -> None:
    for name, value in net.named_parameters():
        value.copy_(weights[name])


def main() -> None:
    """Learn, print the figures on what is kept aside, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--start", type=Path, help="go on from these weights, at half the rate")
    parser.add_argument("--news", type=Path, help="keep the questions made from news here, or take those kept before")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(SEED)
    rng = random.Random(SEED)
    train = [
        *rows(questions.examples_with_context("cmrc2018-train", rng, keep=True)),
        *rows(questions.examples_with_context("drcd", rng, keep=True)),
        *rows(questions.policy_examples(rng, keep=True)),
        *rows(questions.kept_news(options.news, rng)),
        # Few, and of the kind that is asked.
        *2 * rows(questions.library_examples(rng)),
        *2 * rows(questions.web_examples(rng)),
    ]
    kept = {
        "cmrc2018": rows(questions.examples_with_context("cmrc2018-train", rng, keep=False)),
        "ncp": rows(questions.policy_examples(rng, keep=False)),
    }
    print(f"{len(train)} passages, {sum(len(row.ids) for row in train)} words", flush=True)
    net, rate = Net(), _RATE
    if options.start is not None:
        stored = load_file(options.start)
        net.load_state_dict({name: stored[name].float() for name in net.state_dict()})
        rate /= 2
    learn(net, train, kept, minutes=options.minutes, rate=rate, out=options.out)


if __name__ == "__main__":
    main()
