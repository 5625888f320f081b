"""Learns `assistant.question.seams`: places in questions as asked, and places where pieces of two were put together."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from assistant.question.seams import AROUND, INPUTS, UNITS, WORD, Side, after, before, rows_of
from assistant.question.sketch import sketch
from index.ranking.networks import Floats

_BATCH = 512
_UNKNOWN = 0.35
"""Share of the sides of which only the nearest word is known."""
Join = tuple[Side, Side]


def joins(questions: Sequence[str], seed: int) -> tuple[list[Join], list[tuple[int, int]], list[float]]:
    """Joins with how many words of each side are known, and 1 for those that people made."""
    draw = random.Random(seed)
    every = [each for each in map(sketch, questions) if len(each) > 2]
    found: list[Join] = []
    known: list[tuple[int, int]] = []
    wanted: list[float] = []

    def add(left: Side, right: Side, right_one: bool) -> None:
        found.append((left, right))
        known.append(tuple(1 if draw.random() < _UNKNOWN else AROUND for _ in range(2)))  # type: ignore[arg-type]
        wanted.append(float(right_one))

    for at, one in enumerate(every):
        other = every[draw.randrange(len(every))]
        for _ in range(2):
            i, j = draw.randrange(len(one) + 1), draw.randrange(len(other) + 1)
            add(before(one, i), after(one, i), True)
            add(before(one, i), after(other, j), False)
        i, j = sorted(draw.sample(range(len(one) + 1), 2))
        add(before(one, i), after(one, j), False)
        if at % 2:
            add(before(one, j), after(one, i), False)
    return found, known, wanted


def learn(questions: Sequence[str], *, epochs: int = 3, seed: int = 0) -> dict[str, Floats]:
    """The weights, and how often the ones kept aside are told right is printed."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    found, known, wanted = joins(questions, seed)
    held = len(found) // 20
    dimension = found[0][1][0][0].meanings.shape[1] if found[0][1] else found[0][0][0][0].meanings.shape[1]
    word = nn.Linear(dimension, WORD, bias=False)
    inner, outer = nn.Linear(INPUTS, UNITS), nn.Linear(UNITS, 1)
    parameters = [*word.parameters(), *inner.parameters(), *outer.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=3e-3, weight_decay=0.01)

    def odds(rows: Sequence[int]) -> torch.Tensor:
        meanings, told = rows_of([found[each] for each in rows], [known[each] for each in rows])
        at = torch.cat([word(torch.from_numpy(meanings)), torch.from_numpy(told)], dim=2).flatten(1)
        scores: torch.Tensor = outer(torch.relu(inner(at)))[:, 0]
        return scores

    order = np.random.default_rng(seed)
    for _ in range(epochs):
        rows = order.permutation(np.arange(held, len(found)))
        for start in range(0, len(rows), _BATCH):
            part = rows[start : start + _BATCH].tolist()
            right = torch.tensor([wanted[each] for each in part])
            loss = nn.functional.binary_cross_entropy_with_logits(odds(part), right)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        for group in optimizer.param_groups:
            group["lr"] *= 0.4
    with torch.no_grad():
        told = (odds(range(held)) > 0).numpy() == (np.array(wanted[:held]) > 0.5)
    print(f"seams: {len(found)} joins, {told.mean():.3f} told apart", flush=True)
    return {
        "seam.word": word.weight.T.detach().numpy(), "seam.in": inner.weight.T.detach().numpy(),
        "seam.in.b": inner.bias.detach().numpy(), "seam.out": outer.weight.T.detach().numpy(),
        "seam.out.b": outer.bias.detach().numpy(),
    }  # fmt: skip
