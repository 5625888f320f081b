"""Trains the small networks of `index.ranking.networks`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from index.ranking.networks import MOST, Floats, Network

_UNCHANGED: NDArray[np.float64] = np.array([1.0, 0.0])
_DRAWN = 0.01
"""How firmly log-odds are drawn towards staying as they are, against sources that count 1 each."""


class _Module(nn.Module):
    def __init__(self, inputs: int, units: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, 1)
        self.hidden = nn.Linear(inputs, units)
        self.out = nn.Linear(units, 1, bias=False)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)
        nn.init.normal_(self.out.weight, std=0.01)

    def forward(self, at: Tensor) -> Tensor:
        scores: Tensor = (self.linear(at) + self.out(torch.relu(self.hidden(at)))).squeeze(-1)
        return scores


def listwise(
    groups: Sequence[tuple[Floats, Floats]],
    weights: Sequence[float],
    *,
    offsets: Sequence[Floats] | None = None,
    units: int = 16,
    epochs: int = 60,
    decay: float = 1e-2,
    seed: int = 0,
) -> Network:
    """A network whose scores order each group: `groups` holds (n, inputs) and the relevance (n,), none negative.

    The loss is the cross-entropy between softmax(score) and the relevance brought to sum 1 (ListNet, Cao et al. 2007);
    groups without any relevance are left out. `offsets`, (n,) a group, are added to its scores: what is known without
    the network.
    """
    known = offsets or [np.zeros(len(x), np.float32) for x, _ in groups]
    kept = [(x, y / y.sum(), w, o) for (x, y), w, o in zip(groups, weights, known, strict=True) if y.sum() > 0]
    size = max(len(x) for x, *_ in kept)
    inputs = np.zeros((len(kept), size, kept[0][0].shape[1]), np.float32)
    wanted = np.zeros((len(kept), size), np.float32)
    there = np.zeros((len(kept), size), bool)
    added = np.zeros((len(kept), size), np.float32)
    for at, (x, y, _, o) in enumerate(kept):
        inputs[at, : len(x)], wanted[at, : len(x)], there[at, : len(x)], added[at, : len(x)] = x, y, True, o
    share = torch.tensor([w for _, _, w, _ in kept], dtype=torch.float32)
    mask, base = torch.tensor(there), torch.tensor(added)

    def loss(scores: Tensor, rows: Tensor) -> Tensor:
        logs = torch.log_softmax((scores + base[rows]).masked_fill(~mask[rows], -1e9), dim=1)
        each = -(torch.tensor(wanted)[rows] * logs.masked_fill(~mask[rows], 0)).sum(dim=1)
        return (each * share[rows]).sum() / share[rows].sum()

    return _fit(inputs, inputs[there], loss, units=units, epochs=epochs, decay=decay, seed=seed)


def logistic(
    inputs: Floats,
    targets: Floats,
    weights: Floats,
    *,
    units: int = 16,
    epochs: int = 60,
    decay: float = 1e-2,
    seed: int = 0,
) -> Network:
    """A network whose scores are the log-odds of `targets` (n,), between 0 and 1, given `inputs` (n, inputs)."""
    wanted, share = torch.tensor(targets), torch.tensor(weights)

    def loss(scores: Tensor, rows: Tensor) -> Tensor:
        each = nn.functional.binary_cross_entropy_with_logits(scores, wanted[rows], reduction="none")
        return (each * share[rows]).sum() / share[rows].sum()

    return _fit(inputs, inputs, loss, units=units, epochs=epochs, decay=decay, seed=seed, batch=512)


def platt(odds: Floats, targets: Floats, weights: Floats) -> tuple[float, float]:
    """The factor and what is added that make probabilities of log-odds (n,) with the greatest likelihood (Platt 1999).

    Drawn a little towards leaving them as they are; by Newton's method.
    """
    x = np.stack([odds, np.ones_like(odds)], axis=1).astype(np.float64)
    share = weights.astype(np.float64)

    def loss(at: NDArray[np.float64]) -> float:
        margins = (2 * targets - 1) * (x @ at)
        return float(share @ np.logaddexp(0, -margins) + _DRAWN / 2 * ((at - _UNCHANGED) ** 2).sum())

    found = _UNCHANGED
    for _ in range(100):
        sure = 1 / (1 + np.exp(-np.clip(x @ found, -30, 30)))
        slope = x.T @ (share * (sure - targets)) + _DRAWN * (found - _UNCHANGED)
        curve = (x * (share * sure * (1 - sure))[:, None]).T @ x + _DRAWN * np.eye(2)
        step = np.linalg.solve(curve, slope)
        # Halved until it leads down: the whole step overshoots where nearly all is told right.
        while loss(found - step) > loss(found) + 1e-12:
            step = step / 2
        found = found - step
    return float(found[0]), float(found[1])


def _fit(
    inputs: Floats,
    samples: Floats,
    loss: Callable[[Tensor, Tensor], Tensor],
    *,
    units: int,
    epochs: int,
    decay: float,
    seed: int,
    batch: int = 32,
) -> Network:
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    mean, scale = samples.mean(axis=0), samples.std(axis=0)
    scale = np.where(scale < 1e-6, 1, scale).astype(np.float32)
    at = torch.tensor(np.clip((inputs - mean) / scale, -MOST, MOST))
    module = _Module(inputs.shape[-1], units)
    optimizer = torch.optim.AdamW(module.parameters(), lr=3e-3, weight_decay=decay)
    steps = epochs * -(-len(inputs) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=steps)
    draw = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        for rows in torch.randperm(len(inputs), generator=draw).split(batch):  # type: ignore[no-untyped-call]
            optimizer.zero_grad()
            loss(module(at[rows]), rows).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    return Network(
        mean=mean.astype(np.float32),
        scale=scale,
        linear=module.linear.weight.detach().numpy()[0],
        hidden=module.hidden.weight.detach().numpy().T,
        hidden_bias=module.hidden.bias.detach().numpy(),
        out=module.out.weight.detach().numpy()[0],
        bias=float(module.linear.bias.detach()),
    )
