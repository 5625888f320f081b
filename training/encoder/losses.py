"""What the encoder is to get right, as losses."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

DIMENSIONS = ((384, 1.0), (256, 0.5), (128, 0.5))
"""So many of a vector's first numbers are to do alone, and how much that counts (Kusupati et al. 2022)."""
TEMPERATURE = 0.02
_BASE_TEMPERATURE, _OWN_TEMPERATURE = 0.0125, 0.02
"""The base's cosines lie closer together than those learned here."""


def contrastive(asked: Tensor, answers: Tensor, hidden: Tensor) -> Tensor:
    """How surely each question finds its own answer, in its row, among all (InfoNCE); `hidden` marks no negatives."""
    total = asked.new_zeros(())
    own = torch.arange(len(asked), device=asked.device)
    for size, weight in DIMENSIONS:
        scores = _cut(asked, size) @ _cut(answers, size).T / TEMPERATURE
        total = total + weight * functional.cross_entropy(scores.masked_fill(hidden, -1e4), own)
        # And each answer its question.
        back = scores[:, : len(asked)].masked_fill(hidden[:, : len(asked)], -1e4).T
        total = total + 0.2 * weight * functional.cross_entropy(back, own)
    return total / sum(weight for _, weight in DIMENSIONS)


def alike(vectors: Tensor, base: Tensor) -> Tensor:
    """How far the texts are from being alike in the same way as the base sees them."""
    diagonal = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    own = (vectors @ vectors.T / _OWN_TEMPERATURE).masked_fill(diagonal, -1e4)
    wanted = (base @ base.T / _BASE_TEMPERATURE).masked_fill(diagonal, -1e4)
    return functional.kl_div(own.log_softmax(1), wanted.softmax(1), reduction="batchmean")


def distilled(vectors: Tensor, teacher: Tensor) -> Tensor:
    """How far the student's vectors, and what they are near, are from the teacher's."""
    total = vectors.new_zeros(())
    diagonal = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    for size, weight in DIMENSIONS:
        own, wanted = _cut(vectors, size), _cut(teacher, size)
        total = total + weight * 10 * (1 - (own * wanted).sum(1)).mean()
        near = (own @ own.T / 0.05).masked_fill(diagonal, -1e4)
        meant = (wanted @ wanted.T / 0.05).masked_fill(diagonal, -1e4)
        total = total + weight * functional.kl_div(near.log_softmax(1), meant.softmax(1), reduction="batchmean")
    return total


def _cut(vectors: Tensor, size: int) -> Tensor:
    return vectors if size >= vectors.shape[1] else functional.normalize(vectors[:, :size], dim=1)
