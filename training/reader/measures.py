"""How well a reader does on the samples kept aside. Needs NumPy and PyTorch only."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from training.reader.batches import Data, batch
from training.reader.network import Net

PEOPLE = ("cmrc", "drcd", "cail2019", "cail2021", "checklist", "robust", "squad2", "xquad", "policy", "library",
          "domainrag", "faq", "laws", "legalqa")  # fmt: skip
"""Sources whose questions people asked: they are read twice as often as made ones."""
PIECES = {"cuda": 32_768, "cpu": 4096}
"""Pieces of a step."""
FAR = -1e4


@torch.no_grad()
def answered(net: Net, data: Data, rows: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """For each row whether the best span is exact and touches the answer, and the log-odds of what is there."""
    device = data.ids.device
    net.eval()
    order = rows[np.argsort(data.sizes[rows], kind="stable")]
    found: dict[str, list[Tensor]] = {name: [] for name in ("exact", "touching", "there", "yes", "support")}
    at = 0
    while at < len(order):
        taken = order[at : at + max(1, PIECES[device.type] // int(data.sizes[order[min(at + 256, len(order) - 1)]]))]
        at += len(taken)
        x = batch(data, taken)
        with torch.autocast(device.type, torch.bfloat16):
            told = net(x["ids"], x["sides"], x["degrees"], x["mask"])
        logits = told.logits.float().masked_fill(~x["readable"].unsqueeze(-1), FAR)
        begins, ends, none = logits[..., 0], logits[..., 1], told.none.float()
        following = ends.flip(1).cummax(1).values.flip(1)
        begin = (begins + following).argmax(1)
        places = torch.arange(ends.shape[1], device=device)[None]
        end = ends.masked_fill(places < begin[:, None], 3 * FAR).argmax(1)
        within = (places >= begin[:, None]) & (places <= end[:, None])
        found["exact"].append(
            x["starts"].gather(1, begin[:, None])[:, 0] & x["stops"].gather(1, end[:, None])[:, 0]
        )  # fmt: skip
        found["touching"].append((x["inside"] & within).any(1))
        found["there"].append((torch.logsumexp(begins, 1) + torch.logsumexp(ends, 1)) / 2 - none)
        found["yes"].append(told.yesno[:, 1].float() - told.yesno[:, 0].float())
        found["support"].append(told.support.float())
    net.train()
    back = np.argsort(np.argsort(data.sizes[rows], kind="stable"))
    return {name: torch.cat(values).cpu().numpy()[back] for name, values in found.items()}


def area(scores: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> float:
    """Under the ROC curve; NaN where all are right, or none."""
    ranks = np.argsort(np.argsort(scores))
    pairs = right.sum() * (~right).sum()
    return float((ranks[right].sum() - right.sum() * (right.sum() - 1) / 2) / pairs) if pairs else math.nan


def calibration_error(odds: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> float:
    """The expected calibration error in ten bins (Naeini et al. 2015) of these log-odds; NaN where there are none."""
    if not len(odds):
        return math.nan
    sure = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
    bins = np.minimum((sure * 10).astype(int), 9)
    apart = [abs(sure[bins == n].mean() - right[bins == n].mean()) * (bins == n).mean() for n in set(bins.tolist())]
    return float(np.sum(apart))


def measured(net: Net, data: Data, most: int) -> dict[str, dict[str, float]]:
    """Figures on what is kept aside, by source, and of statements by kind of falsehood."""
    rng = np.random.default_rng(7)
    rows = np.flatnonzero(data.aside)
    kept = [own if len(own) <= most else rng.choice(own, most, replace=False)
            for n in range(len(data.names["source"])) if len(own := rows[data.source[rows] == n])]  # fmt: skip
    if not kept:
        return {}
    rows = np.concatenate(kept)
    got = answered(net, data, rows)
    spans, yesno, supported = (each.cpu().numpy()[rows] for each in (data.spans, data.yesno, data.supported))
    holds, reads = (spans > 0) | (yesno >= 0), supported < 0
    figures: dict[str, dict[str, float]] = {}

    def add(name: str, own: np.ndarray[Any, Any]) -> None:
        line: dict[str, float] = {"samples": int(own.sum())}
        if (asks := own & reads).any():
            placed = asks & (spans > 0)
            line |= {
                "exact": float(got["exact"][placed].mean()) if placed.any() else math.nan,
                "touching": float(got["touching"][placed].mean()) if placed.any() else math.nan,
                "area": area(got["there"][asks], holds[asks]),
                "ece": calibration_error(got["there"][asks], holds[asks]),
            }
            if (decides := asks & (yesno >= 0)).any():
                line["yesno"] = float(((got["yes"] > 0) == (yesno == 1))[decides].mean())
        if (says := own & ~reads).any():
            line |= {
                "support area": area(got["support"][says], supported[says] == 1),
                "support right": float(((got["support"] > 0) == (supported == 1))[says].mean()),
                "support ece": calibration_error(got["support"][says], supported[says] == 1),
            }
        figures[name] = {key: round(value, 3) for key, value in line.items()}

    add("all", np.ones(len(rows), bool))
    for n, name in enumerate(data.names["source"]):
        if (own := data.source[rows] == n).any():
            add(name, own)
    made = reads & np.isin(data.source[rows], [n for n, each in enumerate(data.names["source"]) if each not in PEOPLE])
    for kept_rows, title in ((~reads, "says"), (made, "made"), (reads & ~made, "people")):
        for n, name in enumerate(data.names["kind"]):
            own = kept_rows & (data.kind[rows] == n)
            if own.sum() >= 5:
                right = (got["support"] > 0) == (supported == 1) if title == "says" else (got["there"] > 0) == holds
                figures[f"{title}: {name}"] = {"samples": int(own.sum()), "right": round(float(right[own].mean()), 3)}
    return figures
