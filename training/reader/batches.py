"""What the reader learns from, as flat arrays on one device, and batches of it. Needs NumPy and PyTorch only."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

OPENS, FILLS, CLOSES = 0, 1, 2
_HELD = 1.7
"""How much a sample with an answer counts beside one without: there are two to three of those."""
_MOST_SPANS = 8


@dataclass(frozen=True)
class Data:
    """All samples as flat arrays on one device; see `pack.Packer`."""

    ids: Tensor
    starts: Tensor
    """Where each text begins in `ids`."""
    lengths: Tensor
    silent: Tensor
    """Whether a text's first piece stands for none of its characters."""
    degrees: Tensor
    degrees_at: Tensor
    places: Tensor
    places_at: Tensor
    question: Tensor
    passage: Tensor
    spans: Tensor
    weight: Tensor
    yesno: Tensor
    supported: Tensor
    counts: np.ndarray[Any, Any]
    """(samples,) as `spans`; this and what follows stay on the CPU."""
    sizes: np.ndarray[Any, Any]
    """(samples,) pieces."""
    aside: np.ndarray[Any, Any]
    source: np.ndarray[Any, Any]
    kind: np.ndarray[Any, Any]
    names: dict[str, list[str]]

    def __len__(self) -> int:
        return len(self.sizes)


def read(folder: Path, device: torch.device) -> Data:
    """The packed folder's samples."""
    described = json.loads((folder / "arrays.json").read_text("utf8"))
    raw = {
        name: np.frombuffer(lzma.decompress((folder / f"{name}.xz").read_bytes()), each["type"]).reshape(each["shape"])
        for name, each in described.items()
    }
    lengths = raw["lengths"].astype(np.int64)
    asked, told = lengths[raw["question"]], lengths[raw["passage"]]

    def begins(counts: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        before: np.ndarray[Any, Any] = np.cumsum(counts.astype(np.int64)) - counts
        return before

    def on(array: np.ndarray[Any, Any]) -> Tensor:
        return torch.from_numpy(np.array(array)).to(device)

    names = json.loads((folder / "names.json").read_text("utf8"))
    return Data(
        ids=on(raw["ids"].astype(np.int32)), starts=on(begins(lengths)), lengths=on(lengths), silent=on(raw["silent"]),
        degrees=on(raw["degrees"]), degrees_at=on(begins(asked + told)), places=on(raw["places"].astype(np.int64)),
        places_at=on(begins(raw["spans"])), question=on(raw["question"].astype(np.int64)),
        passage=on(raw["passage"].astype(np.int64)), spans=on(raw["spans"].astype(np.int64)),
        weight=on(raw["weight"].astype(np.float32)), yesno=on(raw["yesno"].astype(np.int64)),
        supported=on(raw["supported"].astype(np.int64)), counts=raw["spans"], sizes=asked + told + 4,
        aside=raw["aside"], source=raw["source"], kind=raw["kind"],
        names={key: list(value) for key, value in names.items()},
    )  # fmt: skip


def batch(data: Data, rows: np.ndarray[Any, Any]) -> dict[str, Tensor]:
    """The samples as sequences of one length, (samples, pieces) each: `<s> question </s></s> passage </s>`."""
    device = data.ids.device
    row = torch.from_numpy(rows.astype(np.int64)).to(device)
    # Attention is fastest on multiples of eight.
    long = int(-(-int(data.sizes[rows].max()) // 8) * 8)
    at = torch.arange(long, device=device)[None]
    asked, told = data.question[row], data.passage[row]
    n_asked, n_told = data.lengths[asked][:, None], data.lengths[told][:, None]
    first = n_asked + 3
    in_asked, in_told = (at > 0) & (at <= n_asked), (at >= first) & (at < first + n_told)
    from_asked, from_told = data.starts[asked][:, None] + at - 1, data.starts[told][:, None] + at - first
    ids = torch.where(in_asked, data.ids[torch.where(in_asked, from_asked, 0)], CLOSES)
    ids = torch.where(in_told, data.ids[torch.where(in_told, from_told, 0)], ids)
    mask = at < first + n_told + 1
    ids = torch.where(mask, ids, FILLS)
    ids[:, 0] = OPENS
    shift = torch.where(in_told, n_asked + at - first, at - 1)
    read_at = torch.where(in_asked | in_told, data.degrees_at[row][:, None] + shift, 0)
    degrees = torch.where(in_asked | in_told, data.degrees[read_at].long(), 0)
    count = data.spans[row]
    starts, stops, inside = torch.zeros((3, len(rows), long), dtype=torch.bool, device=device)
    for n in range(min(_MOST_SPANS, int(data.counts[rows].max()))):
        there = (n < count)[:, None]
        place = data.places[torch.where(n < count, data.places_at[row] + n, 0)]
        begins, ends = place[:, :1] + first, place[:, 1:] + first
        starts |= there & (at == begins)
        stops |= there & (at == ends)
        inside |= there & (at >= begins) & (at <= ends)
    return {
        "ids": ids, "sides": (at >= first).long() * mask, "degrees": degrees, "mask": mask,
        "readable": in_told & ~(data.silent[told][:, None] & (at == first)),
        "starts": starts, "stops": stops, "inside": inside, "held": count > 0,
        "weight": data.weight[row] * torch.where(count > 0, _HELD, 1.0),
        "yesno": data.yesno[row], "supported": data.supported[row],
    }  # fmt: skip


def batches(
    rows: np.ndarray[Any, Any], sizes: np.ndarray[Any, Any], most: int, rng: np.random.Generator
) -> Iterator[np.ndarray[Any, Any]]:
    """All rows once, about `most` pieces at a time, those of like length together."""
    order = rng.permutation(rows)
    made: list[np.ndarray[Any, Any]] = []
    for begin in range(0, len(order), 16_384):
        chunk = order[begin : begin + 16_384]
        chunk = chunk[np.argsort(sizes[chunk], kind="stable")]
        at = 0
        while at < len(chunk):
            # Filled up to the longest of them.
            ends = np.arange(1, len(chunk) - at + 1) * sizes[chunk[at:]]
            taken = max(1, int(np.searchsorted(ends, most, side="right")))
            made.append(chunk[at : at + taken])
            at += taken
    for n in rng.permutation(len(made)):
        yield made[n]
