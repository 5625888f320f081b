"""Learns the network of `assistant.question.attention` with torch: pairs of a question and something said before it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from assistant.question.attention import HEADS, IDENTITIES, INNER, INPUTS, LAYERS, MOST_ASKED, MOST_SAID, WIDTH, Rows
from index.embedders.static import shipped
from index.ranking.networks import Floats

_BATCH = 64
_UNKNOWN = -1.0
_FORGOTTEN = 0.06


class Words:
    """The meanings of all words met, each kept once: a hundred thousand pairs share few."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._rows: list[Floats] = []

    def numbered(self, rows: Floats) -> NDArray[np.int32]:
        """The number of each meaning."""
        found = []
        for row in rows:
            key = row.tobytes()
            if key not in self._numbers:
                self._numbers[key] = len(self._rows)
                self._rows.append(row.copy())
            found.append(self._numbers[key])
        return np.array(found, np.int32)

    def table(self) -> Floats:
        """(words, dimension) float32."""
        return np.stack(self._rows)


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair, and what is right of it."""

    words: NDArray[np.int32]
    """The numbers of its words' meanings."""
    known: NDArray[np.float16]
    places: NDArray[np.int64]
    asked: int
    leans: bool
    goes_on: bool
    alone: bool
    empty: Floats | None
    """Of each word of the question; None where the pair doesn't tell."""
    stays: Floats | None
    weight: float = 1.0


class _Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.inner, self.outer = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.drop = nn.Dropout(0.1)

    def forward(self, at: Tensor, mask: Tensor) -> Tensor:
        size, count, _ = at.shape
        q, k, v = self.qkv(self.norm1(at)).reshape(size, count, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(2, 3) / math.sqrt(WIDTH // HEADS)
        likely = scores.masked_fill(~mask[:, None, None, :], -1e9).softmax(dim=3)
        at = at + self.drop(self.proj((likely @ v).permute(0, 2, 1, 3).reshape(size, count, WIDTH)))
        told: Tensor = at + self.drop(self.outer(torch.relu(self.inner(self.norm2(at)))))
        return told


class Net(nn.Module):
    """The network, as torch learns it."""

    def __init__(self) -> None:
        super().__init__()
        self.meaning = nn.Linear(shipped().dimension, WIDTH, bias=False)
        self.known = nn.Linear(INPUTS, WIDTH, bias=False)
        self.places = nn.Embedding(MOST_ASKED + MOST_SAID, WIDTH)
        self.start = nn.Parameter(torch.zeros(WIDTH))
        self.layers = nn.ModuleList(_Layer() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        self.pair, self.word = nn.Linear(WIDTH, 3), nn.Linear(WIDTH, 2)
        nn.init.normal_(self.places.weight, std=0.1)

    def forward(self, meanings: Tensor, known: Tensor, places: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(pairs, 3) and (pairs, words, 2) log-odds."""
        at = self.meaning(meanings) + self.known(known) + self.places(places)
        at = torch.cat([self.start.expand(len(at), 1, -1), at], dim=1)
        whole = torch.cat([torch.ones_like(mask[:, :1]), mask], dim=1)
        for layer in self.layers:
            at = layer(at, whole)
        at = self.norm(at)
        return self.pair(at[:, 0]), self.word(at[:, 1:])

    def weights(self) -> dict[str, Floats]:
        """What NumPy reads."""
        names = {"inner": "in", "outer": "out", "norm1": "norm1", "norm2": "norm2", "qkv": "qkv", "proj": "proj"}
        found: dict[str, Tensor] = {
            "meaning.w": self.meaning.weight.T, "known.w": self.known.weight.T, "places": self.places.weight,
            "start": self.start, "norm.w": self.norm.weight, "norm.b": self.norm.bias,
            "pair.w": self.pair.weight.T, "pair.b": self.pair.bias,
            "word.w": self.word.weight.T, "word.b": self.word.bias,
        }  # fmt: skip
        for at, layer in enumerate(self.layers):
            for own, name in names.items():
                part = getattr(layer, own)
                found[f"layer{at}.{name}.w"] = part.weight if own.startswith("norm") else part.weight.T
                found[f"layer{at}.{name}.b"] = part.bias
        return {name: value.detach().numpy().astype(np.float16).astype(np.float32) for name, value in found.items()}


def pair_of(
    rows: Rows,
    words: Words,
    *,
    leans: bool,
    goes_on: bool,
    alone: bool,
    empty: Floats | None = None,
    stays: Floats | None = None,
    weight: float = 1.0,
) -> Pair:
    """The pair of these rows."""
    known = rows.known.astype(np.float16)
    return Pair(
        words.numbered(rows.meanings), known, rows.places, rows.asked, leans, goes_on, alone, empty, stays, weight
    )


def learn(pairs: Sequence[Pair], words: Words, *, epochs: int, seed: int) -> dict[str, Floats]:
    """The weights that tell the pairs best."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    net, table = Net(), words.table()
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.02)
    by_length = sorted(range(len(pairs)), key=lambda at: len(pairs[at].places))
    batches = [by_length[at : at + _BATCH] for at in range(0, len(by_length), _BATCH)]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=epochs * len(batches))
    draw = torch.Generator().manual_seed(seed)
    forgets = np.random.default_rng(seed)
    net.train()
    for epoch in range(epochs):
        total = 0.0
        for at in torch.randperm(len(batches), generator=draw).tolist():
            loss = _loss(net, [pairs[each] for each in batches[at]], table, forgets)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        print(f"  epoch {epoch + 1}: {total / len(batches):.4f}", flush=True)
    return net.weights()


def _loss(net: Net, pairs: Sequence[Pair], table: Floats, draw: np.random.Generator) -> Tensor:
    most = max(len(each.places) for each in pairs)
    size = len(pairs)
    meanings = np.zeros((size, most, table.shape[1]), np.float32)
    known = np.zeros((size, most, INPUTS), np.float32)
    places = np.zeros((size, most), np.int64)
    mask = np.zeros((size, most), bool)
    tags = np.full((size, most, 2), _UNKNOWN, np.float32)
    for at, each in enumerate(pairs):
        count = len(each.places)
        meanings[at, :count], known[at, :count] = table[each.words], each.known
        places[at, :count], mask[at, :count] = each.places, True
        if each.empty is not None:
            tags[at, : each.asked, 0] = each.empty[: each.asked]
        if each.stays is not None:
            tags[at, each.asked : count, 1] = each.stays[: count - each.asked]
    # Words half forgotten, so that what is learned isn't the words of the samples.
    meanings *= draw.random((size, most, 1)) > _FORGOTTEN
    known[:, :, -IDENTITIES:] *= draw.random((size, most, 1)) > 2 * _FORGOTTEN
    pair, word = net(*map(torch.from_numpy, (meanings, known, places, mask)))
    weight = torch.tensor([each.weight for each in pairs])
    wanted = torch.tensor([[each.leans, each.goes_on, each.alone] for each in pairs], dtype=torch.float32)
    whole = nn.functional.binary_cross_entropy_with_logits(pair, wanted, reduction="none").sum(dim=1)
    right = torch.from_numpy(tags)
    told = (right != _UNKNOWN).float()
    parts = nn.functional.binary_cross_entropy_with_logits(word, right.clamp(min=0), reduction="none") * told
    by_word = parts.sum(dim=(1, 2)) / told.sum(dim=(1, 2)).clamp(min=1)
    loss: Tensor = ((whole + 3 * by_word) * weight).sum() / weight.sum()
    return loss
