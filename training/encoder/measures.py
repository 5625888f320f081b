"""Measures on the questions that were kept aside."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from training.encoder.data import Store

SIZES = (384, 256, 128)


def figures(
    vectors_of: Callable[[Tensor, bool], Tensor], store: Store, *, most: int = 0
) -> dict[str, dict[str, float]]:
    """By case: nDCG@10, MRR@10 and recall@5 at 384 numbers, and nDCG@10 of fewer numbers, and in a byte each.

    `vectors_of` gives items' vectors, with titles or bare. `most` bounds pool and questions, for a trial.
    """
    found = {}
    for name, case in store.cases.items():
        gold = case.gold[: most // 2] if most else case.gold
        questions, row = torch.unique(gold[:, 0], return_inverse=True)
        if not len(questions):
            continue
        pool = case.pool
        if most and len(pool) > most:
            pool = torch.unique(torch.cat([pool[:most], gold[:, 1]]))
        place = torch.full((len(store),), -1, dtype=torch.int64, device=pool.device)
        place[pool] = torch.arange(len(pool), device=pool.device)
        right = torch.zeros(len(questions), len(pool), dtype=torch.bool, device=pool.device)
        right[row, place[gold[:, 1]]] = True
        asked, texts = vectors_of(questions, False).float(), vectors_of(pool, case.bare).float()
        own: dict[str, float] = {"questions": len(questions), "pool": len(pool)}
        for size in SIZES:
            cut_asked, cut_texts = (functional.normalize(each[:, :size], dim=1) for each in (asked, texts))
            gains = _gains(cut_asked @ cut_texts.T, right)
            if size == SIZES[0]:
                own.update(gains)
            else:
                own[f"nDCG@10 {size}"] = gains["nDCG@10"]
            coarse = _gains(cut_asked @ _in_bytes(cut_texts).T, right)
            own[f"nDCG@10 {size} int8"] = coarse["nDCG@10"]
        found[name] = own
    return found


def _gains(scores: Tensor, right: Tensor) -> dict[str, float]:
    best = scores.topk(min(10, scores.shape[1]), dim=1).indices
    hits = torch.gather(right, 1, best).float()
    discount = 1 / torch.log2(torch.arange(hits.shape[1], device=hits.device) + 2.0)
    ideal = torch.cumsum(discount, 0)[right.sum(1).clamp(1, hits.shape[1]) - 1]
    first = torch.where(hits.any(1), 1 / (hits.argmax(1) + 1.0), 0.0)
    return {
        "nDCG@10": _mean((hits * discount).sum(1) / ideal),
        "MRR@10": _mean(first),
        "R@5": _mean(hits[:, :5].any(1).float()),
    }


def _mean(values: Tensor) -> float:
    return round(float(values.mean()), 4)


def _in_bytes(vectors: Tensor) -> Tensor:
    scale = vectors.abs().amax(1, keepdim=True).clamp(min=1e-9) / 127
    return (vectors / scale).round() * scale


def agreement(vectors: Tensor, base: Tensor) -> float:
    """The correlation of the cosines of texts with those that the base gives."""
    upper = torch.triu_indices(len(vectors), len(vectors), 1, device=vectors.device)
    own, wanted = (((each.float() @ each.float().T)[upper[0], upper[1]]) for each in (vectors, base))
    return round(float(torch.corrcoef(torch.stack([own, wanted]))[0, 1]), 4)
